#!/usr/bin/env python3
"""Routing by key to queues, with the router and the broker killed at moments that a seed decides.

usage: test.py GATEWAY [SEED]"""

import os
import random
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

from broker import Broker, Member, until  # noqa: E402
from keys import TABLE, matches  # noqa: E402

BINDINGS = {
    "queue.ones": "key.1.*.*.1", "queue.all": "key.#", "queue.end": "#.1", "queue.other": "lock.*.#"}
RECORDS, PIECES = 3_000, 6


def read(servers, topic, count):
    """So many records of the topic and whatever comes behind them: key, value."""
    reader = Consumer({"bootstrap.servers": servers, "group.id": "unused"})
    place = TopicPartition(topic, 0, 0)
    reader.assign([place])
    found = []
    until(f"{count} records in {topic}", lambda: found.extend(
        m for m in reader.consume(1_000, 0.2) if not m.error()) or len(found) >= max(
            count, reader.get_watermark_offsets(place, timeout=60)[1]))
    reader.close()
    return [(m.key().decode(), m.value().decode()) for m in found]


def pushed(program, sent, seed, chance):
    """The gateway routes by itself: streams with the same patterns (Sources/Streams/STREAMS.md), while
    it is killed."""
    # The last records, one of which fits each pattern, tell that a queue is complete.
    sent = sent + [("key.1.end.end.1", "end"), ("lock.end", "end")]
    with tempfile.NamedTemporaryFile("w") as rules:
        rules.write("standpipe-streams 1\n" + "".join(
            f"stream {queue}\n    from orders\n    to {queue}\n    key {pattern}\n"
            for queue, pattern in BINDINGS.items()))
        rules.flush()
        with Broker(program, "--streams", rules.name) as broker:
            producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True,
                                 "log_level": 0, "message.timeout.ms": 0})
            for number in range(PIECES):
                for key, value in sent[number * len(sent) // PIECES:(number + 1) * len(sent) // PIECES]:
                    producer.produce("orders", key=key, value=value, partition=0)
                if number < PIECES - 1:
                    producer.flush(chance.uniform(0, 0.3))
                    broker.kill()
            assert producer.flush(100) == 0
            for queue, pattern in BINDINGS.items():
                wanted = [record for record in sent if matches(pattern, record[0])]
                got = read(broker.address, queue, len(wanted))
                assert got == wanted, f"seed {seed}: {queue} has {len(got)}, wanted {len(wanted)}"
    print(f"routing: seed {seed}, the gateway's own streams fill the same {len(BINDINGS)} queues, each "
          f"record once, in order, over {PIECES - 1} kills")


def main(program, seed):
    chance = random.Random(seed)
    for (pattern, key), wanted in TABLE.items():
        assert matches(pattern, key) == wanted, (pattern, key)
    sent = [(".".join([chance.choice(["key", "lock"])] + [
        chance.choice("12a") for _ in range(chance.randrange(6))]), str(i)) for i in range(RECORDS)]
    with Broker(program) as broker:
        desk = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        for future in desk.create_topics(
                [NewTopic(topic, 1) for topic in ["orders", *BINDINGS]]).values():
            future.result(60)
        producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True,
                             "log_level": 0, "message.timeout.ms": 0})
        routers = []

        def hire():
            routers.append(Member(f"{HERE}/router.py", servers=broker.address, source="orders",
                                  bindings=BINDINGS))

        try:
            hire()
            for number in range(PIECES):
                piece = sent[number * RECORDS // PIECES:(number + 1) * RECORDS // PIECES]
                for key, value in piece:
                    producer.produce("orders", key=key, value=value, partition=0)
                assert producer.flush(60) == 0
                # A router is at work, then somewhere in it comes the end.
                before = sum(len(router.said("routed")) for router in routers)
                wait = chance.randrange(1, 4)
                until("a router routes", lambda: sum(
                    len(router.said("routed")) for router in routers) >= before + wait)
                if number % 2 == 0:
                    routers[-1].kill()
                    hire()
                else:
                    broker.kill()
            for queue, pattern in BINDINGS.items():
                wanted = [record for record in sent if matches(pattern, record[0])]
                assert len(wanted) >= 10, (queue, len(wanted))
                got = read(broker.address, queue, len(wanted))
                assert got == wanted, f"seed {seed}: {queue} has {len(got)}, wanted {len(wanted)}"
                print(f"routing: seed {seed}, {queue} has the {len(wanted)} records of {pattern}, each "
                      "once, in order")
        finally:
            for router in routers:
                router.kill()
    pushed(program, sent, seed, chance)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32))
