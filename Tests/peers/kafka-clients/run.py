#!/usr/bin/env python3
"""One stock Kafka client against a broker: `run.py CLIENT STEP HOST:PORT [TOPIC …]`.

Steps: `produce` writes a topic a codec; `consume` reads those of all clients; `times`, `takeover`,
`static`, `cooperative`, `idempotent` and `administer` are on their own; `alarm` is a detector's
signal; `controller` reads topics that are not the client's and fails to write to them. It ends with an assertion where something is
not exactly as it was sent.
"""

import importlib
import sys

sys.dont_write_bytecode = True

import cases  # noqa: E402
import members  # noqa: E402

name, step, boot, *topics = sys.argv[1:]
client = importlib.import_module({
    "kcat": "kcat", "confluent": "confluent", "aiokafka": "aio", "kafka-python": "pure",
    "kafka-python-2": "pure"}[name])

if step == "produce":
    for codec in cases.CODECS:
        client.produce(boot, cases.topic(name, codec), codec, cases.records(name, codec))
elif step == "consume":
    for sender in cases.CLIENTS:
        for codec in cases.CODECS:
            topic = cases.topic(sender, codec)
            cases.check(f"{name} reads {topic}", client.consume(boot, topic),
                        cases.records(sender, codec))
elif step == "times":
    for codec in cases.CODECS:
        sender = name if name != "kcat" else "confluent"
        topic = cases.topic(sender, codec)
        cases.check_times(f"{name} in {topic}", client.offset_at(boot, topic), codec,
                          cases.records(sender, codec))
elif step in ("takeover", "static", "cooperative"):
    getattr(members, step)(client, boot, f"{name}.{step}")
elif step == "idempotent":
    topic = f"{name}.idempotent"
    client.create(boot, topic, 1)
    client.idempotent(boot, topic)
elif step == "administer":
    client.administer(boot)
elif step == "alarm":
    # A detector with its own id that a client stands for, and the controller's alarm for it.
    members.until("the controller's topics", lambda: {"signals", "alarms"} <= set(
        client.admin(boot).list_topics(timeout=client.WAIT).topics))
    client.signal(boot, 1)
    members.until("the controller's alarm", lambda: client.consume(boot, "alarms"))
elif step == "controller":
    for topic in topics:
        before = client.consume(boot, topic)
        assert before, f"{topic}: there is nothing"
        assert [r.offset for r in before] == list(range(len(before))), topic
        client.refused(boot, topic)
        after = client.consume(boot, topic)
        assert after[:len(before)] == before and b"forged" not in [r.value for r in after], topic
else:
    sys.exit(__doc__)
print(f"{name} {step}: ok")
