// A start that finds the newest segment under a name that a power cut may take back: nothing else that
// holds what was acknowledged goes before that name is on the disk.

import EventLog
import Glibc
import Testing

@Suite struct CachedNameTests {
    private let names = (1...2).map { SegmentName.segment(UInt32($0)).text }

    /// A log on a full disk, killed when its second segment has its name and before the directory was
    /// synced. Returns the first segment's vital record.
    private func killedInRoll(_ directory: TemporaryLog) throws -> (PartitionID, Int64) {
        let files = try FailingFiles(directory.path)
        files.room = 2
        let log = try EventLog(
            files, TemporaryLog.small, wallMilliseconds: 1_000, newLog: LogID(head: 1, tail: 2))
        let vital = try log.makeTopic("alarms", isVital: true)
        let ordinary = try log.makeTopic("signals")
        let offset = try log.add(vital, [1])
        let second = names[1]
        defer { files.onRename = nil }
        files.onRename = { [unowned files] in
            if $0 == second { files.failures["syncDirectory"] = EIO }
        }
        #expect(throws: FileError.self) {
            for _ in 0..<100 { try log.add(ordinary, [UInt8](repeating: 1, count: 8_000)) }
        }
        #expect(log.durableEnd.segment == 1)
        #expect(directory.names == names)
        return (vital, offset)
    }

    @Test("RECORD: no segment is given up while the newest one's name is only in the cache")
    func givenUp() throws {
        let directory = try TemporaryLog()
        let (vital, offset) = try killedInRoll(directory)
        do {
            let files = try FailingFiles(directory.path)
            files.room = 2
            // The newest one takes no more, there is no spare nor room for one, and no name gets
            // onto the disk.
            files.failures["sync"] = EIO
            files.failures["syncDirectory"] = EIO
            let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
            _ = try log.stage([.batch(vital, batch([2]))], wallMilliseconds: 1_000)
            for _ in 0..<3 {
                #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
                #expect(directory.names == names)
            }
            #expect(log.counters.segmentsGivenUp == 0)
        }
        // The power cut takes the newest one's name back.
        #expect(rename(directory.path + "/" + names[1], directory.path + "/spare-9") == 0)
        let log = try directory.open()
        #expect(!log.recovery.isNew)
        #expect(!log.recovery.isDamaged)
        #expect(log.index.highWatermark(vital) == offset + 1)
        #expect(log.index.gaps.isEmpty)
    }

    @Test("LIVE: it is given up as soon as the names are on the disk")
    func givenUpLater() throws {
        let directory = try TemporaryLog()
        let (vital, offset) = try killedInRoll(directory)
        let files = try FailingFiles(directory.path)
        files.room = 2
        files.failures["sync"] = EIO
        files.failures["syncDirectory"] = EIO
        let log = try EventLog(files, TemporaryLog.small, wallMilliseconds: 1_000)
        _ = try log.stage([.batch(vital, batch([2]))], wallMilliseconds: 1_000)
        for _ in 0..<3 {
            #expect(throws: FileError.self) { try log.flush(wallMilliseconds: 1_000) }
        }
        files.failures = [:]
        try log.flush(wallMilliseconds: 1_000)
        #expect(log.index.highWatermark(vital) == offset + 2)
        #expect(log.counters.segmentsGivenUp == 1)
        #expect(log.counters.vitalBytesDropped > 0)
    }
}
