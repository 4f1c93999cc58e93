// Numbers and strings as the bytes of meta entries, checkpoints and segment indexes. Numbers are
// variable (LEB128, seven bits a byte, low ones first; signed ones zigzag), strings have their
// length before them. Reading never traps: past the end, or on nonsense, everything is zero and
// `isBad` stays set.

/// Bytes that are being written.
struct CodedBytesWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ value: UInt32) { number(UInt64(value)) }

    mutating func count(_ value: Int) { number(UInt64(value)) }

    mutating func signed(_ value: Int64) { Varint.append(value, to: &bytes) }

    mutating func fixed(_ value: some FixedWidthInteger & BitwiseCopyable) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ value: String) {
        count(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func id(_ value: LogID) {
        fixed(value.head)
        fixed(value.tail)
    }

    mutating func digest(_ value: Digest) {
        fixed(value.words.0)
        fixed(value.words.1)
        fixed(value.words.2)
        fixed(value.words.3)
    }

    /// Flags u8 (1 vital, 2 age follows, 4 bytes follow, 8 keys needed, 16 largest batch follows),
    /// and then those numbers that follow.
    mutating func settings(_ value: TopicSettings) {
        byte(
            (value.isVital ? 1 : 0) | (value.retentionMilliseconds == nil ? 0 : 2)
                | (value.retentionBytes == nil ? 0 : 4) | (value.needsKeys ? 8 : 0)
                | (value.largestBatch == nil ? 0 : 16))
        if let milliseconds = value.retentionMilliseconds { signed(milliseconds) }
        if let most = value.retentionBytes { signed(most) }
        if let most = value.largestBatch { signed(most) }
    }
}

/// Bytes that are being read.
struct CodedBytesReader {
    private let bytes: UnsafeRawBufferPointer
    private var next = 0
    private(set) var isBad = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - next }

    /// All was read and nothing was wrong.
    var isDone: Bool { !isBad && remaining == 0 }

    mutating func spoil() { isBad = true }

    mutating func byte() -> UInt8 {
        guard !isBad, next < bytes.count else {
            isBad = true
            return 0
        }
        defer { next += 1 }
        return bytes[next]
    }

    mutating func number() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let part = byte()
            if shift == 63 && part > 1 { isBad = true }
            if isBad { return 0 }
            value |= UInt64(part & 0x7F) << shift
            if part & 0x80 == 0 { return value }
            shift += 7
        }
    }

    mutating func number32() -> UInt32 {
        guard let value = UInt32(exactly: number()) else {
            isBad = true
            return 0
        }
        return value
    }

    /// A number that says how many items follow, each of `bytes` or more.
    mutating func count(each bytes: Int, atMost limit: Int = .max) -> Int {
        guard let value = Int(exactly: number()), value <= remaining / bytes, value <= limit else {
            isBad = true
            return 0
        }
        return value
    }

    mutating func signed() -> Int64 {
        guard !isBad, let value = Varint.read(bytes, at: &next, before: bytes.count) else {
            isBad = true
            return 0
        }
        return value
    }

    mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
        guard !isBad, remaining >= MemoryLayout<T>.size else {
            isBad = true
            return 0
        }
        defer { next += MemoryLayout<T>.size }
        return bytes.little(type, at: next)
    }

    /// Valid UTF-8 of at most `limit` bytes.
    mutating func string(atMost limit: Int) -> String {
        let length = count(each: 1, atMost: limit)
        guard !isBad,
            let text = String(
                validating: UnsafeRawBufferPointer(rebasing: bytes[next..<next + length]),
                as: UTF8.self)
        else {
            isBad = true
            return ""
        }
        next += length
        return text
    }

    mutating func id() -> LogID {
        LogID(head: fixed(UInt64.self), tail: fixed(UInt64.self))
    }

    mutating func digest() -> Digest {
        Digest((fixed(UInt64.self), fixed(UInt64.self), fixed(UInt64.self), fixed(UInt64.self)))
    }

    mutating func settings() -> TopicSettings {
        let flags = byte()
        if flags > 31 { isBad = true }
        return TopicSettings(
            retentionMilliseconds: flags & 2 == 0 ? nil : signed(),
            retentionBytes: flags & 4 == 0 ? nil : signed(), isVital: flags & 1 == 1,
            needsKeys: flags & 8 != 0, largestBatch: flags & 16 == 0 ? nil : signed())
    }
}
