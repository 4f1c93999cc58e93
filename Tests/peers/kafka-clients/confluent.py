"""confluent-kafka: librdkafka, the newest."""

import functools
import json
import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer,
    TopicCollection, TopicPartition)
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
    OffsetSpec, ResourceType)

import members
from cases import Read

commits_by_time = False
WAIT = 60


def producer(boot, **more):
    return Producer({"bootstrap.servers": boot, "linger.ms": 20, **more})


def deliver(made, sends):
    outcomes = []
    for send in sends:
        made.produce(on_delivery=lambda e, m: outcomes.append((e, m)), **send)
        made.poll(0)
    assert made.flush(WAIT) == 0
    assert len(outcomes) == len(sends)
    return outcomes


def produce(boot, topic, codec, records):
    # Before version 2.0 idempotence was off unless asked for; here it is asked for elsewhere.
    sent = deliver(
        producer(boot, **{"compression.type": codec}),
        [dict(topic=topic, partition=0, key=r.key, value=r.value, headers=r.headers,
              timestamp=r.timestamp) for r in records])
    assert [(e, m.offset()) for e, m in sent] == [(None, i) for i in range(len(records))]


def send(boot, topic, partition, values):
    for error, _ in deliver(
            producer(boot), [dict(topic=topic, partition=partition, value=v) for v in values]):
        assert error is None, error


def consume(boot, topic, partition=0):
    consumer = Consumer({
        "bootstrap.servers": boot, "group.id": "unused", "enable.partition.eof": True,
        "enable.auto.commit": False, "check.crcs": True})
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    found = []
    deadline = time.monotonic() + WAIT
    while True:
        message = consumer.poll(1)
        assert time.monotonic() < deadline, f"{topic}: no end after {len(found)}"
        if message is None:
            continue
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            break
        found.append(Read(
            message.offset(), message.timestamp()[1], message.key(), message.value(),
            message.headers() or []))
    consumer.close()
    return found


def offset_at(boot, topic):
    consumer = Consumer({"bootstrap.servers": boot, "group.id": "unused"})

    def find(timestamp):
        found = consumer.offsets_for_times([TopicPartition(topic, 0, timestamp)], timeout=WAIT)[0]
        assert found.error is None, found.error
        return found.offset if found.offset >= 0 else None

    return find


def idempotent(boot, topic):
    made = producer(boot, **{
        "enable.idempotence": True, "compression.type": "lz4", "batch.num.messages": 7})
    sent = deliver(made, [dict(topic=topic, partition=0, value=b"%d" % i) for i in range(500)])
    assert [(e, m.offset()) for e, m in sent] == [(None, i) for i in range(500)]
    assert [r.value for r in consume(boot, topic)] == [b"%d" % i for i in range(500)]


def signal(boot, key, value, **more):
    """The number of the error that a record for `signals` meets, 0 for none."""
    error, _ = deliver(producer(boot, **more), [dict(
        topic="signals", partition=0, key=key, value=value)])[0]
    return error.code() if error else 0


def refused(boot, topic):
    """What the broker says to a record for a topic that is not ours."""
    error, _ = deliver(producer(boot), [dict(topic=topic, partition=0, value=b"forged")])[0]
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, error


@functools.cache
def admin(boot):
    """One for all: a client that is gone before its answer comes breaks its future."""
    return AdminClient({"bootstrap.servers": boot})


def create(boot, topic, partitions):
    admin(boot).create_topics([NewTopic(topic, partitions, 1)])[topic].result(WAIT)


def committed(boot, topic, group):
    future = admin(boot).list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group]
    return {p.partition: p.offset for p in future.result(WAIT).topic_partitions
            if p.topic == topic and p.offset >= 0}


def member(boot, topic, group, **options):
    return members.again(__file__, boot=boot, topic=topic, group=group, **options)


def run(boot, topic, group, commits, instance=None, session=2_000, cooperative=False):
    config = {
        "bootstrap.servers": boot, "group.id": group, "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "session.timeout.ms": session, "heartbeat.interval.ms": 300}
    if instance:
        config["group.instance.id"] = instance
    if cooperative:
        config["partition.assignment.strategy"] = "cooperative-sticky"
    consumer = Consumer(config)
    has = set()

    def assigned(_, partitions):
        has.update(p.partition for p in partitions)
        members.say(assigned=sorted(has))

    def revoked(_, partitions):
        gone = [p.partition for p in partitions]
        has.difference_update(gone)
        members.say(revoked=gone)
        members.say(assigned=sorted(has))

    consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked)
    while True:
        message = consumer.poll(1)
        if message is None or message.error():
            continue
        members.say(read=[message.partition(), message.offset(), message.value().decode()])
        if commits > 0:
            commits -= 1
            done = consumer.commit(message, asynchronous=False)[0]
            members.say(committed=[done.partition, done.offset])


