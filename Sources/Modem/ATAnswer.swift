// What lines from a modem mean (ITU-T V.250, 3GPP TS 27.005 and 27.007): final results, fields of an
// answer, and what was not asked for. Pure.

/// How an answer ends that is not OK.
package enum ATError: Hashable, Sendable {
    case plain
    /// `+CMS ERROR: n`, of a message (TS 27.005, 3.2.5).
    case message(Int)
    /// `+CME ERROR: n`, of the equipment (TS 27.007, 9.2).
    case equipment(Int)
    /// `+CMS ERROR: words` or `+CME ERROR: words`.
    case words(String)

    package var text: String {
        switch self {
        case .plain: "ERROR"
        case .message(let code): "+CMS ERROR: \(code)"
        case .equipment(let code): "+CME ERROR: \(code)"
        case .words(let words): words
        }
    }
}

/// A line that ends an answer.
enum FinalResult: Hashable {
    case ok
    case error(ATError)

    init?(_ line: String) {
        switch line {
        case "OK": self = .ok
        case "ERROR", "NO CARRIER", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS":
            self = .error(.plain)
        default:
            for prefix in ["+CMS ERROR", "+CME ERROR"] where line.hasPrefix(prefix) {
                let rest = line.dropFirst(prefix.count).drop { $0 == ":" || $0 == " " }
                guard let code = Int(rest) else {
                    self = .error(.words(String(line.prefix(80))))
                    return
                }
                self = .error(prefix == "+CMS ERROR" ? .message(code) : .equipment(code))
                return
            }
            return nil
        }
    }
}

/// What a modem says on its own.
enum Unsolicited: Hashable {
    /// A text was stored (+CMTI).
    case stored
    /// A report was stored (+CDSI).
    case storedReport(index: Int)
    /// A text (+CMT) or a report (+CDS) follows in the next line.
    case pduFollows
    /// It has just started: every setting is lost.
    case started
    /// Anything else that no command asked for.
    case other

    private static let starts = ["RDY", "^SYSSTART"]
    private static let others = [
        "RING", "+CRING", "+CLIP", "+CREG:", "+CGREG:", "+CEREG:", "+CIEV", "+CUSD", "+CBM",
        "+CGEV",
        "+CTZ", "+CPIN:", "+CFUN:", "+QIND", "+QUSIM", "+CSQ:", "+CSQN", "+PBREADY", "PB DONE", "*",
        "^",
        "Call Ready", "SMS Ready", "DST:", "UNDER-VOLTAGE", "OVER-VOLTAGE",
    ]

    /// Nil when it may be part of an answer.
    init?(_ line: String) {
        if line.hasPrefix("+CMTI") {
            self = .stored
        } else if line.hasPrefix("+CDSI") {
            self = .storedReport(index: ATFields(line).number(1) ?? -1)
        } else if line.hasPrefix("+CMT:") || line.hasPrefix("+CDS:") {
            self = .pduFollows
        } else if Self.starts.contains(where: line.hasPrefix) {
            self = .started
        } else if Self.others.contains(where: line.hasPrefix) {
            self = .other
        } else {
            return nil
        }
    }
}

/// The fields behind the colon of an answer: numbers and quoted texts, between commas.
package struct ATFields {
    private var fields: [(text: String, isQuoted: Bool)] = []

    package init(_ line: String) {
        guard let colon = line.firstIndex(of: ":") else { return }
        var text = ""
        var isQuoted = false
        var isInside = false
        for character in line[line.index(after: colon)...] {
            switch character {
            case "\"":
                isInside.toggle()
                isQuoted = true
            case "," where !isInside:
                fields.append((text, isQuoted))
                (text, isQuoted) = ("", false)
            case " " where !isInside && text.isEmpty: continue
            default: text.append(character)
            }
        }
        fields.append((text, isQuoted))
    }

    package var count: Int { fields.count }

    package func text(_ index: Int) -> String? {
        fields.indices.contains(index) ? fields[index].text : nil
    }

    /// A field without quotes that is a number. `0 `, with a blank behind it, is one.
    package func number(_ index: Int) -> Int? {
        guard fields.indices.contains(index), !fields[index].isQuoted else { return nil }
        return Int(fields[index].text.prefix { $0 != " " })
    }
}
