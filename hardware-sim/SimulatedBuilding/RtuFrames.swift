// Modbus RTU frames: unit, protocol data unit, CRC-16 (low byte first). The reader finds requests
// in a stream of bytes by length and checksum, drops what cannot be one, and forgets a started
// frame after 3.5 characters of silence (Modbus over Serial Line V1.02, clause 2.5.1). Bytes only:
// it knows no clock and no descriptor.

package enum RtuFrames {
    /// CRC-16 with the reflected polynomial 0xA001 and start value 0xFFFF.
    package static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1
            }
        }
        return crc
    }

    package static func frame(unit: UInt8, _ pdu: [UInt8]) -> [UInt8] {
        let body = [unit] + pdu
        let crc = crc16(body)
        return body + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
    }

    /// A request that stood whole on the wire.
    package struct Request: Equatable, Sendable {
        package var unit: UInt8
        package var pdu: [UInt8]
        package var length: Int { pdu.count + 3 }
    }
}

package struct RtuRequestReader: Sendable {
    /// Longest frame of the specification.
    static let longest = 256

    private var buffer: [UInt8] = []

    package init() {}

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer += bytes
    }

    /// 3.5 characters of silence have passed: what stands half is no frame.
    package mutating func silence() { buffer.removeAll() }

    package var isEmpty: Bool { buffer.isEmpty }

    /// The next request, whoever it is for; nil until more bytes come.
    package mutating func next() -> RtuFrames.Request? {
        while buffer.count >= 4 {
            guard let length = length(of: buffer) else { return nil }
            if buffer.count < length { return nil }
            let body = buffer[..<(length - 2)]
            let crc = UInt16(buffer[length - 2]) | UInt16(buffer[length - 1]) << 8
            if RtuFrames.crc16(body) == crc {
                let request = RtuFrames.Request(unit: body[0], pdu: Array(body[1...]))
                buffer.removeFirst(length)
                return request
            }
            buffer.removeFirst()
        }
        return nil
    }

    /// Length of the request at the start of `bytes`; nil when that is not known yet.
    private func length(of bytes: [UInt8]) -> Int? {
        switch bytes[1] {
        case 0x01...0x06: return 8
        case 0x0F, 0x10: return bytes.count < 7 ? nil : min(9 + Int(bytes[6]), Self.longest)
        case 0x07, 0x0B, 0x0C, 0x11: return 4
        case 0x16: return 10
        default: return 8
        }
    }
}
