// Detectors: one entry for one (`id: 17`) or for many that follow each other (`ids: 100-163`).

import FireLogic
import PlanFile

/// One detector as far as it could be read.
struct DetectorDraft {
    enum Zone: Hashable {
        case none, unknown
        case some(Int)
    }

    var id: DetectorID
    /// Of the entry.
    var place: Place
    /// nil: unknown.
    var floor: Int?
    var zone: Zone
    var plan: DetectorPlan?
}

/// What an entry's source says, once for each of its detectors.
struct SourceDraft {
    /// It sends by itself: `network` and `pulse`.
    var isActive: Bool
    /// It has contacts, which bounce.
    var hasContact: Bool
    var sources: [DetectorSource]?
}

extension SiteReader {
    static let detectorKeys = [
        "id", "ids", "name", "floor", "zone", "kind", "source", "period", "limit", "debounce",
    ]

    mutating func readDetectors(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        guard let entries = list(value, "detectors") else {
            hasLostDetectors = true
            return
        }
        var first: [UInt32: Place] = [:]
        for entry in entries {
            guard let fields = fields(entry, "a detector", known: Self.detectorKeys) else {
                hasLostDetectors = true
                continue
            }
            guard let ids = ids(fields) else {
                hasLostDetectors = true
                // Its other mistakes are worth knowing all the same.
                var unnamed = fields
                unnamed.what = "this detector"
                _ = drafts(unnamed, ids: 0...0)
                continue
            }
            guard detectors.count + ids.count <= Limits.detectors else {
                hasLostDetectors = true
                error(
                    entry.place,
                    "too many detectors; a site has at most \(Limits.detectors)")
                return
            }
            checkUnique(
                ids, at: fields[ids.count == 1 ? "id" : "ids"]?.place ?? entry.place, &first)
            var labelled = fields
            labelled.what =
                ids.count == 1
                ? "detector \(ids.lowerBound)" : "detectors \(ids.lowerBound)-\(ids.upperBound)"
            detectors += drafts(labelled, ids: ids)
        }
    }

    private mutating func ids(_ fields: Fields) -> ClosedRange<UInt32>? {
        switch (fields["id"], fields["ids"]) {
        case (let value?, nil):
            return number(value, "a detector's id", in: 1...Int(UInt32.max)).map {
                UInt32(clamping: $0)...UInt32(clamping: $0)
            }
        case (nil, let value?):
            guard let text = scalar(value, "\"ids\"") else { return nil }
            guard let range = NumberRange(text), range.first >= 1, range.last <= UInt32.max else {
                error(
                    value.place,
                    "\(text.quoted) is not a range of ids; write FIRST-LAST, for example 100-163")
                return nil
            }
            return UInt32(clamping: range.first)...UInt32(clamping: range.last)
        case (nil, nil):
            if fields.lacks("id"), fields.lacks("ids") {
                error(
                    fields.place,
                    "this detector has no id; write \"id: NUMBER\", unique in the site")
            }
            return nil
        case (_?, let value?):
            error(value.place, "this detector has \"id\" and \"ids\"; keep one of them")
            return nil
        }
    }

    private mutating func checkUnique(
        _ ids: ClosedRange<UInt32>, at place: Place, _ first: inout [UInt32: Place]
    ) {
        var doubled: (id: UInt32, place: Place)?
        var more = 0
        for id in ids {
            if let other = first[id] {
                if doubled == nil { doubled = (id, other) } else { more += 1 }
            } else {
                first[id] = place
            }
        }
        guard let doubled else { return }
        let others = more > 0 ? " (and \(more) more)" : ""
        error(
            place,
            "detector \(doubled.id)\(others) is given twice, first on line "
                + "\(doubled.place.line); give each detector its own id")
    }

    /// The detectors of one entry; `ids` is 0 for an entry without an id, which gives no plan.
    private mutating func drafts(_ fields: Fields, ids: ClosedRange<UInt32>) -> [DetectorDraft] {
        let names = names(fields, ids)
        var floor: Int?
        if let value = required(
            "floor", of: fields, or: "write \"floor: NUMBER\", the floor whose valve it opens")
        {
            floor = floorPosition(value)
        }
        let zone = zone(fields, floor: floor)
        let source = source(fields, ids)
        checkKind(fields, source)
        let period = period(fields, source)
        let limit = limit(fields, period: period)
        let debounce = debounce(fields, source)
        return ids.enumerated().map { index, id in
            var draft = DetectorDraft(
                id: DetectorID(rawValue: id), place: fields.place, floor: floor, zone: zone)
            guard let floor, let names, let sources = source?.sources, let period, let limit,
                let debounce, zone != .unknown, ids.lowerBound > 0
            else { return draft }
            draft.plan = DetectorPlan(
                id: draft.id, name: names[index], floor: floor, period: period, limit: limit,
                debounce: debounce, source: sources[index])
            if case .some(let position) = zone { draft.plan?.zone = position }
            return draft
        }
    }