def error_of(future):
    try:
        future.result(WAIT)
    except KafkaException as failure:
        return failure.args[0].code()
    return None


def administer(boot):
    desk, topic, group = admin(boot), "confluent.admin", "confluent.admin.group"
    new = NewTopic(topic, 2, 1, config={"retention.ms": "3600000"})
    assert error_of(desk.create_topics([new])[topic]) is None
    assert error_of(desk.create_topics([new])[topic]) == KafkaError.TOPIC_ALREADY_EXISTS
    assert error_of(desk.create_partitions([NewPartitions(topic, 3)])[topic]) is None
    assert error_of(
        desk.create_partitions([NewPartitions(topic, 1)])[topic]) == KafkaError.INVALID_PARTITIONS
    found = desk.describe_topics(TopicCollection([topic]))[topic].result(WAIT)
    assert [p.id for p in found.partitions] == [0, 1, 2]
    assert all(p.leader.id == p.replicas[0].id == p.isr[0].id for p in found.partitions)
    cluster = desk.describe_cluster().result(WAIT)
    assert f"{cluster.nodes[0].host}:{cluster.nodes[0].port}" == boot
    assert cluster.cluster_id.startswith("standpipe-")

    def configs():
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return {n: (e.value, e.is_default) for n, e in
                desk.describe_configs([resource])[resource].result(WAIT).items()}

    assert configs()["retention.ms"] == ("3600000", False)
    assert configs()["cleanup.policy"] == ("delete", True)
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
        ConfigEntry("retention.bytes", "123456", incremental_operation=AlterConfigOpType.SET),
        ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE)])
    assert error_of(desk.incremental_alter_configs([change])[change]) is None
    assert configs()["retention.bytes"] == ("123456", False)
    assert configs()["retention.ms"] == ("-1", True)
    change = ConfigResource(ResourceType.TOPIC, topic, set_config={"retention.ms": "60000"})
    assert error_of(desk.alter_configs([change])[change]) is None
    assert configs()["retention.ms"] == ("60000", False)
    assert configs()["retention.bytes"] == ("-1", True)
    change = ConfigResource(ResourceType.TOPIC, topic, set_config={"cleanup.policy": "compact"})
    assert error_of(desk.alter_configs([change])[change]) == KafkaError.INVALID_CONFIG

    for value in ("a", "b", "c", "d"):
        send(boot, topic, 1, [value])
    place = TopicPartition(topic, 1, 2)
    assert desk.delete_records([place])[place].result(WAIT).low_watermark == 2
    assert [(r.offset, r.value) for r in consume(boot, topic, 1)] == [(2, b"c"), (3, b"d")]
    place = TopicPartition(topic, 1)
    for spec, offset in ((OffsetSpec.earliest(), 2), (OffsetSpec.latest(), 4)):
        assert desk.list_offsets({place: spec})[place].result(WAIT).offset == offset

    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 1, 3, "note")])
    assert error_of(desk.alter_consumer_group_offsets([wanted])[group]) is None
    assert committed(boot, topic, group) == {1: 3}
    listed = desk.list_consumer_groups().result(WAIT)
    assert group in [g.group_id for g in listed.valid] and not listed.errors
    described = desk.describe_consumer_groups([group])[group].result(WAIT)
    assert described.state.name == "EMPTY" and described.members == []
    live = member(boot, topic, group, commits=0)
    try:
        members.until("the member has all", lambda: live.has == [0, 1, 2], live)
        members.until("it reads on from the commit", lambda: live.values == ["d"], live)
        described = desk.describe_consumer_groups([group])[group].result(WAIT)
        assert described.state.name == "STABLE"
        assert sorted(p.partition for p in described.members[0].assignment.topic_partitions) \
            == [0, 1, 2]
        assert error_of(
            desk.delete_consumer_groups([group])[group]) == KafkaError.NON_EMPTY_GROUP
    finally:
        live.kill()
    members.until("the dead member is out", lambda: error_of(
        desk.delete_consumer_groups([group])[group]) is None)
    assert group not in [g.group_id for g in desk.list_consumer_groups().result(WAIT).valid]
    assert error_of(desk.delete_topics([topic])[topic]) is None
    assert topic not in desk.list_topics(timeout=WAIT).topics
    assert error_of(
        desk.delete_topics([topic])[topic]) == KafkaError.UNKNOWN_TOPIC_OR_PART


if __name__ == "__main__":
    run(**json.loads(sys.argv[2]))
