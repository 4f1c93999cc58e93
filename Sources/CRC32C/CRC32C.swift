// The checksum of everything that Standpipe keeps or sends: CRC-32C (Castagnoli), as in iSCSI (RFC
// 3720 B.4), ext4 and Kafka. `PlanFile`, `EventLog`, `SafetyLog` and `StatusFeed` call it. It
// imports CHash, for the processor's own instruction, and allocates nothing after the first call.
//
// Without that instruction: eight bytes a step over eight tables ("slicing by 8").

import CHash

/// CRC-32C of bytes that come in pieces. `CRC32C.checksum(of:)` does it in one call.
package struct CRC32C: Sendable {
    /// What computes it. Both give the same.
    package enum Path: Hashable, Sendable {
        /// Tables, on any machine.
        case tables
        /// SSE4.2, or ARMv8's CRC. Only where `isHere`.
        case hardware

        /// The faster one of this machine.
        package static var fastest: Path { hardware.isHere ? .hardware : .tables }

        /// Whether this machine has it.
        package var isHere: Bool { self == .tables || chash_has_crc32c() }
    }

    private let path: Path
    private var state: UInt32 = .max

    package init() {
        path = .fastest
    }

    /// For tests that compare the paths. `path` has to be one that `isHere`.
    package init(by path: Path) {
        precondition(path.isHere)
        self.path = path
    }

    /// The checksum of all bytes so far; of none it is 0.
    package var value: UInt32 { ~state }

    /// Takes `bytes` in.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch path {
        case .hardware:
            state = chash_crc32c(state, bytes.baseAddress, bytes.count)
        case .tables:
            let state = self.state
            self.state = Tables.shared.withUnsafeBufferPointer { tables in
                Self.advance(state, over: bytes, with: tables)
            }
        }
    }

    /// Takes `bytes` in.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { storage in
            self.update(UnsafeRawBufferPointer(storage))
        }
        if done != nil { return }
        for byte in bytes {
            withUnsafeBytes(of: byte) { self.update($0) }
        }
    }

    /// The checksum of `bytes`.
    package static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    /// The checksum of `bytes`.
    package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    private static func advance(
        _ start: UInt32, over bytes: UnsafeRawBufferPointer,
        with tables: UnsafeBufferPointer<UInt32>
    ) -> UInt32 {
        var crc = start
        var offset = 0
        while bytes.count - offset >= 8 {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let mixed = word ^ UInt64(crc)
            crc = 0
            for lane in 0..<8 {
                let byte = Int(mixed >> UInt64(lane * 8) & 0xFF)
                crc ^= tables[(7 - lane) * 256 + byte]
            }
            offset += 8
        }
        while offset < bytes.count {
            crc = tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[offset])] ^ crc >> 8
            offset += 1
        }
        return crc
    }
}

/// Table `n`, entry `b`: what byte `b` does to the checksum when `n` more bytes follow it.
private enum Tables {
    /// Castagnoli's polynomial 0x1EDC6F41, bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78

    static let shared: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1
            }
            tables[byte] = crc
        }
        for entry in 256..<tables.count {
            let before = tables[entry - 256]
            tables[entry] = tables[Int(before & 0xFF)] ^ before >> 8
        }
        return tables
    }()
}
