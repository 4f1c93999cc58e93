// The tables of a plan, read and checked in the order of `PlanCodec`'s head; only `PlanCodec`
// calls it. What one entry says is checked where it is read; what entries say of each other
// (unique ids, members of a coincidence) as soon as both are known.

import FireLogic

extension PlanReader {
    mutating func plan() throws(PlanError) -> SitePlan {
        chips = try count(limit: Limits.chips)
        let buses = try count(limit: Limits.buses)
        let keys = try count(limit: Limits.keys)
        let floorsOffset = offset
        let floors = try count(limit: Limits.floors)
        guard floors >= 1 else { throw .wrong(.count, offset: floorsOffset) }
        let zones = try count(limit: Limits.zones)
        let detectors = try count(limit: Limits.detectors)

        var plan = SitePlan(name: try text(limit: Limits.nameBytes))
        let remoteOffset = offset
        plan.remote = RemoteRights(rawValue: try u8())
        guard RemoteRights.all.isSuperset(of: plan.remote) else {
            throw .wrong(.choice, offset: remoteOffset)
        }
        if version >= 3 { plan.expectsGateway = try flag() }
        for _ in 0..<chips { plan.chips.append(try chip(after: plan.chips)) }
        for _ in 0..<buses { plan.buses.append(try bus(after: plan.buses)) }
        for _ in 0..<keys { plan.keys.append(try key()) }
        var ruleOffsets: [Int] = []
        for _ in 0..<floors {
            ruleOffsets.append(offset)
            plan.floors.append(try floor(after: plan.floors, keys: keys))
        }
        for _ in 0..<zones {
            let name = try text(limit: Limits.nameBytes)
            plan.zones.append(ZonePlan(name: name, floor: try position(in: floors, .floor)))
        }
        for field in PanelPlan.lines(version: version) {
            plan.panel[keyPath: field] = try optionalLine()
        }
        try readDetectors(detectors, into: &plan)
        guard isAtEnd else { throw .wrong(.end, offset: offset) }
        try checkCoincidences(plan, offsets: ruleOffsets)
        return plan
    }

    private mutating func chip(after chips: [ChipPlan]) throws(PlanError) -> ChipPlan {
        let start = offset
        let chip = ChipPlan(path: try text(limit: Limits.pathBytes))
        guard !chips.contains(chip) else { throw .wrong(.path, offset: start) }
        return chip
    }

    private mutating func bus(after buses: [BusPlan]) throws(PlanError) -> BusPlan {
        let name = try text(limit: Limits.nameBytes)
        let timeout = try interval(in: Limits.responseTimeout, .responseTimeout)
        let link: BusPlan.Link
        var outstanding = 1
        if try flag() {
            let start = offset
            let host = try text(limit: Limits.pathBytes)
            guard host.utf8.allSatisfy(Self.isOfAddress) else {
                throw .wrong(.host, offset: start)
            }
            let portOffset = offset
            let port = try u16()
            guard port > 0 else { throw .wrong(.host, offset: portOffset) }
            link = .tcp(host: host, port: port)
            if version >= 2 {
                let start = offset
                outstanding = Int(try u8())
                guard Limits.outstanding.contains(outstanding) else {
                    throw .wrong(.outstanding, offset: start)
                }
            }
        } else {
            link = try serialLink(after: buses)
        }
        return BusPlan(name: name, link: link, responseTimeout: timeout, outstanding: outstanding)
    }

