// What copying forward asks of the index: what is vital in a segment, still wanted and not copied yet.

extension LogIndex {
    /// Whether the partition's records are copied forward.
    func isVital(_ id: PartitionID) -> Bool {
        slot(of: id).map { partitions[$0].isVital } ?? false
    }

    /// Whether these offsets are read from this segment and still wanted.
    func holds(_ entry: EntryHeader, in segment: UInt32) -> Bool {
        guard let slot = slot(of: PartitionID(rawValue: entry.partition)) else { return false }
        let partition = partitions[slot]
        guard entry.baseOffset + Int64(entry.count) > partition.logStart else { return false }
        let run = partition.slot(behind: entry.baseOffset)
        return run < partition.runs.count && partition.runs[run].segment == segment
            && partition.runs[run].first <= entry.baseOffset
    }

    /// Whether the entry was copied forward already.
    func isCopied(_ entry: EntryHeader) -> Bool {
        slot(of: PartitionID(rawValue: entry.partition)).map {
            partitions[$0].isCopied(entry.baseOffset..<entry.baseOffset + Int64(entry.count))
        } ?? false
    }

    /// Bytes, about, of vital records that are lost when the segment is freed: wanted, not dropped on
    /// purpose, and neither copied yet nor among `work`, the copies of the frame that frees it.
    func uncopied<Files>(
        in segment: UInt32, _ state: EventLog<Files>.Freeing, _ work: FrameEntries
    ) -> Int64 {
        var sum: Int64 = 0
        for partition in partitions where partition.isVital {
            let runs = partition.runs.filter { $0.segment == segment }
            guard !runs.isEmpty else { continue }
            var copies = partition.copies.map(\.offsets)
            for (entry, _, _) in work
            where entry.kind == .batch && entry.partition == partition.id.rawValue {
                copies.append(entry.baseOffset..<entry.baseOffset + Int64(entry.count))
            }
            copies.sort { $0.lowerBound < $1.lowerBound }
            let start = max(
                partition.logStart, partition.id == state.dropped ? state.droppedTo : 0)
            for run in runs where run.next > start {
                var lost: Int64 = 0
                var next = max(run.first, start)
                for copy in copies where copy.upperBound > next && copy.lowerBound < run.next {
                    lost += max(0, copy.lowerBound - next)
                    next = max(next, copy.upperBound)
                }
                lost += max(0, run.next - next)
                if lost > 0 {
                    let share = Double(lost) / Double(run.next - run.first)
                    sum += max(1, Int64(Double(run.bytes) * share))
                }
            }
        }
        return sum
    }

    /// Bytes that were copied forward out of the segment that is on its way out.
    var copiedBytes: Int {
        partitions.reduce(0) { sum, partition in
            partition.copies.reduce(sum) { $0 + Int($1.bytes) }
        }
    }

    /// The vital partition with the most bytes, of those with records in `segment`.
    func largestVital(in segment: UInt32) -> PartitionID? {
        var most: (id: PartitionID, bytes: Int64)?
        for partition in partitions where partition.isVital {
            guard partition.runs.contains(where: { $0.segment == segment }) else { continue }
            let bytes = partition.runs.reduce(Int64(0)) { $0 &+ Int64($1.bytes) }
            if bytes > most?.bytes ?? -1 { most = (partition.id, bytes) }
        }
        return most?.id
    }
}
