// Numbers of bytes, and hashes, as text. Called by the commands that show a log.

import EventLog

enum ByteText {
    /// `512 B`, `4.0 KiB`, `1.3 GiB`
    static func text(_ bytes: some BinaryInteger) -> String {
        guard bytes >= 1_024 else { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = ""
        for name in ["KiB", "MiB", "GiB", "TiB", "PiB"] where value >= 1_024 {
            value /= 1_024
            unit = name
        }
        return "\(tenths(value)) \(unit)"
    }

    /// One digit behind the point.
    static func tenths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let scaled = Int64((value * 10).rounded())
        return "\(scaled / 10).\(abs(scaled % 10))"
    }

    static func hex(_ word: UInt64) -> String {
        let digits = String(word.littleEndian.byteSwapped, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// As `sha256sum` writes it.
    static func hex(_ digest: Digest) -> String {
        let words = digest.words
        return hex(words.0) + hex(words.1) + hex(words.2) + hex(words.3)
    }
}
