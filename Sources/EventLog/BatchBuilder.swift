// Builds one record batch record by record in memory that is kept: for writers of many small records,
// which must not allocate for each of them. The bytes are those of `RecordBatch.encode`.

import CRC32C

package struct BatchBuilder: Sendable {
    /// The batch, once `finish` was called.
    package private(set) var bytes: [UInt8] = []
    package private(set) var count = 0
    private var baseTimestamp: Int64 = 0
    private var maxTimestamp: Int64 = 0

    package init() {}

    /// Forgets the records, keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Adds a record; nil is a null key or value. `timestamp` in milliseconds.
    package mutating func append(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestamp: Int64
    ) {
        begin(timestamp)
        let delta = timestamp &- baseTimestamp
        let place = Int64(count)
        let length =
            2 + Varint.count(delta) + Varint.count(place) + Self.span(key) + Self.span(value)
        Varint.append(Int64(length), to: &bytes)
        bytes.append(0)  // attributes: none are defined
        Varint.append(delta, to: &bytes)
        Varint.append(place, to: &bytes)
        append(key)
        append(value)
        Varint.append(0, to: &bytes)  // headers
        count += 1
    }

    /// Adds a record of another batch as it is, with its headers.
    package mutating func append(_ record: RawRecord) {
        begin(record.timestamp)
        let delta = record.timestamp &- baseTimestamp
        let place = Int64(count)
        let length = 1 + Varint.count(delta) + Varint.count(place) + record.body.count
        Varint.append(Int64(length), to: &bytes)
        bytes.append(0)  // attributes: none are defined
        Varint.append(delta, to: &bytes)
        Varint.append(place, to: &bytes)
        bytes.append(contentsOf: record.body)
        count += 1
    }

    private mutating func begin(_ timestamp: Int64) {
        if count == 0 {
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: repeatElement(0, count: BatchHeader.bytes))
            baseTimestamp = timestamp
            maxTimestamp = timestamp
        }
        maxTimestamp = max(maxTimestamp, timestamp)
    }

    package mutating func append(key: [UInt8]?, value: [UInt8]?, timestamp: Int64) {
        Self.with(key) { key in
            Self.with(value) { value in append(key: key, value: value, timestamp: timestamp) }
        }
    }

    /// Writes the batch's header. There must be a record.
    package mutating func finish() {
        precondition(count > 0)
        let count = count
        let times = (baseTimestamp, maxTimestamp)
        bytes.withUnsafeMutableBytes { batch in
            batch.storeBig(Int32(batch.count - BatchHeader.uncountedBytes), at: 8)
            batch.storeBig(Int32(-1), at: 12)
            batch.storeBig(BatchHeader.magic, at: 16)
            batch.storeBig(Int32(count - 1), at: 23)
            batch.storeBig(times.0, at: 27)
            batch.storeBig(times.1, at: 35)
            batch.storeBig(Int64(-1), at: 43)
            batch.storeBig(Int16(-1), at: 51)
            batch.storeBig(Int32(-1), at: 53)
            batch.storeBig(Int32(count), at: 57)
            let covered = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.coveredFrom...])
            batch.storeBig(CRC32C.checksum(of: covered), at: 17)
        }
    }

    private static func with(_ piece: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Void) {
        guard let piece else { return body(nil) }
        piece.withUnsafeBytes { body($0) }
    }

    private static func span(_ piece: UnsafeRawBufferPointer?) -> Int {
        guard let piece else { return 1 }
        return Varint.count(Int64(piece.count)) + piece.count
    }

    private mutating func append(_ piece: UnsafeRawBufferPointer?) {
        guard let piece else { return Varint.append(-1, to: &bytes) }
        Varint.append(Int64(piece.count), to: &bytes)
        bytes.append(contentsOf: piece)
    }
}
