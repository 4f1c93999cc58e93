// Floors with their valves and release rules, and zones.

import FireLogic

extension SiteReader {
    static let floorKeys = [
        "number", "name", "release", "delay", "valve", "key", "manual-release", "lamps",
    ]

    mutating func readFloors(_ value: YamlValue?, of top: Fields) {
        guard
            let value = required(
                "floors", of: top, or: "write at least one, a site without floors has no valve"),
            let entries = list(value, "floors")
        else {
            floors.isBroken = true
            return
        }
        if entries.isEmpty {
            error(
                value.place,
                "\"floors\" is empty; write at least one, a site without floors has no valve")
        }
        checkCount(entries.count, of: "floors", limit: Limits.floors, at: value.place)
        for entry in entries.prefix(Limits.floors) { readFloor(entry) }
    }

    private mutating func readFloor(_ value: YamlValue) {
        var what = "this floor"
        guard let fields = fields(value, "a floor", known: Self.floorKeys) else {
            floors.isBroken = true
            return
        }
        var id: FloorID?
        var labelled = fields
        labelled.what = what
        if let value = required(
            "number", of: labelled, or: "write \"number: N\" as in the lift"),
            let number = number(value, "a floor's number", in: -32_768...32_767)
        {
            id = FloorID(rawValue: Int16(clamping: number))
            what = "floor \(number)"
        }
        labelled.what = what
        let floor = floor(labelled, id: id)
        guard let id else {
            floors.isBroken = true
            return
        }
        let place = fields["number"]?.place ?? value.place
        if floors.add(String(id.rawValue), at: place, floor) {
            rulePlaces[floors.entries.count - 1] = fields["release"]?.place ?? place
        } else if let other = floors.position(of: String(id.rawValue)) {
            error(
                place,
                "\(what) is given twice, first on line \(floors.entries[other].place.line); "
                    + "give each floor its own number")
        }
    }

    private mutating func floor(_ fields: Fields, id: FloorID?) -> FloorPlan? {
        let what = fields.what
        var name: String? = id.map { "Floor \($0.rawValue)" }
        if let value = fields["name"] { name = text(value, "the name of \(what)") }
        let rule = fields["release"].map { releaseRule($0, what) } ?? .first
        let delay = fields["delay"].map { self.delay($0, what) } ?? .zero
        let valve = valve(fields)
        let key = floorKey(fields)
        let release = optionalLine(
            "manual-release", of: fields, for: "manual-release of \(what)", .input)
        let lamps = lamps(fields)
        guard let id, let name, let rule, let delay, let valve, let key else { return nil }
        return FloorPlan(
            id: id, name: name, rule: rule, delay: delay, valve: valve, key: key,
            manualRelease: release, fireLamp: lamps.fire, faultLamp: lamps.fault,
            openLamp: lamps.open)
    }

    private mutating func lamps(
        _ floor: Fields
    ) -> (fire: GpioLine?, fault: GpioLine?, open: GpioLine?) {
        guard let value = floor["lamps"],
            let fields = fields(
                value, "the lamps of \(floor.what)", known: ["fire", "fault", "open"])
        else { return (nil, nil, nil) }
        func name(_ lamp: String) -> String { "\(lamp) lamp of \(floor.what)" }
        let fire = optionalLine("fire", of: fields, for: name("fire"), .output)
        let fault = optionalLine("fault", of: fields, for: name("fault"), .output)
        return (fire, fault, optionalLine("open", of: fields, for: name("open"), .output))
    }

    private mutating func valve(_ floor: Fields) -> ValvePlan? {
        guard
            let value = required(
                "valve", of: floor, or: "write \"valve: CHIP/LINE\", the output that opens it")
        else { return nil }
        let user = "valve of \(floor.what)"
        guard case .mapping = value.content else {
            return line(value, for: user, .output).map { ValvePlan(output: $0) }
        }
        guard let fields = fields(value, user, known: Self.lineKeys + ["feedback"]) else {
            return nil
        }
        let feedback = optionalLine(
            "feedback", of: fields, for: "feedback of \(floor.what)", .input)
        let output = lines(fields, count: 1, for: { _ in user }, .output)?.first
        return output.map { ValvePlan(output: $0, feedback: feedback) }
    }

    private mutating func floorKey(_ floor: Fields) -> Int? {
        if floor.lacks("key"), keys.entries.count == 1 {
            usedKeys.insert(0)
            return 0
        }
        let names = keys.names.prefix(12).map(\.shown).joined(separator: ", ")
        let advice =
            keys.names.isEmpty
            ? "declare one under \"keys\"" : "write \"key: NAME\" with one of \(names)"
        guard let value = required("key", of: floor, or: advice),
            let key = reference(value, "key switch", in: keys, under: "keys")
        else { return nil }
        usedKeys.insert(key)
        return key
    }

    private mutating func delay(_ value: YamlValue, _ what: String) -> Interval? {
        guard let delay = interval(value, "delay", in: Limits.releaseDelay) else {
            return nil
        }
        guard delay.milliseconds % 1_000 == 0 else {
            error(
                value.place,
                "the delay of \(what) is \(delay.siteText); write whole seconds, 0s to 60s")
            return nil
        }
        return delay
    }

    private mutating func releaseRule(_ value: YamlValue, _ what: String) -> ReleaseRule? {
        guard case .mapping = value.content else {
            let word = scalar(value, "the release of \(what)")
            if word == "first" { return .first }
            if let word {
                error(
                    value.place,
                    "the release of \(what) cannot be \(word.quoted); write \"first\" or "
                        + "\"{coincidence: 2, in: floor}\"")
            }
            return nil
        }
        guard
            let fields = fields(
                value, "the release of \(what)", known: ["coincidence", "in"])
        else { return nil }
        var scope: ReleaseRule.Scope? = .floor
        if let value = fields["in"] {
            scope = choice(value, "\"in\"", ["floor", "zone"]).map {
                $0 == "zone" ? .zone : .floor
            }
        }
        guard
            let value = required(
                "coincidence", of: fields, or: "write how many detectors must agree"),
            let text = scalar(value, "coincidence")
        else { return nil }
        guard let count = Int(text) else {
            error(
                value.place, "coincidence \(text.quoted) is not a whole number; write 2 or more")
            return nil
        }
        guard count >= 2 else {
            error(
                value.place,
                "a coincidence of \(count) is none; write 2 or more, or \"release: first\"")
            return nil
        }
        return scope.map { .coincidence(count: count, scope: $0) }
    }

    mutating func readZones(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        let entries = named(value, "zones", limit: Limits.zones)
        if entries == nil { zones.isBroken = true }
        for entry in entries ?? [] {
            let what = "zone \(entry.key.quoted)"
            var zone: ZonePlan?
            if let fields = fields(entry.value, what, known: ["floor"]),
                let value = required(
                    "floor", of: fields, or: "write \"floor: NUMBER\""),
                let floor = floorPosition(value)
            {
                zone = ZonePlan(name: entry.key, floor: floor)
            }
            _ = zones.add(entry.key, at: entry.keyPlace, zone)
        }
    }

    /// The position of the floor that `value` names by its number.
    mutating func floorPosition(_ value: YamlValue) -> Int? {
        guard let text = scalar(value, "floor") else { return nil }
        return position(
            of: Int(text).map { String($0) } ?? text, "floor", in: floors, under: "floors",
            at: value.place)
    }
}
