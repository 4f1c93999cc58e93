// Where a detector's signal comes from: the network, a contact, an alarm and a heartbeat line, or
// Modbus points. In an entry for many detectors, ranges of lines, units, addresses or bits give
// each detector its own.

import FireLogic
import PlanFile

extension SiteReader {
    private static let tables: [(key: String, table: ModbusPoint.Table)] = [
        ("coil", .coil), ("input", .discreteInput), ("holding", .holdingRegister),
        ("input-register", .inputRegister),
    ]
    static let pointKeys =
        ["unit"] + tables.map(\.key) + ["bit", "at-least", "at-most", "equals"]

    mutating func source(_ fields: Fields, _ ids: ClosedRange<UInt32>) -> SourceDraft? {
        guard
            let value = required(
                "source", of: fields,
                or: "write \"source: network\", \"source: CHIP/LINE\" or a Modbus point")
        else { return nil }
        func user(_ role: String) -> (Int) -> String {
            let first = Int(ids.lowerBound)
            return { role + (first == 0 ? "this detector" : "detector \(first + $0)") }
        }
        switch value.content {
        case .scalar(let text, _) where text.contains("/"):
            let lines = lines(value, count: ids.count, for: user("contact of "), .input)
            return SourceDraft(
                isActive: false, hasContact: true, sources: lines?.map { .contact($0) })
        case .scalar("network", _):
            return SourceDraft(
                isActive: true, hasContact: false,
                sources: Array(repeating: .network, count: ids.count))
        case .scalar(let text, _):
            error(
                value.place,
                "the source of \(fields.what) cannot be \(text.quoted); write \"network\", "
                    + "a line such as io0/17, or a Modbus point")
            return nil
        case .list:
            error(
                value.place,
                "the source of \(fields.what) must be a single value or a mapping, not a list")
            return nil
        case .mapping(let entries):
            let keys = entries.map(\.key)
            if keys.contains("line") {
                let lines = lines(value, count: ids.count, for: user("contact of "), .input)
                return SourceDraft(
                    isActive: false, hasContact: true, sources: lines?.map { .contact($0) })
            }
            if keys.contains("alarm") || keys.contains("heartbeat") {
                return pulse(value, fields.what, ids.count, user)
            }
            return SourceDraft(
                isActive: false, hasContact: false,
                sources: modbus(value, fields.what, ids.count))
        }
    }

    private mutating func pulse(
        _ value: YamlValue, _ what: String, _ count: Int, _ user: (String) -> (Int) -> String
    ) -> SourceDraft {
        var draft = SourceDraft(isActive: true, hasContact: true, sources: nil)
        guard
            let fields = fields(
                value, "the source of \(what)", known: ["alarm", "heartbeat"])
        else { return draft }
        let advice = "write \"{alarm: CHIP/LINE, heartbeat: CHIP/LINE}\""
        let alarm = required("alarm", of: fields, or: advice).flatMap {
            lines($0, count: count, for: user("alarm of "), .input)
        }
        let heartbeat = required("heartbeat", of: fields, or: advice).flatMap {
            lines($0, count: count, for: user("heartbeat of "), .input)
        }
        if let alarm, let heartbeat {
            draft.sources = zip(alarm, heartbeat).map { .pulse(alarm: $0, heartbeat: $1) }
        }
        return draft
    }

    private mutating func modbus(
        _ value: YamlValue, _ what: String, _ count: Int
    ) -> [DetectorSource]? {
        guard
            var fields = fields(
                value, "the source of \(what)", known: ["bus"] + Self.pointKeys + ["fault"])
        else { return nil }
        fields.what = what
        let names = buses.names.prefix(12).map(\.shown).joined(separator: ", ")
        let advice =
            buses.names.isEmpty
            ? "declare one under \"buses\"" : "write \"bus: NAME\" with one of \(names)"
        let bus = required("bus", of: fields, or: advice).flatMap {
            reference($0, "bus", in: buses, under: "buses")
        }
        if let bus { usedBuses.insert(bus) }
        let link = bus.flatMap { buses.entries[$0].value?.link }
        let units = link?.units ?? 0...255
        let alarm = pattern(fields, units: units, inherited: nil)
        guard let faultValue = fields["fault"] else {
            guard let bus, let alarm, let alarms = points(alarm, what, count, at: value.place)
            else { return nil }
            return alarms.map { .modbus(bus: bus, alarm: $0, fault: nil) }
        }
        guard
            let faultFields = self.fields(
                faultValue, "the fault of \(what)", known: Self.pointKeys),
            let alarm,
            let fault = pattern(faultFields, units: units, inherited: alarm.units),
            let alarms = points(alarm, what, count, at: value.place),
            let faults = faultPoints(fault, alarm, what, count, at: faultValue.place),
            let bus
        else { return nil }
        return zip(alarms, faults).map { .modbus(bus: bus, alarm: $0, fault: $1) }
    }

    /// A point, or many.
    private struct PointPattern {
        var units: NumberRange
        var ownUnits: Bool
        var table: ModbusPoint.Table
        var addresses: NumberRange
        var bits: NumberRange?
        /// Used when there are no bits.
        var test: ModbusPoint.Test

        /// Points in one unit.
        var inUnit: Int { addresses.count * (bits?.count ?? 1) }

        /// Bits count fastest, then addresses.
        func point(unit: Int, _ index: Int) -> ModbusPoint {
            let bitCount = bits?.count ?? 1
            return ModbusPoint(
                unit: UInt8(clamping: unit), table: table,
                address: UInt16(clamping: addresses.first + index / bitCount),
                test: bits.map { .bit(UInt16($0.first + index % bitCount)) } ?? test)
        }
    }

