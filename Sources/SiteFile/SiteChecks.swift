// What can only be said when the whole file is read: members of coincidences, load of the buses,
// things that nothing uses.

import FireLogic
import PlanFile

extension SiteReader {
    /// Coincidences that their members can reach; floors that are not too full.
    mutating func checkMembers() {
        for (position, entry) in floors.entries.enumerated() {
            let members = detectors.filter { $0.floor == position }
            let what = "floor \(entry.name)"
            checkCount(
                members.count, of: "detectors on \(what)", a: "floor",
                limit: Limits.detectorsPerFloor, at: entry.place)
            guard case .coincidence(let count, let scope)? = entry.value?.rule,
                let place = rulePlaces[position]
            else { continue }
            // A detector whose floor or zone is wrong may be the one that is missing.
            let isKnown =
                !isPartial && !hasLostDetectors
                && detectors.allSatisfy { $0.floor != nil && $0.zone != .unknown }
            switch scope {
            case .floor:
                guard isKnown, members.count < count else { continue }
                error(
                    place,
                    "\(what) waits for \(count) detectors to agree, but has "
                        + "\(members.count); lower the coincidence or add detectors")
            case .zone:
                checkZones(of: position, members, count: count, isKnown: isKnown, at: place)
            }
        }
    }

    private mutating func checkZones(
        of floor: Int, _ members: [DetectorDraft], count: Int, isKnown: Bool, at place: Place
    ) {
        let what = "floor \(floors.entries[floor].name)"
        for detector in members where detector.zone == .none {
            error(
                detector.place,
                "detector \(detector.id.rawValue) has no zone, but \(what) releases by zones; "
                    + "write \"zone: NAME\"")
        }
        guard isKnown else { return }
        if members.isEmpty {
            error(
                place,
                "\(what) waits for \(count) detectors of a zone to agree, but has no detectors; "
                    + "add detectors or write \"release: first\"")
        }
        for zone in zones.entries.indices {
            let inZone = members.count { $0.zone == .some(zone) }
            guard inZone > 0, inZone < count else { continue }
            error(
                place,
                "\(what) waits for \(count) detectors of a zone to agree, but zone "
                    + "\(zones.entries[zone].name.quoted) has \(inZone); lower the coincidence "
                    + "or add detectors")
        }
    }

    /// Buses that can carry their polls, judged by the detectors that could be read.
    mutating func checkLoads() {
        guard buses.isComplete else { return }
        let plan = plan
        for (position, entry) in buses.entries.enumerated() {
            let load = BusLoad(plan: plan, bus: position).share
            guard load > BusLoad.comfortable else { continue }
            let advice =
                "lengthen periods, raise the baud rate or move detectors to another bus"
            if load > 1 {
                error(
                    entry.place,
                    "bus \(entry.name.quoted) cannot carry its polls: they need "
                        + "\(BusLoad.percent(load)) of its time; \(advice)")
            } else {
                warn(
                    entry.place,
                    "bus \(entry.name.quoted) spends \(BusLoad.percent(load)) of its time on "
                        + "polls, which leaves little for slow or dead slaves; \(advice)")
            }
        }
    }

    /// Things that nothing uses, and floors that nothing can release.
    mutating func checkUse() {
        func unused<Value>(
            _ kind: String, _ table: NamedTable<Value>, _ used: Set<Int>
        ) -> [Finding] {
            table.entries.indices.filter { !used.contains($0) }.map {
                Finding(
                    .warning, at: table.entries[$0].place,
                    "\(kind) \(table.entries[$0].name.quoted) is not used; remove it, "
                        + "or look for what should use it")
            }
        }
        findings += unused("chip", chips, usedChips)
        findings += unused("bus", buses, usedBuses)
        findings += unused("key", keys, usedKeys)
        findings += unused("zone", zones, usedZones)
        let released = Set(detectors.compactMap(\.floor))
        for (position, entry) in floors.entries.enumerated() {
            guard !released.contains(position), entry.value?.manualRelease == nil else { continue }
            warn(
                entry.place,
                "floor \(entry.name) has no detectors and no manual release: nothing can open "
                    + "its valve; add one of them")
        }
    }
}
