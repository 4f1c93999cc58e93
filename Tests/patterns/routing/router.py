"""Routes the records of a topic to queues by their keys, each exactly once, in order, although it may
be killed at any moment and commits after it has written.

A record in a queue says in the header `from` which offset it came from. A router that takes over reads
the last record of each queue and leaves out what stands there already: the queue itself says how far it
is, so that writing it and knowing it are one thing. That holds for one router, which is started again
when it ends; a second one that waits to take over could read the end of a queue while the first, cut off
from its group, still writes to it. That takes transactions."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition  # noqa: E402

from broker import say  # noqa: E402
from keys import matches  # noqa: E402


class Router:
    """`bindings`: the pattern of each queue."""

    def __init__(self, servers, source, bindings):
        self.source, self.bindings = source, bindings
        self.quick = {"bootstrap.servers": servers, "log_level": 0, "reconnect.backoff.ms": 20,
                      "reconnect.backoff.max.ms": 200}
        self.reached, self.producer = {}, None
        self.consumer = Consumer(self.quick | {
            "group.id": "routers", "auto.offset.reset": "earliest", "enable.auto.commit": False,
            "session.timeout.ms": 2_000, "heartbeat.interval.ms": 300})

    def last(self, queue):
        """The offset from which the queue's last record came; -1 where it is empty."""
        reader = Consumer(self.quick | {"group.id": "unused", "enable.auto.commit": False})
        try:
            place = TopicPartition(queue, 0)
            low, high = reader.get_watermark_offsets(place, timeout=60)
            if high == low:
                return -1
            reader.assign([TopicPartition(queue, 0, high - 1)])
            while True:
                message = reader.poll(1)
                if message is not None and not message.error():
                    return int(dict(message.headers())["from"])
        finally:
            reader.close()

    def assigned(self, _, partitions):
        if partitions:
            self.producer = Producer(self.quick | {
                "enable.idempotence": True, "linger.ms": 2, "message.timeout.ms": 0})
            self.reached = {queue: self.last(queue) for queue in self.bindings}
            say("assigned", reached=self.reached)

    def route(self, message):
        for queue, pattern in self.bindings.items():
            if message.offset() > self.reached[queue] and matches(pattern, message.key().decode()):
                self.producer.produce(
                    queue, key=message.key(), value=message.value(), partition=0,
                    headers={"from": str(message.offset())})

    def run(self):
        self.consumer.subscribe([self.source], on_assign=self.assigned)
        routed = 0
        while True:
            messages = [m for m in self.consumer.consume(50, 0.2) if not m.error()]
            for message in messages:
                self.route(message)
            if not messages:
                continue
            self.producer.flush()
            routed += len(messages)
            say("routed", count=routed)
            try:
                self.consumer.commit(asynchronous=False)
            except KafkaException:
                # Whoever has the partition next reads these again, and leaves them out.
                pass


if __name__ == "__main__":
    Router(**json.loads(sys.argv[1])).run()