    /// All alarm points of an entry: units count slowest.
    private mutating func points(
        _ pattern: PointPattern, _ what: String, _ count: Int, at place: Place
    ) -> [ModbusPoint]? {
        let covered = pattern.units.count * pattern.inUnit
        guard covered == count else {
            error(
                place,
                "\(Plural.of(covered, "Modbus point")) for \(Plural.of(count, "detector")); "
                    + "units × addresses × bits must be as many as there are ids")
            return nil
        }
        return (0..<count).map {
            pattern.point(
                unit: pattern.units.first + $0 / pattern.inUnit, $0 % pattern.inUnit)
        }
    }

    /// The fault points that belong to the alarm points: one each, one for each unit, or one.
    private mutating func faultPoints(
        _ fault: PointPattern, _ alarm: PointPattern, _ what: String, _ count: Int,
        at place: Place
    ) -> [ModbusPoint]? {
        let covered = fault.units.count * fault.inUnit
        if fault.ownUnits {
            if covered == 1 {
                return Array(repeating: fault.point(unit: fault.units.first, 0), count: count)
            }
            return points(fault, what, count, at: place)
        }
        guard fault.inUnit == 1 || fault.inUnit == alarm.inUnit else {
            error(
                place,
                "\(Plural.of(fault.inUnit, "fault point")) for "
                    + "\(Plural.of(alarm.inUnit, "detector")) of each unit; write one for all, or "
                    + "one for each")
            return nil
        }
        return (0..<count).map {
            fault.point(
                unit: alarm.units.first + $0 / alarm.inUnit,
                fault.inUnit == 1 ? 0 : $0 % alarm.inUnit)
        }
    }

    private mutating func pattern(
        _ fields: Fields, units: ClosedRange<UInt8>, inherited: NumberRange?
    ) -> PointPattern? {
        let range = Int(units.lowerBound)...Int(units.upperBound)
        var unit = inherited
        if let value = fields["unit"] {
            unit = numbers(value, "unit", in: range)
        } else if inherited == nil {
            unit = required(
                "unit", of: fields, or: "write \"unit: NUMBER\", the slave's address"
            ).flatMap { numbers($0, "unit", in: range) }
        }
        let given = Self.tables.filter { fields.has($0.key) }
        guard let (key, table) = given.first, given.count == 1, let value = fields[key] else {
            let words = Self.tables.map(\.key).joined(separator: ", ")
            if given.count > 1 {
                error(
                    fields.keyPlace(given[1].key),
                    "\(fields.what) has \(given.map(\.key).joined(separator: " and ")); "
                        + "keep one of them")
            } else if Self.tables.allSatisfy({ fields.lacks($0.key) }) {
                error(
                    fields.place,
                    "\(fields.what) has no Modbus address; write one of \(words)")
            }
            return nil
        }
        let addresses = numbers(value, key, in: 0...65_535)
        let tests = ["bit", "at-least", "at-most", "equals"].filter { fields.has($0) }
        var pattern = PointPattern(
            units: NumberRange.zero, ownUnits: fields.has("unit"), table: table,
            addresses: NumberRange.zero, bits: nil, test: .bit(0))
        switch table {
        case .coil, .discreteInput:
            if let test = tests.first {
                error(
                    fields.keyPlace(test),
                    "a coil or an input is on or off and needs no test; remove \"\(test)\"")
                return nil
            }
        case .holdingRegister, .inputRegister:
            guard setTest(tests, of: fields, in: &pattern) else { return nil }
        }
        guard let unit, let addresses else { return nil }
        pattern.units = unit
        pattern.addresses = addresses
        return pattern
    }

    private mutating func setTest(
        _ tests: [String], of fields: Fields, in pattern: inout PointPattern
    ) -> Bool {
        guard let test = tests.first, tests.count == 1, let value = fields[test] else {
            if let second = tests.dropFirst().first {
                error(
                    fields.keyPlace(second),
                    "\(fields.what) has \(tests.joined(separator: " and ")); keep one of them")
            } else {
                error(
                    fields.place,
                    "\(fields.what) does not say when its register means yes; write one of bit, "
                        + "at-least, at-most, equals")
            }
            return false
        }
        if test == "bit" {
            pattern.bits = numbers(value, "bit", in: 0...15)
            return pattern.bits != nil
        }
        guard let bound = number(value, test, in: 0...65_535) else { return false }
        let word = UInt16(clamping: bound)
        switch test {
        case "at-least": pattern.test = .atLeast(word)
        case "at-most": pattern.test = .atMost(word)
        case _: pattern.test = .equals(word)
        }
        return true
    }

    /// A number or a range of numbers, all inside `range`.
    private mutating func numbers(
        _ value: YamlValue, _ what: String, in range: ClosedRange<Int>
    ) -> NumberRange? {
        guard let text = scalar(value, what) else { return nil }
        guard let numbers = NumberRange(text) else {
            error(
                value.place,
                "\(what) \(text.quoted) is not a number; write \(range.lowerBound) to "
                    + "\(range.upperBound)")
            return nil
        }
        guard range.contains(numbers.first), range.contains(numbers.last) else {
            error(
                value.place,
                "\(what) \(text) is out of range; write \(range.lowerBound) to "
                    + "\(range.upperBound)")
            return nil
        }
        return numbers
    }
}
