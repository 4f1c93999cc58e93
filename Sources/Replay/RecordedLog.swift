// Topics `records` and `plans` of a controller's log, read for a replay: beside a controller that
// runs or without one. It writes nothing and holds nobody up.

import ControlLoop
import EventLog
import FireLogic
import PlanFile

package struct RecordedLog {
    /// What a replay needs is not in this log.
    package struct NoRecords: Error, Hashable, CustomStringConvertible {
        package var description: String { "this log has no topic records: it is no controller's" }
    }

    /// Offsets of `records` that cannot be read any more.
    package private(set) var gaps: [Range<Int64>] = []
    /// Values that are no entry of a format known here.
    package private(set) var strange = 0
    /// Site plans by their checksum, whole and checked.
    package private(set) var plans: [UInt32: SitePlan] = [:]

    private static let bytesAtOnce = 1 << 20

    private let reader: LogReader
    private let records: PartitionInfo

    /// Opens the log in `directory` and loads its plans.
    package init(directory: String) throws {
        let reader = try LogReader(directory: directory)
        guard let topic = reader.index.topic(named: "records"), let first = topic.partitions.first,
            let records = reader.index.partition(first)
        else { throw NoRecords() }
        self.reader = reader
        self.records = records
        try loadPlans()
    }

    /// Offsets that there are.
    package var offsets: Range<Int64> { records.logStart..<records.highWatermark }

    /// The first offset whose time is `milliseconds` or later.
    package func offset(atOrAfter milliseconds: Int64) throws -> Int64 {
        try reader.offset(records.id, atOrAfter: milliseconds) ?? records.highWatermark
    }

    /// Hands on each entry from `offset` to the end that was there when the log was opened.
    package mutating func forEach(
        from offset: Int64? = nil, _ body: (LogEntry, _ offset: Int64) throws -> Void
    ) throws {
        var strange = strange
        gaps += try Self.read(reader, records, from: offset ?? records.logStart) { record in
            guard let value = record.value,
                let entry = LogEntry(value, wallMilliseconds: record.timestamp)
            else {
                strange += 1
                return
            }
            try body(entry, record.offset)
        }
        self.strange = strange
    }

    private mutating func loadPlans() throws {
        guard let topic = reader.index.topic(named: "plans"),
            let info = topic.partitions.first.flatMap({ reader.index.partition($0) })
        else { return }
        var parts: [UInt32: [UInt8]] = [:]
        var found: [UInt32: SitePlan] = [:]
        _ = try Self.read(reader, info, from: info.logStart) { record in
            guard let key = record.key.flatMap({ PlanEntry(key: $0) }), let value = record.value
            else { return }
            if key.part == 0 { parts[key.checksum] = [] }
            guard let before = parts[key.checksum],
                before.count == Int(key.part) * PlanEntry.longestPart
            else { return }
            let file = before + value
            parts[key.checksum] = file
            guard key.part + 1 == key.parts, PlanCodec.checksum(of: file) == key.checksum else {
                return
            }
            found[key.checksum] = try? PlanCodec.decode(file)
            parts[key.checksum] = nil
        }
        plans = found
    }

    /// Every record from `offset` on; the offsets that are lost in between.
    private static func read(
        _ reader: LogReader, _ info: PartitionInfo, from offset: Int64,
        _ body: (LogRecord) throws -> Void
    ) throws -> [Range<Int64>] {
        var next = max(offset, info.logStart)
        var gaps: [Range<Int64>] = []
        var bytes: [UInt8] = []
        while next < info.highWatermark {
            bytes.removeAll(keepingCapacity: true)
            let first = next
            let result = try reader.read(info.id, from: next, maxBytes: bytesAtOnce, into: &bytes)
            gaps += result.gaps.map(\.offsets)
            try bytes.withUnsafeBytes { bytes in
                var place = 0
                while place < bytes.count {
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
                    guard let batch = BatchHeader(rest), batch.batchLength > 0 else { return }
                    try RecordBatch.forEachRecord(rest) { record in
                        if record.offset >= first { try body(record) }
                    }
                    place += batch.batchLength
                }
            }
            guard result.next > next else { break }
            next = result.next
        }
        return gaps
    }
}
