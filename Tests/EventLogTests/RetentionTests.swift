// What goes and what stays: by age, by size, by segments that are used again.

import EventLog
import Testing

@Suite struct RetentionTests {
    private let id = PartitionID(rawValue: 1)

    /// One partition with ten records in each of `segments`, the times of segment n are n * 1,000.
    private func log(
        _ settings: TopicSettings, segments: Int
    ) -> (maker: FrameMaker, index: LogIndex) {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        for number in 0..<segments {
            index.begin(maker.nextSegment())
            if number == 0 {
                index.fold(
                    maker.frame([
                        .meta(
                            .createTopic(
                                name: "t", id: LogID(head: 0, tail: 1), first: id, partitions: 1,
                                settings: settings))
                    ]))
            }
            index.fold(
                maker.frame([
                    .batch(
                        1, base: Int64(number * 10), count: 10,
                        FrameMaker.BatchShape(time: Int64(number + 1) * 1_000, bytes: 968))
                ]))
        }
        return (maker, index)
    }

    private func due(_ index: LogIndex, _ wall: Int64) -> Int64? {
        let starts = index.logStarts(dueAt: wall)
        #expect(starts.count < 2 && starts.first?.0 ?? id == id)
        return starts.first?.1
    }

    @Test("BOUNDED: runs whose newest record is too old go, to the last")
    func byAge() {
        let (_, index) = log(TopicSettings(retentionMilliseconds: 500), segments: 4)
        #expect(due(index, 1_500) == nil)
        #expect(due(index, 1_501) == 10)
        #expect(due(index, 3_501) == 30)
        #expect(due(index, 100_000) == 40)
        #expect(due(index, -1) == nil)
        #expect(due(index, .min) == nil)
    }

    @Test("BOUNDED: the oldest runs go as long as more bytes than wanted are left")
    func bySize() {
        var (maker, index) = log(TopicSettings(retentionBytes: 2_500), segments: 5)
        #expect(index.partition(id)?.bytes == 5_000)
        // 3,000 bytes stay: without one more run there would be fewer than 2,500.
        #expect(due(index, 0) == 20)
        index.fold(maker.frame([.meta(.setLogStart(id, offset: 20))]))
        #expect(due(index, 0) == nil)
        #expect(index.partition(id)?.records == 30)
        #expect(index.partition(id)?.bytes == 3_000)
    }

    @Test("Without settings nothing is due")
    func forEver() {
        let (_, index) = log(TopicSettings(), segments: 5)
        #expect(due(index, .max) == nil)
    }

    @Test("An ordinary topic's records go with the segment that they stand in")
    func freedOrdinary() {
        var (maker, index) = log(TopicSettings(), segments: 3)
        #expect(index.segments.map(\.vitalBytes) == [0, 0, 0])
        index.fold(maker.frame([.meta(.freed(segment: 1))]))
        #expect(index.segments.map(\.number) == [2, 3])
        #expect(index.partition(id)?.logStart == 10)
        #expect(index.gaps == [] && index.complaint == nil)
    }

    @Test(
        "RECORD: what is vital is copied forward with its offsets, and read from either until then")
    func freedVital() throws {
        var (maker, index) = log(TopicSettings(isVital: true), segments: 3)
        #expect(index.segments.map(\.vitalBytes) == [1_000, 1_000, 1_000])
        let shape = FrameMaker.BatchShape(time: 1_000, bytes: 968)
        index.fold(
            maker.frame([
                .batch(1, base: 0, count: 10, shape, isCopied: true),
                .batch(1, base: 30, count: 1, FrameMaker.BatchShape(time: 4_000, bytes: 968)),
            ]))
        #expect(index.locate(id, offset: 3)?.place.segment == 1)
        #expect(index.segments.map(\.vitalBytes) == [1_000, 1_000, 3_000])
        #expect(index.partition(id)?.records == 31)
        index.fold(maker.frame([.meta(.freed(segment: 1))]))
        #expect(index.locate(id, offset: 3)?.place.segment == 3)
        #expect(index.locate(id, offset: 3)?.run == 0..<10)
        #expect(index.locate(id, timestamp: 900)?.run == 0..<10)
        #expect(index.locate(id, offset: 30)?.run == 20..<31)
        #expect(index.partition(id)?.logStart == 0)
        #expect(index.gaps == [] && index.complaint == nil)
        #expect(index.recovered() == index)
    }

