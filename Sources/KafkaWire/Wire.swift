// One description of a message for both directions.
//
// A message tells a `Wire` its fields in the protocol's order, once, in `walk`. The wire then reads
// them from bytes (`WireReader`), writes them (`WireWriter`) or measures them (`WireMeter`). All
// that the protocol's generations differ in below a message's fields lies with the wire: 2- and
// 4-byte lengths before the flexible versions, unsigned varints and tagged fields since.

/// Where the fields of a message come from or go to.
///
/// `walk` looks at `version` for what a version has; it never asks whether it is read or written.
package protocol Wire {
    /// The version of the message.
    var version: Int16 { get }
    /// Whether lengths are compact and structures end in tagged fields. A header and its body
    /// differ in it.
    var isFlexible: Bool { get set }
    /// Whether this wire fills the fields (`WireReader`) or takes what is in them.
    static var makesValues: Bool { get }

    /// A big-endian integer of the field's own width.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number
    ) throws(WireError)
    /// A string, at most 32,767 bytes of UTF-8; null only where `nullable`.
    mutating func string(_ value: inout String?, nullable: Bool) throws(WireError)
    /// Bytes that are kept for themselves: assignments, SASL messages.
    mutating func bytes(_ value: inout [UInt8]) throws(WireError)
    /// Record batches, which are not copied.
    mutating func records(_ value: inout WireBytes?) throws(WireError)
    /// How many elements follow; nil for a null array, only where `nullable`. A reader refuses a
    /// count that the bytes left cannot hold at `least` bytes each.
    mutating func count(_ value: inout Int?, nullable: Bool, least: Int) throws(WireError)
    /// The tagged fields at the end of a structure of a flexible version.
    mutating func tags<Structure: WireStruct>(of value: inout Structure) throws(WireError)
}

/// A structure of the protocol: a message or a part of one.
///
/// Each field starts at the protocol's default. A field that may be null in every version starts as
/// nil. Fields that a version does not have are left as they are by a reader, and left out by a
/// writer.
package protocol WireStruct: Sendable, Hashable {
    init()
    /// Tells `wire` the fields of `wire.version`, in the protocol's order, tagged ones excepted.
    mutating func walk<W: Wire>(_ wire: inout W) throws(WireError)

    /// Tagged fields are numbered from 0 up to, not including, this.
    static var knownTags: Int { get }
    /// Whether tagged field `tag` is written: it is not where it is at its default.
    func hasTag(_ tag: Int) -> Bool
    /// Tells `wire` the tagged field `tag`, which is one of `knownTags`.
    mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError)
}

extension WireStruct {
    package static var knownTags: Int { 0 }
    package func hasTag(_ tag: Int) -> Bool { false }
    package mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError) {}

    /// A value with some fields set: `.init { $0.name = "a" }`.
    package init<Failure: Error>(
        _ fill: (inout Self) throws(Failure) -> Void
    ) throws(Failure) {
        self.init()
        try fill(&self)
    }

    /// The fewest bytes that such a structure takes: as a new one has only empty strings and arrays,
    /// its own size.
    package static func leastSize(_ version: Int16, isFlexible: Bool) throws(WireError) -> Int {
        var meter = WireMeter(version: version, isFlexible: isFlexible)
        var value = Self()
        try meter.structure(&value)
        return max(1, meter.count)
    }
}

// What all wires have in common. What calls back into a message is inlined always, so that the whole
// walk of a message is compiled for its wire: 6 times quicker for a fetch of 100 partitions.

extension Wire {
    /// A structure within another or within an array: its fields and, in a flexible version, its
    /// tagged fields.
    @inline(__always)
    package mutating func structure<Structure: WireStruct>(
        _ value: inout Structure
    ) throws(WireError) {
        try value.walk(&self)
        if isFlexible { try tags(of: &value) }
    }

    /// One byte; read as true unless it is 0.
    package mutating func bool(_ value: inout Bool) throws(WireError) {
        var byte: UInt8 = value ? 1 : 0
        try number(&byte)
        value = byte != 0
    }

    /// A two-byte error code. One that is not known here reads as `unknownServerError`.
    package mutating func error(_ value: inout KafkaError) throws(WireError) {
        var code = value.rawValue
        try number(&code)
        value = KafkaError(rawValue: code) ?? .unknownServerError
    }

    /// The 16 bytes of an id.
    package mutating func uuid(_ value: inout WireUUID) throws(WireError) {
        try number(&value.high)
        try number(&value.low)
    }

    /// A string that is null in no version.
    package mutating func string(_ value: inout String) throws(WireError) {
        var optional: String? = value
        try string(&optional, nullable: false)
        if Self.makesValues { value = optional ?? "" }
    }

    /// A string that may be null in every version.
    package mutating func string(_ value: inout String?) throws(WireError) {
        try string(&value, nullable: true)
    }

    /// An array of structures that is null in no version.
    @inline(__always)
    package mutating func array<Element: WireStruct>(
        _ value: inout [Element]
    ) throws(WireError) {
        var optional: [Element]? = Self.makesValues ? nil : value
        try array(&optional, nullable: false)
        if Self.makesValues { value = optional ?? [] }
    }

    /// An array of structures that may be null, in every version unless `nullable` says otherwise.
    @inline(__always)
    package mutating func array<Element: WireStruct>(
        _ value: inout [Element]?, nullable: Bool = true
    ) throws(WireError) {
        let least = Self.makesValues ? try Element.leastSize(version, isFlexible: isFlexible) : 1
        try elements(&value, nullable: nullable, least: least, empty: Element()) {
            (wire: inout Self, element: inout Element) throws(WireError) in
            try wire.structure(&element)
        }
    }

    /// An array of integers, null in no version.
    package mutating func array<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ value: inout [Number]
    ) throws(WireError) {
        var optional: [Number]? = value
        try elements(&optional, nullable: false, least: MemoryLayout<Number>.size, empty: 0) {
            (wire: inout Self, element: inout Number) throws(WireError) in
            try wire.number(&element)
        }
        if Self.makesValues { value = optional ?? [] }
    }

    /// An array of strings, null in no version.
    package mutating func array(_ value: inout [String]) throws(WireError) {
        var optional: [String]? = value
        try array(&optional, nullable: false)
        if Self.makesValues { value = optional ?? [] }
    }

    /// An array of strings that may be null, in every version unless `nullable` says otherwise.
    package mutating func array(
        _ value: inout [String]?, nullable: Bool = true
    ) throws(WireError) {
        try elements(&value, nullable: nullable, least: isFlexible ? 1 : 2, empty: "") {
            (wire: inout Self, element: inout String) throws(WireError) in
            try wire.string(&element)
        }
    }

    @inline(__always)
    private mutating func elements<Element>(
        _ value: inout [Element]?, nullable: Bool, least: Int, empty: Element,
        _ each: (inout Self, inout Element) throws(WireError) -> Void
    ) throws(WireError) {
        var number = value?.count
        try count(&number, nullable: nullable, least: least)
        guard Self.makesValues else {
            // Copies of the elements: to change those of the array would copy all of them.
            for element in value ?? [] {
                var element = element
                try each(&self, &element)
            }
            return
        }
        guard let number else {
            value = nil
            return
        }
        var made: [Element] = []
        made.reserveCapacity(number)
        for _ in 0..<number {
            var element = empty
            try each(&self, &element)
            made.append(element)
        }
        value = made
    }
}
