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
