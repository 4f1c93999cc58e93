"""What goes wrong inside: the controller is killed and hangs, systemd hangs, the disk is full."""

import os
import re
import time
from pathlib import Path

import disk
from machine import Lost, Machine

HERE = Path(__file__).parent
VALVE, OTHER_VALVE, DETECTOR = 16, 17, 4
KILLS = int(os.environ.get("KILLS", 50))
CONTROLLER = "standpipe-controller"


def kills(checks, arch, folder):
    """The controller is killed fifty times with an open and a shut valve: no edge on either line."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/kills.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: armed")
        # The shut valve's line would rise if it were let go of, the open one's would fall.
        machine.pull(OTHER_VALVE, 1)
        open_valve(machine)
        calm = len(machine.lines)
        times = []
        for _ in range(KILLS):
            times.append(kill_once(machine, checks.random.uniform(0, 1.5)))
        time.sleep(1)
        seen = machine.edges(VALVE, calm) + machine.edges(OTHER_VALVE, calm)
        checks.that(f"{KILLS} kills: 0 edges on the open and on the shut valve's line", not seen,
                    f"{len(seen)} edges: {seen[:20]}")
        checks.that("LATCH: the open valve's line is still driven", machine.value(VALVE) == 1)
        checks.that("QUIET: the shut valve's is not", machine.value(OTHER_VALVE) == 0)
        times = sorted(times)
        checks.figure("crash to armed, median", times[len(times) // 2], "ms")
        checks.figure("crash to armed, largest", times[-1], "ms")
        # The same eyes must be able to see an edge: without the store the line falls.
        mark = len(machine.lines)
        machine.run(f"systemctl stop {CONTROLLER}; systemctl clean --what=fdstore {CONTROLLER} || true")
        time.sleep(0.5)
        machine.run(f"systemctl start {CONTROLLER}")
        rearmed(machine)
        time.sleep(0.5)
        checks.that("control: a stop that empties the store does show as edges",
                    len(machine.edges(VALVE, mark)) >= 2, machine.edges(VALVE, mark))


def hangs(checks, arch, folder):
    """The controller is stopped (SIGSTOP): systemd kills it. systemd is frozen: the hardware resets."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/hangs.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: armed")
        open_valve(machine)
        calm = len(machine.lines)
        before = pid(machine)
        machine.run(f"kill -STOP {before}")
        began = time.monotonic()
        while pid(machine) in (before, "0"):
            if time.monotonic() - began > 60:
                raise Lost("the stopped controller was not restarted" + machine.console_tail())
            time.sleep(0.1)
        rearmed(machine)
        checks.figure("SIGSTOP to armed again", time.monotonic() - began, "s")
        checks.that("a controller that hangs is replaced by systemd's watchdog",
                    "watchdog" in machine.run(f"journalctl -u {CONTROLLER} -o cat | grep -i watchdog | tail -n 3"))
        checks.that("LATCH: with the valve's line driven all the time", not machine.edges(VALVE, calm),
                    machine.edges(VALVE, calm))

        machine.run("sync")
        began = time.monotonic()
        machine.run("(sleep 1; echo 1 > /sys/fs/cgroup/init.scope/cgroup.freeze) >/dev/null 2>&1 &")
        machine.wait_for_reset(90)
        checks.figure("systemd frozen to reset by the hardware watchdog", time.monotonic() - began - 1, "s",
                      at_most=25)
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: armed")
        machine.run("true")
        checks.that("after that reset the board is armed and the valve open", machine.value(VALVE) == 1)


def full(checks, arch, folder):
    """The data partition is filled to the last byte: the board goes on protecting and starts again."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/full.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: armed")
        machine.run("dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; dd if=/dev/zero of=/data/fill2 bs=4k 2>/dev/null; sync; "
                    "df -k --output=avail /data | tail -n 1")
        checks.that("the data partition is full",
                    int(machine.run("df -k --output=avail /data | tail -n 1")) < 64)
        mark = len(machine.lines)
        machine.pull(DETECTOR, 1)
        machine.wait_for(f"gpio-sim: edge {VALVE} 1", 20, since=mark)
        checks.that("RELEASE: with a full disk a fire drives the valve line", machine.value(VALVE) == 1)
        found = machine.run("sleep 2; standpipe tail alarms --json --dir /var/lib/standpipe/log | tail -n 1", check=False)
        checks.that("RECORD: and its alarm is on the record (the log has reserved its room)", "101" in found, found)
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: armed")
        machine.run("true")
        checks.that("LATCH: and after a power cut the valve is driven open again, the disk still full",
                    machine.value(VALVE) == 1)
        checks.that("the disk is still full",
                    int(machine.run("df -k --output=avail /data | tail -n 1")) < 64)


def open_valve(machine):
    """A fire that is over: the valve stays open."""
    mark = len(machine.lines)
    machine.pull(DETECTOR, 1)
    machine.wait_for(f"gpio-sim: edge {VALVE} 1", since=mark)
    time.sleep(1)
    machine.pull(DETECTOR, 0)
    time.sleep(2)


def pid(machine):
    """The controller's process."""
    return machine.run(f"systemctl show -P MainPID {CONTROLLER}")


def rearmed(machine):
    """Waits until systemd has heard READY."""
    machine.run(f"for i in $(seq 300); do [ \"$(systemctl show -P SubState {CONTROLLER})\" = running ] && break; "
                "sleep 0.1; done", 90)


def kill_once(machine, wait):
    """Kills the controller and waits until its successor is ready; milliseconds between the two, as systemd
    says."""
    before = pid(machine)
    machine.run(f"sleep {wait:.2f}; kill -KILL {before}; "
                f"while p=$(systemctl show -P MainPID {CONTROLLER}); [ $p = {before} ] || [ $p = 0 ]; do :; done")
    rearmed(machine)
    shown = machine.run(f"systemctl show {CONTROLLER} -p ActiveEnterTimestampMonotonic -p InactiveEnterTimestampMonotonic "
                        "-p ActiveExitTimestampMonotonic")
    times = dict(re.findall(r"(\w+)=(\d+)", shown))
    return (int(times["ActiveEnterTimestampMonotonic"]) - int(times["ActiveExitTimestampMonotonic"])) / 1000
