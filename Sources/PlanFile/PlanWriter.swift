// A site plan into bytes, in the order of `PlanCodec`'s head; only `PlanCodec` calls it. Values
// that do not fit are clamped; `PlanCodec.encode` reads back what was written and notices.

import FireLogic

struct PlanWriter {
    var bytes: [UInt8] = []

    mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func write(_ interval: Interval) {
        write(interval.nanoseconds)
    }

    mutating func write(text: String) {
        let utf8 = Array(text.utf8.prefix(255))
        write(UInt8(utf8.count))
        bytes += utf8
    }

    mutating func write(_ line: GpioLine) {
        write(UInt8(clamping: line.chip))
        write(UInt16(clamping: line.offset))
        write((line.activeLow ? 1 : 0) | line.bias.rawValue << 1)
    }

    mutating func write(_ line: GpioLine?) {
        write(UInt8(line == nil ? 0 : 1))
        if let line { write(line) }
    }

    mutating func write(_ point: ModbusPoint) {
        write(point.unit)
        write(point.table.rawValue)
        write(point.address)
        switch point.test {
        case .bit(let position):
            write(UInt8(0))
            write(position)
        case .atLeast(let bound):
            write(UInt8(1))
            write(bound)
        case .atMost(let bound):
            write(UInt8(2))
            write(bound)
        case .equals(let wanted):
            write(UInt8(3))
            write(wanted)
        }
    }

    mutating func write(_ plan: SitePlan) {
        let counts = [
            plan.chips.count, plan.buses.count, plan.keys.count, plan.floors.count,
            plan.zones.count, plan.detectors.count,
        ]
        for count in counts { write(UInt16(clamping: count)) }
        write(text: plan.name)
        write(plan.remote.rawValue)
        write(UInt8(plan.expectsGateway ? 1 : 0))
        for chip in plan.chips { write(text: chip.path) }
        for bus in plan.buses { write(bus) }
        for key in plan.keys {
            write(text: key.name)
            write(key.offContact)
            write(key.onContact)
        }
        for floor in plan.floors { write(floor) }
        for zone in plan.zones {
            write(text: zone.name)
            write(UInt16(clamping: zone.floor))
        }
        write(plan.panel)
        for detector in plan.detectors { write(detector) }
    }

    private mutating func write(_ bus: BusPlan) {
        write(text: bus.name)
        write(bus.responseTimeout)
        switch bus.link {
        case .rtu(let device, let baud, let parity, let stopBits):
            write(UInt8(0))
            write(text: device)
            write(UInt32(clamping: baud))
            write(parity.rawValue)
            write(UInt8(clamping: stopBits))
        case .tcp(let host, let port):
            write(UInt8(1))
            write(text: host)
            write(port)
            write(UInt8(clamping: bus.outstanding))
        }
    }

    private mutating func write(_ floor: FloorPlan) {
        write(floor.id.rawValue)
        write(text: floor.name)
        switch floor.rule {
        case .first:
            write(UInt8(0))
            write(UInt16(0))
        case .coincidence(let count, .floor):
            write(UInt8(1))
            write(UInt16(clamping: count))
        case .coincidence(let count, .zone):
            write(UInt8(2))
            write(UInt16(clamping: count))
        }
        write(floor.delay)
        write(floor.valve.output)
        write(floor.valve.feedback)
        write(UInt16(clamping: floor.key))
        write(floor.manualRelease)
        write(floor.fireLamp)
        write(floor.faultLamp)
        write(floor.openLamp)
    }

    private mutating func write(_ panel: PanelPlan) {
        for field in PanelPlan.lines(version: PlanCodec.version) { write(panel[keyPath: field]) }
    }

    private mutating func write(_ detector: DetectorPlan) {
        write(detector.id.rawValue)
        write(text: detector.name)
        write(UInt16(clamping: detector.floor))
        write(UInt8(detector.zone == nil ? 0 : 1))
        if let zone = detector.zone { write(UInt16(clamping: zone)) }
        write(detector.period)
        write(detector.limit)
        write(detector.debounce)
        switch detector.source {
        case .contact(let line):
            write(UInt8(0))
            write(line)
        case .pulse(let alarm, let heartbeat):
            write(UInt8(1))
            write(alarm)
            write(heartbeat)
        case .modbus(let bus, let alarm, let fault):
            write(UInt8(2))
            write(UInt8(clamping: bus))
            write(alarm)
            write(UInt8(fault == nil ? 0 : 1))
            if let fault { write(fault) }
        case .network:
            write(UInt8(3))
        }
    }
}

extension PanelPlan {
    /// The panel's lines in the order of the file. Computed, because key paths to mutable state
    /// are not Sendable and cannot be kept.
    static func lines(version: UInt16) -> [WritableKeyPath<PanelPlan, GpioLine?>] {
        [
            \.powerLamp, \.fireLamp, \.faultLamp, \.isolatedLamp, \.testLamp, \.sounder,
            \.heartbeat, \.silenceButton, \.resetButton, \.lampTestButton,
        ] + (version >= 3 ? [\.powerFault] : [])
    }
}
