// A record of a log as one line: for people, as JSON, or for a spreadsheet. Keys of `signals` and `alarms` are detector
// numbers; text is shown as text when all of it can be printed, everything else in hexadecimal, so
// that no record can speak to the terminal. Called by `standpipe tail` and
// `standpipe export`.

import EventLog

/// How a record is written.
enum RecordStyle: Sendable {
    case line, json, csv
}

enum RecordText {
    static func text(
        _ record: LogRecord, _ style: RecordStyle, topic: String, partition: Int
    ) -> String {
        switch style {
        case .line: line(record, topic: topic, partition: partition)
        case .json: json(record, topic: topic, partition: partition)
        case .csv: csv(record, topic: topic, partition: partition)
        }
    }

    /// `2026-11-22T23:43:00.123+01:00 signals/0 @1234  17  1`
    static func line(_ record: LogRecord, topic: String, partition: Int) -> String {
        var text = "\(WallTime.text(record.timestamp)) \(topic)/\(partition) @\(record.offset)"
        text += "  \(words(record.key, isKey: true, topic))"
        text += "  \(words(record.value, isKey: false, topic))"
        for header in record.headers {
            text +=
                "  \(words(header.key, isKey: false, "")):\(words(header.value, isKey: false, ""))"
        }
        return text
    }

    /// One JSON object. Bytes that are no text stand as `{"hex": "…"}`.
    static func json(_ record: LogRecord, topic: String, partition: Int) -> String {
        var text = "{\"topic\":\(quoted(topic)),\"partition\":\(partition)"
        text += ",\"offset\":\(record.offset),\"timestamp\":\(record.timestamp)"
        text += ",\"time\":\(quoted(WallTime.text(record.timestamp)))"
        text += ",\"key\":\(json(record.key, isKey: true, topic))"
        text += ",\"value\":\(json(record.value, isKey: false, topic))"
        if !record.headers.isEmpty {
            let headers = record.headers.map {
                "[\(json($0.key, isKey: false, "")),\(json($0.value, isKey: false, ""))]"
            }
            text += ",\"headers\":[\(headers.joined(separator: ","))]"
        }
        return text + "}"
    }

    /// What the first line of a table says.
    static let columns = "time,topic,partition,offset,key,value,headers\r"

    /// One line of RFC 4180 but for its line feed. A cell that a spreadsheet would take for a formula
    /// begins with an apostrophe.
    private static func csv(_ record: LogRecord, topic: String, partition: Int) -> String {
        let headers = record.headers.map {
            words($0.key, isKey: false, "") + ":" + words($0.value, isKey: false, "")
        }
        return [
            WallTime.text(record.timestamp), topic, "\(partition)", "\(record.offset)",
            record.key == nil ? "" : words(record.key, isKey: true, topic),
            record.value == nil ? "" : words(record.value, isKey: false, topic),
            headers.joined(separator: " "),
        ].map(cell).joined(separator: ",") + "\r"
    }

    private static func cell(_ text: String) -> String {
        let isFormula = text.first.map { "=+-@".contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.contains(where: { $0 == "\"" || $0 == "," }) else { return safe }
        return "\"" + safe.reduce(into: "") { $0 += $1 == "\"" ? "\"\"" : String($1) } + "\""
    }

    private static func words(_ bytes: [UInt8]?, isKey: Bool, _ topic: String) -> String {
        guard let bytes else { return "-" }
        if let number = number(bytes, isKey: isKey, topic) { return "\(number)" }
        if bytes.isEmpty { return "\"\"" }
        return text(bytes) ?? "0x" + hex(bytes)
    }

    private static func json(_ bytes: [UInt8]?, isKey: Bool, _ topic: String) -> String {
        guard let bytes else { return "null" }
        if let number = number(bytes, isKey: isKey, topic) { return "\(number)" }
        if let text = String(validating: bytes, as: UTF8.self) { return quoted(text) }
        return "{\"hex\":\"\(hex(bytes))\"}"
    }

    /// Detector numbers and their states.
    private static func number(_ bytes: [UInt8], isKey: Bool, _ topic: String) -> UInt32? {
        guard topic == "signals" || topic == "alarms", bytes.count == (isKey ? 4 : 1) else {
            return nil
        }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The bytes as text; nil when something in them does not print.
    static func text(_ bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                false
            default: true
            }
        }
        return isPlain ? text : nil
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
