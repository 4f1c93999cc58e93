"""aiokafka: Kafka in asyncio."""

import asyncio
import json
import sys

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidPartitionsError, KafkaError, TopicAuthorizationFailedError
from aiokafka.structs import OffsetAndMetadata

import members
from cases import Read

commits_by_time = False
WAIT = 60


def wait(work):
    async def bounded():
        return await asyncio.wait_for(work, WAIT)

    return asyncio.run(bounded())


async def deliver(boot, sends, **more):
    made = AIOKafkaProducer(bootstrap_servers=boot, linger_ms=20, **more)
    await made.start()
    try:
        futures = [await made.send(**send) for send in sends]
        return [(await future).offset for future in futures]
    finally:
        await made.stop()


def produce(boot, topic, codec, records):
    offsets = wait(deliver(
        boot, [dict(topic=topic, partition=0, key=r.key, value=r.value, headers=r.headers,
                    timestamp_ms=r.timestamp) for r in records],
        compression_type=None if codec == "none" else codec))
    assert offsets == list(range(len(records))), offsets


def send(boot, topic, partition, values):
    wait(deliver(boot, [dict(topic=topic, partition=partition, value=v.encode()) for v in values]))


async def with_reader(boot, work):
    reader = AIOKafkaConsumer(bootstrap_servers=boot, enable_auto_commit=False)
    await reader.start()
    try:
        return await work(reader)
    finally:
        await reader.stop()


def consume(boot, topic, partition=0):
    place = TopicPartition(topic, partition)

    async def read(reader):
        reader.assign([place])
        await reader.seek_to_beginning(place)
        end = (await reader.end_offsets([place]))[place]
        found = []
        while await reader.position(place) < end:
            for batch in (await reader.getmany(timeout_ms=500)).values():
                found += [Read(r.offset, r.timestamp, r.key, r.value, list(r.headers))
                          for r in batch]
        return found

    return wait(with_reader(boot, read))


def offset_at(boot, topic):
    place = TopicPartition(topic, 0)

    def find(timestamp):
        async def ask(reader):
            return (await reader.offsets_for_times({place: timestamp}))[place]

        found = wait(with_reader(boot, ask))
        return None if found is None else found.offset

    return find


def idempotent(boot, topic):
    offsets = wait(deliver(
        boot, [dict(topic=topic, partition=0, value=b"%d" % i) for i in range(500)],
        enable_idempotence=True, max_batch_size=200, compression_type="gzip"))
    assert offsets == list(range(500)), offsets
    assert [r.value for r in consume(boot, topic)] == [b"%d" % i for i in range(500)]


def signal(boot, key, value):
    """The number of the error that a record for `signals` meets, 0 for none."""
    try:
        wait(deliver(boot, [dict(topic="signals", partition=0, key=key, value=value)]))
    except KafkaError as failure:
        return failure.errno
    return 0


def refused(boot, topic):
    try:
        wait(deliver(boot, [dict(topic=topic, partition=0, value=b"forged")]))
    except TopicAuthorizationFailedError:
        return
    raise AssertionError(f"{topic}: the record was taken")


async def with_desk(boot, work):
    desk = AIOKafkaAdminClient(bootstrap_servers=boot)
    await desk.start()
    try:
        return await work(desk)
    finally:
        await desk.close()


def create(boot, topic, partitions):
    made = wait(with_desk(
        boot, lambda desk: desk.create_topics([NewTopic(topic, partitions, 1)])))
    assert [e[1] for e in made.topic_errors] == [0], made


def committed(boot, topic, group):
    found = wait(with_desk(boot, lambda desk: desk.list_consumer_group_offsets(group)))
    return {p.partition: o.offset for p, o in found.items() if p.topic == topic and o.offset >= 0}


def member(boot, topic, group, **options):
    return members.again(__file__, boot=boot, topic=topic, group=group, **options)


