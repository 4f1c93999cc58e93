// Finding offsets and times: against walking over everything.

import EventLog
import Glibc
import Testing

@Suite struct LookupTests {
    /// What stands where, as a reader would see it by walking.
    private struct Entry {
        var place: Place
        var first: Int64
        var next: Int64
        var time: Int64
    }

    /// A log of one to three partitions, and its entries in order.
    private func makeLog(
        _ random: inout SplitMix, frames: Int
    ) -> (index: LogIndex, entries: [[Entry]], sealed: [UInt32: SegmentIndex]) {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        index.fold(
            maker.frame([
                .meta(
                    .createTopic(
                        name: "t", id: LogID(head: 0, tail: 1), first: PartitionID(rawValue: 1),
                        partitions: 3, settings: TopicSettings()))
            ]))
        var entries: [[Entry]] = [[], [], []]
        var sealed: [UInt32: SegmentIndex] = [:]
        // Late enough that no jump back leads before 1970: there the samples say nothing, and a walk is longer.
        var time: Int64 = 10_000_000
        for frame in 0..<frames {
            if frame % (frames / 3 + 1) == frames / 3 {
                // Through its bytes, as a reader gets it.
                sealed[maker.segment] = index.samples.encoded().withUnsafeBytes { SegmentIndex($0) }
                index.begin(maker.nextSegment())
            }
            var batches: [(Int, Entry)] = []
            var list: [FrameMaker.Entry] = []
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let number = Int.random(in: 0..<3, using: &random)
                let base = (batches.last { $0.0 == number }?.1 ?? entries[number].last)?.next ?? 0
                let count = UInt32.random(in: 1...20, using: &random)
                // The wall clock goes back now and then.
                time += Int64.random(in: -30...60, using: &random)
                if Int.random(in: 0..<200, using: &random) == 0 { time -= 5_000 }
                list.append(
                    .batch(
                        UInt32(number + 1), base: base, count: count,
                        FrameMaker.BatchShape(
                            time: time, bytes: Int.random(in: 61...3_000, using: &random))))
                batches.append(
                    (
                        number,
                        Entry(
                            place: Place(segment: maker.segment, position: 0), first: base,
                            next: base + Int64(count), time: time)
                    ))
            }
            let made = maker.frame(list)
            for (number, batch) in batches.enumerated() {
                var entry = batch.1
                entry.place.position = made.entries[number]
                entries[batch.0].append(entry)
            }
            index.fold(made)
        }
        return (index, entries, sealed)
    }

    @Test("RECORD: every offset and every time is found where a walk over everything finds it")
    func found() throws {
        let seed = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...99_999)
        print("LookupTests: SEED=\(seed)")
        var random = SplitMix(state: seed)
        let (index, entries, sealed) = makeLog(&random, frames: 1_500)
        var longest = 0
        for number in 0..<3 {
            let id = PartitionID(rawValue: UInt32(number + 1))
            let end = try #require(entries[number].last).next
            #expect(index.highWatermark(id) == end)
            #expect(index.locate(id, offset: end) == nil)
            for _ in 0..<2_000 {
                let offset = Int64.random(in: 0..<end, using: &random)
                let rough = try #require(index.locate(id, offset: offset))
                let location = try #require(
                    index.locate(id, offset: offset, sealed: sealed[rough.place.segment]))
                #expect(location.run.contains(offset))
                let start = try #require(
                    entries[number].firstIndex { $0.place == location.place },
                    "SEED=\(seed): no entry at \(location)")
                let target = try #require(entries[number].firstIndex { $0.next > offset })
                #expect(entries[number][start].first == location.baseOffset)
                #expect(start <= target, "SEED=\(seed): behind offset \(offset)")
                longest = max(longest, target - start)
            }
            let times = entries[number].map(\.time)
            for _ in 0..<2_000 {
                let time = Int64.random(
                    in: (times.min() ?? 0) - 10...(times.max() ?? 0) + 10, using: &random)
                guard let target = entries[number].firstIndex(where: { $0.time >= time }) else {
                    #expect(index.locate(id, timestamp: time) == nil)
                    continue
                }
                let rough = try #require(index.locate(id, timestamp: time))
                let location = try #require(
                    index.locate(id, timestamp: time, sealed: sealed[rough.place.segment]))
                let start = try #require(
                    entries[number].firstIndex { $0.place == location.place })
                #expect(start <= target, "SEED=\(seed): behind time \(time)")
                #expect(
                    location.run.contains(entries[number][target].first),
                    "SEED=\(seed): another run than the one with \(time)")
                longest = max(longest, target - start)
            }
        }
        #expect(longest <= 64, "a walk of \(longest) entries")
    }

    @Test("BOUNDED: a segment's index is thinned, and still finds everything nearby")
    func thinned() throws {
        var index = SegmentIndex()
        var maker = FrameMaker()
        var log = LogIndex(log: maker.log)
        maker.segmentBytes = 64 << 10
        log.begin(maker.nextSegment())
        log.fold(
            maker.frame([
                .meta(
                    .createTopic(
                        name: "t", id: LogID(head: 0, tail: 1), first: PartitionID(rawValue: 1),
                        partitions: 1, settings: TopicSettings()))
            ]))
        for number in 0..<20_000 {
            log.fold(maker.frame([.batch(1, base: Int64(number), count: 1)]))
            #expect(log.samples.count <= log.limits.samples)
        }
        index = log.samples
        #expect(index.count > log.limits.samples / 3)
        let id = PartitionID(rawValue: 1)
        for offset in stride(from: Int64(0), to: 20_000, by: 77) {
            let location = try #require(log.locate(id, offset: offset))
            #expect(location.baseOffset <= offset && offset - location.baseOffset <= 1_024)
        }
        #expect(index.encoded().withUnsafeBytes { SegmentIndex($0) } == index)
    }

    @Test("BOUNDED: no bytes of a segment's index can break its reader or mislead a lookup")
    func fuzz() throws {
        var random = SplitMix(state: 11)
        let (index, _, sealed) = makeLog(&random, frames: 600)
        let (segment, good) = try #require(sealed.min { $0.key < $1.key })
        let bytes = good.encoded()
        let id = PartitionID(rawValue: 1)
        for _ in 0..<5_000 {
            var bad = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) { random.mutate(&bad) }
            guard let samples = bad.withUnsafeBytes({ SegmentIndex($0) }) else { continue }
            let offset = Int64.random(in: 0..<1_000, using: &random)
            guard let location = index.locate(id, offset: offset, sealed: samples) else { continue }
            if location.place.segment == segment {
                #expect(location.place.position <= location.last)
                #expect(location.baseOffset <= max(offset, location.run.lowerBound))
            }
        }
    }

    @Test("A run that the log start has passed no longer sums up in the times of later ones")
    func timesAfterRetention() throws {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        let id = PartitionID(rawValue: 1)
        func batch(_ base: Int64, _ time: Int64) -> FrameMaker.Entry {
            .batch(1, base: base, count: 10, FrameMaker.BatchShape(time: time))
        }
        index.fold(
            maker.frame([
                .meta(
                    .createTopic(
                        name: "t", id: LogID(head: 0, tail: 1), first: id, partitions: 1,
                        settings: TopicSettings())), batch(0, 9_000),
            ]))
        index.begin(maker.nextSegment())
        index.fold(maker.frame([batch(10, 100)]))
        index.begin(maker.nextSegment())
        index.fold(maker.frame([batch(20, 200)]))
        #expect(index.locate(id, timestamp: 150)?.run.lowerBound == 0)
        index.fold(maker.frame([.meta(.setLogStart(id, offset: 10))]))
        #expect(index.locate(id, timestamp: 150)?.run.lowerBound == 20)
        #expect(index.locate(id, timestamp: 9_000) == nil)
        #expect(index.partition(id)?.maxTimestamp == 200)
    }

    @Test("A time that only batches before the log start have is looked for behind their run")
    func timesBehindLogStart() throws {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        let id = PartitionID(rawValue: 1)
        index.fold(
            maker.frame([
                .meta(
                    .createTopic(
                        name: "t", id: LogID(head: 0, tail: 1), first: id, partitions: 1,
                        settings: TopicSettings()))
            ]))
        var sealed: SegmentIndex?
        // Times fall in the first segment, and rise again in the second and third.
        for number in 0..<200 {
            let time = number < 50 ? Int64(900 - number) : number < 100 ? 10 : Int64(number)
            index.fold(
                maker.frame([
                    .batch(1, base: Int64(number), count: 1, FrameMaker.BatchShape(time: time))
                ]))
            if number == 99 { sealed = index.samples }
            if number == 99 || number == 149 { index.begin(maker.nextSegment()) }
        }
        index.fold(maker.frame([.meta(.setLogStart(id, offset: 80))]))
        let first = try #require(index.locate(id, timestamp: 160, sealed: sealed))
        #expect(first.run == 0..<100 && first.wanted == 80)
        #expect(first.baseOffset <= 80 && first.baseOffset > 80 - 65)
        // Nothing there that is wanted and new enough: the reader asks on.
        let next = try #require(index.locate(id, timestamp: 160, from: first.run.upperBound))
        #expect(next.run == 150..<200)
        #expect(index.locate(id, timestamp: 160, from: 200) == nil)
        #expect(index.locate(id, timestamp: 10_000) == nil)
    }
}
