// Checks of what goes into commands to a server: addresses, host names, the name of EHLO. Strict: what
// passes holds no byte that could end a command or a header, and can be carried without SMTPUTF8.

/// An address that any SMTP server can carry: a dot-atom, `@`, a domain (RFC 5321, 4.1.2).
package struct MailAddress: Hashable, Sendable {
    package let text: String
    package let domain: String

    /// Why an address is refused, as the end of a sentence that begins with "the address … ".
    package struct Refusal: Error, Equatable {
        package var reason: String
    }

    package init(_ text: String) throws(Refusal) {
        guard !text.isEmpty else { throw Refusal(reason: "is empty") }
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Refusal(
                reason: "has letters beyond ASCII, which not every mail server can carry; "
                    + "use one without them, and the xn-- form of its domain")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Refusal(reason: "is not of the form name@domain") }
        guard (1...64).contains(parts[0].count), text.utf8.count <= 254 else {
            throw Refusal(reason: "is too long or has no name before the @")
        }
        let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isAtomText) }) else {
            throw Refusal(reason: "has a character before the @ that mail does not allow there")
        }
        guard let domain = HostName.domain(Array(parts[1])) else {
            throw Refusal(reason: "has no valid domain after the @")
        }
        self.text = text
        self.domain = domain
    }

    /// `atext` of RFC 5322, 3.2.3.
    static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: Array("!#$%&'*+-/=?^_`{|}~".utf8).contains(byte)
        }
    }
}

/// Names of hosts as they may stand in a URL and in EHLO.
enum HostName {
    /// Letters, digits, hyphens and dots (RFC 1123, 2.1), or nil.
    static func domain(_ bytes: [UInt8]) -> String? {
        guard (1...253).contains(bytes.count) else { return nil }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isValid = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
        return isValid ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// How a server's host stands in a URL, or nil: names, IPv4, IPv6 without brackets. Underscores
    /// are let through: names in private networks have them.
    static func inURL(_ host: String) -> String? {
        let bytes = Array(host.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            let isAddress = bytes.count <= 45 && bytes.allSatisfy(isOfIPv6)
            return isAddress ? "[\(host)]" : nil
        }
        let plain = bytes.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "u") : $0 }
        return domain(plain) == nil ? nil : host
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func isOfIPv6(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
