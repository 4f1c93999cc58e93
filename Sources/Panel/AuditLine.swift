// One line of the audit: what a person or the program did, from topic `audit` of the controller or
// `audit.gateway` of the gateway. Both are JSON with fields of their own.

package import EventLog
import FoundationEssentials

/// A record of an audit.
package struct AuditLine: Sendable {
    /// The fields of both, where they are.
    private struct Fields: Decodable {
        var event: String?
        var text: String?
        var who: String?
        var user: String?
        var address: String?
        var detail: String?
        var before: String?
        var after: String?
        var n: Int64?
    }

    package let number: Int64
    /// Milliseconds since 1970.
    package let wall: Int64
    package let who: String
    private let fields: Fields

    /// nil: the record is none.
    package init?(_ record: LogRecord) {
        guard let value = record.value,
            let fields = try? JSONDecoder().decode(Fields.self, from: Data(value))
        else { return nil }
        number = record.offset
        wall = record.timestamp
        self.fields = fields
        who =
            fields.user ?? fields.who
            ?? record.key.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    }

    package var event: String { fields.event ?? "" }

    /// The event that somebody at the panel has acknowledged.
    package var acknowledged: Int64? {
        event == "panel.acknowledged" ? fields.n : nil
    }
}

extension AuditLine {
    /// The audits that there are.
    package enum Source: String, Sendable { case controller, gateway }

    package static let columns = [
        "time", "source", "number", "who", "event", "text", "address", "before", "after",
    ]

    /// The time as RFC 3339 has it, UTC.
    private var time: String {
        let (seconds, rest) = wall.quotientAndRemainder(dividingBy: 1_000)
        let whole = Date(timeIntervalSince1970: Double(rest < 0 ? seconds - 1 : seconds))
            .formatted(Date.ISO8601FormatStyle(timeZone: .gmt))
        let digits = String(rest < 0 ? rest + 1_000 : rest)
        return whole.dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits
            + "Z"
    }

    private func cells(_ source: Source) -> [String] {
        [
            time, source.rawValue, "\(number)", who, event, fields.text ?? fields.detail ?? "",
            fields.address ?? "", fields.before ?? "", fields.after ?? "",
        ]
    }

    package func json(_ source: Source) -> [UInt8] {
        JsonBytes.object { json in
            json.field("wall", wall)
            for (name, cell) in zip(Self.columns, cells(source)) {
                if name == "number" { json.field(name, number) } else { json.field(name, cell) }
            }
        }
    }

    /// One line of RFC 4180. A cell that a spreadsheet would take for a formula begins with an
    /// apostrophe: names come from whoever tried to log in.
    package func csv(_ source: Source) -> String {
        cells(source).map(Self.quoted).joined(separator: ",") + "\r\n"
    }

    private static func quoted(_ cell: String) -> String {
        var text = cell
        if let first = cell.first, "=+-@\t\r".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "\"" || $0 == "," || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
