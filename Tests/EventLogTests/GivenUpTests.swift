// A disk on which nothing can be written, on a log at its cap: the oldest segment is given up without
// a word in the journal, so a start may find it gone, or back again.

import EventLog
import Glibc
import Testing

@Suite struct GivenUpTests {
    private let first = SegmentName.segment(1).text

    /// Fills a log of which the first segment cannot be freed, until it takes no more.
    private func fill(_ log: EventLog<FailingFiles>, _ files: FailingFiles) throws {
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        files.failures["open \(first)"] = EIO
        var isFull = false
        for number in 0..<2_000 where !isFull {
            let steps = [AppendStep.batch(ordinary, batch([UInt8](repeating: 1, count: 8_000)))]
            let vitals = number < 4 ? [AppendStep.batch(vital, batch([1]))] : []
            do throws(AppendError) {
                _ = try log.stage(steps + vitals, wallMilliseconds: 1_000)
            } catch {
                isFull = true
            }
            do throws(FileError) { try log.flush(wallMilliseconds: 1_000) } catch { isFull = true }
        }
        #expect(log.spareCount == 0)
        #expect(log.oldestSegment == 1)
    }

    /// Fills a log up to its cap and lets the next start give its first segment up. Returns what it
    /// shows before and then, and what the segment's file is named.
    private func giveUp(
        _ directory: TemporaryLog
    ) throws -> (before: LogIndex, shown: LogIndex, spare: String) {
        let before = try filled(directory)
        let names = Set(directory.names)
        let files = try FailingFiles(directory.path)
        // The active segment takes no more, and no new name gets onto the disk.
        files.failures["sync"] = EIO
        files.onRename = { [unowned files] _ in files.failures["syncDirectory"] = EIO }
        let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
        let vital = PartitionID(rawValue: 1)
        _ = try? log.stage([.batch(vital, batch([2]))], wallMilliseconds: 1_000)
        #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        #expect(log.counters.segmentsGivenUp == 1)
        #expect(log.counters.vitalBytesDropped > 0)
        let spare = try #require(Set(directory.names).subtracting(names).first)
        return (before, log.index, spare)
    }

    /// The index of a log that takes no more.
    private func filled(_ directory: TemporaryLog, room: Int = .max) throws -> LogIndex {
        let files = try FailingFiles(directory.path)
        files.room = room
        let log = try EventLog(
            files, TemporaryLog.small, wallMilliseconds: 1_000, newLog: LogID(head: 1, tail: 2))
        try fill(log, files)
        return log.index
    }

    @Test("RECORD: log starts do not go back when a segment was given up in need")
    func gone() throws {
        let directory = try TemporaryLog()
        let (before, shown, spare) = try giveUp(directory)
        // Whatever becomes of the spare: nothing may depend on what is in it.
        try directory.edit(spare) { bytes in
            for place in bytes.indices { bytes[place] = 0 }
        }
        let log = try directory.open()
        #expect(log.recovery.missing == [1])
        for id in [PartitionID(rawValue: 1), PartitionID(rawValue: 2)] {
            let shown = try #require(shown.partition(id))
            let found = try #require(log.index.partition(id))
            #expect(found.logStart >= shown.logStart)
            #expect(found.highWatermark == shown.highWatermark)
            #expect(found.records == shown.records)
            let offset = before.partition(id)?.logStart ?? -1
            #expect(log.index.gap(id, at: offset)?.isExact == true)
        }
        #expect(log.index.complaint == nil)
    }

    @Test("RECORD: a segment that was given up in need and is back after a power cut is read again")
    func back() throws {
        let directory = try TemporaryLog()
        let (before, shown, spare) = try giveUp(directory)
        #expect(rename(directory.path + "/" + spare, directory.path + "/" + first) == 0)
        let log = try directory.open()
        #expect(!log.recovery.isDamaged)
        #expect(log.index.gaps.isEmpty)
        for id in [PartitionID(rawValue: 1), PartitionID(rawValue: 2)] {
            let start = log.index.partition(id)?.logStart ?? -1
            #expect(start >= shown.partition(id)?.logStart ?? .max)
            #expect(log.index.partition(id)?.records == before.partition(id)?.records)
        }
    }

    @Test("LIVE: a next segment that cannot be had, however often, takes no room from this one")
    func sealedOnce() throws {
        let directory = try TemporaryLog()
        let files = try FailingFiles(directory.path)
        let log = try EventLog(
            files, TemporaryLog.small, wallMilliseconds: 1_000, newLog: LogID(head: 1, tail: 2))
        try fill(log, files)
        let end = log.durableEnd
        #expect(log.hasStaged && log.index.lastKind == .index)
        for _ in 0..<20 {
            #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        }
        #expect(log.durableEnd == end)
    }

    @Test("LIVE: a segment whose file is gone while the log is open is lost, and stops nothing")
    func removed() throws {
        let directory = try TemporaryLog()
        let log = try directory.open()
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        for _ in 0..<10 { try log.add(vital, [1]) }
        #expect(unlink(directory.path + "/" + first) == 0)
        for _ in 0..<300 { try log.add(ordinary, [UInt8](repeating: 1, count: 8_000)) }
        #expect(try log.add(vital, [2]) == 10)
        #expect(log.oldestSegment > 1)
        #expect(log.counters.vitalBytesDropped > 0)
        #expect(log.index.gap(vital, at: 0)?.offsets == 0..<10)
        #expect(directory.names.count <= TemporaryLog.small.segments)
        #expect(log.index.complaint == nil)
    }

    @Test("LIVE: on a full disk, a segment that fails does not keep alarms from being written")
    func fullDisk() throws {
        let directory = try TemporaryLog()
        let vital = PartitionID(rawValue: 1)
        let next = try #require(try filled(directory, room: 3).highWatermark(vital))
        #expect(directory.names.count == 3)
        let files = try FailingFiles(directory.path)
        files.room = 3
        files.failures["sync"] = EIO
        let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
        _ = try? log.stage([.batch(vital, batch([2]))], wallMilliseconds: 1_000)
        #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        files.failures = [:]
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.highWatermark(vital) == next + 1)
        #expect(log.counters.segmentsGivenUp == 1)
        #expect(directory.names.count == 3)
    }
}
