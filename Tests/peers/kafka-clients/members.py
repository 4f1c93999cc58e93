"""Groups of members that are processes, so that they can be killed.

A member prints a line of JSON for everything that happens to it: {"assigned": [...]} with all
partitions that it has now, {"revoked": [...]}, {"read": [partition, offset, value]}, and
{"committed": [partition, offset]} once the broker has answered.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 100


def say(**event):
    print(json.dumps(event), flush=True)


class Member:
    def __init__(self, arguments, parse=json.loads):
        self.events = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        self.parse = parse
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            try:
                event = self.parse(line.decode())
            except ValueError:
                event = {"said": line.decode().rstrip()}
            with self.changed:
                self.events.extend(event if isinstance(event, list) else [event])
                self.changed.notify_all()
        with self.changed:
            self.events.append({"ended": True})
            self.changed.notify_all()

    def all(self, kind):
        with self.changed:
            return [event[kind] for event in self.events if kind in event]

    @property
    def has(self):
        """The partitions that it has."""
        assigned = self.all("assigned")
        return sorted(assigned[-1]) if assigned else []

    @property
    def values(self):
        return [value for _, _, value in self.all("read")]

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def until(what, condition, *members):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        for member in members:
            assert not member.all("ended"), f"{what}: a member ended: {member.events[-5:]}"
        if time.monotonic() > deadline:
            raise AssertionError(
                f"{what}: not within {PATIENCE} s: " + " | ".join(
                    json.dumps(member.events[-12:]) for member in members))
        time.sleep(0.02)


def lines(partition, offsets):
    return [f"value {partition} {offset}" for offset in offsets]


def takeover(client, boot, topic):
    """Two members; one is killed with records read and not committed; the other goes on at exactly
    the committed offset."""
    client.create(boot, topic, 2)
    group = topic + ".group"
    members = [client.member(boot, topic, group, commits=count) for count in (10, 1_000)]
    try:
        until("each member has a partition",
              lambda: sorted(m.has for m in members) == [[0], [1]], *members)
        dead, heir = members
        lost, kept = dead.has[0], heir.has[0]
        for partition in (0, 1):
            client.send(boot, topic, partition, lines(partition, range(0, 10)))
        until("ten are committed",
              lambda: client.committed(boot, topic, group) == {0: 10, 1: 10}, *members)
        for partition in (0, 1):
            client.send(boot, topic, partition, lines(partition, range(10, 15)))
        if not client.commits_by_time:
            until("five more are read", lambda: len(dead.values) == 15, *members)
            assert client.committed(boot, topic, group)[lost] == 10
            assert dead.values == lines(lost, range(15)), dead.values
        dead.kill()
        resumes = client.committed(boot, topic, group)[lost]
        assert client.commits_by_time or resumes == 10, resumes
        until("the heir has both", lambda: heir.has == [0, 1], heir)
        for partition in (0, 1):
            client.send(boot, topic, partition, lines(partition, range(15, 20)))

        def read(partition):
            return [(o, v) for p, o, v in heir.all("read") if p == partition]

        until("the heir has read all",
              lambda: len(read(lost)) >= 20 - resumes and len(read(kept)) >= 20, heir)
        assert read(lost) == list(zip(range(resumes, 20), lines(lost, range(resumes, 20))))
        assert read(kept) == list(zip(range(20), lines(kept, range(20)))), read(kept)
    finally:
        for member in members:
            member.end()


def static(client, boot, topic):
    """A static member that is killed and comes back has its partition again, at its committed
    offset, and the other one never notices."""
    client.create(boot, topic, 2)
    group = topic + ".group"

    def member(name):
        return client.member(
            boot, topic, group, commits=1_000, instance=name, session=30_000)

    members = [member("one"), member("two")]
    try:
        until("each member has a partition",
              lambda: sorted(m.has for m in members) == [[0], [1]], *members)
        dead, other = members
        mine = dead.has[0]
        for partition in (0, 1):
            client.send(boot, topic, partition, lines(partition, range(5)))
        until("five are committed",
              lambda: client.committed(boot, topic, group) == {0: 5, 1: 5}, *members)
        rebalances = len(other.all("assigned")), len(other.all("revoked"))
        dead.kill()
        for partition in (0, 1):
            client.send(boot, topic, partition, lines(partition, range(5, 10)))
        members[0] = again = member("one")
        until("it has read the rest", lambda: len(again.values) == 5, again, other)
        assert again.has == [mine], again.events
        assert again.values == lines(mine, range(5, 10)), again.values
        until("the other has read on", lambda: len(other.values) == 10, other)
        assert other.values == lines(1 - mine, range(10)), other.values
        assert rebalances == (len(other.all("assigned")), len(other.all("revoked"))), other.events
    finally:
        for member in members:
            member.end()


def cooperative(client, boot, topic):
    """A second member takes half of the partitions; the first keeps the others all the time."""
    client.create(boot, topic, 4)
    group = topic + ".group"
    first = client.member(boot, topic, group, commits=1_000, cooperative=True)
    members = [first]
    try:
        until("the first has all", lambda: first.has == [0, 1, 2, 3], first)
        members.append(client.member(boot, topic, group, commits=1_000, cooperative=True))
        second = members[1]
        until("each has two",
              lambda: len(first.has) == 2 and len(second.has) == 2, *members)
        assert sorted(first.has + second.has) == [0, 1, 2, 3]
        gone = sorted(sum(first.all("revoked"), []))
        assert gone == second.has, f"revoked {gone}, the second has {second.has}"
        for partition in range(4):
            client.send(boot, topic, partition, lines(partition, range(3)))
        until("all is read",
              lambda: len(first.values) + len(second.values) == 12, *members)
        for member in members:
            for partition in member.has:
                got = [v for p, _, v in member.all("read") if p == partition]
                assert got == lines(partition, range(3)), got
    finally:
        for member in members:
            member.end()


def again(file, **options):
    """The same file as a member of a group."""
    return Member([sys.executable, "-u", file, "member", json.dumps(options)])
