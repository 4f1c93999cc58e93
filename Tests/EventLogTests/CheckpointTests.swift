// A checkpoint is the state: nothing is lost on the way through it, and no bytes can break it.

import EventLog
import Glibc
import Testing

@Suite struct CheckpointTests {
    @Test("RECORD: through a checkpoint at any point, the same frames give the same index")
    func roundTrips() throws {
        let seed = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...99_999)
        print("CheckpointTests: SEED=\(seed)")
        let runs = getenv("RUNS").flatMap { Int(String(cString: $0)) } ?? 12
        for run in 0..<runs {
            var life = LogLife(seed: seed &+ UInt64(run))
            var other = life.index
            for step in 0..<400 {
                let event = life.event()
                take(event, &life.index)
                if Int.random(in: 0..<10, using: &life.random) == 0 {
                    other = try #require(
                        other.recovered(), "SEED=\(seed), run \(run), step \(step): no checkpoint")
                }
                take(event, &other)
                if let complaint = life.index.complaint {
                    Issue.record("SEED=\(seed), run \(run), step \(step): \(complaint), \(event)")
                    return
                }
                try #require(life.index == other, "SEED=\(seed), run \(run), step \(step)")
            }
            #expect(life.index.checkpoint() == other.checkpoint(), "SEED=\(seed), run \(run)")
        }
    }

    @Test("BOUNDED: no bytes of a checkpoint can break its reader, or what is folded on top of it")
    func fuzz() throws {
        let seed = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...99_999)
        print("CheckpointTests: SEED=\(seed)")
        var life = LogLife(seed: seed)
        for _ in 0..<300 { take(life.event(), &life.index) }
        let good = life.index.checkpoint()
        for length in stride(from: 0, to: good.count, by: max(1, good.count / 500)) {
            #expect(good[..<length].withUnsafeBytes { LogIndex(checkpoint: $0) } == nil)
        }
        var believed = 0
        for _ in 0..<3_000 {
            var bad = good
            for _ in 0..<Int.random(in: 1...3, using: &life.random) { life.random.mutate(&bad) }
            guard var index = bad.withUnsafeBytes({ LogIndex(checkpoint: $0) }) else { continue }
            believed += 1
            // Whatever it believes, it lives on.
            var other = life
            for _ in 0..<5 { take(other.event(), &index) }
            _ = index.complaint
            _ = index.logStarts(dueAt: 1_000)
            for partition in index.topics.flatMap(\.partitions) {
                _ = index.locate(partition, offset: 5)
                _ = index.locate(partition, timestamp: 5)
                _ = index.partition(partition)
            }
            #expect(index.recovered() == index)
        }
        print("CheckpointTests: \(believed) of 3000 damaged checkpoints were believed")
    }

    @Test("BOUNDED: entries that say nonsense are counted, and never break folding")
    func nonsense() {
        let seed = getenv("SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...99_999)
        print("CheckpointTests: SEED=\(seed)")
        var life = LogLife(seed: seed)
        for _ in 0..<100 { take(life.event(), &life.index) }
        let numbers: [Int64] = [0, 1, 2, 100, 1 << 31, 1 << 40, .max - (1 << 32), .max - 9]
        for step in 0..<5_000 {
            var entries: [FrameMaker.Entry] = []
            for _ in 0..<Int.random(in: 1...3, using: &life.random) {
                let shape = FrameMaker.BatchShape(
                    time: Int64(bitPattern: life.random.next()),
                    producer: Int64(bitPattern: life.random.next()),
                    epoch: Int16(truncatingIfNeeded: life.random.next()),
                    sequence: Int32(truncatingIfNeeded: life.random.next()))
                entries.append(
                    .batch(
                        step % 50 == 0 ? .max : UInt32.random(in: 0...20, using: &life.random),
                        base: numbers.randomElement(using: &life.random) ?? 0,
                        count: [1, 2, 8].randomElement(using: &life.random) ?? 1, shape,
                        isCopied: Bool.random(using: &life.random)))
                entries.append(.raw(.batch, life.random.bytes(70)))
                entries.append(.raw(.meta, life.random.bytes(9)))
            }
            if let meta = life.meta() { entries.append(.meta(meta)) }
            var frame = life.maker.frame(entries)
            if step % 7 == 0 {
                // Behind the checksum, but not where entries should be.
                let place = Int.random(in: 128..<frame.bytes.count, using: &life.random)
                frame.bytes[place] &+= 1
            }
            if step % 100 == 0 {
                life.index.begin(life.maker.nextSegment())
                life.index.noteRot(
                    in: frame.segment, 0..<UInt32.max,
                    known: [frame.entry(0)].compactMap { $0 }, isWhole: step % 200 == 0)
            }
            life.index.fold(frame)
        }
        #expect(life.index.strays > 0)
        #expect(life.index.complaint == nil, "SEED=\(seed)")
        #expect(life.index.recovered() == life.index, "SEED=\(seed)")
    }

    @Test("BOUNDED: the largest checkpoint is within a quarter of a segment")
    func largest() throws {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        maker.wall = 1 << 42
        let limits = LogLimits(segmentBytes: 16 << 20)
        func first(_ step: AppendStep) throws -> MetaEntry {
            try #require(try index.meta(for: step))
        }
        for _ in 0..<limits.segments - 13 { index.begin(maker.nextSegment()) }
        for topic in 0..<limits.topics {
            let name = "\(topic)." + String(repeating: "x", count: 244 - (topic > 999 ? 1 : 0))
            index.apply(
                try first(
                    .createTopic(
                        name: name, id: LogID(head: .max, tail: UInt64(topic)), partitions: 2,
                        TopicSettings(
                            retentionMilliseconds: .max, retentionBytes: .max, isVital: true))),
                wallMilliseconds: 0)
        }
        let ids = index.topics.flatMap(\.partitions)
        #expect(ids.count == limits.partitions)
        for id in ids {
            index.apply(.setLogStart(id, offset: 1 << 61), wallMilliseconds: 0)
            index.apply(.reserveVolatile(id, upTo: .max), wallMilliseconds: 0)
        }
        var gaps = 0
        for segment in 0..<12 {
            index.begin(maker.nextSegment())
            for id in ids {
                var base = try #require(index.highWatermark(id))
                if gaps < limits.gaps, segment > 0 {
                    gaps += 1
                    base += 1 << 33
                }
                try? index.admit(id, count: 1, in: maker.segment)
                // Twenty producers a segment each, five batches of four thousand in all.
                let producer = Int64.max - Int64(id.rawValue) * 2 - Int64(segment & 1)
                index.fold(
                    maker.frame([
                        .batch(
                            id.rawValue, base: base, count: 1 << 20,
                            FrameMaker.BatchShape(
                                time: segment & 1 == 0 ? 1 << 61 : 5, producer: producer, epoch: 1,
                                sequence: Int32.max - Int32(segment) << 20))
                    ]))
            }
        }
        for number in 0..<limits.commits {
            let group = String(number % limits.groups)
            try index.apply(
                first(
                    .commit(
                        group: group + String(repeating: "g", count: 255 - group.utf8.count),
                        ids[number % ids.count], offset: .max,
                        metadata: String(repeating: "m", count: 64))),
                wallMilliseconds: 1 << 61)
        }
        #expect(index.complaint == nil)
        #expect(index.gaps.count == limits.gaps)
        // No table takes any more.
        #expect(throws: AppendError.tooMany) {
            try index.meta(
                for: .createTopic(
                    name: "t", id: LogID(head: 0, tail: 0), partitions: 1, TopicSettings()))
        }
        #expect(throws: AppendError.tooMany) {
            try index.meta(for: .addPartitions(topic: index.topics[0].name, upTo: 3))
        }
        #expect(throws: AppendError.tooMany) {
            try index.meta(for: .commit(group: "new", ids[0], offset: 0, metadata: ""))
        }
        index.begin(maker.nextSegment())
        #expect(throws: AppendError.tooMany) {
            try index.admit(ids[0], count: 1, in: maker.segment)
        }
        let bytes = index.checkpoint().count
        print("CheckpointTests: the largest checkpoint has \(bytes) bytes")
        #expect(bytes <= limits.checkpointBytes)
        for segmentBytes in [1 << 20, 3 << 20, 16 << 20, 1 << 30] {
            #expect(LogLimits(segmentBytes: segmentBytes).checkpointBytes <= segmentBytes / 4)
        }
        #expect(index.recovered() == index)
    }

    @Test("RECORD: a log whose segments become smaller keeps what filled its tables")
    func smallerSegments() {
        var maker = FrameMaker()
        var index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
        for number in 0..<100 {
            index.apply(
                .createTopic(
                    name: "t\(number)", id: LogID(head: 0, tail: 1),
                    first: PartitionID(rawValue: index.nextPartition), partitions: 2,
                    settings: TopicSettings()), wallMilliseconds: 0)
        }
        maker.segmentBytes = 64 << 10
        index.begin(maker.nextSegment())
        #expect(index.limits.topics < 100 && index.topics.count == 100)
        #expect(index.recovered() == index)
        #expect(index.complaint == nil)
    }
}
