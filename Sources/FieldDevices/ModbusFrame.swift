// Decides whether bytes from a bus are the answer to a request. libmodbus delimits serial frames and
// checks their checksum, `ModbusInbox` delimits those of TCP; all else is checked here. The links
// call it.
// It must never take the answer to one request for the answer to another, and never trap.
//
//   serial   unit · function · byte count · data … · checksum (2)
//   TCP      transaction (2) · protocol (2, zero) · length of the rest (2) · unit · function · …
//   refusal  function + 0x80 · code

import FireLogic
import PlanFile

package enum ModbusFrame {
    /// The longest frame, serial or TCP, in bytes.
    package static let longest = 260

    package enum Verdict: Equatable, Sendable {
        /// The answer; its data begins at this byte of the frame.
        case values(at: Int)
        /// The slave refused with this exception code.
        case refusal(UInt8)
        /// A whole frame, but the answer to something else: too late, or not ours.
        case foreign
        /// Not a frame that any slave should send.
        case garbled
    }

    /// Looks at a frame of `length` bytes. `transaction` is that of the request, nil on a serial
    /// line, where the frame ends with a checksum that has been found right.
    package static func check(
        _ frame: UnsafePointer<UInt8>, length: Int, transaction: UInt16?, request: PollRequest
    ) -> Verdict {
        let header = transaction == nil ? 1 : 7
        let checksum = transaction == nil ? 2 : 0
        guard length >= header + 2 + checksum, length <= longest else { return .garbled }
        if let transaction {
            guard word(frame, at: 2) == 0, Int(word(frame, at: 4)) == length - 6 else {
                return .garbled
            }
            guard word(frame, at: 0) == transaction else { return .foreign }
        }
        guard frame[header - 1] == request.unit else { return .foreign }
        let function = frame[header]
        if function == request.function | 0x80 {
            return length == header + 2 + checksum ? .refusal(frame[header + 1]) : .garbled
        }
        guard function == request.function else { return .foreign }
        let bytes = Int(frame[header + 1])
        guard length == header + 2 + bytes + checksum else { return .garbled }
        guard bytes == request.table.bytes(for: request.count) else { return .foreign }
        return .values(at: header + 2)
    }

    /// Value `offset` of the data at `data`: a register, or 0 and 1 of a bit.
    package static func value(
        _ data: UnsafePointer<UInt8>, offset: Int, table: ModbusPoint.Table
    ) -> UInt16 {
        if table.isBits { return UInt16(data[offset / 8] >> UInt8(offset % 8) & 1) }
        return word(data, at: 2 * offset)
    }

    /// Writes the request without unit, header and checksum: function, address, count.
    package static func write(_ request: PollRequest, to bytes: UnsafeMutablePointer<UInt8>) {
        bytes[0] = request.function
        bytes[1] = UInt8(request.address >> 8)
        bytes[2] = UInt8(request.address & 0xFF)
        bytes[3] = UInt8(truncatingIfNeeded: request.count >> 8)
        bytes[4] = UInt8(truncatingIfNeeded: request.count)
    }

    private static func word(_ bytes: UnsafePointer<UInt8>, at index: Int) -> UInt16 {
        UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
    }
}

extension PollRequest {
    /// The function code that reads its table.
    package var function: UInt8 {
        switch table {
        case .coil: 1
        case .discreteInput: 2
        case .holdingRegister: 3
        case .inputRegister: 4
        }
    }
}
