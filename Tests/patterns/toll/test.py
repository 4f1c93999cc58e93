#!/usr/bin/env python3
"""A toll road's payments, with the payer and the broker killed at every step.

usage: test.py GATEWAY [atomic]

With `atomic` the outcome of a payment and the commit of its offset are one transaction."""

import collections
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

from bank import Bank  # noqa: E402
from broker import Broker, Member, until  # noqa: E402
from payer import ATTEMPTS, STEPS  # noqa: E402

TOPICS = ("PAYMENTS", "RECEIPTS", "FAILED_PAYMENTS")


class Road:
    """Broker, bank and two payers, one of which has the partition."""

    def __init__(self, broker, bank, atomic, victims):
        self.broker, self.bank, self.atomic, self.victims = broker, bank, atomic, victims
        self.payers, self.made = [], 0
        desk = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        made = desk.create_topics([NewTopic(topic, 1) for topic in TOPICS])
        for topic in TOPICS:
            made[topic].result(30)

    def hire(self):
        self.made += 1
        self.payers.append(Member(
            f"{HERE}/payer.py", servers=self.broker.address, name=f"payer-{self.made}",
            bank=self.bank.port, atomic=self.atomic, victims=self.victims))

    def drive(self, cars):
        """The cars pass the toll station, one after the other."""
        producer = Producer({
            "bootstrap.servers": self.broker.address, "linger.ms": 0, "log_level": 0})
        for car in cars:
            # The key of a payment stays with it through all attempts: the bank knows it by that.
            payment = {"key": f"toll/{car}", "car": car, "euros": 5}
            producer.produce("PAYMENTS", key=car, value=json.dumps(payment), partition=0)
        assert producer.flush(60) == 0

    def waiting(self):
        """The member that waits for us, and what it said."""
        for payer in self.payers:
            assert payer.process.poll() is None, f"a payer ended: {payer.said()[-5:]}"
            said = payer.said()
            waits = [e for e in said if e["waits"]]
            if len(waits) > getattr(payer, "answered", 0):
                return payer, waits[getattr(payer, "answered", 0)]
        return None

    def answer(self, payer):
        payer.answered = getattr(payer, "answered", 0) + 1
        payer.go_on()

    def kill(self, payer, event):
        """kill -9 to the payer. Another one goes on at the same payment, or behind it when it was
        committed."""
        payer.kill()
        self.payers.remove(payer)
        seen = {other: len(other.said("read")) for other in self.payers}
        self.hire()
        first = until("another payer goes on", lambda: [
            e for heir in self.payers for e in heir.said("read")[seen.get(heir, 0):]])[0]
        wanted = event["offset"] + (event["step"] == "committed")
        assert first["offset"] == wanted, f"after {event} the heir reads {first}"

    def standing(self, topic):
        """What stands in a topic: value, counter."""
        reader = Consumer({
            "bootstrap.servers": self.broker.address, "group.id": "auditor",
            "enable.auto.commit": False, "isolation.level": "read_committed"})
        place = TopicPartition(topic, 0, 0)
        _, end = reader.get_watermark_offsets(place, timeout=60)
        reader.assign([place])
        found = []
        until(f"the end of {topic}", lambda: found.extend(
            m for m in reader.consume(1_000, 0.2) if not m.error()) or
            reader.position([place])[0].offset >= end or end == 0)
        reader.close()
        return [(json.loads(m.value()), int(dict(m.headers() or [])["attempt"])) for m in found]

    def finished(self):
        """Receipts and failures by car, once every payment is committed."""
        reader = Consumer({"bootstrap.servers": self.broker.address, "group.id": "payers"})
        place = TopicPartition("PAYMENTS", 0)

        def done():
            end = reader.get_watermark_offsets(place, timeout=60)[1]
            waiting = self.waiting()
            if waiting:
                self.answer(waiting[0])
            # Behind the last payment may stand a transaction's mark.
            return reader.committed([place], timeout=60)[0].offset >= end - self.atomic
        until("all payments are committed", done)
        reader.close()
        receipts, failures = collections.defaultdict(list), collections.defaultdict(list)
        for value, attempt in self.standing("RECEIPTS"):
            receipts[value["car"]].append(value["paid"])
        for value, attempt in self.standing("FAILED_PAYMENTS"):
            failures[value["car"]].append(attempt)
        return receipts, failures

    def __enter__(self):
        self.hire()
        until("a payer has the partition", lambda: self.payers[0].said("assigned"))
        self.hire()
        return self

    def __exit__(self, *_):
        for payer in self.payers:
            payer.kill()


