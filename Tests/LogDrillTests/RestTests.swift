// A log that has been put to rest tells damage to its last records from a write that never was.

import EventLog
import SimulatedDisk
import Testing

struct RestTests {
    private static let segment = "0000000001.segment"

    /// A log with one record, killed without a closing frame, and the bytes of the record's frame.
    private static func log(rests: Bool) throws -> (SimulatedDisk, Range<Int>) {
        let disk = SimulatedDisk(seed: 1, sectorBytes: 512, capacity: .max)
        let log = try EventLog(
            disk, LogSettings(segmentBytes: 64 << 10, segments: 4), wallMilliseconds: 1)
        let results = try log.stage(
            [
                .createTopic(
                    name: "t", id: LogID(head: 1, tail: 1), partitions: 1,
                    TopicSettings(isVital: true))
            ], wallMilliseconds: 1)
        try log.flush(wallMilliseconds: 1)
        guard case .partitions(let partition, _)? = results.first else { throw Missing() }
        let start = Int(log.durableEnd.length)
        let batch = RecordBatch.encode([
            LogRecord(key: nil, value: [UInt8](repeating: 7, count: 200), timestamp: 1)
        ])
        _ = try log.stage([.batch(partition, batch)], wallMilliseconds: 1)
        try log.flush(wallMilliseconds: 1)
        let end = Int(log.durableEnd.length)
        if rests {
            try log.rest(wallMilliseconds: 1)
            #expect(Int(log.durableEnd.length) == end + 512)
        }
        return (disk.copy(seed: 2), start..<end)
    }

    @Test("RECORD: a zeroed last record of a log at rest is told, not cut without a word")
    func zeroed() throws {
        let (disk, frame) = try Self.log(rests: true)
        #expect(disk.damage(.zeroedSector, Self.segment, within: frame, foreign: []) != nil)
        let log = try EventLog(
            disk, LogSettings(segmentBytes: 64 << 10, segments: 4), wallMilliseconds: 2)
        #expect(log.recovery.isDamaged)
        #expect(log.index.gaps.contains { $0.offsets.contains(0) })
    }

    @Test("Without the resting frame nobody can tell: the damage looks like a write that never was")
    func exposed() throws {
        let (disk, frame) = try Self.log(rests: false)
        #expect(disk.damage(.zeroedSector, Self.segment, within: frame, foreign: []) != nil)
        let log = try EventLog(
            disk, LogSettings(segmentBytes: 64 << 10, segments: 4), wallMilliseconds: 2)
        #expect(!log.recovery.isDamaged)
    }

    @Test("RECORD: a log at rest at the end of a segment tells it as well, from the next one")
    func endOfSegment() throws {
        let settings = LogSettings(segmentBytes: 64 << 10, segments: 4)
        let disk = SimulatedDisk(seed: 1, sectorBytes: 512, capacity: .max)
        let log = try EventLog(disk, settings, wallMilliseconds: 1)
        let results = try log.stage(
            [
                .createTopic(
                    name: "t", id: LogID(head: 1, tail: 1), partitions: 1,
                    TopicSettings(isVital: true))
            ], wallMilliseconds: 1)
        guard case .partitions(let partition, _)? = results.first else { throw Missing() }
        var frame = 0..<0
        // A resting frame fits behind each of them until one does not.
        while log.durableEnd.segment < 2 {
            let batch = RecordBatch.encode([
                LogRecord(key: nil, value: [UInt8](repeating: 7, count: 200), timestamp: 1)
            ])
            _ = try log.stage([.batch(partition, batch)], wallMilliseconds: 1)
            try log.flush(wallMilliseconds: 1)
            try #require(log.durableEnd.segment == 1)
            frame = Int(log.durableEnd.length) - 512..<Int(log.durableEnd.length)
            #expect(log.isExposed)
            try log.rest(wallMilliseconds: 1)
            #expect(!log.isExposed)
        }
        let next = try #require(log.index.highWatermark(partition))
        let bad = disk.copy(seed: 2)
        #expect(bad.damage(.zeroedSector, Self.segment, within: frame, foreign: []) != nil)
        // The newest checkpoint knows of the record, so reading finds that it is not there.
        let again = try EventLog(bad, settings, wallMilliseconds: 2)
        #expect(again.index.highWatermark(partition) == next)
        #expect(again.index.locate(partition, offset: next - 1)?.run.contains(next - 1) == true)
    }

    private struct Missing: Error {}
}
