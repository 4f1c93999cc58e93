// The names by which people and records speak of things. They are numbers that the installer
// chose, never positions in a table.

/// A detector's number, unique in the site. It is the key of topics `signals` and `alarms`.
package struct DetectorID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static func < (a: DetectorID, b: DetectorID) -> Bool { a.rawValue < b.rawValue }
}

/// A floor's number as written in the lift: basements are negative. It is the key of topic `valves`.
package struct FloorID: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }
    package static func < (a: FloorID, b: FloorID) -> Bool { a.rawValue < b.rawValue }
}

/// Who asked for something: up to 16 bytes of ASCII, padded with zeros. A fixed size, so that
/// records stay plain values that cost no allocation.
package struct OperatorName: Hashable, Sendable {
    package var head: UInt64
    package var tail: UInt64

    package init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }

    /// Takes the first 16 printable ASCII characters of `text`.
    package init(_ text: String) {
        var words: (UInt64, UInt64) = (0, 0)
        var count: UInt64 = 0
        for byte in text.utf8 where byte > 0x20 && byte < 0x7F {
            if count == 16 { break }
            if count < 8 {
                words.0 |= UInt64(byte) << (count * 8)
            } else {
                words.1 |= UInt64(byte) << ((count - 8) * 8)
            }
            count += 1
        }
        self.init(head: words.0, tail: words.1)
    }

    /// The person at the panel's own buttons and key.
    package static let panel = OperatorName("panel")
    /// The program itself, when something expires.
    package static let timer = OperatorName("timer")

    /// The name as text; bytes that are not printable ASCII are left out.
    package var text: String {
        var result = ""
        for word in [head, tail] {
            for shift in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: word >> (UInt64(shift) * 8))
                if byte > 0x20 && byte < 0x7F {
                    result.unicodeScalars.append(Unicode.Scalar(byte))
                }
            }
        }
        return result
    }
}
