// Looking up by time: Kafka's ListOffsets. The index names the first run and sample that may hold a
// record of that time; the batches behind it are walked.

extension LogReader {
    /// Kafka's ListOffsets by time: the first record at or after `timestamp` (milliseconds); nil when
    /// all are older. Of a compressed batch it is the first record, with the batch's first timestamp.
    package func record(
        _ partition: PartitionID, atOrAfter timestamp: Int64
    ) throws(ReadError) -> (offset: Int64, timestamp: Int64)? {
        guard index.slot(of: partition) != nil else { throw .unknownPartition }
        for _ in 0..<4 {
            do throws(FileError) {
                switch try search(partition, atOrAfter: timestamp) {
                case .found(let offset, let time): return (offset, time)
                case .none: return nil
                case .gone: break
                }
            } catch {
                throw .file(error)
            }
            try refresh()
        }
        return nil
    }

    /// The offset of that record.
    package func offset(
        _ partition: PartitionID, atOrAfter timestamp: Int64
    ) throws(ReadError) -> Int64? {
        try record(partition, atOrAfter: timestamp)?.offset
    }

    private enum Search {
        case found(offset: Int64, timestamp: Int64)
        case none
        /// A segment was used again meanwhile.
        case gone
    }

    private func search(
        _ partition: PartitionID, atOrAfter timestamp: Int64
    ) throws(FileError) -> Search {
        var from: Int64 = 0
        while let first = index.locate(partition, timestamp: timestamp, from: from) {
            let samples = try samples(of: first.place.segment)
            guard
                let location = index.locate(
                    partition, timestamp: timestamp, from: from, sealed: samples),
                let file = try file(location.place.segment)
            else { return .gone }
            let start = index.partition(partition)?.logStart ?? 0
            var found: (offset: Int64, timestamp: Int64)?
            var result = ReadResult(next: location.baseOffset)
            try walk(file, partition, location, &result) { result, entry, body in
                result.next = entry.baseOffset + Int64(entry.count)
                guard result.next > start, let batch = BatchHeader(body),
                    batch.maxTimestamp >= timestamp
                else { return true }
                found = Self.first(in: body, batch, atOrAfter: timestamp, from: start)
                return found == nil
            }
            if isGone(file) { return .gone }
            if let found { return .found(offset: found.offset, timestamp: found.timestamp) }
            from = location.run.upperBound
        }
        return .none
    }

    /// nil: the records that are that late stand before `start`.
    private static func first(
        in bytes: UnsafeRawBufferPointer, _ batch: BatchHeader, atOrAfter timestamp: Int64,
        from start: Int64
    ) -> (offset: Int64, timestamp: Int64)? {
        var found: (offset: Int64, timestamp: Int64)?
        do {
            try RecordBatch.forEachRecord(bytes) { record in
                if found == nil, record.timestamp >= timestamp, record.offset >= start {
                    found = (record.offset, record.timestamp)
                }
            }
            return found
        } catch {
            return (max(start, batch.baseOffset), batch.baseTimestamp)
        }
    }
}
