"""The power is cut fifty times at random moments, while alarms are recorded and while the board starts."""

import json
import os
import threading
import time
from pathlib import Path

import disk
from machine import PATIENCE, Lost, Machine
from powerdisk import PowerDisk

HERE = Path(__file__).parent
CUTS = int(os.environ.get("CUTS", 50))
TOPIC = "alarms"

#: Fires that come and go, with a reset after each, as fast as the emulated board allows.
FIRES = """
cd /run/board; while :; do
echo pull-up > sim_gpio4/pull; sleep 0.2; echo pull-down > sim_gpio4/pull; sleep 0.2
echo pull-up > sim_gpio49/pull; sleep 0.1; echo pull-down > sim_gpio49/pull; sleep 0.1
done >/dev/null 2>&1 &
"""


def cuts(checks, arch, folder):
    """Fifty power cuts on a disk that loses and tears what was not flushed."""
    own = disk.copy(f"{folder}/one.img", f"{folder}/power.img")
    disk.put(own, HERE / "site.yaml", "site.yaml")
    store = PowerDisk(own, f"{folder}/nbd", checks.random)
    seen = {}  # (partition, offset) -> record, as a reader outside was shown it
    starts = lost = early = 0
    to_armed = 40.0
    try:
        for number in range(CUTS + 1):
            store.power_on()
            with Machine(arch, f"nbd:unix:{folder}/nbd", folder, disk_options="cache=writeback") as machine:
                if number < CUTS and number % 5 in (1, 3):
                    # Somewhere between power and shortly after "armed": the start itself is cut.
                    time.sleep(checks.random.uniform(0, to_armed * 1.1))
                    early += 1
                else:
                    try:
                        to_armed, _ = machine.wait_for("standpipe: armed", 2 * PATIENCE)
                    except Lost as error:
                        checks.that(f"start {number} reaches armed without a human", False, error)
                        return
                    starts += 1
                    lost += missing(machine, seen)
                    if number < CUTS:
                        record(machine, seen, checks.random.uniform(0.2, 8))
                machine.cut_power()
            store.cut()
            if number % 10 == 9:
                print(f"      {number + 1} cuts, {len(seen)} records seen, {lost} lost", flush=True)
    finally:
        store.close()
    checks.figure("records seen as kept outside", len(seen), "")
    checks.figure("cuts during a start", early, "")
    checks.figure("pieces of 4 KiB that the cuts took", store.lost, "")
    checks.that(f"RECORD: {CUTS} power cuts, 0 records lost that were seen as kept", lost == 0 and len(seen) >= CUTS,
                f"{lost} lost of {len(seen)}")
    checks.that(f"{CUTS} power cuts: every start ended armed, without a human", starts >= CUTS // 2)


def record(machine, seen, seconds):
    """Fires for so long; what the log shows as durable goes out of the machine and into `seen`."""
    port = machine.connect("records")
    machine.run(f"standpipe tail {TOPIC} --follow --json --from latest > /dev/virtio-ports/standpipe.records "
                "2>/dev/null &" + FIRES)
    text = bytearray()

    def listen():
        try:
            while data := port.recv(65536):
                text.extend(data)
        except OSError:
            pass

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    # The tool takes a moment to start here: the time counts from its first record.
    until = time.monotonic() + 60
    while not text and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(seconds)
    machine.process.kill()
    machine.process.wait()
    reader.join(10)
    port.close()
    for line in text.split(b"\n")[:-1]:  # the last one may be torn on its way out
        entry = json.loads(line)
        seen[entry.get("partition"), entry["offset"]] = entry


def missing(machine, seen):
    """How many of `seen` are not in the log any more, or have changed."""
    if not seen:
        return 0
    shown = machine.run(f"standpipe tail {TOPIC} --json --from earliest 2>/dev/null")
    found = {}
    for line in shown.splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            found[entry.get("partition"), entry["offset"]] = entry
    return sum(1 for place, entry in seen.items() if found.get(place) != entry)
