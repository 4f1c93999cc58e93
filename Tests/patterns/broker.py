"""A gateway that is killed and comes back on the same port with the same log, the members of an
example as processes, and what an example asserts."""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 120


def until(what, condition):
    """Waits until `condition` gives something, and gives that."""
    end = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {PATIENCE} s"
        time.sleep(0.02)


class Broker:
    """`with Broker(program) as broker`: gone with its directory at the end."""

    def __init__(self, program, *options):
        self.program, self.options = program, options
        self.directory = tempfile.mkdtemp(prefix="pattern-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--alone", "--state", self.directory, "--run", self.directory,
             "--listen", self.address, "--log-size", "64", *self.options],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert "listening" in line, f"the gateway says {line!r}"

    def kill(self):
        """kill -9, and a new one."""
        self.process.kill()
        self.process.wait()
        self.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Member:
    """A process of an example. It says what it does in lines of JSON, {"step": …}; where one has
    `waits` it goes on when it is told to."""

    def __init__(self, script, **options):
        self.events, self.lock = [], threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-uB", script, json.dumps(options)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            with self.lock:
                self.events.append(json.loads(line))

    def tail(self):
        return " | ".join(json.dumps(e) for e in self.said()[-6:])

    def said(self, step=None):
        with self.lock:
            return [e for e in self.events if step is None or e["step"] == step]

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, 9)
        self.process.wait()
        self.listener.join()


def say(step, waits=False, **more):
    """In a member: says it, and where it waits, waits."""
    print(json.dumps({"step": step, "waits": waits, **more}), flush=True)
    if waits and not sys.stdin.readline():
        sys.exit(0)


def quiet():
    """A logger for clients whose errors are what the example is about."""
    logger = logging.getLogger("quiet")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
