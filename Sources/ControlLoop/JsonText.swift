// A JSON object as text, field by field, for the log's messages. Names and texts come from people and
// from afar: whatever they hold, they stay inside their quotes. It writes and never reads.

struct JsonText {
    private var text = "{"

    mutating func add(_ name: String, _ value: String) { field(name, Self.quoted(value)) }

    mutating func add(_ name: String, _ value: some BinaryInteger) { field(name, "\(value)") }

    mutating func add(_ name: String, _ values: [UInt32]) {
        field(name, "[" + values.map { "\($0)" }.joined(separator: ",") + "]")
    }

    /// The whole object, UTF-8.
    var bytes: [UInt8] { Array((text + "}").utf8) }

    private mutating func field(_ name: String, _ value: String) {
        if text.utf8.count > 1 { text += "," }
        text += "\"\(name)\":" + value
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
