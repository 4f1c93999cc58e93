// The bytes of a PDU, one after the other. They come from a modem and are not trusted: what is not
// there is an error, never a trap.

/// Why bytes are no message.
package enum PDUError: Error, Hashable, Sendable {
    /// No hexadecimal digits, an odd number of them, or more than any PDU has.
    case hex
    /// The bytes end too soon.
    case short
    /// An address longer than any.
    case address
    /// A kind of message that does not come to a phone.
    case kind
}

struct PDUReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte() throws(PDUError) -> UInt8 {
        guard let first = rest.popFirst() else { throw .short }
        return first
    }

    mutating func bytes(_ count: Int) throws(PDUError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw .short }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Everything that is left.
    mutating func all() -> ArraySlice<UInt8> {
        defer { rest = [] }
        return rest
    }
}

/// Bytes as modems write them: two hexadecimal digits each.
package enum Hex {
    private static let digits = Array("0123456789ABCDEF".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when it is no hexadecimal text of whole bytes.
    package static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0, !text.isEmpty else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let value = value(character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
