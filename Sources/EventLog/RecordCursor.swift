// Walks through the records of an uncompressed batch without copying them: `BatchHeader.checked`
// only to see that they are all there, `RecordBatch.forEachRecord` to hand them on. It never traps
// and allocates nothing, whatever the bytes are; every step moves on by at least one byte.
//
//   record := length varint (of all that follows), attributes i8, timestamp delta varlong,
//             offset delta varint, key length varint (-1: null), key,
//             value length varint (-1: null), value, header count varint, header*
//   header := key length varint, key, value length varint (-1: null), value

/// Where the parts of a record stand in its batch.
struct RecordCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    /// The end of the batch, then, within a record, the record's.
    private var end: Int

    /// A record without its headers, which follow in the bytes.
    struct Record {
        var timestampDelta: Int64
        var offsetDelta: Int32
        var key: Range<Int>?
        var value: Range<Int>?
        var headerCount: Int
        /// Where key, value and headers begin.
        var bodyStart: Int
        fileprivate var end: Int
    }

    struct Header {
        var key: Range<Int>
        var value: Range<Int>?
    }

    /// `length` is within `bytes` and not before the records.
    init(_ bytes: UnsafeRawBufferPointer, length: Int) {
        precondition(length >= BatchHeader.bytes && length <= bytes.count)
        self.bytes = bytes
        position = BatchHeader.bytes
        end = length
    }

    /// Whether exactly the batch's records are there, numbered in a row.
    static func isWhole(_ bytes: UnsafeRawBufferPointer, _ header: BatchHeader) -> Bool {
        var cursor = RecordCursor(bytes, length: header.batchLength)
        // Every record takes bytes, so a count that is not true ends at the end of the bytes.
        for number in 0..<max(header.recordCount, 0) {
            guard let record = cursor.next(), record.offsetDelta == number else { return false }
            for _ in 0..<record.headerCount where cursor.nextHeader(of: record) == nil {
                return false
            }
            guard cursor.finish(record) else { return false }
        }
        return cursor.isAtEnd
    }

    var isAtEnd: Bool { position == end }

    /// The next record up to its headers. Nil: there is none.
    mutating func next() -> Record? {
        guard let length = Varint.read32(bytes, at: &position, before: end), length > 0,
            Int(length) <= end - position
        else { return nil }
        let recordEnd = position + Int(length)
        position += 1  // attributes: none are defined
        guard let timestampDelta = Varint.read(bytes, at: &position, before: recordEnd),
            let offsetDelta = Varint.read32(bytes, at: &position, before: recordEnd),
            case let bodyStart = position,
            let key = piece(before: recordEnd), let value = piece(before: recordEnd),
            let headers = Varint.read32(bytes, at: &position, before: recordEnd),
            // Each header takes two bytes or more.
            headers >= 0, Int(headers) <= (recordEnd - position) / 2
        else { return nil }
        return Record(
            timestampDelta: timestampDelta, offsetDelta: offsetDelta, key: key.range,
            value: value.range, headerCount: Int(headers), bodyStart: bodyStart,
            end: recordEnd)
    }

    /// The next header of `record`. Nil: there is none.
    mutating func nextHeader(of record: Record) -> Header? {
        guard let key = piece(before: record.end)?.range, let value = piece(before: record.end)
        else { return nil }
        return Header(key: key, value: value.range)
    }

    /// Whether `record` ends behind its last header, as it has to.
    func finish(_ record: Record) -> Bool { position == record.end }

    /// Bytes, or null.
    private struct Piece { var range: Range<Int>? }

    /// The next piece. Nil: its length is wrong.
    private mutating func piece(before end: Int) -> Piece? {
        guard let length = Varint.read32(bytes, at: &position, before: end) else { return nil }
        if length == -1 { return Piece(range: nil) }
        guard length >= 0, Int(length) <= end - position else { return nil }
        let start = position
        position += Int(length)
        return Piece(range: start..<position)
    }
}
