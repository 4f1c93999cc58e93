// What the log says at the controller's start, read without writing anything: opening it for writing
// is the journal thread's business and may take as long as the disk likes. Never throws: a log that
// cannot be read, or has lost records, makes the memory doubtful.

import ControlLoop
import EventLog
import FireLogic
import Glibc

package struct LogMemory: Sendable {
    package private(set) var memory = Memory()
    /// What people were told of and not yet that it is over.
    package private(set) var episodes: Episodes
    /// Records that were read.
    package private(set) var records = 0
    /// Something is missing, or nothing could be read: lines that are found open are kept open.
    package private(set) var isDoubtful = false
    /// Why, for the service's log.
    package private(set) var doubt: String?

    private static let bytesAtOnce = 256 << 10

    /// Reads the log in `directory`; one that is not there is an empty one. `episodes`: none, of the
    /// plan that is to run.
    package init(directory: String, machine: UInt64, now: Instant, episodes: Episodes) {
        self.episodes = episodes
        guard access(directory, F_OK) == 0 || errno != ENOENT else { return }
        do throws(ReadError) {
            let reader = try LogReader(directory: directory)
            try read(reader, machine: machine, now: now)
        } catch {
            if case .noLog = error, Self.isEmpty(directory) { return }
            doubt("\(error)")
        }
    }

    private mutating func doubt(_ text: String) {
        isDoubtful = true
        if doubt == nil { doubt = text }
    }

    private mutating func read(
        _ reader: LogReader, machine: UInt64, now: Instant
    ) throws(ReadError) {
        guard let partition = reader.index.topic(named: SafetyTopics.records)?.partitions.first
        else {
            // Made and then killed before its first append; or all that was acknowledged is gone.
            if !reader.index.gaps.isEmpty || reader.rotten > 0 { doubt("records are missing") }
            return
        }
        var fold = MemoryFold(machine: machine, now: now)
        let info = reader.index.partition(partition)
        let start = info?.logStart ?? 0
        let end = info?.highWatermark ?? 0
        let group = SafetyTopics.memoryGroup
        let from = reader.index.committed(group: group, partition)?.offset ?? 0
        if from < start { doubt("the memory at \(from) is before the log's start at \(start)") }
        var offset = min(max(from, start), end)
        var bytes: [UInt8] = []
        while offset < end {
            bytes.removeAll(keepingCapacity: true)
            let result = try reader.read(
                partition, from: offset, maxBytes: Self.bytesAtOnce, into: &bytes)
            if let gap = result.gaps.first { doubt("records at \(gap.offsets) are lost") }
            let isRead = Self.forEach(bytes, from: offset) {
                fold.take($0)
                episodes.take($0)
            }
            if !isRead {
                doubt("records at \(offset) cannot be understood")
            }
            guard result.next > offset else { break }
            offset = result.next
        }
        memory = fold.memory
        records = fold.records
    }

    /// Hands on each entry in a row of batches, from `offset` on. False: not all could be read.
    private static func forEach(
        _ bytes: [UInt8], from offset: Int64, _ body: (LogEntry) -> Void
    ) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var place = 0
            while place < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
                guard let batch = BatchHeader(rest), batch.batchLength > 0,
                    batch.batchLength <= rest.count
                else { return false }
                do {
                    try RecordBatch.forEachRecord(rest) { record in
                        guard record.offset >= offset, let value = record.value,
                            let entry = LogEntry(value, wallMilliseconds: record.timestamp)
                        else { return }
                        body(entry)
                    }
                } catch {
                    return false
                }
                place += batch.batchLength
            }
            return true
        }
    }

    /// No file in it that could be, or have been, a segment.
    private static func isEmpty(_ directory: String) -> Bool {
        guard let files = try? SegmentDirectory(directory).list() else { return false }
        return files.segments.isEmpty
    }
}
