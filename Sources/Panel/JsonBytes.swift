// JSON as bytes, written once and in order. A panel of 10,000 detectors is written many times a second,
// so nothing goes through a tree of values. It writes and never reads.

/// An object or a list of JSON in the making.
package struct JsonBytes: Sendable {
    /// What was written so far, UTF-8.
    package private(set) var bytes: [UInt8] = []
    /// A value was written that the next one has to be parted from.
    private var needsComma = false

    package init() {}

    package mutating func open(_ bracket: Unicode.Scalar) {
        part()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    package mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// The name of the field whose value comes next; it is ours and holds nothing to escape.
    package mutating func name(_ name: String) {
        part()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func value(_ number: some BinaryInteger) {
        part()
        bytes.append(contentsOf: "\(number)".utf8)
        needsComma = true
    }

    package mutating func value(_ flag: Bool) {
        part()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        needsComma = true
    }

    /// Text from anywhere, quoted (RFC 8259, section 7).
    package mutating func value(_ text: String) {
        part()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func null() { raw(Array("null".utf8)) }

    /// A value that is JSON already.
    package mutating func raw(_ json: some Collection<UInt8>) {
        part()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    private mutating func part() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}

extension JsonBytes {
    package mutating func field(_ name: String, _ value: some BinaryInteger) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: (some BinaryInteger)?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    package mutating func list<Item>(
        _ name: String, _ items: some Collection<Item>, _ body: (inout JsonBytes, Item) -> Void
    ) {
        self.name(name)
        open("[")
        for item in items { body(&self, item) }
        close("]")
    }

    package mutating func list(_ name: String, _ items: some Collection<String>) {
        list(name, items) { $0.value($1) }
    }

    package mutating func list<Number: BinaryInteger>(
        _ name: String, _ items: some Collection<Number>
    ) {
        list(name, items) { $0.value($1) }
    }

    /// One object.
    package static func object(_ body: (inout JsonBytes) -> Void) -> [UInt8] {
        var json = JsonBytes()
        json.open("{")
        body(&json)
        json.close("}")
        return json.bytes
    }
}
