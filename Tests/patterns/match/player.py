"""One of the players of a match. All of them write to one topic, each with its name as the key, and all
read it from the beginning without a group: every one sees the moves in the order of the log. A move of
its own it has made already, so it skips records with its own key."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402

from broker import say  # noqa: E402


def play(servers, name, players, moves, rate):
    """Makes so many moves, `rate` a second, and ends when it has seen all moves of all others."""
    consumer = Consumer({
        "bootstrap.servers": servers, "group.id": "unused", "enable.auto.commit": False,
        "fetch.wait.max.ms": 100, "log_level": 0})
    consumer.assign([TopicPartition("match", 0, 0)])
    producer = Producer({
        "bootstrap.servers": servers, "linger.ms": 0, "enable.idempotence": True, "log_level": 0})
    producer.list_topics("match", timeout=60)
    consumer.get_watermark_offsets(TopicPartition("match", 0), timeout=60)
    say("ready", waits=True)
    begin, made, seen, delays = time.time(), 0, [], []
    while made < moves or len(seen) < moves * (players - 1):
        if made < moves and time.time() >= begin + made / rate:
            producer.produce("match", key=name, value=json.dumps([made, time.time()]), partition=0)
            made += 1
        producer.poll(0)
        message = consumer.poll(0.002)
        if message is None or message.error() or message.key().decode() == name:
            continue
        number, at = json.loads(message.value())
        seen.append([message.offset(), message.key().decode(), number])
        delays.append(round((time.time() - at) * 1_000, 1))
    assert producer.flush(60) == 0
    say("end", seen=seen, delays=sorted(delays))


if __name__ == "__main__":
    play(**json.loads(sys.argv[1]))
