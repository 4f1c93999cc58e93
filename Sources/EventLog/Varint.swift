// Kafka's numbers of variable length: zigzag, then seven bits a byte, lowest first, the top bit set
// in all bytes but the last. `RecordBatch` writes them, `RecordCursor` reads them.

/// Writing and reading of numbers of variable length.
package enum Varint {
    /// Bytes that `value` takes.
    package static func count(_ value: Int64) -> Int {
        // Seven bits a byte; zero takes one as well.
        (UInt64.bitWidth - (zigzag(value) | 1).leadingZeroBitCount + 6) / 7
    }

    package static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = zigzag(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The 64-bit number at `position`, which moves behind it. Nil: it does not end before `end`,
    /// or has bits that 64 cannot hold. `end` is within `bytes`.
    package static func read(
        _ bytes: UnsafeRawBufferPointer, at position: inout Int, before end: Int
    ) -> Int64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1 ^ (0 &- (value & 1))) }
            shift += 7
        }
        return nil
    }

    /// As `read`, for a number that has to fit 32 bits.
    package static func read32(
        _ bytes: UnsafeRawBufferPointer, at position: inout Int, before end: Int
    ) -> Int32? {
        read(bytes, at: &position, before: end).flatMap { Int32(exactly: $0) }
    }

    private static func zigzag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value << 1 ^ value >> 63)
    }
}
