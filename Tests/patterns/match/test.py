#!/usr/bin/env python3
"""A match of four players on one topic, 24 moves a second each.

usage: test.py GATEWAY"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

from broker import Broker, Member, until  # noqa: E402

NAMES = ("north", "east", "south", "west")
RATE, SECONDS = 24, 5
MOVES = RATE * SECONDS


def whole_match(servers):
    """Every record: offset, key."""
    reader = Consumer({"bootstrap.servers": servers, "group.id": "unused"})
    reader.assign([TopicPartition("match", 0, 0)])
    found = []
    until("the whole match", lambda: found.extend(
        [m.offset(), m.key().decode()] for m in reader.consume(1_000, 0.2) if not m.error())
        or len(found) >= MOVES * len(NAMES))
    reader.close()
    return found


def main(program):
    with Broker(program) as broker:
        desk = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        desk.create_topics([NewTopic("match", 1)])["match"].result(30)
        players = {name: Member(
            f"{HERE}/player.py", servers=broker.address, name=name, players=len(NAMES),
            moves=MOVES, rate=RATE) for name in NAMES}
        try:
            for player in players.values():
                until("all are ready", lambda: player.said("ready"))
            for player in players.values():
                player.go_on()
            ends = {name: until(f"{name} has seen all", lambda: player.said("end"))[0]
                    for name, player in players.items()}
        finally:
            for player in players.values():
                player.kill()
        match = whole_match(broker.address)
        assert len(match) == MOVES * len(NAMES)
        delays = []
        for name, end in ends.items():
            # Not one of its own, every other's, in the order of the log.
            wanted = [[offset, key] for offset, key in match if key != name]
            assert [[offset, key] for offset, key, _ in end["seen"]] == wanted, name
            for other in NAMES:
                numbers = [n for _, key, n in end["seen"] if key == other]
                assert numbers == list(range(0 if other == name else MOVES)), (name, other)
            delays += end["delays"]
        delays.sort()
        print(f"match: {len(NAMES)} players, {RATE} moves a second each, {len(match)} moves seen in one "
              f"order; from move to sight p50 {delays[len(delays) // 2]} ms, "
              f"p99 {delays[len(delays) * 99 // 100]} ms")


if __name__ == "__main__":
    main(sys.argv[1])
