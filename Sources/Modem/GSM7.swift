// The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1 and 6.2.1.1), and
// how septets are packed into octets (6.1.2.1). Pure: characters and bytes in, bytes and characters
// out. Decoding never fails: what stands in no table becomes a space, as the clause says.

package enum GSM7 {
    /// The septet that announces one of the extension table.
    package static let escape: UInt8 = 0x1B

    /// Septets 0x00 to 0x7F in order. 0x1B is the escape; alone it reads as a space.
    private static let alphabet: [Character] = Array(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")

    private static let extended: [UInt8: Character] = [
        0x0A: "\u{0C}", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~",
        0x3E: "]", 0x40: "|", 0x65: "€",
    ]

    /// Looked up by `Character`: a letter with a combining accent equals the composed one.
    private static let codes: [Character: [UInt8]] = {
        precondition(alphabet.count == 128, "the default alphabet has 128 septets")
        var codes: [Character: [UInt8]] = ["\r\n": [0x0D, 0x0A]]
        for (code, character) in alphabet.enumerated() where code != Int(escape) {
            codes[character] = [UInt8(code)]
        }
        for (code, character) in extended { codes[character] = [escape, code] }
        return codes
    }()

    /// The text as septets, one of the extension table as two; nil when a character has none.
    package static func septets(of text: String) -> [UInt8]? {
        var septets: [UInt8] = []
        septets.reserveCapacity(text.utf8.count)
        for character in text {
            guard let code = codes[character] else { return nil }
            septets += code
        }
        return septets
    }

    /// The text of septets; bits above the seventh are ignored.
    package static func text(of septets: some Sequence<UInt8>) -> String {
        var text = ""
        var isExtended = false
        for septet in septets {
            let code = septet & 0x7F
            if isExtended {
                // An unknown one is shown as the default alphabet's (23.038, 6.2.1.1 note 1).
                text.append(extended[code] ?? alphabet[Int(code)])
                isExtended = false
            } else if code == escape {
                isExtended = true
            } else {
                text.append(alphabet[Int(code)])
            }
        }
        return text
    }

    /// Septets as octets, the first one `fill` bits (0 to 6) above the lowest bit of the first
    /// octet: so many are needed behind a header, for septets to stand on their border.
    package static func pack(_ septets: some Sequence<UInt8>, fill: Int = 0) -> [UInt8] {
        precondition((0...6).contains(fill), "fill bits only reach the next septet")
        var octets: [UInt8] = []
        var waiting: UInt16 = 0
        var bits = fill
        for septet in septets {
            waiting |= UInt16(septet & 0x7F) << UInt16(bits)
            bits += 7
            if bits >= 8 {
                octets.append(UInt8(truncatingIfNeeded: waiting))
                waiting >>= 8
                bits -= 8
            }
        }
        if bits > 0 { octets.append(UInt8(truncatingIfNeeded: waiting)) }
        return octets
    }

    /// At most `count` septets of `octets`, behind `fill` bits; fewer when the octets end before.
    package static func unpack(_ octets: some Sequence<UInt8>, count: Int, fill: Int = 0) -> [UInt8]
    {
        var septets: [UInt8] = []
        var waiting: UInt16 = 0
        var bits = 0
        var skip = min(max(fill, 0), 7)
        for octet in octets {
            waiting |= UInt16(octet) << UInt16(bits)
            bits += 8
            if skip > 0 {
                waiting >>= UInt16(skip)
                bits -= skip
                skip = 0
            }
            while bits >= 7 {
                guard septets.count < count else { return septets }
                septets.append(UInt8(waiting & 0x7F))
                waiting >>= 7
                bits -= 7
            }
        }
        return septets
    }
}
