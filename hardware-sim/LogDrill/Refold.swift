// The index against the frames: what the log says of itself after however many checkpoints has to be
// what folding all that stands there gives without them. Called by `LogLife` when it judges.

import EventLog

extension Journal {
    /// What is wrong with `index`, in words. The frames are folded from the oldest segment on, with no
    /// checkpoint but that segment's own: it is all that is left of what was freed before.
    func foldDifference(from index: LogIndex) -> String? {
        // A log that never got its first segment.
        guard !index.segments.isEmpty else { return nil }
        guard let folded = folded(index) else { return "the oldest checkpoint cannot be read" }
        if folded == index { return nil }
        return "folded from all frames the index is another: "
            + (Self.difference(folded, index) ?? "something inside")
    }

    private func folded(_ index: LogIndex) -> LogIndex? {
        var folded: LogIndex?
        for segment in index.segments {
            guard let all = bytes[segment.number] else { return nil }
            let isGood = all.withUnsafeBytes { all in
                guard let header = SegmentHeader(all) else { return false }
                if folded == nil { folded = base(all, segment.number, header) }
                folded?.begin(header)
                for range in frameRanges[segment.number] ?? [] {
                    let frame = UnsafeRawBufferPointer(rebasing: all[range])
                    guard let header = FrameHeader(unchecked: frame) else { return false }
                    folded?.fold(
                        header, frame, at: UInt32(range.lowerBound), segment: segment.number)
                }
                return true
            }
            guard isGood else { return nil }
        }
        return folded
    }

    /// What is known before the first frame of the oldest segment is folded.
    private func base(
        _ all: UnsafeRawBufferPointer, _ segment: UInt32, _ header: SegmentHeader
    ) -> LogIndex? {
        if header.previousSegment == 0 { return LogIndex(log: header.log) }
        guard let range = frameRanges[segment]?.first else { return nil }
        var entries = FrameEntries(UnsafeRawBufferPointer(rebasing: all[range]))
        return entries.next().flatMap { LogIndex(checkpoint: $0.1) }
    }

    private static func difference(_ a: LogIndex, _ b: LogIndex) -> String? {
        func compare<Value: Equatable>(_ name: String, _ a: Value, _ b: Value) -> String? {
            a == b ? nil : "\(name) \(a) and not \(b)"
        }
        for (one, other) in zip(a.segments, b.segments) where one != other {
            return "segment \(one) and not \(other)"
        }
        for (one, other) in zip(a.topics, b.topics) {
            if one != other { return "topic \(one) and not \(other)" }
            for id in one.partitions where a.partition(id) != b.partition(id) {
                return "partition \(String(describing: a.partition(id))) and not "
                    + String(describing: b.partition(id))
            }
        }
        let all: [String?] = [
            compare("segments", a.segments.count, b.segments.count),
            compare("topics", a.topics.count, b.topics.count),
            compare("gaps", a.gaps, b.gaps),
            compare("sequence", a.nextSequence, b.nextSequence),
            compare("hash", a.lastHash, b.lastHash),
            compare("last frame", a.lastKind, b.lastKind),
            compare("next partition", a.nextPartition, b.nextPartition),
            compare("producer ids", a.producerIDs, b.producerIDs),
            compare("strays", a.strays, b.strays),
            compare("lost metas", a.lostMeta, b.lostMeta),
            compare("limits", a.limits, b.limits),
            compare("groups", a.groups, b.groups),
            compare("samples", a.samples, b.samples),
        ]
        return all.lazy.compactMap { $0 }.first
    }
}
