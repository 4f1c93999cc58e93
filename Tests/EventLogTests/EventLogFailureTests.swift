// Disks that fail and disks that are full: what was acknowledged stays, what was not waits.

import EventLog
import Glibc
import Testing

@Suite struct EventLogFailureTests {
    private func open(
        _ files: FailingFiles, _ settings: LogSettings = TemporaryLog.small
    ) throws -> EventLog<FailingFiles> {
        try EventLog(files, settings, wallMilliseconds: 1_000, newLog: LogID(head: 1, tail: 2))
    }

    @Test(
        "RECORD: after a failed write or sync nothing is written to that segment again",
        arguments: ["write", "sync"])
    func failedSyncIsFinal(call: String) throws {
        let directory = try TemporaryLog()
        var partition = PartitionID(rawValue: 0)
        var durable: LogIndex?
        do {
            let files = try FailingFiles(directory.path)
            let log = try open(files)
            partition = try log.makeTopic("alarms", isVital: true)
            #expect(try log.add(partition, [1]) == 0)
            let first = log.durableEnd.segment
            files.failures[call] = EIO
            #expect(throws: FileError.self) { try log.add(partition, [2]) }
            #expect(log.isDegraded)
            #expect(log.hasStaged)
            let writes = files.written[SegmentName.segment(first).text]
            // Nothing of it counts before it is flushed elsewhere.
            #expect(log.index.highWatermark(partition) == 1)
            files.failures = [:]
            _ = try log.stage([.batch(partition, batch([3]))], wallMilliseconds: 1_000)
            try log.flush(wallMilliseconds: 1_000)
            #expect(log.isDegraded == false)
            #expect(log.durableEnd.segment > first)
            #expect(files.written[SegmentName.segment(first).text] == writes)
            #expect(log.index.highWatermark(partition) == 3)
            durable = log.index
        }
        // The frame that failed stands there, whole, and does not count twice.
        let log = try directory.open()
        #expect(log.index == durable)
        #expect(log.recovery.isDamaged == false)
        #expect(log.index.partition(partition)?.records == 3)
        #expect(log.index.strays == 0)
    }

