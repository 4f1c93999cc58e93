// Measures what a message takes, so that it is written into memory of exactly its size.

/// Counts the bytes that `WireWriter` writes for the same fields, and refuses what cannot be
/// written: after a message was measured its writing cannot fail.
package struct WireMeter: Wire {
    package let version: Int16
    package var isFlexible: Bool
    package static var makesValues: Bool { false }

    /// Bytes on the wire, those of records that lie apart excepted.
    package private(set) var count = 0
    /// Bytes of records that lie apart.
    package private(set) var apart = 0

    package init(version: Int16, isFlexible: Bool) {
        self.version = version
        self.isFlexible = isFlexible
    }

    /// Bytes that `value` takes as an unsigned varint.
    static func varintSize(_ value: Int) -> Int {
        var size = 1
        var rest = UInt64(truncatingIfNeeded: value) >> 7
        while rest != 0 {
            size += 1
            rest >>= 7
        }
        return size
    }

    private mutating func length(_ length: Int?, plain: Int) throws(WireError) {
        guard let length else {
            count += isFlexible ? 1 : plain
            return
        }
        guard length <= WireLimits.length else { throw .tooLong(length) }
        count += isFlexible ? Self.varintSize(length + 1) : plain
    }

    package mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number
    ) throws(WireError) {
        count += MemoryLayout<Number>.size
    }

    package mutating func string(_ value: inout String?, nullable: Bool) throws(WireError) {
        guard nullable || value != nil else { throw .null(at: -1) }
        let bytes = value?.utf8.count
        if let bytes, bytes > WireLimits.string { throw .tooLong(bytes) }
        try length(bytes, plain: 2)
        count += bytes ?? 0
    }

    package mutating func bytes(_ value: inout [UInt8]) throws(WireError) {
        try length(value.count, plain: 4)
        count += value.count
    }

    package mutating func records(_ value: inout WireBytes?) throws(WireError) {
        try length(value?.count, plain: 4)
        switch value {
        case .held(let bytes): count += bytes.count
        case .apart(let bytes): apart += bytes
        case nil: break
        }
    }

    package mutating func count(
        _ value: inout Int?, nullable: Bool, least: Int
    ) throws(WireError) {
        guard nullable || value != nil else { throw .null(at: -1) }
        try length(value, plain: 4)
    }

    package mutating func tags<Structure: WireStruct>(
        of value: inout Structure
    ) throws(WireError) {
        var present = 0
        for tag in 0..<Structure.knownTags where value.hasTag(tag) {
            present += 1
            let size = try Self.size(ofTag: tag, of: &value, version: version)
            count += Self.varintSize(tag) + Self.varintSize(size) + size
        }
        count += Self.varintSize(present)
    }

    /// Bytes of a tagged field's value.
    static func size<Structure: WireStruct>(
        ofTag tag: Int, of value: inout Structure, version: Int16
    ) throws(WireError) -> Int {
        var meter = WireMeter(version: version, isFlexible: true)
        try value.walkTag(tag, &meter)
        return meter.count
    }
}
