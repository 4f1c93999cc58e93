// One Modbus slave's memory and its answers: the application layer of the Modbus specification
// (V1.1b3, clause 6), bytes in and bytes out. Shared by the RTU and the TCP bus. It is written
// without libmodbus, so that it is an independent peer of the controller's masters.
//
// Reads (functions 0x01 to 0x04) are answered; every other function gets exception 0x01, for the
// controller must never write to a detector.

import FireLogic

package struct ModbusUnit: Sendable {
    package typealias Table = ModbusPoint.Table

    package static let illegalFunction: UInt8 = 0x01
    package static let illegalAddress: UInt8 = 0x02
    package static let illegalValue: UInt8 = 0x03

    /// Values of each table, from address 0 to the last one that was set; gaps read as 0.
    private var tables: [[UInt16]] = Array(repeating: [], count: Table.allCases.count)
    package var fault = SlaveFault.none
    /// Requests that were understood, whether answered or not.
    package var requests = 0

    package init() {}

    package subscript(table: Table, address: UInt16) -> UInt16 {
        get {
            let values = tables[Int(table.rawValue)]
            return Int(address) < values.count ? values[Int(address)] : 0
        }
        set {
            let missing = Int(address) + 1 - tables[Int(table.rawValue)].count
            if missing > 0 {
                tables[Int(table.rawValue)] += Array(repeating: 0, count: missing)
            }
            tables[Int(table.rawValue)][Int(address)] = newValue
        }
    }

    private static func table(ofFunction function: UInt8) -> Table? {
        switch function {
        case 0x01: return .coil
        case 0x02: return .discreteInput
        case 0x03: return .holdingRegister
        case 0x04: return .inputRegister
        default: return nil
        }
    }

    /// Answers `request`, a protocol data unit: function code and data. `scramble` replaces the
    /// values of a lying slave.
    package func answer(_ request: ArraySlice<UInt8>, scramble: () -> UInt16) -> [UInt8] {
        guard let function = request.first else { return [] }
        func exception(_ code: UInt8) -> [UInt8] { [function | 0x80, code] }

        if case .exception(let code) = fault { return exception(code) }
        guard let table = Self.table(ofFunction: function) else {
            return exception(Self.illegalFunction)
        }
        guard request.count == 5 else { return exception(Self.illegalValue) }
        let bytes = Array(request)
        let start = Int(bytes[1]) << 8 | Int(bytes[2])
        let count = Int(bytes[3]) << 8 | Int(bytes[4])
        let isBits = table == .coil || table == .discreteInput
        guard count >= 1, count <= (isBits ? 2000 : 125) else {
            return exception(Self.illegalValue)
        }
        guard start + count <= tables[Int(table.rawValue)].count else {
            return exception(Self.illegalAddress)
        }
        var values = Array(tables[Int(table.rawValue)][start..<(start + count)])
        if case .wrongValues = fault { values = values.map { _ in scramble() } }
        return isBits ? Self.bitAnswer(function, values) : Self.wordAnswer(function, values)
    }

    private static func bitAnswer(_ function: UInt8, _ values: [UInt16]) -> [UInt8] {
        var data = [UInt8](repeating: 0, count: (values.count + 7) / 8)
        for (position, value) in values.enumerated() where value & 1 == 1 {
            data[position / 8] |= 1 << UInt8(position % 8)
        }
        return [function, UInt8(data.count)] + data
    }

    private static func wordAnswer(_ function: UInt8, _ values: [UInt16]) -> [UInt8] {
        var answer: [UInt8] = [function, UInt8(values.count * 2)]
        for value in values {
            answer += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return answer
    }
}

/// What is wrong with one slave.
package enum SlaveFault: Hashable, Sendable {
    case none
    /// Never answers.
    case dead
    /// Answers so much later than it should.
    case late(Interval)
    /// Answers with values out of thin air.
    case wrongValues
    /// Answers with a wrong checksum (RTU) or transaction number (TCP).
    case wrongCheck
    /// Stops in the middle of its answer.
    case truncated
    /// Answers every request with this exception.
    case exception(UInt8)
}

/// What is wrong with a whole bus.
package enum BusFault: Hashable, Sendable {
    case none
    /// Bytes without sense, all the time.
    case babbling
    /// The wire is cut or the adapter unplugged.
    case cut
}
