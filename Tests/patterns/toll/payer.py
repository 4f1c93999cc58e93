"""A member of the group that pays for the cars on the toll road: reads PAYMENTS, asks the bank, writes
the outcome, commits. What the bank does not answer is written to PAYMENTS again with a counter; after
the third attempt it goes to FAILED_PAYMENTS.

The outcome (a receipt, the payment again, or the failure) and the commit are one transaction where
`atomic`; else the outcome is written first and the commit comes after."""

import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition  # noqa: E402

from broker import quiet, say  # noqa: E402

ATTEMPTS = 3
STEPS = ("read", "asked", "answered", "written", "committed")


class Payer:
    def __init__(self, servers, name, bank, atomic, victims):
        self.name, self.bank, self.atomic = name, bank, atomic
        #: Car by car, the step at which the test wants to be asked.
        self.victims = victims
        quick = {"bootstrap.servers": servers, "reconnect.backoff.ms": 20, "log_level": 0,
                 "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50}
        self.consumer = Consumer(quick | {
            "group.id": "payers", "client.id": name, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "session.timeout.ms": 2_000,
            "heartbeat.interval.ms": 300, "isolation.level": "read_committed"})
        self.quick, self.producer = quick, None
        self.consumer.subscribe(["PAYMENTS"], on_assign=self.assigned)

    def assigned(self, _, partitions):
        """A producer with the partition's name: whoever had the partition before, and may not be dead
        but slow, is fenced off by it, and what was open of its transaction is given up."""
        if not partitions:
            return
        self.producer = Producer(self.quick | {
            "linger.ms": 0, "acks": "all", "enable.idempotence": True} | (
            # When all brokers are gone, librdkafka (2.16) forgets them and begins anew, and a call that
            # waits for the group's coordinator then waits for ever (its issue 5511).
            {"transactional.id": "payer-0", "transaction.timeout.ms": 60_000,
             "metadata.recovery.strategy": "none"}
            if self.atomic else {}), logger=quiet())
        if self.atomic:
            self.again(self.producer.init_transactions)
        say("assigned", name=self.name)

    @staticmethod
    def again(call, *arguments):
        """Until the broker has answered: it may be dead just now."""
        while True:
            try:
                return call(*arguments)
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
                say("retries", error=str(error))
                time.sleep(0.05)

    def step(self, step, car, message):
        say(step, waits=self.victims.get(car) == step, car=car, offset=message.offset())

    def ask(self, payment, car, message):
        """The bank's answer; None where there is none."""
        try:
            with socket.create_connection(("127.0.0.1", self.bank), 30) as line:
                line.sendall(json.dumps(payment).encode() + b"\n")
                answer = line.makefile().readline().strip() or None
        except OSError:
            answer = None
        self.step("asked", car, message)
        return answer

    def outcome(self, answer, payment, attempt):
        """Topic, value and counter of what is written."""
        if answer:
            return "RECEIPTS", {"car": payment["car"], "paid": answer}, attempt
        if attempt + 1 < ATTEMPTS:
            return "PAYMENTS", payment, attempt + 1
        return "FAILED_PAYMENTS", payment, attempt + 1

    def pay(self, message):
        payment = json.loads(message.value())
        car = payment["car"]
        attempt = int(dict(message.headers() or []).get("attempt", b"0"))
        self.step("read", car, message)
        answer = self.ask(payment, car, message)
        self.step("answered", car, message)
        try:
            self.finish(message, car, *self.outcome(answer, payment, attempt))
        except (KafkaException, SystemError) as error:
            # Not committed: the payment comes again, to whoever has the partition then. A producer that
            # was fenced off is of no use any more, and confluent-kafka says so in whatever it is
            # just doing.
            say("again", car=car, error=str(error))
            if self.atomic:
                self.give_up()
            self.consumer.unsubscribe()
            self.consumer.subscribe(["PAYMENTS"], on_assign=self.assigned)

    def finish(self, message, car, topic, value, counter):
        """Writes the outcome and commits."""
        place = TopicPartition(message.topic(), message.partition(), message.offset() + 1)
        if self.atomic:
            self.again(self.producer.begin_transaction)
        failures = []
        self.producer.produce(
            topic, key=message.key(), value=json.dumps(value), headers={"attempt": str(counter)},
            on_delivery=lambda error, _: failures.append(error) if error else None)
        left = self.producer.flush(100)
        if failures:
            raise KafkaException(failures[0])
        assert left == 0, "unsent"
        self.step("written", car, message)
        if self.atomic:
            self.again(self.producer.send_offsets_to_transaction, [place],
                       self.consumer.consumer_group_metadata())
            self.again(self.producer.commit_transaction)
        else:
            self.again(lambda: self.consumer.commit(offsets=[place], asynchronous=False))
        self.step("committed", car, message)

    def give_up(self):
        try:
            self.again(self.producer.abort_transaction)
        except (KafkaException, SystemError):
            pass

    def run(self):
        while True:
            message = self.consumer.poll(1)
            if message is not None and not message.error():
                self.pay(message)


if __name__ == "__main__":
    Payer(**json.loads(sys.argv[1])).run()
