"""kafka-python, 2.3 and 3: Kafka in Python alone."""

import json
import sys
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import (
    InvalidPartitionsError, KafkaError, NoError, NonEmptyGroupError,
    TopicAlreadyExistsError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError)
from kafka.structs import OffsetAndMetadata

import members
from cases import Read

commits_by_time = False
IS_OLD = kafka.__version__.startswith("2.")
WAIT = 60


def producer(boot, **more):
    return KafkaProducer(bootstrap_servers=boot, linger_ms=20, **more)


def deliver(made, sends):
    futures = [made.send(**send) for send in sends]
    made.flush(WAIT)
    offsets = [future.get(WAIT).offset for future in futures]
    made.close(WAIT)
    return offsets


def produce(boot, topic, codec, records):
    codec = None if codec == "none" else codec
    offsets = deliver(
        producer(boot, compression_type=codec, enable_idempotence=False),
        [dict(topic=topic, partition=0, key=r.key, value=r.value, headers=r.headers,
              timestamp_ms=r.timestamp) for r in records])
    assert offsets == list(range(len(records))), offsets


def send(boot, topic, partition, values):
    deliver(producer(boot), [
        dict(topic=topic, partition=partition, value=v.encode()) for v in values])


def consumer(boot, **more):
    return KafkaConsumer(bootstrap_servers=boot, enable_auto_commit=False, **more)


def consume(boot, topic, partition=0):
    reader, place = consumer(boot), TopicPartition(topic, partition)
    reader.assign([place])
    reader.seek_to_beginning(place)
    end = reader.end_offsets([place])[place]
    found = []
    deadline = time.monotonic() + WAIT
    while reader.position(place) < end:
        assert time.monotonic() < deadline, f"{topic}: {len(found)} of {end}"
        for batch in reader.poll(500).values():
            found += [
                Read(r.offset, r.timestamp, r.key, r.value, [tuple(h) for h in r.headers])
                for r in batch]
    reader.close()
    return found


def offset_at(boot, topic):
    reader, place = consumer(boot), TopicPartition(topic, 0)

    def find(timestamp):
        found = reader.offsets_for_times({place: timestamp})[place]
        return None if found is None else found.offset

    return find


def idempotent(boot, topic):
    made = producer(boot, enable_idempotence=True, batch_size=100, compression_type="gzip")
    offsets = deliver(
        made, [dict(topic=topic, partition=0, value=b"%d" % i) for i in range(500)])
    assert offsets == list(range(500)), offsets
    assert [r.value for r in consume(boot, topic)] == [b"%d" % i for i in range(500)]


