"""kcat with librdkafka 2.0.2, as Debian 12 has it. It has no administration but its list of topics;
what it cannot do (making a topic, asking for committed offsets) is done with kafka-python."""

import re
import subprocess

import members
import pure
from cases import Read

#: It commits what it has printed, every so often; it cannot be told to commit one record.
commits_by_time = True
create, committed, send = pure.create, pure.committed, pure.send
WAIT = 60


def kcat(boot, arguments, given=b"", fails=False):
    done = subprocess.run(
        ["kcat", "-b", boot, *arguments], input=given, capture_output=True, timeout=WAIT)
    assert fails or done.returncode == 0, done.stderr.decode()
    return done


def produce(boot, topic, codec, records):
    # One run for each way of writing a record down.
    def run(record, *arguments):
        line = (record.key or b"") + b"\x01" + (record.value or b"") + b"\x02"
        kcat(boot, ["-P", "-t", topic, "-p", "0", "-z", codec, "-K", "\\x01", "-D", "\\x02",
                    *arguments], line)

    run(records[0])
    run(records[1], "-Z")
    lines = b"".join(r.key + b"\x01" + r.value + b"\x02" for r in records[2:-1])
    kcat(boot, ["-P", "-t", topic, "-p", "0", "-z", codec, "-K", "\\x01", "-D", "\\x02"], lines)
    headers = []
    for key, value in records[-1].headers:
        headers += ["-H", key if value is None else f"{key}={value.decode()}"]
    run(records[-1], *headers)


def consume(boot, topic, partition=0):
    # Lengths first: keys and values may hold every byte. Null and empty are both printed as NULL
    # by -Z, and differ in their lengths.
    out = kcat(boot, [
        "-C", "-t", topic, "-p", str(partition), "-o", "beginning", "-e", "-q", "-Z",
        "-X", "check.crcs=true", "-f", r"%o %T %K %S \x01%k\x02%s\x03%h\x04"]).stdout
    found = []
    while out:
        offset, stamp, key_size, value_size, out = out.split(b" ", 4)
        pieces = []
        for size, end in ((int(key_size), b"\x02"), (int(value_size), b"\x03")):
            taken = size if size > 0 else len(b"NULL")
            pieces.append(out[1:1 + taken] if size > 0 else b"" if size == 0 else None)
            out = out[1 + taken:]
            assert out[:1] == end, out[:40]
        text, out = out[1:].split(b"\x04", 1)
        headers = [piece.partition(b"=") for piece in text.split(b",")] if text else []
        found.append(Read(
            int(offset), int(stamp), *pieces,
            [(k.decode(), None if v == b"NULL" else v) for k, _, v in headers]))
    return found


def offset_at(boot, topic):
    def find(timestamp):
        out = kcat(boot, ["-Q", "-t", f"{topic}:0:{timestamp}"]).stdout.decode()
        offset = int(re.search(r"offset (-?\d+)", out).group(1))
        return offset if offset >= 0 else None

    return find


def idempotent(boot, topic):
    lines = [b"%d" % i for i in range(500)]
    kcat(boot, ["-P", "-t", topic, "-p", "0", "-X", "enable.idempotence=true",
                "-X", "batch.num.messages=7", "-z", "lz4"], b"\n".join(lines) + b"\n")
    assert [r.value for r in consume(boot, topic)] == lines


def refused(boot, topic):
    done = kcat(boot, ["-P", "-t", topic, "-p", "0"], b"forged\n", fails=True)
    assert done.returncode != 0 and b"Topic authorization failed" in done.stderr, done


class Lines:
    """Turns kcat's lines into a member's events."""

    def __init__(self):
        self.has = set()

    def __call__(self, line):
        if line.startswith("read "):
            _, partition, offset, value = line.rstrip("\n").split(" ", 3)
            return {"read": [int(partition), int(offset), value]}
        change = re.search(r"rebalanced.*?(assigned|revoked|assignment|revoke)\b(.*)", line)
        if not change:
            raise ValueError(line)
        numbers = {int(n) for n in re.findall(r"\[(\d+)\]", change.group(2))}
        if change.group(1).startswith("assign"):
            self.has |= numbers
            return {"assigned": sorted(self.has)}
        self.has -= numbers
        return [{"revoked": sorted(numbers)}, {"assigned": sorted(self.has)}]


def member(boot, topic, group, commits, instance=None, session=2_000, cooperative=False):
    options = {
        "auto.offset.reset": "earliest", "session.timeout.ms": session,
        "heartbeat.interval.ms": 300, "auto.commit.interval.ms": 100}
    if instance:
        options["group.instance.id"] = instance
    if cooperative:
        options["partition.assignment.strategy"] = "cooperative-sticky"
    arguments = ["kcat", "-b", boot, "-u", "-f", r"read %p %o %s\n"]
    for name, value in options.items():
        arguments += ["-X", f"{name}={value}"]
    return members.Member(arguments + ["-G", group, topic], Lines())


def administer(boot):
    topic = "kcat.listed"
    create(boot, topic, 3)
    out = kcat(boot, ["-L", "-t", topic]).stdout.decode()
    assert f"broker 1 at {boot}" in out and f'topic "{topic}" with 3 partitions' in out, out
    everything = kcat(boot, ["-L"]).stdout.decode()
    assert f'topic "{topic}" with 3 partitions' in everything
    assert "__commits" not in everything