    @Test("RECORD: copying that was interrupted begins anew, in whatever order the runs stand")
    func interruptedCopy() {
        var (maker, index) = log(TopicSettings(isVital: true), segments: 1)
        // A run of later offsets before one of earlier ones, as after an earlier freeing.
        index.fold(maker.frame([.batch(1, base: 10, count: 10)]))
        func copy(_ base: Int64, _ count: UInt32) -> FrameMaker.Entry {
            .batch(1, base: base, count: count, isCopied: true)
        }
        index.begin(maker.nextSegment())
        index.fold(maker.frame([copy(10, 10), copy(0, 4)]))
        index.begin(maker.nextSegment())
        index.fold(maker.frame([.batch(1, base: 20, count: 1), copy(10, 10), copy(0, 10)]))
        index.fold(maker.frame([.meta(.freed(segment: 1))]))
        #expect(index.locate(id, offset: 2)?.place.segment == 3)
        #expect(index.locate(id, offset: 12)?.place.segment == 3)
        #expect(index.gaps == [] && index.complaint == nil)
        #expect(index.segments.first?.vitalBytes == 0)
    }

    @Test("RECORD: what could not be copied of a vital topic is a gap")
    func rottenCopy() {
        var (maker, index) = log(TopicSettings(isVital: true), segments: 2)
        index.fold(maker.frame([.batch(1, base: 4, count: 6, isCopied: true)]))
        index.fold(maker.frame([.meta(.freed(segment: 1))]))
        #expect(index.gaps == [LogGap(partition: id, offsets: 0..<4, isExact: true)])
        #expect(index.locate(id, offset: 0)?.run == 4..<10)
        #expect(index.complaint == nil)
    }

    @Test("A topic that becomes vital, or ordinary, is counted as what it is")
    func altered() {
        var (maker, index) = log(TopicSettings(isVital: true), segments: 2)
        index.fold(maker.frame([.meta(.alterTopic(name: "t", settings: TopicSettings()))]))
        #expect(index.segments.map(\.vitalBytes) == [0, 0])
        index.fold(
            maker.frame([.meta(.alterTopic(name: "t", settings: TopicSettings(isVital: true)))]))
        #expect(index.segments.map(\.vitalBytes) == [1_000, 1_000])
        index.fold(maker.frame([.meta(.setLogStart(id, offset: 10))]))
        #expect(index.segments.map(\.vitalBytes) == [0, 1_000])
        index.fold(maker.frame([.meta(.deleteTopic(name: "t", partitions: [id]))]))
        #expect(index.segments.map(\.vitalBytes) == [0, 0])
        #expect(index.complaint == nil)
    }

    @Test("BOUNDED: groups that have not committed for long are named")
    func unusedGroups() {
        var (_, index) = log(TopicSettings(), segments: 1)
        for (group, wall) in [("b", Int64(10)), ("a", 10), ("c", 10), ("c", 20)] {
            let partition = PartitionID(rawValue: 1)
            index.apply(
                .commit(group: group, partition, offset: wall, metadata: ""),
                wallMilliseconds: wall)
        }
        #expect(index.groups(unusedSince: 10) == [])
        #expect(index.groups(unusedSince: 11) == ["a", "b"])
        #expect(index.groups(unusedSince: .max) == ["a", "b", "c"])
        index.apply(.deleteGroup("a"), wallMilliseconds: 30)
        #expect(index.groups == ["b", "c"])
        #expect(index.committed(group: "c", id)?.offset == 20)
    }
}