    /// Digits, dots and colons of an IPv4 or IPv6 address; a name would need a resolver.
    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
            return true
        case _: return false
        }
    }

    private mutating func serialLink(after buses: [BusPlan]) throws(PlanError) -> BusPlan.Link {
        let start = offset
        let device = try text(limit: Limits.pathBytes)
        for other in buses {
            if case .rtu(device, _, _, _) = other.link { throw .wrong(.path, offset: start) }
        }
        let baudOffset = offset
        let baud = Int(clamping: try u32())
        guard Limits.bauds.contains(baud) else { throw .wrong(.baud, offset: baudOffset) }
        let parityOffset = offset
        guard let parity = BusPlan.Parity(rawValue: try u8()) else {
            throw .wrong(.choice, offset: parityOffset)
        }
        let stopOffset = offset
        let stopBits = Int(try u8())
        guard (1...2).contains(stopBits) else { throw .wrong(.stopBits, offset: stopOffset) }
        return .rtu(device: device, baud: baud, parity: parity, stopBits: stopBits)
    }

    private mutating func key() throws(PlanError) -> KeyPlan {
        let name = try text(limit: Limits.nameBytes)
        let off = try line()
        return KeyPlan(name: name, offContact: off, onContact: try optionalLine())
    }

    private mutating func floor(
        after floors: [FloorPlan], keys: Int
    ) throws(PlanError) -> FloorPlan {
        let start = offset
        let id = FloorID(rawValue: try i16())
        guard !floors.contains(where: { $0.id == id }) else {
            throw .wrong(.floorUsedTwice, offset: start)
        }
        let name = try text(limit: Limits.nameBytes)
        let rule = try releaseRule()
        let delayOffset = offset
        let delay = try interval(in: Limits.releaseDelay, .delay)
        guard delay.nanoseconds % Interval.seconds(1).nanoseconds == 0 else {
            throw .wrong(.delay, offset: delayOffset)
        }
        let output = try line()
        let valve = ValvePlan(output: output, feedback: try optionalLine())
        let key = try position(in: keys, .key)
        var floor = FloorPlan(
            id: id, name: name, rule: rule, delay: delay, valve: valve, key: key)
        floor.manualRelease = try optionalLine()
        floor.fireLamp = try optionalLine()
        floor.faultLamp = try optionalLine()
        floor.openLamp = try optionalLine()
        return floor
    }

    private mutating func releaseRule() throws(PlanError) -> ReleaseRule {
        let start = offset
        let kind = try u8()
        let count = Int(try u16())
        switch (kind, count) {
        case (0, 0): return .first
        case (1, 2...Limits.detectorsPerFloor): return .coincidence(count: count, scope: .floor)
        case (2, 2...Limits.detectorsPerFloor): return .coincidence(count: count, scope: .zone)
        case (0...2, _): throw .wrong(.coincidence, offset: start)
        case _: throw .wrong(.choice, offset: start)
        }
    }

    private mutating func readDetectors(
        _ count: Int, into plan: inout SitePlan
    ) throws(PlanError) {
        let start = offset
        var onFloor = 0
        plan.detectors.reserveCapacity(count)
        for _ in 0..<count {
            let entry = offset
            let next = try detector(plan)
            if let last = plan.detectors.last {
                guard (last.floor, last.id) < (next.floor, next.id) else {
                    throw .wrong(.detectorOrder, offset: entry)
                }
                onFloor = last.floor == next.floor ? onFloor + 1 : 0
            }
            guard onFloor < Limits.detectorsPerFloor else { throw .wrong(.count, offset: entry) }
            plan.detectors.append(next)
        }
        let ids = plan.detectors.map(\.id).sorted()
        guard zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .wrong(.detectorOrder, offset: start)
        }
    }

    private mutating func detector(_ plan: SitePlan) throws(PlanError) -> DetectorPlan {
        let id = DetectorID(rawValue: try u32())
        let name = try text(limit: Limits.nameBytes)
        let floor = try position(in: plan.floors.count, .floor)
        var zone: Int?
        let zoneOffset = offset
        if try flag() {
            let position = try position(in: plan.zones.count, .zone)
            guard plan.zones[position].floor == floor else {
                throw .wrong(.zone, offset: zoneOffset)
            }
            zone = position
        }
        let timeOffset = offset
        let period = try interval(in: Limits.period, .time)
        let limit = try interval(in: Limits.liveness, .time)
        let debounce = try interval(in: Limits.contactDebounce, .time)
        let source = try source(plan.buses)
        guard limit >= period + period, source.allows(period: period, debounce: debounce) else {
            throw .wrong(.time, offset: timeOffset)
        }
        return DetectorPlan(
            id: id, name: name, floor: floor, zone: zone, period: period, limit: limit,
            debounce: debounce, source: source)
    }

    private mutating func source(_ buses: [BusPlan]) throws(PlanError) -> DetectorSource {
        let start = offset
        switch try u8() {
        case 0: return .contact(try line())
        case 1:
            let alarm = try line()
            return .pulse(alarm: alarm, heartbeat: try line())
        case 2:
            let busOffset = offset
            let bus = Int(try u8())
            guard bus < buses.count else { throw .wrong(.bus, offset: busOffset) }
            let units = buses[bus].link.units
            let alarm = try point(units: units)
            return .modbus(
                bus: bus, alarm: alarm, fault: try flag() ? try point(units: units) : nil)
        case 3: return .network
        case _: throw .wrong(.choice, offset: start)
        }
    }

    private func checkCoincidences(_ plan: SitePlan, offsets: [Int]) throws(PlanError) {
        var onFloor = [Int](repeating: 0, count: plan.floors.count)
        var withoutZone = onFloor
        var inZone = [Int](repeating: 0, count: plan.zones.count)
        for detector in plan.detectors {
            onFloor[detector.floor] += 1
            if let zone = detector.zone {
                inZone[zone] += 1
            } else {
                withoutZone[detector.floor] += 1
            }
        }
        for (position, floor) in plan.floors.enumerated() {
            guard case .coincidence(let count, let scope) = floor.rule else { continue }
            let reachable: Bool
            switch scope {
            case .floor: reachable = onFloor[position] >= count
            case .zone:
                reachable =
                    onFloor[position] > 0 && withoutZone[position] == 0
                    && plan.zones.indices.allSatisfy {
                        plan.zones[$0].floor != position || inZone[$0] == 0 || inZone[$0] >= count
                    }
            }
            guard reachable else { throw .wrong(.coincidence, offset: offsets[position]) }
        }
    }
}

extension DetectorSource {
    /// Active detectors speak every 1, 5 or 10 s; only contacts bounce.
    fileprivate func allows(period: Interval, debounce: Interval) -> Bool {
        switch self {
        case .contact: return true
        case .pulse: return Limits.activePeriods.contains(period)
        case .modbus: return debounce == .zero
        case .network: return debounce == .zero && Limits.activePeriods.contains(period)
        }
    }
}
