// Key of a record of topic `plans`: the file of a site plan, in parts that fit into the log, so that a
// replay can load what the controller ran with. Written by SafetyLog, read by Replay. A file format.
//
//   key   := plan's checksum u32, part u16, parts u16      (big-endian)
//   value := bytes of the plan file, parts of `longestPart` in order

package struct PlanEntry: Hashable, Sendable {
    package static let longestPart = 64 << 10

    package var checksum: UInt32
    package var part: UInt16
    package var parts: UInt16

    package init(checksum: UInt32, part: UInt16, parts: UInt16) {
        self.checksum = checksum
        self.part = part
        self.parts = parts
    }

    package var key: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) } + [
            UInt8(truncatingIfNeeded: part >> 8), UInt8(truncatingIfNeeded: part),
            UInt8(truncatingIfNeeded: parts >> 8), UInt8(truncatingIfNeeded: parts),
        ]
    }

    /// nil when `key` is none.
    package init?(key: [UInt8]) {
        guard key.count == 8 else { return nil }
        checksum = key[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        part = UInt16(key[4]) << 8 | UInt16(key[5])
        parts = UInt16(key[6]) << 8 | UInt16(key[7])
        guard part < parts else { return nil }
    }
}
