"""Clients as fire detectors: signals that the controller takes, what is refused and how, a detector
that lives, and the controller's topics read by a group.

A signal's key is the detector's id, 4 bytes big-endian; its value one byte, 0 or 1.
"""

import collections
import json
import os

import members

# Kafka's numbers of errors.
INVALID_RECORD, THROTTLING_QUOTA_EXCEEDED, BROKER_NOT_AVAILABLE = 87, 89, 8
UNSUPPORTED_COMPRESSION_TYPE, TOPIC_AUTHORIZATION_FAILED = 76, 29
PATIENCE = 100


def key(detector):
    return int(detector).to_bytes(4, "big")


def served(client, boot):
    """Waits until the gateway has found the controller's logs."""
    members.until("the controller's topics", lambda: {"signals", "alarms"} <= set(
        client.admin(boot).list_topics(timeout=client.WAIT).topics))


def signal(client, boot, detector, value):
    """One signal, acknowledged."""
    error = client.signal(boot, key(detector), bytes([int(value)]))
    assert error == 0, f"the signal of {detector} met error {error}"


def refusals(client, boot, unknown, wired, known):
    """What is no signal of a detector of the network."""
    good = key(known)
    for what, record in {
            "an unknown detector": (key(unknown), b"\x01"),
            "a wired detector": (key(wired), b"\x01"),
            "a value of 2": (good, b"\x02"), "a value of two bytes": (good, b"\x01\x01"),
            "an empty value": (good, b""), "a value as text": (good, b"1"),
            "no value": (good, None), "no key": (None, b"\x01"),
            "a key of three bytes": (good[1:], b"\x01"),
            "a key of five bytes": (b"\x00" + good, b"\x01"),
            "a key as text": (str(known).encode(), b"\x01")}.items():
        error = client.signal(boot, *record)
        assert error == INVALID_RECORD, f"{what} met error {error}"
    # Signals are not packed.
    if client.__name__ == "confluent":
        packed = client.producer(boot, **{"compression.type": "gzip", "linger.ms": 500})
        sends = [dict(topic="signals", partition=0, key=good, value=b"\x00")] * 200
        errors = {error.code() for error, _ in client.deliver(packed, sends) if error}
        assert errors == {UNSUPPORTED_COMPRESSION_TYPE}, errors


def burst(client, boot, detector, count):
    """So many signals at once, each in a batch of its own and sent once; prints how many met which
    error. All are answered."""
    made = client.producer(boot, **{
        "batch.num.messages": 1, "linger.ms": 0, "retries": 0, "message.timeout.ms": 60_000,
        "max.in.flight.requests.per.connection": 1_000, "queue.buffering.max.messages": 100_000})
    outcomes = collections.Counter()
    for _ in range(int(count)):
        made.produce("signals", key=key(detector), value=b"\x00", partition=0, on_delivery=(
            lambda error, _: outcomes.update([error.code() if error else 0])))
    assert made.flush(PATIENCE) == 0, "not all were answered"
    assert sum(outcomes.values()) == int(count), outcomes
    print(json.dumps({str(code): number for code, number in outcomes.items()}))


def speak(client, boot, detector):
    """A detector that says every now and then that all is well, until it is killed."""
    parent = os.getppid()
    made = client.producer(boot, **{
        "linger.ms": 0, "message.timeout.ms": 1_000, "log_level": 0, "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 100})
    while os.getppid() == parent:
        made.produce("signals", key=key(detector), value=b"\x00", partition=0)
        made.poll(0.3)


def pour(client, boot, topic, *detectors):
    """As much as one client can, until it is killed: records of 1,000 bytes, or into `signals` normal
    signals of the detectors, a batch each."""
    parent = os.getppid()
    more = {"batch.num.messages": 1} if detectors else {"linger.ms": 5}
    made = client.producer(boot, **{
        "message.timeout.ms": 2_000, "log_level": 0, "queue.buffering.max.messages": 10_000,
        "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 100, **more})
    keys = [key(detector) for detector in detectors]
    sent = 0
    while os.getppid() == parent:
        try:
            if keys:
                made.produce(topic, key=keys[sent % len(keys)], value=b"\x00", partition=0)
            else:
                made.produce(topic, value=bytes(1_000), partition=0)
            sent += 1
        except BufferError:
            made.poll(0.01)
        made.poll(0)


def alarms(client, boot, *detectors):
    """These detectors stand in `alarms`, each once, in this order."""
    wanted = [(key(detector), b"\x01") for detector in detectors]
    members.until("the alarms", lambda: len(client.consume(boot, "alarms")) >= len(wanted))
    got = [(r.key, r.value) for r in client.consume(boot, "alarms")]
    assert got == wanted, got


def controller(client, boot, *topics):
    """Reads topics that are not the client's, and fails to write to them."""
    for topic in topics:
        before = client.consume(boot, topic)
        assert before, f"{topic}: there is nothing"
        first = before[0].offset
        assert [r.offset for r in before] == list(range(first, first + len(before))), topic
        if topic != "signals":
            client.refused(boot, topic)
        after = client.consume(boot, topic)
        assert after[:len(before)] == before and b"forged" not in [r.value for r in after], topic


def shift(client, boot, topic, group, first, count):
    """A member of a group reads and commits so many records, the first at this offset."""
    one = client.member(boot, topic, group, commits=int(count))
    end = int(first) + int(count)
    try:
        members.until("the records", lambda: len(one.all("read")) >= int(count), one)
        members.until("the commit", lambda: client.committed(boot, topic, group) == {0: end}, one)
        offsets = [offset for _, offset, _ in one.all("read")]
        assert offsets == list(range(int(first), end)), offsets
    finally:
        one.end()


STEPS = {step.__name__: step for step in (
    served, signal, refusals, burst, speak, pour, alarms, controller, shift)}