    /// One name each: `{id}` stands for the id.
    private mutating func names(_ fields: Fields, _ ids: ClosedRange<UInt32>) -> [String]? {
        guard let value = fields["name"] else { return ids.map { "Detector \($0)" } }
        let what = "the name of \(fields.what)"
        guard let pattern = scalar(value, what) else { return nil }
        if ids.count > 1, !pattern.contains("{id}") {
            warn(
                value.place,
                "\(fields.what) all have the same name; write \"{id}\" where the id should stand")
        }
        let names = ids.map { Self.filled(pattern, $0) }
        guard let last = names.last, checked(last, what, at: value.place) else { return nil }
        return names
    }

    private static func filled(_ pattern: String, _ id: UInt32) -> String {
        var result = ""
        var rest = pattern[...]
        while let place = rest.firstIndex(of: "{") {
            result += rest[..<place]
            rest = rest[place...]
            if rest.hasPrefix("{id}") {
                result += String(id)
                rest = rest.dropFirst(4)
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private mutating func zone(_ fields: Fields, floor: Int?) -> DetectorDraft.Zone {
        guard let value = fields["zone"] else { return fields.lacks("zone") ? .none : .unknown }
        guard let zone = reference(value, "zone", in: zones, under: "zones") else {
            return .unknown
        }
        usedZones.insert(zone)
        guard let floor, let home = zones.entries[zone].value?.floor else { return .unknown }
        guard home == floor else {
            error(
                value.place,
                "zone \(zones.entries[zone].name.quoted) is on floor \(floors.entries[home].name), "
                    + "\(fields.what) on floor \(floors.entries[floor].name); "
                    + "choose a zone of the same floor")
            return .unknown
        }
        return .some(zone)
    }

    private mutating func checkKind(_ fields: Fields, _ source: SourceDraft?) {
        guard let value = fields["kind"],
            let kind = choice(value, "the kind of \(fields.what)", ["active", "passive"]),
            let source, source.isActive != (kind == "active")
        else { return }
        error(
            value.place,
            source.isActive
                ? "\(fields.what) is called passive, but its source sends by itself; "
                    + "write \"kind: active\", or a contact or a Modbus point as its source"
                : "\(fields.what) is called active, but its source is asked; "
                    + "write \"kind: passive\", or \"network\" or alarm and heartbeat lines "
                    + "as its source")
    }

    private mutating func period(_ fields: Fields, _ source: SourceDraft?) -> Interval? {
        guard let source else {
            return fields["period"].flatMap { interval($0, "period", in: Limits.period) }
        }
        guard source.isActive else {
            guard let value = fields["period"] else { return .seconds(1) }
            guard let period = interval(value, "period", in: Limits.period) else { return nil }
            guard period + period <= Limits.liveness.upperBound else {
                error(
                    value.place,
                    "period \(period.siteText) is too long, two must fit into the longest limit of "
                        + "\(Limits.liveness.upperBound.siteText); write at most 50s")
                return nil
            }
            return period
        }
        let allowed = "1s, 5s or 10s"
        guard
            let value = required(
                "period", of: fields, or: "write how often it sends: \(allowed)"),
            let period = interval(value, "period")
        else { return nil }
        guard Limits.activePeriods.contains(period) else {
            error(
                value.place,
                "period \(period.siteText) is not allowed for an active detector; "
                    + "write \(allowed)")
            return nil
        }
        return period
    }

    private mutating func limit(_ fields: Fields, period: Interval?) -> Interval? {
        let range = Limits.liveness
        guard let value = fields["limit"] else {
            guard let period else { return nil }
            return min(max(period + period + period, range.lowerBound), range.upperBound)
        }
        guard let limit = interval(value, "limit", in: range) else { return nil }
        if let period, limit < period + period {
            error(
                value.place,
                "limit \(limit.siteText) is shorter than two periods of \(period.siteText); "
                    + "write at least \((period + period).siteText)")
            return nil
        }
        return limit
    }

    private mutating func debounce(_ fields: Fields, _ source: SourceDraft?) -> Interval? {
        guard let value = fields["debounce"] else {
            return source?.hasContact == true ? Limits.defaultContactDebounce : .zero
        }
        let debounce = interval(value, "debounce", in: Limits.contactDebounce)
        if let source, !source.hasContact {
            error(
                fields.keyPlace("debounce"),
                "\(fields.what) has no contact that could bounce; remove \"debounce\"")
            return nil
        }
        return debounce
    }
}
