// Where an offset or a time stands. O(log n) over the runs of a partition and the samples of one
// segment; the rest is a walk of some 64 KiB over entries, which the reader does.

/// Where to begin reading.
package struct Location: Hashable, Sendable {
    /// The entry header to begin with: of the partition, at or before what was asked for, or the
    /// first one behind it. Entries of others stand between those of the partition.
    package var place: Place
    /// The header of the frame that the entry stands in; the entry's own position when that frame is
    /// rotten and only its entries can be trusted.
    package var frame: UInt32
    /// The first offset of that entry.
    package var baseOffset: Int64
    /// The run that it belongs to. Go on with `locate` at its end; entries of the partition in the
    /// same segment with other offsets are another run's.
    package var run: Range<Int64>
    /// Where the header of the last entry of the run stands.
    package var last: UInt32
    /// Batches that end at or before this offset are not wanted: what was asked for, or the log start.
    package var wanted: Int64
}

extension LogIndex {
    /// The entry that holds `offset`, or the first one behind it where it is not there any more; nil
    /// at the end and for unknown partitions. `sealed`, the index of the segment that a first call
    /// named, makes the place more precise.
    package func locate(
        _ partition: PartitionID, offset: Int64, sealed: SegmentIndex? = nil
    ) -> Location? {
        guard let slot = slot(of: partition) else { return nil }
        let wanted = max(offset, partitions[slot].logStart)
        let run = partitions[slot].slot(behind: wanted)
        guard run < partitions[slot].runs.count else { return nil }
        return location(partitions[slot], run, wanted, sealed) { $0.offset <= wanted }
    }

    /// Kafka's ListOffsets for a time: where to look for the first batch whose largest timestamp is
    /// `timestamp` or later. Wanted batches before it in the place's run are older. Nil: there is
    /// none. If there is none in that run after all, as the one that it was listed for ends before
    /// the log start, ask again with `from`, the end of the run.
    package func locate(
        _ partition: PartitionID, timestamp: Int64, from: Int64 = 0, sealed: SegmentIndex? = nil
    ) -> Location? {
        guard let slot = slot(of: partition) else { return nil }
        let wanted = max(from, partitions[slot].logStart)
        let runs = partitions[slot].runs
        // The first run that sums up to the time has it itself; only one behind it is looked for.
        var run = max(
            partitions[slot].slot(atOrAfter: timestamp), partitions[slot].slot(behind: wanted))
        while run < runs.count, runs[run].maxTimestamp < timestamp { run += 1 }
        guard run < runs.count else { return nil }
        return location(partitions[slot], run, wanted, sealed) {
            $0.offset <= wanted || $0.timeBefore < timestamp
        }
    }

    /// The last sample of a run for which `isBefore` holds, or its first entry.
    private func location(
        _ partition: Partition, _ slot: Int, _ wanted: Int64, _ sealed: SegmentIndex?,
        _ isBefore: (RunSample) -> Bool
    ) -> Location {
        let run = partition.runs[slot]
        let isActive = run.segment == segments.last?.number
        let found = (isActive ? samples : sealed)?.last(
            partition.id, run: run.position, where: isBefore)
        // An index from a file is believed as far as it can be true.
        let sample = found.flatMap { sample in
            run.offsets.contains(sample.offset) && sample.position > run.position
                && sample.position <= run.last ? sample : nil
        }
        return Location(
            place: Place(segment: run.segment, position: sample?.position ?? run.position),
            frame: sample?.frame ?? run.frame, baseOffset: sample?.offset ?? run.first,
            run: run.offsets, last: run.last, wanted: wanted)
    }
}
