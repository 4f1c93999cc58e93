// Bytes of a Modbus TCP connection that came and were not looked at yet, and where the first frame
// among them ends. Says nothing of what a frame means. Whatever comes, it takes no more room.
//
//   transaction (2) · protocol (2, zero) · length of the rest (2) · unit · function · …

import CLinux
import FireLogic
import Glibc
import PlanFile

struct ModbusInbox: ~Copyable {
    /// What stands first.
    enum Head {
        case nothing
        /// A frame that has not come whole.
        case piece
        /// A whole frame; there until the next `receive`.
        case frame(UnsafePointer<UInt8>, length: Int)
        /// No frame begins like this, or none begins where this one ends: an answer that was cut
        /// short took bytes of the next, and its values are not to be believed.
        case garbage
    }

    /// One answer to each request that may be outstanding.
    private static let capacity = Limits.outstanding.upperBound * ModbusFrame.longest
    private static let header = 6

    private let bytes: UnsafeMutablePointer<UInt8>
    private var start = 0
    private var end = 0
    private var receivedAt = Instant.zero
    /// When the first byte came.
    private(set) var began = Instant.zero

    init() {
        bytes = .allocate(capacity: Self.capacity)
        bytes.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { bytes.deallocate() }

    var isEmpty: Bool { start == end }

    /// Takes what waits (recv). Zero, or the errno; ECONNRESET when the peer has closed.
    mutating func receive(from descriptor: Int32, at now: Instant) -> Int32 {
        if isEmpty {
            began = now
            removeAll()
        } else if start > 0 {
            memmove(bytes, bytes + start, end - start)
            end -= start
            start = 0
        }
        // There is room: a piece is shorter than the longest frame.
        let count = recv(descriptor, bytes + end, Self.capacity - end, Int32(MSG_DONTWAIT))
        if count == 0 { return ECONNRESET }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? 0 : errno }
        end += count
        receivedAt = now
        return 0
    }

    var head: Head {
        let count = end - start
        if count == 0 { return .nothing }
        let head = bytes + start
        if count < Self.header { return .piece }
        let rest = Int(head[4]) << 8 | Int(head[5])
        let length = Self.header + rest
        guard Self.canBegin(head, count) else { return .garbage }
        if count < length { return .piece }
        guard Self.canBegin(head + length, count - length) else { return .garbage }
        return .frame(UnsafePointer(head), length: length)
    }

    /// Whether a frame can begin with these bytes, as far as they came.
    private static func canBegin(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count > 2 && bytes[2] != 0 || count > 3 && bytes[3] != 0 { return false }
        if count < header { return true }
        let rest = Int(bytes[4]) << 8 | Int(bytes[5])
        return rest >= 2 && header + rest <= ModbusFrame.longest
    }

    /// The transaction number of the first frame, if that much of it came.
    var firstNumber: UInt16? {
        end - start >= 2 ? UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1]) : nil
    }

    /// Removes the first `length` bytes. Those behind them came with the last `receive`.
    mutating func drop(_ length: Int) {
        precondition(length <= end - start, "drop what head has shown")
        start += length
        began = receivedAt
    }

    mutating func removeAll() {
        start = 0
        end = 0
    }
}
