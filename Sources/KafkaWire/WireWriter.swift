// Writes messages into memory of their size.

/// Writes fields into memory that `WireMeter` found large enough; it traps where it is not.
package struct WireWriter: Wire {
    package let version: Int16
    package var isFlexible: Bool
    package static var makesValues: Bool { false }

    /// Where records that lie apart belong.
    package struct Gap: Sendable, Equatable {
        /// Bytes of the frame before it, those of earlier gaps excepted.
        package var position: Int
        /// Bytes to put in.
        package var count: Int
    }

    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes written.
    package private(set) var position = 0
    /// In the order of the frame.
    package private(set) var gaps: [Gap] = []

    package init(_ memory: UnsafeMutableRawBufferPointer, version: Int16, isFlexible: Bool) {
        self.memory = memory
        self.version = version
        self.isFlexible = isFlexible
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= memory.count - position, "not measured before")
        UnsafeMutableRawBufferPointer(rebasing: memory[position...]).copyMemory(from: bytes)
        position += bytes.count
    }

    private mutating func varint(_ value: Int) {
        var rest = UInt64(truncatingIfNeeded: value)
        while rest > 0x7F {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        let size = MemoryLayout<Number>.size
        precondition(size <= memory.count - position, "not measured before")
        memory.storeBytes(of: value.bigEndian, toByteOffset: position, as: Number.self)
        position += size
    }

    private mutating func length<Plain: FixedWidthInteger & BitwiseCopyable>(
        _ length: Int?, plain: Plain.Type
    ) {
        if isFlexible {
            varint(length.map { $0 + 1 } ?? 0)
        } else {
            put(Plain(truncatingIfNeeded: length ?? -1))
        }
    }

    package mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number
    ) throws(WireError) {
        put(value)
    }

    package mutating func string(_ value: inout String?, nullable: Bool) throws(WireError) {
        length(value?.utf8.count, plain: Int16.self)
        guard var text = value else { return }
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    package mutating func bytes(_ value: inout [UInt8]) throws(WireError) {
        length(value.count, plain: Int32.self)
        value.withUnsafeBytes { put($0) }
    }

    package mutating func records(_ value: inout WireBytes?) throws(WireError) {
        length(value?.count, plain: Int32.self)
        switch value {
        case .held(let bytes): bytes.withUnsafeBytes { put($0) }
        case .apart(let count): gaps.append(Gap(position: position, count: count))
        case nil: break
        }
    }

    package mutating func count(
        _ value: inout Int?, nullable: Bool, least: Int
    ) throws(WireError) {
        length(value, plain: Int32.self)
    }

    package mutating func tags<Structure: WireStruct>(
        of value: inout Structure
    ) throws(WireError) {
        var present = 0
        for tag in 0..<Structure.knownTags where value.hasTag(tag) { present += 1 }
        varint(present)
        guard present > 0 else { return }
        for tag in 0..<Structure.knownTags where value.hasTag(tag) {
            varint(tag)
            varint(try WireMeter.size(ofTag: tag, of: &value, version: version))
            try value.walkTag(tag, &self)
        }
    }
}
