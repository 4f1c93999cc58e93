// Texts in headers: ASCII as it is, everything else as encoded words (RFC 2047), folded into lines of
// at most 76 characters. Whatever the text, no control character and no line end comes out but those
// of the folding.

enum HeaderText {
    /// An unstructured header such as Subject, with its line end.
    static func unstructured(_ name: String, _ text: String, limit: Int) -> [UInt8] {
        let clean = cleaned(text, limit: limit)
        let words = clean.split(separator: " ", omittingEmptySubsequences: false)
        // A text that looks encoded, has a long word or odd spaces would not come out as it went in.
        let isPlain =
            clean.utf8.allSatisfy { $0 < 0x80 } && !clean.contains("=?")
            && words.allSatisfy { (1...60).contains($0.utf8.count) }
        guard isPlain else { return header(name, clean.isEmpty ? [] : encodedWords(clean)) }
        return header(name, words.map(String.init))
    }

    /// A header with one address: `To: "Name" <a@b>`.
    static func mailbox(_ name: String, _ text: String, _ address: MailAddress) -> [UInt8] {
        let clean = cleaned(text, limit: MailLimits.name)
        if clean.isEmpty { return header(name, ["<\(address.text)>"]) }
        let isPlain = clean.utf8.allSatisfy { $0 < 0x80 } && !clean.contains("=?")
        guard isPlain, clean.utf8.count <= 60 else {
            return header(name, encodedWords(clean) + ["<\(address.text)>"])
        }
        var quoted = "\""
        for character in clean.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return header(name, [quoted + "\"", "<\(address.text)>"])
    }

    /// The text without control characters and line ends, each run of them one space, no space at
    /// either end, and not longer than `limit` characters.
    static func cleaned(_ text: String, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate:
                if result.last != " " { result.append(" ") }
            default: result.append(scalar)
            }
            // Many scalars can be one character: this bounds the work, `prefix` the result.
            count += 1
            if count >= limit * 8 { break }
        }
        let trimmed = String(result).drop { $0 == " " }
        guard trimmed.count > limit else {
            return String(String(trimmed.reversed().drop { $0 == " " }).reversed())
        }
        return trimmed.prefix(limit - 1) + "…"
    }

    /// `=?UTF-8?B?…?=` words of at most 75 characters; none parts a character of UTF-8.
    static func encodedWords(_ text: String) -> [String] {
        // 36 bytes are 48 characters of base64, 60 with the marks: it fits behind a header's name.
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let encoded = Array(String(scalar).utf8)
            if bytes.count + encoded.count > 36 {
                words.append(encodedWord(bytes))
                bytes = []
            }
            bytes += encoded
        }
        if !bytes.isEmpty { words.append(encodedWord(bytes)) }
        return words
    }

    private static func encodedWord(_ bytes: [UInt8]) -> String {
        "=?UTF-8?B?\(base64(bytes))?="
    }

    /// `name: word word`, folded before a word that does not fit into 76 characters (RFC 5322, 2.2.3).
    private static func header(_ name: String, _ words: [String]) -> [UInt8] {
        var text = name + ":"
        var column = text.utf8.count
        for (place, word) in words.enumerated() {
            if place > 0 && column + 1 + word.utf8.count > 76 {
                text += "\r\n"
                column = 0
            }
            text += " " + word
            column += 1 + word.utf8.count
        }
        return Array((text + "\r\n").utf8)
    }

    /// RFC 4648, 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for place in 0..<3 {
                let index = start + place
                bits = bits << 8 | (index < bytes.count ? UInt32(bytes[index]) : 0)
            }
            for place in 0..<4 {
                let isUsed = place <= group.count
                result.append(
                    isUsed
                        ? digits[Int(bits >> UInt32(18 - 6 * place) & 0x3F)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
