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
        return location(partition, partitions[slot].runs[run], sealed) { index, run in
            index.sample(partition, run: run.position, atOrBefore: wanted)
        }
    }

    /// Kafka's ListOffsets for a time: where to look for the first batch whose largest timestamp is
    /// `timestamp` or later. Batches before it in the place's run are older. Nil: there is none.
    package func locate(
        _ partition: PartitionID, timestamp: Int64, sealed: SegmentIndex? = nil
    ) -> Location? {
        guard let slot = slot(of: partition) else { return nil }
        let run = partitions[slot].slot(atOrAfter: timestamp)
        guard run < partitions[slot].runs.count else { return nil }
        return location(partition, partitions[slot].runs[run], sealed) { index, run in
            index.sample(partition, run: run.position, before: timestamp)
        }
    }

    private func location(
        _ partition: PartitionID, _ run: Run, _ sealed: SegmentIndex?,
        _ find: (SegmentIndex, Run) -> RunSample?
    ) -> Location {
        let isActive = run.segment == segments.last?.number
        let found = (isActive ? samples : sealed).flatMap { find($0, run) }
        // An index from a file is believed as far as it can be true.
        let sample = found.flatMap { sample in
            run.offsets.contains(sample.offset) && sample.position > run.position
                && sample.position <= run.last ? sample : nil
        }
        return Location(
            place: Place(segment: run.segment, position: sample?.position ?? run.position),
            frame: sample?.frame ?? run.frame, baseOffset: sample?.offset ?? run.first,
            run: run.offsets, last: run.last)
    }
}
