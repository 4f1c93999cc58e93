// An address of 3GPP TS 23.040, 9.1.2.5: type of number and semi-octets, or an alphanumeric sender's
// name in GSM-7. Pure.

package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// The octet that says what kind of number it is: 0x91 international, 0x81 unknown.
    let type: UInt8
    /// Digits, `*` and `#` (0xA, 0xB), a to c; one to 20.
    let digits: [UInt8]

    private static let symbols = Array("0123456789*#abc".utf8)

    /// A number as people write it: `+34 600 11 22 33`, `(0) 600-112233`. Nil when it has none, more
    /// than 20 digits or anything else in it.
    package init?(_ written: String) {
        var digits: [UInt8] = []
        var isInternational = false
        for byte in written.utf8 {
            switch byte {
            case UInt8(ascii: "+"):
                guard digits.isEmpty, !isInternational else { return nil }
                isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
                UInt8(ascii: "("), UInt8(ascii: ")"):
                continue
            default:
                guard let code = Self.symbols.firstIndex(of: byte), code < 12 else { return nil }
                digits.append(UInt8(code))
            }
        }
        guard (1...ModemLimits.digits).contains(digits.count) else { return nil }
        type = isInternational ? 0x91 : 0x81
        self.digits = digits
    }

    package var description: String { (type & 0x70 == 0x10 ? "+" : "") + Self.text(digits) }

    private static func text(_ digits: [UInt8]) -> String {
        String(decoding: digits.map { symbols[Int($0)] }, as: UTF8.self)
    }

    /// Semi-octets, the last one filled with 0xF when the count is odd (9.1.2.3).
    var semiOctets: [UInt8] {
        stride(from: 0, to: digits.count, by: 2).map {
            let high = $0 + 1 < digits.count ? digits[$0 + 1] : 0xF
            return digits[$0] | high << 4
        }
    }

    /// An originating or recipient address as a message has it, as people read it: `+34600112233`,
    /// `600112233`, `Vodafone`.
    static func read(_ reader: inout PDUReader) throws(PDUError) -> String {
        let count = Int(try reader.byte())
        guard count <= ModemLimits.digits else { throw .address }
        let type = try reader.byte()
        let octets = try reader.bytes((count + 1) / 2)
        // Alphanumeric: the length counts semi-octets in use.
        if type & 0x70 == 0x50 {
            return GSM7.text(of: GSM7.unpack(octets, count: count * 4 / 7))
        }
        var digits: [UInt8] = []
        for index in 0..<count {
            let pair = octets[octets.startIndex + index / 2]
            let digit = index % 2 == 0 ? pair & 0xF : pair >> 4
            // Filler where no filler belongs: the number ends.
            if digit == 0xF { break }
            digits.append(digit)
        }
        return (type & 0x70 == 0x10 ? "+" : "") + text(digits)
    }
}
