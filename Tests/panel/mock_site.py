"""The sites that the mock gateway plays, and the state that it shows of them.

A `World` is a building as far as the panel can see it: it follows the words of the gateway's API, and
none of the rules of the fire logic that a page could not tell from their absence. Tests and screenshots
put it into states that a simulated building would need minutes to reach.
"""
import threading, time

WORST = "aldsfutn"


def small():
    """Three floors and a basement, one detector of every kind."""
    floors = [(-1, "Basement"), (0, "Ground floor"), (1, "Offices"), (2, "Archive")]
    names = {
        0: ["Pump room", "Cold store"],
        1: ["Entrance", "Kitchen", "Workshop", "Garage"],
        2: ["Office 201", "Office 202", "Office 203", "Office 204"],
        3: ["Archive heat", "Archive smoke", "Archive door", "Archive shelf"],
    }
    site = Site("Harbour Street 12", floors, ["east", "plant"])
    for floor, rooms in names.items():
        for index, name in enumerate(rooms):
            number = (floors[floor][0] if floors[floor][0] >= 0 else 9) * 100 + index + 101
            zone = ["north", "north", "south", "south"][index] if floor == 2 else None
            bus = {2: 0, 3: 1}.get(floor, -1) if index < 2 or floor == 2 else -1
            source = "modbus" if bus >= 0 else ("network" if floor == 3 else "gpio")
            site.add(number, name, floor, zone, source, bus)
    return site


def big(floors=100, each=100):
    """A tower, as deploy/examples/big.yaml."""
    site = Site("Tower", [(n, f"Floor {n}") for n in range(floors)], ["rtu0", "rtu1", "plant"])
    for floor in range(floors):
        for index in range(each):
            site.add((floor + 1) * 1000 + index, f"Room {floor}.{index}", floor, None, "modbus",
                     floor % 3)
    return site


class Site:
    def __init__(self, name, floors, buses):
        self.name, self.floors, self.buses = name, floors, buses
        self.columns = {"id": [], "name": [], "floor": [], "zone": [], "source": [], "bus": [],
                        "limitMs": []}
        self.zones = ["north", "south"]

    def add(self, number, name, floor, zone, source, bus):
        for key, value in zip(self.columns, (number, name, floor, zone, source, bus, 5_000)):
            self.columns[key].append(value)

    def json(self, remote):
        return {"name": self.name, "checksum": "5eed0001", "remote": remote,
                "floors": [{"floor": n, "name": name} for n, name in self.floors],
                "detectors": self.columns, "buses": self.buses, "zones": self.zones}


