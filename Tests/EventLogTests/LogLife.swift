// A log's life at random, as its writer, its disk and its recovery would have it: the same events
// can be folded into several indexes.

import EventLog

/// A random log: topics come and go, batches, commits, copies, freed segments, rot.
struct LogLife {
    var random: SplitMix
    var maker = FrameMaker()
    var index: LogIndex

    init(seed: UInt64) {
        random = SplitMix(state: seed)
        maker.segmentBytes = [64 << 10, 1 << 20, 16 << 20].randomElement(using: &random) ?? 1
        index = LogIndex(log: maker.log)
        index.begin(maker.nextSegment())
    }

    /// Partitions with their high watermarks.
    var ends: [(PartitionID, Int64)] {
        index.topics.flatMap(\.partitions).compactMap { id in
            index.highWatermark(id).map { (id, $0) }
        }
    }

    mutating func meta() -> MetaEntry? {
        let name = "t\(Int.random(in: 0..<8, using: &random))"
        let group = "g\(Int.random(in: 0..<5, using: &random))"
        let some = ends.randomElement(using: &random)
        let settings = TopicSettings(
            retentionMilliseconds: Bool.random(using: &random) ? 1_000 : nil,
            retentionBytes: Bool.random(using: &random) ? 5_000 : nil,
            isVital: Bool.random(using: &random))
        let step: AppendStep?
        switch Int.random(in: 0..<14, using: &random) {
        case 0..<4:
            step = .createTopic(
                name: name, id: LogID(head: random.next(), tail: 3),
                partitions: Int.random(in: 1...3, using: &random), settings)
        case 4: step = .addPartitions(topic: name, upTo: Int.random(in: 1...5, using: &random))
        case 5: step = .alterTopic(name: name, settings)
        case 6: step = Bool.random(using: &random) ? .deleteTopic(name: name) : nil
        case 7, 8:
            step = some.map {
                .commit(group: group, $0.0, offset: $0.1, metadata: "m\($0.1)")
            }
        case 9: step = some.map { .setLogStart($0.0, offset: $0.1 - $0.1 / 3) }
        case 10: step = .deleteGroup(group)
        case 11: step = .reserveProducerIDs(upTo: index.producerIDs &+ 1_000)
        case 12:
            step = some.map {
                .reserveVolatile($0.0, upTo: index.volatileReserve($0.0) &+ 500)
            }
        default:
            if index.segments.count > 3, let oldest = index.segments.first {
                return .freed(segment: oldest.number)
            }
            step = some.map { .deleteCommit(group: group, $0.0) }
        }
        guard let step else { return nil }
        return (try? index.meta(for: step)).flatMap { $0 }
    }

    /// A frame of a few entries, as the writer would make it.
    mutating func frame() -> FrameMaker.Frame {
        maker.wall += Int64.random(in: -50...200, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0, let meta = meta() {
            return maker.frame([.meta(meta)])
        }
        var entries: [FrameMaker.Entry] = []
        var next = Dictionary(uniqueKeysWithValues: ends)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            guard let id = next.keys.sorted().randomElement(using: &random),
                let base = next[id]
            else { break }
            let isCopied = Int.random(in: 0..<10, using: &random) == 0 && base > 10
            let count = UInt32.random(in: 1...9, using: &random)
            let producer = Int64.random(in: -1...40, using: &random)
            let shape = FrameMaker.BatchShape(
                time: maker.wall, producer: producer,
                epoch: Int16.random(in: 0...2, using: &random),
                sequence: Int32.random(in: 0...Int32.max, using: &random),
                bytes: Int.random(in: 61...300, using: &random))
            let first = isCopied ? Int64.random(in: 0..<base - 9, using: &random) : base
            entries.append(
                .batch(id.rawValue, base: first, count: count, shape, isCopied: isCopied))
            if !isCopied { next[id] = base &+ Int64(count) }
        }
        if entries.isEmpty { entries = [.raw(.meta, [99])] }
        return maker.frame(entries)
    }

    enum Event {
        case begin(SegmentHeader)
        case fold(FrameMaker.Frame)
        case rot(FrameMaker.Frame, good: [Int], isWhole: Bool)
        case lose(UInt32)
    }

    mutating func event() -> Event {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: return .begin(maker.nextSegment())
        case 1:
            let frame = frame()
            let good = frame.entries.indices.filter { _ in Bool.random(using: &random) }
            return .rot(frame, good: good, isWhole: Bool.random(using: &random))
        case 2:
            let lost = index.segments.dropLast().randomElement(using: &random)
            return lost.map { .lose($0.number) } ?? .fold(frame())
        default: return .fold(frame())
        }
    }
}

/// Lets an event happen to an index.
func take(_ event: LogLife.Event, _ index: inout LogIndex) {
    switch event {
    case .begin(let header): index.begin(header)
    case .fold(let frame): index.fold(frame)
    case .rot(let frame, let good, let isWhole):
        for number in good { index.salvage(frame, number) }
        let lost = frame.entries.indices.filter { !good.contains($0) }
        index.noteRot(
            in: frame.segment, frame.position..<frame.position + UInt32(frame.bytes.count),
            known: isWhole ? lost.compactMap { frame.entry($0) } : [], isWhole: isWhole)
    case .lose(let segment): index.lose(segment: segment)
    }
}
