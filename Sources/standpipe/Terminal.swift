// The terminal under the view: raw mode, alternate screen, size, and everything as it was before
// when the view ends, however it ends. Knows nothing of what is drawn.

import CLinux  // where winsize stands depends on the version of Glibc
import Glibc

final class Terminal {
    private var before = termios()
    private var isOpen = false
    private var shown: [String] = []

    /// Whether standard input and output are one.
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// By the locale.
    static var knowsUnicode: Bool {
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            guard let value = getenv(name), value.pointee != 0 else { continue }
            let text = String(cString: value).uppercased()
            return text.contains("UTF-8") || text.contains("UTF8")
        }
        return false
    }

    /// Columns and rows; 80 by 24 when the terminal does not say.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    func open() {
        tcgetattr(STDIN_FILENO, &before)
        var raw = before
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
        isOpen = true
        put("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        put("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l")
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
    }

    /// Draws the screen; sends only the lines that differ.
    func show(_ lines: [String]) {
        var output = ""
        for (row, line) in lines.enumerated() where row >= shown.count || shown[row] != line {
            output += "\u{1B}[\(row + 1);1H\u{1B}[0m\(line)\u{1B}[0m\u{1B}[K"
        }
        if lines.count < shown.count { output += "\u{1B}[\(lines.count + 1);1H\u{1B}[J" }
        shown = lines
        if !output.isEmpty { put(output) }
    }

    /// Draws everything at the next `show`.
    func forget() {
        shown = []
        put("\u{1B}[2J")
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(
                    STDOUT_FILENO, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                done += count
            }
        }
    }
}

/// What was typed.
enum TypedKey: Hashable {
    case up, down, left, right, pageUp, pageDown, home, end
    case letter(Character)

    /// Reads what a terminal sends: plain characters and the arrows' escape sequences.
    static func keys(in bytes: ArraySlice<UInt8>) -> [TypedKey] {
        var keys: [TypedKey] = []
        var rest = bytes
        while let first = rest.first {
            if first == 0x1B, let (key, length) = escape(rest) {
                if let key { keys.append(key) }
                rest = rest.dropFirst(length)
                continue
            }
            keys.append(.letter(Character(Unicode.Scalar(first))))
            rest = rest.dropFirst()
        }
        return keys
    }

    private static func escape(_ bytes: ArraySlice<UInt8>) -> (TypedKey?, Int)? {
        let bytes = Array(bytes)
        guard bytes.count >= 3, bytes[1] == 0x5B || bytes[1] == 0x4F else { return nil }
        let arrows: [UInt8: TypedKey] = [
            0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x48: .home, 0x46: .end,
        ]
        if let key = arrows[bytes[2]] { return (key, 3) }
        guard let last = bytes[2...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            return (nil, bytes.count)
        }
        if bytes[last] == 0x7E && bytes[2] == 0x35 { return (.pageUp, last + 1) }
        if bytes[last] == 0x7E && bytes[2] == 0x36 { return (.pageDown, last + 1) }
        return (nil, last + 1)
    }
}
