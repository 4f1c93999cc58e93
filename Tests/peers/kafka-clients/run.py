#!/usr/bin/env python3
"""One stock Kafka client against a broker: `run.py CLIENT STEP HOST:PORT [WORD …]`.

Steps: `produce` writes a topic a codec; `consume` reads those of all clients; `times`, `takeover`,
`static`, `cooperative`, `idempotent` and `administer` are on their own; those of signals.py are for a
gateway beside a controller. It ends with an assertion where something is not exactly as it was sent.
"""

import importlib
import sys

sys.dont_write_bytecode = True

import cases  # noqa: E402
import members  # noqa: E402
import signals  # noqa: E402

name, step, boot, *words = sys.argv[1:]
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
elif step in signals.STEPS:
    signals.STEPS[step](client, boot, *words)
else:
    sys.exit(__doc__)
print(f"{name} {step}: ok")
