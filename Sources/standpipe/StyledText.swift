// Text with styles, measured in columns, and cut or padded to a width. What the terminal view is
// drawn with; the only place that knows colour codes.

enum TextStyle: String {
    case plain = ""
    case dim = "2"
    case bold = "1"
    case red = "1;31"
    case green = "32"
    case yellow = "1;33"
    case blue = "1;34"
    case cyan = "36"
    case inverse = "7"
    case alarm = "1;37;41"
}

struct StyledText {
    private struct Span {
        var text: String
        var style: TextStyle
    }

    private var spans: [Span] = []
    private(set) var width = 0

    init() {}

    init(_ text: String, _ style: TextStyle = .plain) {
        add(text, style)
    }

    mutating func add(_ text: String, _ style: TextStyle = .plain) {
        guard !text.isEmpty else { return }
        spans.append(Span(text: text, style: style))
        width += text.count
    }

    mutating func add(_ other: StyledText) {
        spans += other.spans
        width += other.width
    }

    /// Spaces up to column `column`, at least one.
    mutating func tab(to column: Int) {
        add(String(repeating: " ", count: max(1, column - width)))
    }

    /// Cut to `columns`, with an ellipsis when something is missing.
    func cut(to columns: Int) -> StyledText {
        guard width > columns else { return self }
        var result = StyledText()
        for span in spans {
            let room = columns - 1 - result.width
            guard room > 0 else { break }
            result.add(String(span.text.prefix(room)), span.style)
        }
        result.add("…", .dim)
        return result
    }

    /// Without the terminal's codes, and without spaces at the end.
    var plain: String {
        let text = spans.map(\.text).joined()
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return String(text[...last])
    }

    /// With the terminal's codes, at most `columns` wide.
    func line(_ columns: Int) -> String {
        cut(to: columns).spans.map { span in
            span.style == .plain
                ? span.text : "\u{1B}[\(span.style.rawValue)m\(span.text)\u{1B}[0m"
        }.joined()
    }
}
