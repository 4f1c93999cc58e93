// The drill finds an index that is not what the frames say.

import EventLog
import SimulatedDisk
import Testing

@testable import LogDrill

@Suite struct RefoldTests {
    @Test("RECORD: an index is what all frames fold to, and one that is not is found")
    func difference() throws {
        let disk = SimulatedDisk(seed: 1)
        let log = try EventLog(
            disk, LogSettings(segmentBytes: 64 << 10, segments: 4, longestFrame: 4_096),
            wallMilliseconds: 1, newLog: LogID(head: 1, tail: 1))
        let id = PartitionID(rawValue: 1)
        _ = try log.stage(
            [
                .createTopic(
                    name: "vital", id: LogID(head: 1, tail: 2), partitions: 1,
                    TopicSettings(isVital: true))
            ], wallMilliseconds: 1)
        for number in 0..<300 as Range<Int64> {
            let record = LogRecord(value: [UInt8](repeating: 1, count: 800), timestamp: number)
            var steps = [AppendStep.batch(id, RecordBatch.encode([record]))]
            if number % 20 == 19 { steps.append(.setLogStart(id, offset: number - 10)) }
            _ = try log.stage(steps, wallMilliseconds: 1)
            try log.flush(wallMilliseconds: 1)
            if number % 10 == 0 {
                #expect(Journal(disk, log.index).foldDifference(from: log.index) == nil)
            }
        }
        // Over many checkpoints, and long after the first segment.
        #expect(log.oldestSegment > 1)
        let journal = Journal(disk, log.index)
        #expect(journal.foldDifference(from: log.index) == nil)
        let changes: [MetaEntry] = [
            .setLogStart(id, offset: 295), .commit(group: "g", id, offset: 1, metadata: ""),
            .reserveProducerIDs(upTo: 7), .reserveVolatile(id, upTo: 7), .deleteGroup("none"),
            .freed(segment: log.oldestSegment),
        ]
        for change in changes {
            var index = log.index
            index.apply(change, wallMilliseconds: 1)
            #expect(journal.foldDifference(from: index) != nil, "\(change)")
        }
    }
}