def error_of(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except KafkaError as failure:
        return type(failure)
    return None


def signal(boot, key, value):
    """The number of the error that a record for `signals` meets, 0 for none."""
    error = error_of(deliver, producer(boot), [dict(
        topic="signals", partition=0, key=key, value=value)])
    return error.errno if error else 0


def refused(boot, topic):
    error = error_of(deliver, producer(boot), [dict(topic=topic, partition=0, value=b"forged")])
    assert error is TopicAuthorizationFailedError, error


def create(boot, topic, partitions):
    desk = KafkaAdminClient(bootstrap_servers=boot)
    desk.create_topics([NewTopic(topic, partitions, 1)])
    desk.close()


def committed(boot, topic, group):
    desk = KafkaAdminClient(bootstrap_servers=boot)
    if IS_OLD:
        found = desk.list_consumer_group_offsets(group)
    else:
        found = desk.list_group_offsets({group: None})[group]
    desk.close()
    return {p.partition: o.offset for p, o in found.items() if p.topic == topic and o.offset >= 0}


def member(boot, topic, group, **options):
    return members.again(__file__, boot=boot, topic=topic, group=group, **options)


def run(boot, topic, group, commits, instance=None, session=2_000, cooperative=False):
    more = {}
    if cooperative:
        from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
        more["partition_assignment_strategy"] = [CooperativeStickyAssignor]
    reader = consumer(
        boot, group_id=group, group_instance_id=instance, auto_offset_reset="earliest",
        session_timeout_ms=session, heartbeat_interval_ms=300, metadata_max_age_ms=5_000, **more)
    has = set()

    class Listener(kafka.ConsumerRebalanceListener):
        def on_partitions_assigned(self, assigned):
            has.update(p.partition for p in assigned)
            members.say(assigned=sorted(has))

        def on_partitions_revoked(self, revoked):
            gone = [p.partition for p in revoked]
            has.difference_update(gone)
            members.say(revoked=gone)
            members.say(assigned=sorted(has))

    reader.subscribe([topic], listener=Listener())
    while True:
        for place, batch in reader.poll(200).items():
            for record in batch:
                members.say(read=[record.partition, record.offset, record.value.decode()])
                if commits > 0:
                    commits -= 1
                    done = OffsetAndMetadata(record.offset + 1, "", -1)
                    reader.commit({place: done})
                    members.say(committed=[record.partition, done.offset])


def administer(boot):
    topic, group = f"kafka-python-{kafka.__version__}.admin", f"{kafka.__version__}.admin.group"
    desk = KafkaAdminClient(bootstrap_servers=boot)
    new = NewTopic(topic, 2, 1, topic_configs={"retention.ms": "3600000"})
    assert error_of(desk.create_topics, [new]) is None
    assert error_of(desk.create_topics, [new]) is TopicAlreadyExistsError
    assert error_of(desk.create_partitions, {topic: NewPartitions(3)}) is None
    assert error_of(desk.create_partitions, {topic: NewPartitions(1)}) is InvalidPartitionsError
    found = desk.describe_topics([topic])[0]
    key = "partition" if IS_OLD else "partition_index"
    assert sorted(p[key] for p in found["partitions"]) == [0, 1, 2], found
    assert topic in desk.list_topics()
    cluster = desk.describe_cluster()
    broker = cluster["brokers"][0]
    assert f"{broker['host']}:{broker['port']}" == boot, cluster
    assert cluster["cluster_id"].startswith("standpipe-"), cluster

    def configs():
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        if IS_OLD:
            found = desk.describe_configs([resource])[0].resources[0]
            return {entry[0]: entry[1] for entry in found[4]}
        found = desk.describe_configs([resource], config_filter="all")
        return {n: e["value"] if isinstance(e, dict) else e for n, e in found["topic"][topic].items()}

    assert configs()["retention.ms"] == "3600000", configs()
    assert configs()["cleanup.policy"] == "delete", configs()

    def alter(**entries):
        return error_of(desk.alter_configs, [ConfigResource(
            ConfigResourceType.TOPIC, topic, {n.replace("_", "."): v for n, v in entries.items()})])

    assert alter(retention_bytes="123456") is None
    assert configs()["retention.bytes"] == "123456", configs()
    # It does not raise; the value says it.
    alter(cleanup_policy="compact")
    assert configs()["cleanup.policy"] == "delete", configs()

    for value in ("a", "b", "c", "d"):
        send(boot, topic, 1, [value])
    place = TopicPartition(topic, 1)
    desk.delete_records({place: 2})
    assert [(r.offset, r.value) for r in consume(boot, topic, 1)] == [(2, b"c"), (3, b"d")]

    once = consumer(boot, group_id=group)
    once.assign([place])
    once.commit({place: OffsetAndMetadata(3, "note", -1)})
    assert once.committed(place, metadata=True)[:2] == (3, "note")
    once.close()
    assert committed(boot, topic, group) == {1: 3}

    def listed():
        found = desk.list_consumer_groups() if IS_OLD else desk.list_groups()
        return [g["group_id"] if isinstance(g, dict) else g[0] for g in found]

    def state():
        if IS_OLD:
            found = desk.describe_consumer_groups([group])[0]
            return found.state, len(found.members)
        found = desk.describe_groups([group])[group]
        return found["group_state"], len(found["members"])

    def delete():
        if IS_OLD:
            error = dict(desk.delete_consumer_groups([group]))[group]
            return None if error is NoError else error
        error = desk.delete_groups([group])[group]
        return None if error == "OK" else error

    assert group in listed() and state() == ("Empty", 0), state()
    live = member(boot, topic, group, commits=0)
    try:
        members.until("the member has all", lambda: live.has == [0, 1, 2], live)
        members.until("it reads on from the commit", lambda: live.values == ["d"], live)
        assert state() == ("Stable", 1), state()
        refusal = delete()
        assert refusal in (NonEmptyGroupError, "NonEmptyGroupError"), repr(refusal)
    finally:
        live.kill()
    members.until("the dead member is out", lambda: delete() is None)
    assert group not in listed()
    assert error_of(desk.delete_topics, [topic]) is None
    assert topic not in desk.list_topics()
    assert error_of(desk.delete_topics, [topic]) is UnknownTopicOrPartitionError


if __name__ == "__main__":
    run(**json.loads(sys.argv[2]))
