// Builds and reads Kafka's record batch v2, the bytes in which records are sent and stored (laid
// out in BatchHeader and RecordCursor). The safety log builds its appends with it; whoever wants
// records and not bytes reads with it. It compresses nothing and unpacks nothing.

import CRC32C

/// Why the records of a batch cannot be read.
package enum BatchError: Error, Hashable, Sendable {
    /// They are packed by a codec, which is the consumer's to unpack.
    case compressed
    case malformed
}

/// Building and reading of record batches.
package enum RecordBatch {
    /// One batch with `records`, one at least. Base offset and leader epoch are the log's to set.
    package static func encode(
        _ records: [LogRecord], producerID: Int64 = -1, epoch: Int16 = -1, baseSequence: Int32 = -1
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        append(
            records, producerID: producerID, epoch: epoch, baseSequence: baseSequence, into: &bytes)
        return bytes
    }

    /// As `encode`, behind what `bytes` hold: with room reserved there it allocates nothing.
    package static func append(
        _ records: some Collection<LogRecord>, producerID: Int64 = -1, epoch: Int16 = -1,
        baseSequence: Int32 = -1, into bytes: inout [UInt8]
    ) {
        guard let first = records.first else { preconditionFailure("A batch without records") }
        precondition(records.count <= Int(Int32.max))
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: BatchHeader.bytes))
        var maxTimestamp = first.timestamp
        for (number, record) in records.enumerated() {
            // Wraps, and wraps back where it is read.
            append(
                record, timestampDelta: record.timestamp &- first.timestamp, offsetDelta: number,
                to: &bytes)
            maxTimestamp = max(maxTimestamp, record.timestamp)
        }
        precondition(bytes.count - start <= Int(Int32.max))
        bytes.withUnsafeMutableBytes { all in
            let batch = UnsafeMutableRawBufferPointer(rebasing: all[start...])
            batch.storeBig(Int32(batch.count - BatchHeader.uncountedBytes), at: 8)
            batch.storeBig(Int32(-1), at: 12)
            batch.storeBig(BatchHeader.magic, at: 16)
            batch.storeBig(Int32(records.count - 1), at: 23)
            batch.storeBig(first.timestamp, at: 27)
            batch.storeBig(maxTimestamp, at: 35)
            batch.storeBig(producerID, at: 43)
            batch.storeBig(epoch, at: 51)
            batch.storeBig(baseSequence, at: 53)
            batch.storeBig(Int32(records.count), at: 57)
            let covered = UnsafeRawBufferPointer(rebasing: batch[BatchHeader.coveredFrom...])
            batch.storeBig(CRC32C.checksum(of: covered), at: 17)
        }
    }

    /// Writes what the log decides into a batch that has been checked. The checksum does not cover
    /// it.
    package static func setBase(
        offset: Int64, leaderEpoch: Int32, in batch: UnsafeMutableRawBufferPointer
    ) {
        precondition(batch.count >= BatchHeader.bytes)
        batch.storeBig(offset, at: 0)
        batch.storeBig(leaderEpoch, at: 12)
    }

    /// Hands every record of the batch at the beginning of `batch` to `body`, in order. Throws
    /// `BatchError`, or what `body` throws. The checksum is not computed again.
    package static func forEachRecord(
        _ batch: UnsafeRawBufferPointer, _ body: (LogRecord) throws -> Void
    ) throws {
        guard let header = BatchHeader(batch), header.batchLength <= batch.count,
            header.recordCount >= 0
        else { throw BatchError.malformed }
        guard header.codec == BatchHeader.Codec.none else { throw BatchError.compressed }
        var cursor = RecordCursor(batch, length: header.batchLength)
        for _ in 0..<header.recordCount {
            guard let record = cursor.next() else { throw BatchError.malformed }
            var headers: [LogRecord.Header] = []
            for _ in 0..<record.headerCount {
                guard let header = cursor.nextHeader(of: record) else { throw BatchError.malformed }
                headers.append(
                    LogRecord.Header(
                        key: Array(batch[header.key]), value: header.value.map { Array(batch[$0]) })
                )
            }
            guard cursor.finish(record) else { throw BatchError.malformed }
            let timestamp =
                switch header.timestampType {
                case .createTime: header.baseTimestamp &+ record.timestampDelta
                case .logAppendTime: header.maxTimestamp
                }
            try body(
                LogRecord(
                    key: record.key.map { Array(batch[$0]) },
                    value: record.value.map { Array(batch[$0]) }, headers: headers,
                    timestamp: timestamp, offset: header.baseOffset &+ Int64(record.offsetDelta)))
        }
        guard cursor.isAtEnd else { throw BatchError.malformed }
    }

    private static func append(
        _ record: LogRecord, timestampDelta: Int64, offsetDelta: Int, to bytes: inout [UInt8]
    ) {
        var length = 1 + Varint.count(timestampDelta) + Varint.count(Int64(offsetDelta))
        length += count(record.key) + count(record.value)
        length += Varint.count(Int64(record.headers.count))
        for header in record.headers { length += count(header.key) + count(header.value) }

        Varint.append(Int64(length), to: &bytes)
        bytes.append(0)  // attributes: none are defined
        Varint.append(timestampDelta, to: &bytes)
        Varint.append(Int64(offsetDelta), to: &bytes)
        append(record.key, to: &bytes)
        append(record.value, to: &bytes)
        Varint.append(Int64(record.headers.count), to: &bytes)
        for header in record.headers {
            append(header.key, to: &bytes)
            append(header.value, to: &bytes)
        }
    }

    /// Bytes that a key or a value takes with its length in front.
    private static func count(_ piece: [UInt8]?) -> Int {
        guard let piece else { return 1 }
        return Varint.count(Int64(piece.count)) + piece.count
    }

    private static func append(_ piece: [UInt8]?, to bytes: inout [UInt8]) {
        guard let piece else { return Varint.append(-1, to: &bytes) }
        Varint.append(Int64(piece.count), to: &bytes)
        bytes.append(contentsOf: piece)
    }
}
