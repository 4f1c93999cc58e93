// How far a long command has come, as a bar on standard error; nothing where that is no terminal.

import Glibc

struct ProgressLine {
    private static let width = 30

    private let isShown = isatty(STDERR_FILENO) == 1
    private var last = ""

    /// Draws the bar where it has grown; a whole one is taken away.
    /// - Parameter words: what the whole is, as in "1.2 GB".
    mutating func show(_ done: Int, of total: Int, _ words: String) {
        guard isShown else { return }
        let text = Self.text(done, of: total, words)
        if text == last { return }
        last = text
        put("\r\(text)\u{1B}[K")
    }

    /// Takes the bar away, also before its end.
    mutating func end() {
        if !last.isEmpty { put("\r\u{1B}[K") }
        last = ""
    }

    /// Empty for the whole, and for nothing.
    static func text(_ done: Int, of total: Int, _ words: String) -> String {
        guard total > 0, done < total else { return "" }
        let share = Double(max(0, done)) / Double(total)
        let full = Int(share * Double(width))
        return "[" + String(repeating: "#", count: full)
            + String(repeating: ".", count: width - full) + "] \(Int(share * 100)) % of \(words)"
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
