// Reads messages from bytes of a stranger: every length is checked before it is believed.
//
// Nothing traps, and no more is allocated than a small multiple of the bytes that are really there.

/// Reads fields from bytes that somebody else keeps alive while it is used.
package struct WireReader: Wire {
    package let version: Int16
    package var isFlexible: Bool
    package static var makesValues: Bool { true }

    private let memory: UnsafeRawBufferPointer
    /// The same bytes, where records can share them; without it they are copied.
    private let owner: ArraySlice<UInt8>?
    /// Bytes read.
    package private(set) var position = 0
    /// Where the message, or the tagged field within it, ends.
    private var end: Int

    package init(
        _ memory: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>? = nil, version: Int16,
        isFlexible: Bool
    ) {
        self.memory = memory
        self.owner = owner
        self.version = version
        self.isFlexible = isFlexible
        end = memory.count
    }

    private var left: Int { end - position }

    /// Throws unless everything was read.
    package func finish() throws(WireError) {
        guard left == 0 else { throw .leftOver(left) }
    }

    /// Takes the next `count` bytes.
    private mutating func take(_ count: Int) throws(WireError) -> Range<Int> {
        guard count >= 0 else { throw .length(count, at: position) }
        guard count <= left else { throw .cut(at: position) }
        defer { position += count }
        return position..<position + count
    }

    package mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ value: inout Number
    ) throws(WireError) {
        let place = try take(MemoryLayout<Number>.size)
        value = Number(
            bigEndian: memory.loadUnaligned(fromByteOffset: place.lowerBound, as: Number.self))
    }

    /// An unsigned varint: 7 bits a byte, the lowest first, the high bit where more follow.
    private mutating func varint() throws(WireError) -> Int {
        let start = position
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard left > 0 else { throw .cut(at: start) }
            let byte = memory[position]
            position += 1
            result |= UInt64(byte & 0x7F) << shift
            guard byte & 0x80 != 0 else {
                guard result <= UInt64(UInt32.max) else { break }
                return Int(result)
            }
        }
        throw .varint(at: start)
    }

    /// A length: nil for null. Compact ones are one more than they mean, 0 is null.
    private mutating func length<Plain: FixedWidthInteger & BitwiseCopyable>(
        plain: Plain.Type
    ) throws(WireError) -> Int? {
        if isFlexible {
            let length = try varint()
            return length == 0 ? nil : length - 1
        }
        let start = position
        var length: Plain = 0
        try number(&length)
        if length == -1 { return nil }
        guard length >= 0 else { throw .length(Int(length), at: start) }
        return Int(length)
    }

    package mutating func string(_ value: inout String?, nullable: Bool) throws(WireError) {
        let start = position
        guard let length = try length(plain: Int16.self) else {
            guard nullable else { throw .null(at: start) }
            value = nil
            return
        }
        guard length <= WireLimits.string else { throw .length(length, at: start) }
        let place = try take(length)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[place])
        // Names are nearly always ASCII, and the validating initialiser is generic and slow.
        if bytes.allSatisfy({ $0 < 0x80 }) {
            value = String(decoding: bytes, as: UTF8.self)
        } else if let text = String(validating: bytes, as: UTF8.self) {
            value = text
        } else {
            throw .notText(at: place.lowerBound)
        }
    }

    package mutating func bytes(_ value: inout [UInt8]) throws(WireError) {
        let start = position
        guard let length = try length(plain: Int32.self) else { throw .null(at: start) }
        value = Array(memory[try take(length)])
    }

    package mutating func records(_ value: inout WireBytes?) throws(WireError) {
        guard let length = try length(plain: Int32.self) else {
            value = nil
            return
        }
        let place = try take(length)
        if let owner {
            let start = owner.startIndex + place.lowerBound
            value = .held(owner[start..<start + length])
        } else {
            value = .held(Array(memory[place])[...])
        }
    }

    package mutating func count(
        _ value: inout Int?, nullable: Bool, least: Int
    ) throws(WireError) {
        let start = position
        value = try length(plain: Int32.self)
        guard let count = value else {
            guard nullable else { throw .null(at: start) }
            return
        }
        guard count <= left / least else { throw .count(count, at: start) }
    }

    package mutating func tags<Structure: WireStruct>(
        of value: inout Structure
    ) throws(WireError) {
        let start = position
        let count = try varint()
        // A tag takes at least the bytes of its number and of its length.
        guard count <= left / 2 else { throw .count(count, at: start) }
        for _ in 0..<count {
            let tag = try varint()
            let length = try varint()
            let place = try take(length)
            guard tag < Structure.knownTags else { continue }
            let outer = end
            position = place.lowerBound
            end = place.upperBound
            try value.walkTag(tag, &self)
            guard left == 0 else { throw .tag(tag, at: place.lowerBound) }
            end = outer
        }
    }
}
