// The body of a mail, twice: as lines of text and as HTML that any reader shows. Everything that comes
// from outside is escaped here and nowhere else.

struct TextPage {
    private enum Part {
        case row(String, String)
        case list([String])
        case paragraph(String)
        case link(String, String, String)
        case footer(String)
    }

    private var parts: [Part] = []

    mutating func row(_ label: String, _ value: String) { parts.append(.row(label, value)) }
    mutating func list(_ lines: [String]) { parts.append(.list(lines)) }
    mutating func paragraph(_ text: String) { parts.append(.paragraph(text)) }
    /// `url` holds nothing but what a URL may.
    mutating func link(_ text: String, _ name: String, _ url: String) {
        parts.append(.link(text, name, url))
    }
    mutating func footer(_ text: String) { parts.append(.footer(text)) }

    func plain(_ heading: String) -> String {
        var text = heading + "\n\n"
        for part in parts {
            switch part {
            case .row(let label, ""): text += "\(label)\n"
            case .row(let label, let value): text += "\(label): \(value)\n"
            case .list(let lines): text += lines.map { "- \($0)\n" }.joined()
            case .paragraph(let words): text += "\n\(words)\n"
            case .link(let words, _, let url): text += "\n\(words):\n\(url)\n"
            case .footer(let words): text += "\n-- \n\(words)\n"
            }
        }
        return text
    }

    func html(_ heading: String) -> String {
        var body = ""
        var rows = ""
        func close() {
            if !rows.isEmpty { body += "<table cellpadding=\"4\">\(rows)</table>" }
            rows = ""
        }
        for part in parts {
            if case .row(let label, let value) = part {
                rows +=
                    "<tr><td valign=\"top\"><b>\(Self.escaped(label))</b></td>"
                    + "<td>\(Self.escaped(value))</td></tr>"
                continue
            }
            close()
            switch part {
            case .row: break
            case .list(let lines):
                body += "<ul>" + lines.map { "<li>\(Self.escaped($0))</li>" }.joined() + "</ul>"
            case .paragraph(let words): body += "<p>\(Self.escaped(words))</p>"
            case .link(let words, let name, let url):
                body +=
                    "<p>\(Self.escaped(words)): <a href=\"\(Self.escaped(url))\">"
                    + "\(Self.escaped(name))</a></p>"
            case .footer(let words): body += "<hr><p><small>\(Self.escaped(words))</small></p>"
            }
        }
        close()
        return "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>"
            + "<body style=\"font-family:sans-serif\"><h2>\(Self.escaped(heading))</h2>\(body)"
            + "</body></html>\n"
    }

    /// Fit for text and for attributes in double quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
