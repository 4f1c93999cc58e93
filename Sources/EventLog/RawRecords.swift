// Walks through the records of an uncompressed batch without copying them, and copies single ones into
// another batch as they are: for streams, which look at millions of records and change none.

import CRC32C

/// A record where it stands. The bytes are the batch's and live as long as it.
package struct RawRecord {
    package var offset: Int64
    package var timestamp: Int64
    package var key: UnsafeRawBufferPointer?
    package var value: UnsafeRawBufferPointer?
    /// Key, value and headers as they are written, lengths included.
    package var body: UnsafeRawBufferPointer
}

extension RecordBatch {
    /// Hands every record of the batch at the beginning of `batch` to `body`, in order, until it
    /// returns false. The checksum is not computed again.
    package static func forEachRaw(
        _ batch: UnsafeRawBufferPointer, _ body: (RawRecord) -> Bool
    ) throws(BatchError) {
        guard let header = BatchHeader(batch), header.batchLength <= batch.count,
            header.recordCount >= 0
        else { throw .malformed }
        guard header.codec == BatchHeader.Codec.none else { throw .compressed }
        var cursor = RecordCursor(batch, length: header.batchLength)
        for _ in 0..<header.recordCount {
            guard let record = cursor.next() else { throw .malformed }
            for _ in 0..<record.headerCount where cursor.nextHeader(of: record) == nil {
                throw .malformed
            }
            guard cursor.finish(record) else { throw .malformed }
            let timestamp =
                switch header.timestampType {
                case .createTime: header.baseTimestamp &+ record.timestampDelta
                case .logAppendTime: header.maxTimestamp
                }
            let raw = RawRecord(
                offset: header.baseOffset &+ Int64(record.offsetDelta), timestamp: timestamp,
                key: record.key.map { UnsafeRawBufferPointer(rebasing: batch[$0]) },
                value: record.value.map { UnsafeRawBufferPointer(rebasing: batch[$0]) },
                body: UnsafeRawBufferPointer(rebasing: batch[record.bodyStart..<cursor.position]))
            guard body(raw) else { return }
        }
        guard cursor.isAtEnd else { throw .malformed }
    }

    /// Takes a producer's numbers out of a batch that was checked, so that it may be appended to
    /// another partition: there they would be out of order.
    package static func clearProducer(_ batch: UnsafeMutableRawBufferPointer) {
        precondition(batch.count >= BatchHeader.bytes)
        batch.storeBig(Int64(-1), at: 43)
        batch.storeBig(Int16(-1), at: 51)
        batch.storeBig(Int32(-1), at: 53)
        if let header = BatchHeader(UnsafeRawBufferPointer(batch)) {
            batch.storeBig(header.attributes & ~BatchHeader.transactional, at: 21)
        }
        let covered = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.coveredFrom...])
        batch.storeBig(CRC32C.checksum(of: covered), at: 17)
    }

    /// The batch with `header`, its records unpacked: `records` are what its codec had packed. Its
    /// checksum is not set.
    package static func unpacked(
        _ header: BatchHeader, _ batch: UnsafeRawBufferPointer, records: [UInt8]
    ) -> [UInt8] {
        precondition(batch.count >= BatchHeader.bytes)
        var bytes = Array(batch[..<BatchHeader.bytes])
        bytes += records
        let count = Int32(clamping: bytes.count - BatchHeader.uncountedBytes)
        bytes.withUnsafeMutableBytes { all in
            all.storeBig(count, at: 8)
            all.storeBig(header.attributes & ~7, at: 21)
        }
        return bytes
    }
}
