// What the drill takes for lost, and what for freed.

import EventLog
import SimulatedDisk
import Testing

@testable import LogDrill

@Suite struct BatchReadingTests {
    @Test("A batch before the log start was freed, whatever is lost behind it")
    func freedBeforeGap() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try EventLog(
            disk, LogSettings(segmentBytes: 64 << 10, segments: 4, longestFrame: 4_096),
            wallMilliseconds: 1, newLog: LogID(head: 1, tail: 1))
        let id = PartitionID(rawValue: 1)
        let bytes = RecordBatch.encode([LogRecord(value: [1], timestamp: 1)])
        _ = try log.stage(
            [
                .createTopic(
                    name: "plain", id: LogID(head: 1, tail: 2), partitions: 1, TopicSettings()),
                .batch(id, bytes), .batch(id, bytes), .setLogStart(id, offset: 1),
            ], wallMilliseconds: 1)
        try log.flush(wallMilliseconds: 1)
        let first = Truth.Batch(base: 0, count: 1, bytes: bytes)
        let second = Truth.Batch(base: 1, count: 1, bytes: bytes)
        let whole = BatchReading(disk: disk, index: log.index)
        #expect(whole.read(first, id) == .absent)
        #expect(whole.read(second, id) == .right)
        // All that was left is freed as well, and an end that nobody can read may have held more.
        _ = try log.stage([.setLogStart(id, offset: 2)], wallMilliseconds: 1)
        try log.flush(wallMilliseconds: 1)
        var index = log.index
        index.noteRot(in: 1, 8_192..<65_536, known: [], isWhole: false)
        let damaged = BatchReading(disk: disk, index: index)
        #expect(index.gap(id, at: 2) != nil)
        #expect(damaged.read(second, id) == .absent)
        #expect(damaged.read(Truth.Batch(base: 2, count: 1, bytes: bytes), id) == .reported)
    }
}
