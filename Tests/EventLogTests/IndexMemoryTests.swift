// The memory of an index does not grow with the records of its log.

import EventLog
import Testing

@Suite struct IndexMemoryTests {
    private let partitions = 100
    private let segments = 64

    /// 64 segments of 16 MiB with 100 partitions: `batches` of each partition in every segment but
    /// the last, each of `records`; the last one full of frames with one record each.
    private func fill(batches: Int, records: UInt32) -> (index: LogIndex, records: Int64) {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        index.apply(
            .createTopic(
                name: "t", id: LogID(head: 0, tail: 1), first: PartitionID(rawValue: 1),
                partitions: partitions, settings: TopicSettings()), wallMilliseconds: 0)
        var ends = [Int64](repeating: 0, count: partitions + 1)
        func fold(_ partition: Int, _ count: UInt32, bytes: Int) {
            maker.wall += 1
            let shape = FrameMaker.BatchShape(
                time: maker.wall, producer: Int64(partition), epoch: 0, sequence: 0, bytes: bytes)
            index.fold(
                maker.frame([
                    .batch(UInt32(partition), base: ends[partition], count: count, shape)
                ]))
            ends[partition] += Int64(count)
        }
        for number in 1..<segments {
            for _ in 0..<batches {
                for partition in 1...partitions { fold(partition, records, bytes: 100) }
            }
            if number < segments { index.begin(maker.nextSegment()) }
        }
        var partition = 0
        while maker.position < 16 << 20 {
            partition = partition % partitions + 1
            fold(partition, 1, bytes: 300)
        }
        return (index, ends.reduce(0, +))
    }

    @Test("BOUNDED: 100 partitions with 10 million records in a gigabyte take less than 4 MB")
    func memory() {
        let (index, records) = fill(batches: 2, records: 800)
        #expect(records > 10_000_000)
        #expect(index.segments.count == segments)
        print("IndexMemoryTests: \(records) records, \(index.heapBytes) bytes")
        #expect(index.heapBytes < 4_000_000)
        // However many records a batch has.
        let (other, fewer) = fill(batches: 2, records: 1)
        #expect(fewer < 100_000)
        #expect(abs(other.heapBytes - index.heapBytes) < 100_000)
    }
}