async def run(boot, topic, group, commits, instance=None, session=2_000):
    reader = AIOKafkaConsumer(
        bootstrap_servers=boot, group_id=group, group_instance_id=instance,
        auto_offset_reset="earliest", enable_auto_commit=False, session_timeout_ms=session,
        heartbeat_interval_ms=300, metadata_max_age_ms=5_000)
    has = set()

    class Listener(aiokafka.ConsumerRebalanceListener):
        def on_partitions_assigned(self, assigned):
            has.update(p.partition for p in assigned)
            members.say(assigned=sorted(has))

        def on_partitions_revoked(self, revoked):
            gone = [p.partition for p in revoked]
            has.difference_update(gone)
            if gone:
                members.say(revoked=gone)

    reader.subscribe([topic], listener=Listener())
    await reader.start()
    async for record in reader:
        members.say(read=[record.partition, record.offset, record.value.decode()])
        if commits > 0:
            commits -= 1
            place = TopicPartition(record.topic, record.partition)
            await reader.commit({place: OffsetAndMetadata(record.offset + 1, "")})
            members.say(committed=[record.partition, record.offset + 1])


def administer(boot):
    topic, group = "aiokafka.admin", "aiokafka.admin.group"

    def ask(work):
        return wait(with_desk(boot, work))

    new = NewTopic(topic, 2, 1, topic_configs={"retention.ms": "3600000"})
    for error in (0, 36):
        made = ask(lambda desk: desk.create_topics([new]))
        assert [e[1] for e in made.topic_errors] == [error], made
    ask(lambda desk: desk.create_partitions({topic: NewPartitions(3)}))
    try:
        ask(lambda desk: desk.create_partitions({topic: NewPartitions(1)}))
    except InvalidPartitionsError:
        pass
    else:
        raise AssertionError("a topic has shrunk")
    found = ask(lambda desk: desk.describe_topics([topic]))[0]
    assert sorted(p["partition"] for p in found["partitions"]) == [0, 1, 2], found
    assert topic in ask(lambda desk: desk.list_topics())
    broker = ask(lambda desk: desk.describe_cluster())["brokers"][0]
    assert f"{broker['host']}:{broker['port']}" == boot, broker

    def configs():
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = ask(lambda desk: desk.describe_configs([resource]))[0].resources[0]
        return {entry[0]: entry[1] for entry in found[4]}

    def alter(name, value):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})
        return ask(lambda desk: desk.alter_configs([resource]))[0].resources[0][0]

    assert configs()["retention.ms"] == "3600000", configs()
    assert alter("retention.bytes", "123456") == 0
    assert alter("cleanup.policy", "compact") == 40
    assert configs()["retention.bytes"] == "123456", configs()
    assert configs()["retention.ms"] == "-1", configs()

    for value in ("a", "b", "c", "d"):
        send(boot, topic, 1, [value])
    place = TopicPartition(topic, 1)
    low = ask(lambda desk: desk.delete_records({place: RecordsToDelete(before_offset=2)}))
    assert low == {place: 2}, low
    assert [(r.offset, r.value) for r in consume(boot, topic, 1)] == [(2, b"c"), (3, b"d")]

    async def commit():
        reader = AIOKafkaConsumer(
            bootstrap_servers=boot, group_id=group, enable_auto_commit=False)
        await reader.start()
        try:
            reader.assign([place])
            await reader.commit({place: OffsetAndMetadata(3, "note")})
            assert await reader.committed(place) == 3
        finally:
            await reader.stop()

    wait(commit())
    assert committed(boot, topic, group) == {1: 3}
    assert group in [g[0] for g in ask(lambda desk: desk.list_consumer_groups())]

    def state():
        found = ask(lambda desk: desk.describe_consumer_groups([group]))[0].groups[0]
        return found[2], len(found[5])

    assert state() == ("Empty", 0), state()
    live = member(boot, topic, group, commits=0)
    try:
        members.until("the member has all", lambda: live.has == [0, 1, 2], live)
        members.until("it reads on from the commit", lambda: live.values == ["d"], live)
        assert state() == ("Stable", 1), state()
    finally:
        live.kill()
    # This client cannot delete groups.
    gone = ask(lambda desk: desk.delete_topics([topic]))
    assert [e[1] for e in gone.topic_error_codes] == [0], gone
    assert topic not in ask(lambda desk: desk.list_topics())


if __name__ == "__main__":
    asyncio.run(run(**json.loads(sys.argv[2])))
