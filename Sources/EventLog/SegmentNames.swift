// Which file names in a log's directory are what. Called by the engine, its recovery and readers.

/// A file of a log, told from its name.
package enum SegmentName: Hashable, Sendable {
    /// `0000000001.segment`
    case segment(UInt32)
    /// `spare-3`: ready to become a segment.
    case spare(UInt32)
    /// `making-3`: will be a spare when it has been written with zeros.
    case making(UInt32)

    /// Nil: any other file, which the engine never touches.
    package init?(_ name: String) {
        if name.utf8.count == 18, name.hasSuffix(".segment"),
            let number = Self.number(name.utf8.prefix(10)), number > 0
        {
            self = .segment(number)
        } else if name.hasPrefix("spare-"), let number = Self.number(name.utf8.dropFirst(6)) {
            self = .spare(number)
        } else if name.hasPrefix("making-"), let number = Self.number(name.utf8.dropFirst(7)) {
            self = .making(number)
        } else {
            return nil
        }
        // One file, one name: `spare-03` is not ours.
        guard text == name else { return nil }
    }

    package var text: String {
        switch self {
        case .segment(let number):
            let digits = String(number)
            return String(repeating: "0", count: max(10 - digits.utf8.count, 0)) + digits
                + ".segment"
        case .spare(let number): return "spare-\(number)"
        case .making(let number): return "making-\(number)"
        }
    }

    private static func number(_ digits: Substring.UTF8View.SubSequence) -> UInt32? {
        guard !digits.isEmpty, digits.count <= 10 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return UInt32(exactly: value)
    }
}
