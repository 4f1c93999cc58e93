"""The disk image, started in QEMU and looked at from outside: image_test.py ARCH FOLDER [TEST...].

FOLDER holds one.img (version 1.0.1) and, for the updates, good.raucb, broken.raucb and stranger.raucb; `run`
makes them. Each test starts with a disk of its own, says what it expects as sentences, and prints `ok` or
`FAIL` for each; the last line counts them. Figures are lines that begin with `figure`.
"""

import os
import random
import sys
import time
import traceback
from pathlib import Path

import disk
import faults
import power
import update
from checks import Checks
from machine import Lost, Machine

HERE = Path(__file__).parent
#: Lines of site.yaml.
VALVE, DETECTOR = 16, 4


def first_start(checks, arch, folder):
    """A board without a site asks for nothing, takes one from a stick, and never a bad one."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/first.img")
    bad = f"{folder}/bad.yaml"
    Path(bad).write_text((HERE / "site.yaml").read_text() + "nonsense: true\n")
    with Machine(arch, own, folder) as machine:
        machine.wait_for("NOTHING IS PROTECTED: no site yet")
        checks.that("a board without a site says so and asks for nothing", True)
        machine.run("true")
        stick = disk.stick(f"{folder}/stick-bad.img", {"site.yaml": bad})
        plug(machine, "bad", stick)
        _, said = machine.wait_for("standpipe: (site.yaml has errors.*)")
        machine.wait_for("the stick can be taken out")
        unplug(machine, "bad")
        report = disk.read_stick(stick, "standpipe-report.txt") or ""
        checks.that("a bad site is refused, with one clear message on the console",
                    "unchanged" in said[1], said[1])
        checks.that("and the findings with lines in a file on the stick", "nonsense" in report, report)
        checks.that("nothing of it is installed",
                    machine.run("ls /etc/standpipe/site.plan", check=False).startswith("ls:"))
        mark = len(machine.lines)
        stick = disk.stick(f"{folder}/stick-good.img", {"site.yaml": HERE / "site.yaml"})
        plug(machine, "good", stick)
        machine.wait_for("standpipe: site.yaml taken", since=mark)
        machine.wait_for("standpipe: armed", since=mark)
        checks.that("a good site on a stick arms the board without a restart", True)
        machine.wait_for("the stick can be taken out", since=mark)
        machine.run("sync")


def armed(checks, arch, folder):
    """Power to armed, fire to valve, and a bad site beside a good one."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/armed.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    with Machine(arch, own, folder) as machine:
        when, _ = machine.wait_for("standpipe: armed")
        checks.figure("power to armed, first start", when, "s")
        machine.run("sync")
    with Machine(arch, own, folder) as machine:
        when, _ = machine.wait_for("standpipe: armed")
        checks.figure("processor time of the emulator until then", machine.processor(), "s")
        checks.figure("power to armed", when, "s", at_most=35)
        user = int(machine.run("systemctl show -P UserspaceTimestampMonotonic")) / 1e6
        active = int(machine.run(
            "systemctl show -P ActiveEnterTimestampMonotonic standpipe-controller")) / 1e6
        checks.figure("systemd's start to armed", active - user, "s", at_most=5)
        checks.figure("root file system", int(machine.run("df -m --output=used / | tail -n 1")), "MB",
                      at_most=250)
        checks.that("the root file system cannot be written to",
                    "Read-only" in machine.run("touch /etc/x", check=False))
        mark = len(machine.lines)
        began = time.monotonic() - machine.began
        machine.pull(DETECTOR, 1)
        when, _ = machine.wait_for(f"gpio-sim: edge {VALVE} 1", since=mark)
        checks.figure("fire to valve line, over the console", (when - began) * 1000, "ms")
        checks.that("RELEASE: a fire on a GPIO line drives the valve line", machine.value(VALVE) == 1)
        checks.that("QUIET: the other floor's valve stays shut", not machine.edges(17))
        machine.pull(DETECTOR, 0)
        time.sleep(2)
    bad = f"{folder}/bad.yaml"
    Path(bad).write_text("site: Nothing at all\n")
    disk.put(own, bad, "site.yaml")
    with Machine(arch, own, folder) as machine:
        machine.wait_for("standpipe: site.yaml has errors")
        machine.wait_for("standpipe: armed")
        checks.that("a bad site on the boot partition never replaces a good one", True)
        machine.run("true")
        checks.that("LATCH: the valve that was open when the power went is driven open again",
                    machine.value(VALVE) == 1)
        machine.run("sync")
    report = disk.get(own, "site-report.txt") or ""
    checks.that("the boot partition has the findings", "site.yaml has errors" in report, report)


def plug(machine, name, path):
    """A USB stick goes in."""
    machine.monitor("blockdev-add", driver="raw", **{"node-name": name},
                    file={"driver": "file", "filename": str(path)})
    machine.monitor("device_add", driver="usb-storage", drive=name, id=name, bus="xhci.0")


def unplug(machine, name):
    """And out again."""
    machine.monitor("device_del", id=name)
    time.sleep(1)
    machine.monitor("blockdev-del", **{"node-name": name})


TESTS = {
    "first_start": first_start,
    "armed": armed,
    "kills": faults.kills,
    "hangs": faults.hangs,
    "full": faults.full,
    "update": update.update,
    "power": power.cuts,
}


def main():
    arch, folder, *names = sys.argv[1:]
    names = names or list(TESTS)
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"image test on {arch}, seed {seed} (SEED={seed} replays it)", flush=True)
    checks = Checks(seed)
    for name in names:
        print(f"== {name}: {TESTS[name].__doc__}", flush=True)
        began = time.monotonic()
        try:
            TESTS[name](checks, arch, folder)
        except Lost as error:
            checks.that(f"{name} comes to its end", False, str(error))
        except Exception:  # a fault of the test itself is a failure too
            checks.that(f"{name} comes to its end", False, traceback.format_exc())
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
