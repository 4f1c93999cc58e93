// Rotten stretches: what is lost is said exactly where it can be known, and no acknowledged offset
// is ever given twice.

import EventLog
import Glibc
import Testing

@Suite struct RotTests {
    private let id = PartitionID(rawValue: 1)

    private func begun(partitions: Int = 1, isVital: Bool = false) -> (FrameMaker, LogIndex) {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        index.fold(
            maker.frame([
                .meta(
                    .createTopic(
                        name: "t", id: LogID(head: 0, tail: 1), first: id, partitions: partitions,
                        settings: TopicSettings(isVital: isVital)))
            ]))
        return (maker, index)
    }

    private func rot(
        _ index: inout LogIndex, _ frame: FrameMaker.Frame, known: [Int], isWhole: Bool
    ) {
        index.noteRot(
            in: frame.segment, frame.position..<frame.position + UInt32(frame.bytes.count),
            known: known.compactMap { frame.entry($0) }, isWhole: isWhole)
    }

    private func gap(_ offsets: Range<Int64>, isExact: Bool = true) -> LogGap {
        LogGap(partition: id, offsets: offsets, isExact: isExact)
    }

    @Test("RECORD: a lost batch whose header is readable is a gap of exactly its offsets")
    func knownHeader() {
        var (maker, index) = begun()
        let frame = maker.frame([
            .batch(1, base: 0, count: 5), .batch(1, base: 5, count: 7),
            .batch(1, base: 12, count: 1),
        ])
        index.salvage(frame, 0)
        index.salvage(frame, 2)
        rot(&index, frame, known: [1], isWhole: true)
        #expect(index.gaps == [gap(5..<12)])
        #expect(index.highWatermark(id) == 13)
        #expect(index.locate(id, offset: 7)?.run == 12..<13)
        #expect(index.gap(id, at: 11)?.offsets == 5..<12)
        #expect(index.gap(id, at: 12) == nil)
        #expect(index.complaint == nil)
    }

    @Test(
        "RECORD: lost bytes that nobody can read are an exact gap when a later batch tells the end")
    func laterBatch() {
        var (maker, index) = begun(partitions: 2)
        index.fold(maker.frame([.batch(1, base: 0, count: 5), .batch(2, base: 0, count: 5)]))
        let lost = maker.frame([.batch(1, base: 5, count: 1_000)])
        rot(&index, lost, known: [], isWhole: false)
        index.fold(maker.frame([.batch(1, base: 1_005, count: 1)]))
        #expect(index.gaps.first == gap(5..<1_005))
        #expect(index.highWatermark(id) == 1_006)
        // Of the other partition nobody knows.
        let other = PartitionID(rawValue: 2)
        #expect(index.gaps.last?.isExact == false)
        #expect(index.gaps.last?.offsets.lowerBound == 5)
        #expect(index.highWatermark(other) ?? 0 > 5 + 1_000)
        // Its next batch goes on there, now and whenever this is folded again.
        let next = index.highWatermark(other) ?? 0
        index.fold(maker.frame([.batch(2, base: next, count: 1)]))
        #expect(index.gaps.last == LogGap(partition: other, offsets: 5..<next, isExact: false))
        #expect(index.highWatermark(other) == next + 1)
        #expect(index.complaint == nil)
    }

    @Test("RECORD: a lost batch that spans the most offsets it may is not reached")
    func bound() {
        var (maker, index) = begun()
        let most = LogLimits.recordsPerBatch
        let small = FrameMaker.BatchShape(bytes: 61)
        let lost = maker.frame(
            (0..<40).map {
                .batch(1, base: Int64($0 * most), count: UInt32(most), small)
            })
        rot(&index, lost, known: [], isWhole: false)
        #expect(index.highWatermark(id) ?? 0 > Int64(40 * most))
    }

    @Test("RECORD: numbers that lost meta entries may have reserved are not given again")
    func lostMeta() {
        var (maker, index) = begun()
        let lost = maker.frame([
            .meta(.reserveProducerIDs(upTo: LogLimits.reservedAtOnce)),
            .meta(.reserveVolatile(id, upTo: 20 + LogLimits.reservedAtOnce)),
        ])
        index.fold(maker.frame([.meta(.reserveVolatile(id, upTo: 20))]))
        rot(&index, lost, known: [0, 1], isWhole: true)
        #expect(index.producerIDs >= LogLimits.reservedAtOnce)
        #expect(index.volatileReserve(id) >= 20 + LogLimits.reservedAtOnce)
        #expect(index.lostMeta == 2)
    }

    @Test("RECORD: records of a topic whose making was lost are kept, and its number with them")
    func adopted() throws {
        var (maker, index) = begun()
        index.fold(maker.frame([.batch(2, base: 0, count: 3)]))
        #expect(index.topic(named: "lost.2")?.settings.isVital == true)
        #expect(index.nextPartition == 3)
        #expect(index.locate(PartitionID(rawValue: 2), offset: 0) != nil)
        // A deleted one stays deleted.
        index.fold(maker.frame([.meta(.deleteTopic(name: "t", partitions: [id]))]))
        index.fold(maker.frame([.batch(1, base: 0, count: 3)]))
        #expect(index.partition(id) == nil && index.strays == 1)
        #expect(index.complaint == nil)
    }

