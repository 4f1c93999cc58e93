// A program killed between the write and the sync of a frame, and a next start that reads the frame from
// the cache and cannot sync it: whatever a power cut then takes, nothing that was acknowledged goes.

import EventLog
import Glibc
import Testing

@Suite struct DoubtTests {
    private let vital = PartitionID(rawValue: 1)
    private let ordinary = PartitionID(rawValue: 2)

    private func open(_ directory: TemporaryLog) throws -> (FailingFiles, EventLog<FailingFiles>) {
        let files = try FailingFiles(directory.path)
        let log = try EventLog(
            files, TemporaryLog.small, wallMilliseconds: 1_000, newLog: LogID(head: 1, tail: 2))
        return (files, log)
    }

    private func makeTopics(_ log: EventLog<FailingFiles>) throws {
        #expect(try log.makeTopic("alarms", isVital: true) == vital)
        #expect(try log.makeTopic("signals") == ordinary)
    }

    /// A start at which the last segment cannot be synced.
    private func openInDoubt(
        _ directory: TemporaryLog, _ last: DurableEnd
    ) throws -> EventLog<FailingFiles> {
        let files = try FailingFiles(directory.path)
        files.failures["sync \(SegmentName.segment(last.segment).text)"] = EIO
        return try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
    }

    /// What the power cut takes that was written behind `end`, a failed sync being final.
    private func lose(_ end: DurableEnd, _ directory: TemporaryLog) throws {
        try directory.edit(SegmentName.segment(end.segment).text) { bytes in
            for place in Int(end.length)..<bytes.count { bytes[place] = 0 }
        }
    }

    /// Kills a log while the frame is in flight that frees its first segment, or one before it that
    /// has copies only. Returns where the log was durable.
    private func killInFreeing(
        _ directory: TemporaryLog, records: Int
    ) throws -> DurableEnd {
        let (files, log) = try open(directory)
        try makeTopics(log)
        for _ in 0..<records { try log.add(vital, [UInt8](repeating: 3, count: 3_000)) }
        files.failures["open 0000000001.segment"] = EIO
        while log.spareCount == 0 || log.durableEnd.segment < 7 {
            try log.add(ordinary, [UInt8](repeating: 1, count: 8_000))
            _ = try? log.prepare(wallMilliseconds: 1_000)
        }
        files.failures = [:]
        files.failures["sync"] = EIO
        let end = log.durableEnd
        #expect(throws: FileError.self) {
            while try log.prepare(wallMilliseconds: 1_000) {}
        }
        #expect(log.oldestSegment == 1)
        return end
    }

    // One frame has all copies and frees; with more records the first has copies only.
    @Test("RECORD: no segment goes by a frame that may not be on the disk", arguments: [2, 20])
    func freeing(records: Int) throws {
        let directory = try TemporaryLog()
        let end = try killInFreeing(directory, records: records)
        do {
            let log = try openInDoubt(directory, end)
            // It went on, and freed the segment with copies that are on the disk.
            #expect(log.durableEnd.segment == end.segment + 1)
            #expect(log.oldestSegment > 1)
            #expect(log.index.gaps.isEmpty && log.counters.segmentsGivenUp == 0)
        }
        try lose(end, directory)
        let log = try directory.open()
        #expect(log.index.gaps.isEmpty)
        #expect(log.index.partition(vital)?.records == Int64(records))
        for offset in 0..<Int64(records) {
            let place = try #require(log.index.locate(vital, offset: offset)).place
            #expect(place.segment > end.segment)
        }
        #expect(!log.recovery.isDamaged)
    }

    /// Kills a log while a record is in flight. Returns where the log was durable.
    private func killInFlush(_ directory: TemporaryLog) throws -> DurableEnd {
        let (files, log) = try open(directory)
        try makeTopics(log)
        for _ in 0..<3 { try log.add(vital, [1]) }
        files.failures["sync"] = EIO
        let end = log.durableEnd
        #expect(throws: FileError.self) { try log.add(vital, [2]) }
        return end
    }

    @Test("RECORD: a record that a start found in the cache is there after a power cut")
    func record() throws {
        let directory = try TemporaryLog()
        let end = try killInFlush(directory)
        do {
            let log = try openInDoubt(directory, end)
            #expect(log.index.highWatermark(vital) == 4)
            #expect(!log.hasStaged && log.durableEnd.segment == 2)
        }
        try lose(end, directory)
        let log = try directory.open()
        #expect(log.index.partition(vital)?.records == 4)
        #expect(log.index.locate(vital, offset: 3)?.place.segment == 2)
        #expect(!log.recovery.isDamaged)
        #expect(try log.add(vital, [3]) == 4)
    }

    @Test("RECORD: where it cannot be written again yet it waits, its offset not given twice")
    func waiting() throws {
        let directory = try TemporaryLog()
        let end = try killInFlush(directory)
        let files = try FailingFiles(directory.path)
        files.failures["sync"] = EIO
        let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
        #expect(log.isDegraded && log.hasStaged)
        #expect(log.index.highWatermark(vital) == 3)
        let results = try log.stage([.batch(vital, batch([3]))], wallMilliseconds: 1_000)
        #expect(results == [.offsets(base: 4, count: 1, isDuplicate: false)])
        #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        files.failures = [:]
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.partition(vital)?.records == 5)
        #expect(!log.hasStaged && !log.isDegraded)
        #expect(log.index.complaint == nil)
    }
}
