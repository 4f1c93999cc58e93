// Records as JSON, for the HTTP face of the log. The page is HTTP.md. Text is written as text, all
// other bytes as base64, so that every record comes out as it went in:
//
//     {"offset":7,"timestamp":1700000000000,"key":"a","value64":"AAH/","headers":[{"name":"n","value":"v"}]}
//
// A null key or value is `"key":null`.

package import EventLog
import Users

/// Records as JSON text.
package enum RecordText {
    /// Appends one record.
    package static func append(_ record: LogRecord, of topic: String, to json: inout [UInt8]) {
        add("{\"offset\":\(record.offset),\"timestamp\":\(record.timestamp),", to: &json)
        if DetectorTopics.names.contains(topic), let detector = DetectorTopics.detector(record) {
            add("\"detector\":\(detector.id),\"fire\":\(detector.isFire),", to: &json)
        }
        add("key", record.key, to: &json)
        json.append(UInt8(ascii: ","))
        add("value", record.value, to: &json)
        add(",\"headers\":[", to: &json)
        for (place, header) in record.headers.enumerated() {
            if place > 0 { json.append(UInt8(ascii: ",")) }
            json.append(UInt8(ascii: "{"))
            add("name", header.key, to: &json)
            json.append(UInt8(ascii: ","))
            add("value", header.value, to: &json)
            json.append(UInt8(ascii: "}"))
        }
        add("]}", to: &json)
    }

    /// `"name":"text"`, `"name64":"base64"` or `"name":null`.
    private static func add(_ name: String, _ bytes: [UInt8]?, to json: inout [UInt8]) {
        guard let bytes else { return add("\"\(name)\":null", to: &json) }
        if isText(bytes) {
            add("\"\(name)\":\"", to: &json)
            escape(bytes, to: &json)
        } else {
            add("\"\(name)64\":\"", to: &json)
            add(Base64.text(bytes), to: &json)
        }
        json.append(UInt8(ascii: "\""))
    }

    /// Appends text as a JSON string, quotes included.
    package static func quote(_ text: String, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        escape(Array(text.utf8), to: &json)
        json.append(UInt8(ascii: "\""))
    }

    package static func add(_ text: String, to json: inout [UInt8]) {
        json.append(contentsOf: text.utf8)
    }

    /// Whether people would take it for text: UTF-8 without control characters but tab and line ends.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        for byte in bytes where byte < 0x20 || byte == 0x7F {
            guard byte == 0x09 || byte == 0x0A || byte == 0x0D else { return false }
        }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// Bytes of valid UTF-8, as they stand in a JSON string (RFC 8259, section 7).
    private static func escape(_ bytes: [UInt8], to json: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            case 0x0A: add("\\n", to: &json)
            case 0x0D: add("\\r", to: &json)
            case 0x09: add("\\t", to: &json)
            case 0..<0x20:
                add("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))", to: &json)
            default: json.append(byte)
            }
        }
    }
}

/// The topics whose records are about one detector: key 4 bytes, value one byte, 0 or 1.
enum DetectorTopics {
    static let names: Set<String> = ["signals", "alarms"]

    static func detector(_ record: LogRecord) -> (id: UInt32, isFire: Bool)? {
        guard let key = record.key, key.count == 4, let value = record.value, value.count == 1,
            value[0] <= 1
        else { return nil }
        return (key.reduce(0) { $0 << 8 | UInt32($1) }, value[0] == 1)
    }

    static func bytes(_ id: UInt32, isFire: Bool) -> (key: [UInt8], value: [UInt8]) {
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        return (key, [isFire ? 1 : 0])
    }
}