def killed_at_every_step(program, atomic):
    """The bank takes idempotency keys: nobody pays twice, whoever is killed, wherever."""
    who_dies = {
        f"{step} {who} {kind}": (step, who) for kind in ("paid", "again")
        for step in STEPS for who in ("payer", "broker")}
    with Broker(program) as broker, Bank(keys=True) as bank:
        rich, poor, never = ["rich-1", "rich-2"], ["poor-1", "poor-2"], ["never-1", "never-2"]
        bank.poor.update(poor)
        for car in never:
            bank.behaviour[car] = ["off line"] * 100
        bank.behaviour["unlucky"] = ["dies", "off line"]
        for car in who_dies:
            # Its payment is written again once, and paid then.
            bank.behaviour[car] = ["off line"] if car.endswith("again") else []
        victims = {car: step for car, (step, _) in who_dies.items()}
        with Road(broker, bank, atomic, victims) as road:
            road.drive(rich[:1] + poor[:1] + never[:1] + ["unlucky"] + list(who_dies)
                       + rich[1:] + poor[1:] + never[1:])
            left = dict(who_dies)
            while left:
                payer, event = until("the next victim", road.waiting)
                step, who = left.pop(event["car"], (None, None))
                if who == "payer":
                    road.kill(payer, event)
                    continue
                if who == "broker":
                    broker.kill()
                road.answer(payer)
            receipts, failures = road.finished()
        paid = rich + ["unlucky"] + list(who_dies)
        assert set(receipts) == set(paid + poor), set(paid + poor) ^ set(receipts)
        assert set(failures) == set(never), failures
        for car in paid:
            assert set(receipts[car]) == {"yes"} and bank.charged[car] == 1, (
                car, receipts[car], bank.charged[car])
        for car in poor:
            assert set(receipts[car]) == {"no"} and bank.charged[car] == 0, (car, receipts[car])
        for car in never:
            assert set(failures[car]) == {ATTEMPTS} and bank.charged[car] == 0, failures[car]
        outcomes = list(receipts.values()) + list(failures.values())
        twice = sum(len(outcome) > 1 for outcome in outcomes)
        if atomic:
            assert twice == 0, f"{twice} outcomes stand twice"
        print(f"toll, {'atomic' if atomic else 'outcome, then commit'}: {len(who_dies)} kills, "
              f"{len(outcomes)} cars, nobody charged twice, {twice} outcomes written twice")


def without_keys(program, atomic):
    """The bank takes no keys. The payer writes a payment again and is killed before it commits: the
    other one writes it again too, and both are paid, unless the two are one transaction."""
    with Broker(program) as broker, Bank(keys=False) as bank:
        # Off line for whoever reads the payment first, and for who goes on there.
        bank.behaviour["car"] = ["off line"] * (1 if atomic else 2)
        with Road(broker, bank, atomic, {"car": "written"}) as road:
            road.drive(["car"])
            payer, event = until("it is written again", road.waiting)
            if atomic:
                bank.behaviour["car"] = ["off line"]
            road.kill(payer, event)
            receipts, _ = road.finished()
        wanted = 1 if atomic else 2
        assert bank.charged["car"] == wanted, bank.charged
        assert receipts["car"] == ["yes"] * wanted, receipts
        print(f"toll, {'atomic' if atomic else 'outcome, then commit'}, a bank without keys: "
              f"charged {'once' if atomic else 'twice, as was to be shown'}")


if __name__ == "__main__":
    killed_at_every_step(sys.argv[1], "atomic" in sys.argv[2:])
    without_keys(sys.argv[1], "atomic" in sys.argv[2:])
