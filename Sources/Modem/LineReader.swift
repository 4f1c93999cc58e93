// Cuts a modem's bytes into lines, and tells the prompt that ends in no line break. Drip-fed; bounded:
// the rest of a line that is too long is dropped, and so are bytes that no answer consists of.

struct LineReader {
    enum Piece: Hashable {
        /// Without its line break, never empty.
        case line(String)
        /// `>`: the modem waits for a PDU (3GPP TS 27.005, 3.5.1).
        case prompt
    }

    private var line: [UInt8] = []

    /// `wantsPrompt`: a `>` at the start of a line is the prompt. Otherwise it is a byte as others.
    mutating func add(_ bytes: [UInt8], wantsPrompt: Bool) -> [Piece] {
        var pieces: [Piece] = []
        for byte in bytes {
            switch byte {
            case 0x0D, 0x0A:
                if !line.isEmpty { pieces.append(.line(String(decoding: line, as: UTF8.self))) }
                line = []
            case UInt8(ascii: ">") where line.isEmpty && wantsPrompt:
                pieces.append(.prompt)
            case 0x20 where line.isEmpty: continue
            // Printable ones; operators' names come in letters of many alphabets.
            case 0x20..<0x7F, 0x80...:
                if line.count < ModemLimits.line { line.append(byte) }
            default: continue
            }
        }
        return pieces
    }

    /// Forgets the beginning of a line.
    mutating func clear() { line = [] }
}
