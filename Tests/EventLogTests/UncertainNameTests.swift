// A segment that got its name and whose name may not be on the disk: it is given up, and what is written
// afterwards counts all the same.

import EventLog
import Glibc
import Testing

@Suite struct UncertainNameTests {
    @Test(
        "RECORD: what is acknowledged after a segment was begun in vain is there at the next start")
    func begunInVain() throws {
        let directory = try TemporaryLog()
        var end: Int64 = 0
        let vital = PartitionID(rawValue: 1)
        let ordinary = PartitionID(rawValue: 2)
        do {
            let files = try FailingFiles(directory.path)
            let log = try EventLog(
                files,
                LogSettings(
                    segmentBytes: 128 << 10, segments: 12, reserve: 3,
                    longestFrame: 16 << 10), wallMilliseconds: 1_000,
                newLog: LogID(head: 1, tail: 2))
            _ = try log.makeTopic("alarms", isVital: true)
            _ = try log.makeTopic("signals")
            // The first segment is full of what has to be copied.
            while log.durableEnd.segment < 2 {
                try log.add(vital, [UInt8](repeating: 1, count: 12_000))
            }
            // One spare is missing, as freeing failed once.
            while log.durableEnd.segment < 10 {
                while try log.prepare(wallMilliseconds: 1_000) {}
                if log.durableEnd.segment == 9 { files.failures["open 0000000001.segment"] = EIO }
                try log.add(ordinary, [UInt8](repeating: 1, count: 8_000))
            }
            #expect(log.spareCount == 2)
            // Room for small appends, and not for a copy.
            while (128 << 10) - Int(log.durableEnd.length) > 12_000 {
                try log.add(ordinary, [UInt8](repeating: 1, count: 800))
            }
            let active = log.durableEnd.segment
            files.failures = [:]
            files.onRename = { name in
                if name.hasSuffix(".segment") { files.failures["syncDirectory"] = EIO }
            }
            #expect(throws: FileError.self) {
                while try log.prepare(wallMilliseconds: 1_000) {}
            }
            #expect(log.durableEnd.segment == active)
            files.failures = [:]
            files.onRename = nil
            end = try log.add(vital, [9])
        }
        let log = try directory.open()
        #expect(log.index.highWatermark(vital) == end + 1)
        #expect(!log.recovery.isDamaged)
        #expect(log.index.complaint == nil)
    }
}
