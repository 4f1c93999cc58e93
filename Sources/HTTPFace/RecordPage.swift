// Batches as the broker gives them out become records as JSON: from an offset on, so many, and not more
// text than a limit. Batches that a producer has packed are unpacked, which is why this does not belong
// on the event loop.

import Codecs
import EventLog

/// Some records of one partition.
package struct RecordPage: Sendable {
    /// Bytes of JSON after which nothing more is added.
    package static let longest = 2 << 20
    /// Bytes of records that come out of one packed batch at most.
    private static let mostUnpacked = 8 << 20

    /// One record as JSON, and its offset. What cannot be unpacked is one entry for all of it.
    package private(set) var entries: [(offset: Int64, json: [UInt8])] = []
    /// Where to go on.
    package private(set) var next: Int64
    private var bytes = 0
    /// Transactions that were not committed, by producer and the offset from which on they are left
    /// out; until that producer's next marker.
    private var aborted: [(producer: Int64, first: Int64)]

    /// - Parameters:
    ///   - batches: whole batches, one behind the other; the first may begin before `offset`.
    ///   - aborted: what a fetch says of transactions that were not committed.
    package init(
        _ batches: [UInt8], of topic: String, from offset: Int64, limit: Int,
        without aborted: [(producer: Int64, first: Int64)] = []
    ) {
        next = offset
        self.aborted = aborted
        batches.withUnsafeBytes { all in
            var place = 0
            while place < all.count, entries.count < limit, bytes < Self.longest {
                let rest = UnsafeRawBufferPointer(rebasing: all[place...])
                guard let header = BatchHeader(rest), header.batchLength <= rest.count else {
                    return
                }
                take(
                    UnsafeRawBufferPointer(rebasing: rest[..<header.batchLength]), header, topic,
                    limit)
                place += header.batchLength
            }
        }
    }

    /// Markers, and what belongs to a transaction that was not committed.
    private mutating func isLeftOut(_ header: BatchHeader) -> Bool {
        guard header.isTransactional || header.isControl else { return false }
        let place = aborted.firstIndex {
            $0.producer == header.producerID && $0.first <= header.baseOffset
        }
        if header.isControl, let place { aborted.remove(at: place) }
        return header.isControl || place != nil
    }

    private mutating func take(
        _ batch: UnsafeRawBufferPointer, _ header: BatchHeader, _ topic: String, _ limit: Int
    ) {
        let end = header.baseOffset &+ Int64(header.lastOffsetDelta) &+ 1
        let isLeftOut = isLeftOut(header)
        guard end > next, !isLeftOut else {
            next = max(next, end)
            return
        }
        var records: [LogRecord] = []
        let first = next
        do {
            let unpacked = try Unpacked.batch(batch, most: Self.mostUnpacked)
            try unpacked.withUnsafeBytes { batch in
                try RecordBatch.forEachRecord(batch) { record in
                    if record.offset >= first { records.append(record) }
                }
            }
        } catch {
            var json: [UInt8] = []
            RecordText.add(
                "{\"offset\":\(first),\"unreadable\":\(end - first),\"headers\":[]}", to: &json)
            add(end - 1, json)
            return
        }
        for record in records {
            guard entries.count < limit, bytes < Self.longest else { return }
            var json: [UInt8] = []
            RecordText.append(record, of: topic, to: &json)
            add(record.offset, json)
        }
        if entries.count < limit, bytes < Self.longest { next = max(next, end) }
    }

    private mutating func add(_ offset: Int64, _ json: [UInt8]) {
        entries.append((offset, json))
        bytes += json.count
        next = offset + 1
    }
}