    @Test(
        "RECORD: whatever call fails, what waits is kept and goes out when the disk is back",
        arguments: ["write", "sync", "rename", "create", "open", "syncDirectory", "remove"])
    func allFails(call: String) throws {
        let directory = try TemporaryLog()
        let files = try FailingFiles(directory.path)
        let log = try open(files)
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        var kept: Int64 = 0
        for round in 0..<60 {
            files.failures = round % 3 == 2 ? [call: EIO] : [:]
            for _ in 0..<4 {
                do throws(AppendError) {
                    _ = try log.stage(
                        [.batch(vital, batch([UInt8](repeating: 1, count: 900)))],
                        wallMilliseconds: 1_000)
                    kept += 1
                    _ = try log.stage(
                        [.batch(ordinary, batch([UInt8](repeating: 1, count: 1_500)))],
                        wallMilliseconds: 1_000)
                } catch {
                    #expect(error == .backlogged || error == .full)
                }
            }
            do throws(FileError) { try log.flush(wallMilliseconds: 1_000) } catch {
                #expect(error.errno == EIO || error.errno == ENOSPC || error.errno == ENOENT)
            }
        }
        files.failures = [:]
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.highWatermark(vital) == kept)
        #expect(log.index.partition(vital)?.records == kept)
        #expect(log.index.gaps.isEmpty)
        #expect(directory.names.count <= TemporaryLog.small.segments)
    }

    @Test("BOUNDED: with no free space at all the log starts, writes, and goes on in its own files")
    func noSpace() throws {
        let directory = try TemporaryLog()
        var partition = PartitionID(rawValue: 0)
        do {
            let log = try directory.open()
            partition = try log.makeTopic("signals")
            for _ in 0..<300 { try log.add(partition, [UInt8](repeating: 1, count: 900)) }
        }
        let before = directory.names
        let files = try FailingFiles(directory.path)
        files.room = 0
        let log = try open(files)
        #expect(log.lastFailure == nil)
        for number in 300..<1_000 {
            let offset = try log.add(partition, [UInt8](repeating: 1, count: 900))
            #expect(offset == Int64(number))
        }
        #expect(directory.names.count == before.count)
        #expect(log.index.partition(partition)?.highWatermark == 1_000)
        #expect(log.index.gaps.isEmpty)
    }

    @Test("BOUNDED: where not even the first file can be made, appends wait and are bounded")
    func nothingAtAll() throws {
        let directory = try TemporaryLog()
        let files = try FailingFiles(directory.path)
        files.room = 0
        let log = try open(files)
        #expect(log.isDegraded)
        _ = try log.stage(
            [
                .createTopic(
                    name: "alarms", id: LogID(head: 1, tail: 1), partitions: 1,
                    TopicSettings(isVital: true))
            ], wallMilliseconds: 1_000)
        let vital = PartitionID(rawValue: 1)
        var staged = 0
        #expect(throws: AppendError.backlogged) {
            while staged < 1_000 {
                _ = try log.stage(
                    [.batch(vital, batch([UInt8](repeating: 1, count: 900)))],
                    wallMilliseconds: 1_000)
                staged += 1
            }
        }
        #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        files.room = .max
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.highWatermark(vital) == Int64(staged))
    }

    @Test("BOUNDED: vital topics fill half of the cap, then their oldest records go")
    func vitalLimit() throws {
        let directory = try TemporaryLog()
        let log = try directory.open()
        let alarms = try log.makeTopic("alarms", isVital: true)
        let audit = try log.makeTopic("audit", isVital: true)
        try log.add(alarms, [1])
        for _ in 0..<3_000 { try log.add(audit, [UInt8](repeating: 1, count: 900)) }
        #expect(log.lastFailure == nil)
        #expect(log.vitalBytes <= log.vitalLimit + Int64(2 * log.settings.segmentBytes))
        #expect(log.counters.vitalBytesDropped > 0)
        // The talkative one pays, not the alarm.
        #expect(log.index.partition(alarms)?.logStart == 0)
        #expect(log.index.partition(alarms)?.records == 1)
        #expect(log.index.partition(audit)?.logStart ?? 0 > 0)
        #expect(log.index.gaps.isEmpty)
    }

    @Test("RECORD: spares are made in small steps ahead of need")
    func prepare() throws {
        let directory = try TemporaryLog()
        let files = try FailingFiles(directory.path)
        let log = try open(files)
        var steps = 0
        while try log.prepare(wallMilliseconds: 1_000) { steps += 1 }
        #expect(log.spareCount == 2)
        #expect(steps <= 8)
        let partition = try log.makeTopic("signals")
        for _ in 0..<2_000 {
            try log.add(partition, [UInt8](repeating: 1, count: 900))
            while try log.prepare(wallMilliseconds: 1_000) {}
            #expect(log.spareCount >= 1)
        }
        #expect(directory.names.count <= 8)
    }

    @Test("RECORD: what cannot be read is rot, and nothing is written over it")
    func unreadable() throws {
        let directory = try TemporaryLog()
        let first = SegmentName.segment(1).text
        var partition = PartitionID(rawValue: 0)
        do {
            let log = try directory.open()
            partition = try log.makeTopic("alarms", isVital: true)
            for _ in 0..<40 { try log.add(partition, [1]) }
        }
        var before: [UInt8] = []
        try directory.edit(first) { before = $0 }
        do {
            let files = try FailingFiles(directory.path)
            files.unreadable = (first, 16_384..<20_480)
            let log = try open(files)
            #expect(log.recovery.rot.count == 1)
            let gap = try #require(log.index.gaps.first)
            #expect(log.index.gaps.count == 1)
            #expect(gap.offsets.count == 8)
            #expect(try log.add(partition, [2]) == 40)
        }
        do {
            // The end of the log cannot be read: no offset that was given is given again.
            let files = try FailingFiles(directory.path)
            files.unreadable = (first, 24_576..<65_536)
            let log = try open(files)
            #expect(log.recovery.isDamaged)
            #expect(try log.add(partition, [2]) > 40)
            #expect(log.durableEnd.segment == 2)
        }
        var after: [UInt8] = []
        try directory.edit(first) { after = $0 }
        #expect(Array(after[..<24_576]) == Array(before[..<24_576]))
    }

    @Test(
        "RECORD: a vital record that cannot be read when its segment is freed is tried again, and counted if it is lost",
        arguments: [2, Int.max])
    func unreadableWhileFreeing(reads: Int) throws {
        let directory = try TemporaryLog()
        let files = try FailingFiles(directory.path)
        let log = try open(files)
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        for _ in 0..<40 { try log.add(vital, [1]) }
        files.unreadable = (SegmentName.segment(1).text, 16_384..<20_480)
        files.unreadableReads = reads
        for _ in 0..<2_000 where log.oldestSegment == 1 {
            try log.add(ordinary, [UInt8](repeating: 1, count: 900))
        }
        #expect(log.oldestSegment > 1)
        let isBack = reads < .max
        #expect(files.unreadableReads < reads)
        #expect((log.counters.vitalBytesDropped == 0) == isBack)
        #expect(log.index.gaps.isEmpty == isBack)
        #expect((log.index.partition(vital)?.records == 40) == isBack)
    }

    @Test("RECORD: a second writer is refused while the first one is there")
    func lock() throws {
        let directory = try TemporaryLog()
        let log = try directory.open()
        #expect(throws: FileError.self) { _ = try DirectoryFiles(directory.path) }
        #expect(log.lastFailure == nil)
    }
}
