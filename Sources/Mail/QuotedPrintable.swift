// Bodies as quoted-printable (RFC 2045, 6.7): ASCII on the way, readable where it was, lines of at most
// 76 characters, so that every server can carry it.

enum QuotedPrintable {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// `text` with every line end as CRLF and one at the end.
    static func encoded(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        var column = 0
        let bytes = Array(text.utf8)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            let next = place + 1 < bytes.count ? bytes[place + 1] : nil
            place += 1
            if byte == 0x0D || byte == 0x0A {
                if byte == 0x0D && next == 0x0A { place += 1 }
                output += [0x0D, 0x0A]
                column = 0
                continue
            }
            // White space before a line's end would be lost.
            let endsLine = next == nil || next == 0x0D || next == 0x0A
            let isBlank = byte == 0x20 || byte == 0x09
            let isLiteral = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
            let piece =
                isLiteral || (isBlank && !endsLine)
                ? [byte] : [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            if column + piece.count > 75 {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            output += piece
            column += piece.count
        }
        if column > 0 { output += [0x0D, 0x0A] }
        return output
    }
}
