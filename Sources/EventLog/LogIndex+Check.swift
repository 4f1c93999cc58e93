// What folding keeps true whatever comes in. `verify` and the drill ask; nothing here changes
// anything.

extension LogIndex {
    /// The first thing that is not as it has to be; nil: nothing.
    package var complaint: String? {
        var runs = 0
        var vital: [UInt32: Int64] = [:]
        for partition in partitions {
            if let complaint = complaint(of: partition) {
                return "partition \(partition.id.rawValue): \(complaint)"
            }
            runs += partition.runs.count + partition.copies.count
            guard partition.isVital else { continue }
            for run in partition.runs + partition.copies {
                vital[run.segment, default: 0] += Int64(run.bytes)
            }
        }
        if runs != runCount { return "\(runCount) runs counted, \(runs) there" }
        for segment in segments where segment.vitalBytes != vital[segment.number] ?? 0 {
            return "segment \(segment.number): \(segment.vitalBytes) vital bytes counted, "
                + "\(vital[segment.number] ?? 0) there"
        }
        for (one, next) in zip(segments, segments.dropFirst()) where one.number >= next.number {
            return "segment \(next.number) behind \(one.number)"
        }
        // Segments may have become smaller since the tables were filled.
        let limits = LogLimits(segmentBytes: .max)
        if gaps.count > limits.gaps { return "\(gaps.count) gaps" }
        if producers.count > limits.producers { return "\(producers.count) producers" }
        if groupTable.commits > limits.commits { return "\(groupTable.commits) commits" }
        if partitions.count > limits.partitions { return "\(partitions.count) partitions" }
        return nil
    }

    private func complaint(of partition: Partition) -> String? {
        if partition.logStart > partition.highWatermark { return "log start past the end" }
        if partition.id.rawValue >= nextPartition { return "its number may be given again" }
        if topicTable[partition.topic]?.partitions.contains(partition.id) != true {
            return "no topic has it"
        }
        // Every offset from the log start on is in exactly one run or one gap.
        var next = partition.logStart
        var most = Int64.min
        for run in partition.runs {
            if run.first >= run.next { return "an empty run" }
            if run.next <= partition.logStart { return "a run before the log start" }
            most = max(most, run.maxTimestamp)
            if most != run.maxSoFar { return "times not summed up" }
            if run.first > next, let complaint = complaint(partition.id, next..<run.first) {
                return complaint
            }
            if run.first < next && next != partition.logStart { return "runs overlap" }
            if gap(partition.id, at: run.first) != nil { return "a gap where \(run.first) is" }
            next = run.next
        }
        if next > partition.highWatermark { return "a run past the end" }
        return next < partition.highWatermark
            ? complaint(partition.id, next..<partition.highWatermark) : nil
    }

    /// Whether gaps cover `offsets`.
    private func complaint(_ partition: PartitionID, _ offsets: Range<Int64>) -> String? {
        guard gapsBeyond == 0 else { return nil }
        var next = offsets.lowerBound
        while next < offsets.upperBound {
            guard let gap = gap(partition, at: next) else {
                return "nothing says what became of \(next)"
            }
            next = gap.offsets.upperBound
        }
        return nil
    }
}
