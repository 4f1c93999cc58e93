// One partition of a log that another process, or another thread, writes: its offsets, and records from
// any of them on. A reader of its own; belongs to one thread at a time.

import EventLog
import KafkaServer

final class TopicTail {
    /// Bytes that are read at a time.
    private static let piece = 128 << 10
    /// Records that are held at a time.
    private static let pieceRecords: Int64 = 1_024

    private let log: ServedLog
    private let topic: String

    init(_ log: ServedLog, topic: String) {
        self.log = log
        self.topic = topic
    }

    func refresh() { log.refresh() }

    /// The log that it is of.
    var served: ServedLog { log }

    private var partition: PartitionInfo? {
        guard let reader = log.reader, let id = reader.topic(named: topic)?.partitions.first else {
            return nil
        }
        return reader.partition(id)
    }

    /// The offsets that there are; nil: the topic is not there.
    var offsets: Range<Int64>? {
        partition.map { $0.logStart..<max($0.logStart, $0.highWatermark) }
    }

    /// Records from `first` on, those that are gone left out; fewer than `most` at the end, and
    /// none where the log cannot be read.
    func records(from first: Int64, to end: Int64 = .max, most: Int) -> [LogRecord] {
        guard let reader = log.reader, let info = partition, most > 0 else { return [] }
        var next = max(first, info.logStart)
        let end = min(end, info.highWatermark)
        var records: [LogRecord] = []
        while next < end, records.count < most {
            var bytes: [UInt8] = []
            guard
                let result = try? reader.read(
                    info.id, from: next, maxBytes: Self.piece, into: &bytes),
                result.next > next
            else { break }
            Self.forEach(bytes) { record in
                if record.offset >= next, record.offset < end, records.count < most {
                    records.append(record)
                }
            }
            next = result.next
        }
        return records
    }

    /// All records of some offsets, a piece at a time.
    func forEach(in offsets: Range<Int64>, _ body: (LogRecord) -> Void) {
        var next = offsets.lowerBound
        while next < offsets.upperBound {
            let end = min(offsets.upperBound, next + Self.pieceRecords)
            for record in records(from: next, to: end, most: Int(Self.pieceRecords)) {
                body(record)
            }
            next = end
        }
    }

    /// `offsets` without those before the first record of a time, found by halves: times may be a little
    /// out of order where the clock was set, so a bit more than needed may stay.
    func first(from time: Int64, in offsets: Range<Int64>) -> Range<Int64> {
        var (low, high) = (offsets.lowerBound, offsets.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            guard let record = records(from: middle, most: 1).first, record.timestamp < time else {
                high = middle
                continue
            }
            low = middle + 1
        }
        return low..<offsets.upperBound
    }

    private static func forEach(_ bytes: [UInt8], _ body: (LogRecord) -> Void) {
        unsafe bytes.withUnsafeBytes { all in
            var place = 0
            while place < all.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[place...])
                guard let header = unsafe BatchHeader(rest), header.batchLength <= rest.count,
                    header.batchLength > 0
                else { return }
                // The controller and the gateway pack no batch; one that cannot be read is passed over.
                try? unsafe RecordBatch.forEachRecord(
                    UnsafeRawBufferPointer(rebasing: rest[..<header.batchLength]), body)
                place += header.batchLength
            }
        }
    }
}