    @Test("RECORD: a segment that is gone leaves exact gaps, and what others hold is kept")
    func lostSegment() {
        var (maker, index) = begun()
        index.fold(maker.frame([.batch(1, base: 0, count: 5)]))
        index.begin(maker.nextSegment())
        index.fold(maker.frame([.batch(1, base: 5, count: 5)]))
        index.begin(maker.nextSegment())
        index.fold(maker.frame([.batch(1, base: 10, count: 5)]))
        index.lose(segment: 2)
        #expect(index.gaps == [gap(5..<10)])
        #expect(index.highWatermark(id) == 15)
        #expect(index.segments.map(\.number) == [1, 3])
        #expect(index.lostMeta == 0)
        #expect(index.complaint == nil)
        // The samples of the last one go with it.
        for offset in Int64(15)..<100 {
            index.fold(maker.frame([.batch(1, base: offset, count: 1)]))
        }
        #expect(index.samples.count == 1)
        index.lose(segment: 3)
        #expect(index.samples.count == 0)
        #expect(index.gaps == [gap(5..<100)])
        // Of one that was never read nobody knows what it held.
        index.lose(segment: 7)
        #expect(index.gaps.last?.isExact == false)
    }

    @Test("BOUNDED: gaps past the limit are counted, and their offsets are passed over")
    func tooManyGaps() {
        var (maker, index) = begun()
        maker.segmentBytes = 1 << 10
        index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        index.apply(
            .createTopic(
                name: "t", id: LogID(head: 0, tail: 1), first: id, partitions: 1,
                settings: TopicSettings()), wallMilliseconds: 0)
        let limit = index.limits.gaps
        for number in 0..<limit + 10 {
            index.fold(maker.frame([.batch(1, base: Int64(number * 2 + 1), count: 1)]))
        }
        #expect(index.gaps.count == limit && index.gapsBeyond == 10)
        #expect(
            index.locate(id, offset: Int64(limit * 2 + 4))?.run.lowerBound == Int64(limit * 2 + 5))
        #expect(index.recovered() == index)
    }

    /// One entry of a frame in `anyDamage`.
    private enum Fate { case good, headerOnly, gone }

    @Test(
        "RECORD: whatever rots, nothing acknowledged is given twice and all that is left is found")
    func anyDamage() throws {
        let seed = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...99_999)
        print("RotTests: SEED=\(seed)")
        for run in 0..<200 {
            var random = SplitMix(state: seed &+ UInt64(run))
            var (maker, before) = begun(partitions: 3)
            var ends: [UInt32: Int64] = [1: 0, 2: 0, 3: 0]
            var frames: [FrameMaker.Frame] = []
            var fates: [[Fate]?] = []
            for number in 0..<30 {
                var entries: [FrameMaker.Entry] = []
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let partition = UInt32.random(in: 1...3, using: &random)
                    // Now and then as many offsets in as few bytes as may be.
                    let count =
                        Int.random(in: 0..<9, using: &random) == 0
                        ? UInt32(LogLimits.recordsPerBatch)
                        : UInt32.random(in: 1...5, using: &random)
                    let base = ends[partition] ?? 0
                    entries.append(
                        .batch(
                            partition, base: base, count: count, FrameMaker.BatchShape(bytes: 61)))
                    ends[partition] = base + Int64(count)
                }
                frames.append(maker.frame(entries))
                let isRotten = number < 29 && Int.random(in: 0..<3, using: &random) == 0
                let isBlind = Bool.random(using: &random)
                fates.append(
                    !isRotten
                        ? nil
                        : entries.map { _ in
                            Bool.random(using: &random) ? .good : isBlind ? .gone : .headerOnly
                        })
            }
            func recover(_ later: [FrameMaker.Frame]) -> LogIndex {
                var index = before
                for (frame, fate) in zip(frames, fates) {
                    guard let fate else {
                        index.fold(frame)
                        continue
                    }
                    for (number, one) in fate.enumerated() where one == .good {
                        index.salvage(frame, number)
                    }
                    rot(
                        &index, frame,
                        known: fate.indices.filter { fate[$0] == .headerOnly },
                        isWhole: !fate.contains { $0 == .gone })
                }
                for frame in later { index.fold(frame) }
                return index
            }
            before.begin(maker.nextSegment())
            let index = recover([])
            try #require(index.complaint == nil, "SEED=\(seed), run \(run)")
            #expect(index.strays == 0, "SEED=\(seed), run \(run)")
            for (partition, end) in ends {
                let id = PartitionID(rawValue: partition)
                let found = try #require(index.highWatermark(id))
                #expect(found >= end, "SEED=\(seed), run \(run): \(found) of \(end)")
                // All that is left is found, all that is lost is in a gap.
                for (frame, fate) in zip(frames, fates) {
                    for number in frame.entries.indices {
                        guard let entry = frame.entry(number), entry.partition == partition else {
                            continue
                        }
                        if fate?[number] ?? .good == .good {
                            let run = index.locate(id, offset: entry.baseOffset)?.run
                            #expect(run?.contains(entry.baseOffset) == true)
                        } else {
                            #expect(index.gap(id, at: entry.baseOffset) != nil)
                        }
                    }
                }
                if !fates.contains(where: { $0?.contains { $0 == .gone } == true }) {
                    #expect(found == end, "SEED=\(seed), run \(run)")
                    #expect(!index.gaps.contains { !$0.isExact })
                }
            }
            // The writer goes on; the next recovery reads the same rot and what was written since.
            var ahead = index
            var later: [FrameMaker.Frame] = []
            for partition in UInt32(1)...3 {
                let base = ahead.highWatermark(PartitionID(rawValue: partition)) ?? 0
                later.append(maker.frame([.batch(partition, base: base, count: 2)]))
                ahead.fold(later[later.count - 1])
            }
            let again = recover(later)
            #expect(again == ahead, "SEED=\(seed), run \(run)")
            #expect(again.complaint == nil, "SEED=\(seed), run \(run)")
        }
    }
}
