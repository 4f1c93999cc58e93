"""Updates: a stranger's is refused, a good one starts, a broken one falls back by itself; none in a fire."""

import re
import time
from pathlib import Path

import disk
from machine import Lost, Machine

HERE = Path(__file__).parent
VALVE, DETECTOR, KEY_OFF, KEY_ON, RESET = 16, 4, 0, 1, 49


def update(checks, arch, folder):
    """A stranger's, one in a fire, a good one, a broken one."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/update.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    bundles = bundle_disk(folder, ["stranger", "good", "broken"])
    attached = ["-drive", f"file={bundles},format=raw,if=virtio,readonly=on"]
    with Machine(arch, own, folder, attached) as machine:
        machine.wait_for("standpipe: armed, slot A")
        machine.run("mkdir -p /run/bundles && mount -o ro /dev/vdb /run/bundles")
        said = machine.run("standpipe-update /run/bundles/stranger.raucb", check=False)
        checks.that("an update by a stranger's key is refused",
                    re.search("signature|verif|certificate", said, re.I) is not None and slots(machine) == "A", said)

        mark = len(machine.lines)
        machine.pull(DETECTOR, 1)
        machine.wait_for(f"gpio-sim: edge {VALVE} 1", since=mark)
        said = machine.run("sleep 1; standpipe-update /run/bundles/good.raucb", check=False)
        checks.that("a good update is refused while there is a fire", "refused" in said and slots(machine) == "A",
                    said)
        machine.pull(DETECTOR, 0)
        close_valve(machine)

        mark = len(machine.lines)
        began = time.monotonic()
        machine.run("standpipe-update /run/bundles/good.raucb >/dev/console 2>&1", check=False)
        checks.figure("installing a good update", time.monotonic() - began, "s")
        machine.wait_for_reset()
    with Machine(arch, own, folder, attached) as machine:
        machine.wait_for("standpipe: armed, slot B")
        checks.that("a good update starts in the other slot and is armed there", True)
        settled(machine)
        checks.that("and is marked good", slots(machine) == "B" and variable(machine, "TRIAL") == "")
        machine.run("mkdir -p /run/bundles && mount -o ro /dev/vdb /run/bundles")
        machine.run("standpipe-update /run/bundles/broken.raucb >/dev/console 2>&1", check=False)
        machine.wait_for_reset()
    with Machine(arch, own, folder, attached) as machine:
        machine.wait_for("Standpipe: slot A")
        machine.wait_for('did not reach "armed"', 400)
        machine.wait_for_reset()
        checks.that("an update whose controller does not arm gives up by itself", True)
    with Machine(arch, own, folder, attached) as machine:
        machine.wait_for("standpipe: armed, slot B")
        checks.that("and the slot before it is back and armed, without a human", True)
        settled(machine)
        said = machine.run("mkdir -p /run/bundles && mount -o ro /dev/vdb /run/bundles; "
                           "standpipe-update /run/bundles/broken.raucb", check=False)
        checks.that("the update that failed is not tried again", "not tried again" in said, said)


def bundle_disk(folder, names):
    """A disk with the updates, as ext4."""
    import shutil
    import subprocess

    source = Path(folder) / "bundles"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    total = 16
    for name in names:
        shutil.copy(f"{folder}/{name}.raucb", source)
        total += int(disk.megabytes(f"{folder}/{name}.raucb")) + 2
    path = f"{folder}/bundles.img"
    Path(path).unlink(missing_ok=True)
    with open(path, "wb") as file:
        file.truncate(total * 11 // 10 << 20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-d", source, path], check=True,
                   stderr=subprocess.DEVNULL)
    shutil.rmtree(source)
    return path


def variable(machine, name):
    """A variable of GRUB."""
    found = machine.run("grub-editenv /boot/efi/EFI/standpipe/grubenv list")
    match = re.search(rf"^{name}=(.*)$", found, re.M)
    return match[1] if match else ""


def slots(machine):
    """The slot that GRUB wants first."""
    return variable(machine, "ORDER")[:1]


def settled(machine):
    """Waits until the health of this start has been written down."""
    machine.run("while systemctl -q is-active standpipe-health; do sleep 0.2; done")


def close_valve(machine):
    """The key closes the valve, comes back on, and a reset ends the fire."""
    machine.pull(KEY_ON, 0)
    machine.pull(KEY_OFF, 1)
    time.sleep(1)
    machine.pull(KEY_OFF, 0)
    machine.pull(KEY_ON, 1)
    time.sleep(1)
    machine.pull(RESET, 1)
    time.sleep(1)
    machine.pull(RESET, 0)
    time.sleep(2)
    report = machine.run("standpipe status --json", check=False)
    if '"floorsInFire" : 0' not in report or '"floorsOpen" : 0' not in report:
        raise Lost("the building did not come to rest: " + report)