class World:
    """All changes go through `change`, which notes what a reader of the live stream has to be told."""

    def __init__(self, site):
        self.site = site
        self.lock = threading.Condition()
        self.version = 0
        self.touched = {}  # (kind, position or field) -> version
        self.remote = ["silence", "reset", "disable", "walk-test"]
        self.now = lambda: int(time.time() * 1000)
        self.detectors = ["n"] * len(site.columns["id"])
        self.heard = [self.now()] * len(self.detectors)
        self.floors = [self._floor() for _ in site.floors]
        self.top = {
            "live": True, "checksum": "5eed0001", "state": "normal", "lamps": ["power"], "sounder": "quiet", "armed": True,
            "started": 5_000, "faults": [], "nextEvent": 0, "unacknowledged": [],
            "buses": "1" * len(site.buses),
            "log": {"bytes": 41_300_000, "capacityBytes": 1 << 30, "flashYears": 61.5,
                    "flushMs": 320, "gateway": {"bytes": 9_400_000, "capacityBytes": 1 << 30}},
            "notifications": {"waiting": {"mail": 0, "sms": 0}, "failed": 0, "troubles": []}}
        self.events = []
        self.operators = []

    def _floor(self):
        return {"command": "closed", "feedback": "closed", "valve": "settled", "key": "on",
                "flags": ["established"], "pendingMs": None, "walkTestMs": None,
                "latched": 0, "voting": 0, "down": 0, "disabled": 0}

    # What the page is told

    def state(self):
        with self.lock:
            return {**self.top, **self.clock(), "summary": self.summary(),
                    "floors": [dict(f) for f in self.floors], "detectors": "".join(self.detectors)}

    def clock(self):
        return {"age": 12, "wall": self.now(), "boot": int(time.monotonic() * 1000)}

    def summary(self):
        f, d = self.floors, self.detectors
        return {"fire": sum(x["latched"] > 0 for x in f), "open": sum(x["command"] == "open" for x in f),
                "isolated": sum(x["key"] == "off" for x in f),
                "test": sum(x["walkTestMs"] is not None for x in f),
                "down": sum(x["down"] for x in f), "disabled": sum(x["disabled"] for x in f),
                "valveFaults": sum(x["valve"] in ("notConfirmed", "notDriven") for x in f),
                "otherFaults": len(self.top["faults"]) + self.top["buses"].count("0")}

    def since(self, version):
        """What changed after `version`, as the live stream says it; None when nothing."""
        with self.lock:
            if self.version == version:
                return version, None
            told = {}
            for (kind, which), when in self.touched.items():
                if when <= version:
                    continue
                if kind == "detector":
                    told.setdefault("detectors", []).append([which, self.detectors[which]])
                elif kind == "floor":
                    told.setdefault("floors", []).append([which, dict(self.floors[which])])
                elif kind == "event":
                    told.setdefault("events", []).append(self.events[which])
                else:
                    told[which] = self.top[which]
            told["summary"] = self.summary()
            self.touched = {k: v for k, v in self.touched.items() if v > self.version - 400}
            return self.version, told

    # What happens

    def change(self, *keys):
        self.version += 1
        for key in keys:
            self.touched[key] = self.version
        self.lock.notify_all()

    def set(self, **fields):
        with self.lock:
            self.top.update(fields)
            self.change(*(("top", f) for f in fields))

    def floor(self, position, **fields):
        with self.lock:
            self.floors[position].update(fields)
            self._judge()
            self.change(("floor", position), ("top", "state"), ("top", "lamps"))

    def detector(self, position, code):
        with self.lock:
            self.detectors[position] = code
            self.heard[position] = self.now() if code not in "su" else self.heard[position]
            floor = self.site.columns["floor"][position]
            row = self.floors[floor]
            was = dict(row)
            columns = self.site.columns["floor"]
            if len(columns) < 1_000:
                codes = [c for c, f in zip(self.detectors, columns) if f == floor]
            else:
                codes = self.detectors[floor * 100:floor * 100 + 100]
            row["latched"] = sum(c in "al" for c in codes)
            row["down"] = sum(c in "sf" for c in codes)
            row["disabled"] = codes.count("d")
            keys = [("detector", position)] + ([("floor", floor)] if row != was else [])
            state = self.top["state"]
            self._judge()
            if state != self.top["state"]:
                keys += [("top", "state"), ("top", "lamps")]
            self.change(*keys)

    def _judge(self):
        s = self.summary()
        fault = s["down"] or s["valveFaults"] or s["otherFaults"]
        self.top["state"] = ("fire" if s["fire"] else "isolated" if s["isolated"] else
                             "fault" if fault else "isolated" if s["disabled"] else
                             "test" if s["test"] else "normal")
        lit = {"power": 1, "fire": s["fire"], "fault": fault,
               "isolated": s["isolated"] or s["disabled"], "test": s["test"]}
        self.top["lamps"] = [name for name, on in lit.items() if on]

    def event(self, key, text, unacknowledged=False, ago=0, **fields):
        with self.lock:
            number = len(self.events)
            self.events.append({"n": number, "wall": self.now() - ago, "key": key, "text": text,
                                "event": key.split(".")[-1], "phase": "single", **fields})
            keys = [("event", number), ("top", "nextEvent")]
            self.top["nextEvent"] = number + 1
            if unacknowledged:
                self.top["unacknowledged"] = [number, *self.top["unacknowledged"]][:20]
                keys.append(("top", "unacknowledged"))
            self.change(*keys)

    def fire(self, position):
        """A detector reports fire, the valve of its floor opens and is seen open."""
        c = self.site.columns
        floor = c["floor"][position]
        number, where = self.site.floors[floor]
        place = {"floor": number, "floorName": where}
        who = f"detector {c['id'][position]} ({c['name'][position]})"
        named = {"detector": c["id"][position], "detectorName": c["name"][position]}
        self.detector(position, "a")
        self.event(f"floor.{number}.detector.{c['id'][position]}.fire",
                   f"FIRE: {who} on floor {number} ({where})", True, **place, **named)
        self.set(sounder="sounding")
        if self.floors[floor]["key"] == "off":
            self.event(f"floor.{number}.release.withheld", f"NO WATER on floor {number} ({where}): "
                       f"the key is off, although {who} asks for it", True, **place, **named)
            return
        self.floor(floor, command="open", feedback="closed", valve="moving")
        self.event(f"floor.{number}.valve.open",
                   f"VALVE OPEN on floor {number} ({where}) because of {who}", **place, **named)
        self.floor(floor, feedback="open", valve="settled")
        self.event(f"floor.{number}.valve.confirmed",
                   f"valve of floor {number} ({where}) is seen open", feedback="open", **place)

    def quiet(self, position):
        """A detector that says nothing past its limit."""
        c = self.site.columns
        number, where = self.site.floors[c["floor"][position]]
        self.heard[position] = self.now() - 8_400
        self.detector(position, "s")
        self.event(f"floor.{number}.detector.{c['id'][position]}.fault",
                   f"FAULT: detector {c['id'][position]} ({c['name'][position]}) on floor {number} "
                   f"({where}) has gone quiet", True, event="down", cause="silent", floor=number,
                   floorName=where, detector=c["id"][position], detectorName=c["name"][position])

    def key(self, floor, on):
        number, where = self.site.floors[floor]
        state = {"key": "on" if on else "off"}
        if not on:
            state |= {"command": "closed", "feedback": "closed"}
        self.floor(floor, **state)
        word, text = ("in-service", "in service: key on") if on else (
            "isolated", "ISOLATED: key off, no water there")
        self.event(f"floor.{number}.key.{word}", f"floor {number} ({where}) {text}", not on,
                   floor=number, floorName=where, keyName="main")
