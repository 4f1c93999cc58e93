// Bytes into the small parts of a site plan: numbers, texts, lines, points. `PlanCodec` starts
// it, `PlanTables.swift` reads the tables with it. Nothing in the bytes can make it trap.

import FireLogic

struct PlanReader {
    private let file: [UInt8]
    private let end: Int
    /// Of the next byte.
    private(set) var offset: Int
    /// Of the format.
    var version = PlanCodec.version
    /// Chips of the plan; a line must be on one of them.
    var chips = 0
    /// One flag for every line that the limits allow: something uses it.
    private var used = [Bool](repeating: false, count: Limits.chips * Limits.linesPerChip)

    /// Reads `file[start..<end]`; both lie inside the file.
    init(_ file: [UInt8], from start: Int, to end: Int) {
        precondition(0 <= start && start <= end && end <= file.count)
        self.file = file
        self.end = end
        offset = start
    }

    var isAtEnd: Bool { offset == end }

    private mutating func number(bytes: Int) throws(PlanError) -> UInt64 {
        guard end - offset >= bytes else { throw .wrong(.end, offset: offset) }
        var result: UInt64 = 0
        for index in 0..<bytes {
            result |= UInt64(file[offset + index]) << UInt64(index * 8)
        }
        offset += bytes
        return result
    }

    mutating func u8() throws(PlanError) -> UInt8 {
        UInt8(truncatingIfNeeded: try number(bytes: 1))
    }

    mutating func u16() throws(PlanError) -> UInt16 {
        UInt16(truncatingIfNeeded: try number(bytes: 2))
    }

    mutating func i16() throws(PlanError) -> Int16 {
        Int16(truncatingIfNeeded: try number(bytes: 2))
    }

    mutating func u32() throws(PlanError) -> UInt32 {
        UInt32(truncatingIfNeeded: try number(bytes: 4))
    }

    /// A time inside `range`.
    mutating func interval(
        in range: ClosedRange<Interval>, _ field: PlanField
    ) throws(PlanError) -> Interval {
        let start = offset
        let value = Interval(nanoseconds: Int64(truncatingIfNeeded: try number(bytes: 8)))
        guard range.contains(value) else { throw .wrong(field, offset: start) }
        return value
    }

    /// A table's size, 0 to `limit`.
    mutating func count(limit: Int) throws(PlanError) -> Int {
        let start = offset
        let value = Int(try u16())
        guard value <= limit else { throw .wrong(.count, offset: start) }
        return value
    }

    /// A position in a table of `count` entries.
    mutating func position(in count: Int, _ field: PlanField) throws(PlanError) -> Int {
        let start = offset
        let value = Int(try u16())
        guard value < count else { throw .wrong(field, offset: start) }
        return value
    }

    /// 0 or 1.
    mutating func flag() throws(PlanError) -> Bool {
        let start = offset
        switch try u8() {
        case 0: return false
        case 1: return true
        case _: throw .wrong(.choice, offset: start)
        }
    }

    /// 1 to `limit` bytes of UTF-8 without control characters.
    mutating func text(limit: Int) throws(PlanError) -> String {
        let start = offset
        let length = Int(try u8())
        guard length >= 1, length <= limit else { throw .wrong(.text, offset: start) }
        guard end - offset >= length else { throw .wrong(.end, offset: offset) }
        guard let text = String(validating: file[offset..<offset + length], as: UTF8.self),
            !text.unicodeScalars.contains(where: Self.isControl)
        else { throw .wrong(.text, offset: start) }
        offset += length
        return text
    }

    /// Unicode's category Cc; looking it up there would take three quarters of the time of a load.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// A line of a chip of the plan that nothing else uses.
    mutating func line() throws(PlanError) -> GpioLine {
        let start = offset
        let chip = Int(try u8())
        let number = Int(try u16())
        let flags = try u8()
        guard chip < chips, number < Limits.linesPerChip else {
            throw .wrong(.line, offset: start)
        }
        guard flags < 8, let bias = GpioLine.Bias(rawValue: flags >> 1) else {
            throw .wrong(.choice, offset: start + 3)
        }
        let index = chip * Limits.linesPerChip + number
        guard !used[index] else { throw .wrong(.lineUsedTwice, offset: start) }
        used[index] = true
        return GpioLine(chip: chip, offset: number, activeLow: flags & 1 == 1, bias: bias)
    }

    mutating func optionalLine() throws(PlanError) -> GpioLine? {
        try flag() ? try line() : nil
    }

    /// A point on a bus whose units are `units`.
    mutating func point(units: ClosedRange<UInt8>) throws(PlanError) -> ModbusPoint {
        let start = offset
        let unit = try u8()
        guard units.contains(unit) else { throw .wrong(.point, offset: start) }
        let tableOffset = offset
        guard let table = ModbusPoint.Table(rawValue: try u8()) else {
            throw .wrong(.choice, offset: tableOffset)
        }
        let address = try u16()
        let testOffset = offset
        let kind = try u8()
        let operand = try u16()
        let test: ModbusPoint.Test
        switch kind {
        case 0: test = .bit(operand)
        case 1: test = .atLeast(operand)
        case 2: test = .atMost(operand)
        case 3: test = .equals(operand)
        case _: throw .wrong(.choice, offset: testOffset)
        }
        let point = ModbusPoint(unit: unit, table: table, address: address, test: test)
        guard point.isPossible else { throw .wrong(.point, offset: testOffset) }
        return point
    }
}

extension ModbusPoint {
    /// A bit that the table has: 0 to 15 of a register, 0 of a coil or discrete input, which
    /// know no other test.
    package var isPossible: Bool {
        switch (table, test) {
        case (.coil, .bit(let bit)), (.discreteInput, .bit(let bit)): return bit == 0
        case (.holdingRegister, .bit(let bit)), (.inputRegister, .bit(let bit)):
            return (0...15).contains(bit)
        case (.coil, _), (.discreteInput, _): return false
        case (.holdingRegister, _), (.inputRegister, _): return true
        }
    }
}

extension BusPlan.Link {
    /// Slave addresses that a bus of this kind has.
    package var units: ClosedRange<UInt8> {
        switch self {
        case .rtu: return 1...247
        case .tcp: return 0...255
        }
    }
}
