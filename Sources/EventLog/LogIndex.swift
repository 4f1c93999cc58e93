// What a log contains and where, folded from frames: the one account of the state that the writer
// keeps after each flush, recovery rebuilds, readers follow and `verify` checks. Pure: bytes and
// times come in, decisions go out; it reads no file and no clock. Nothing that stands in a frame can
// make it trap: what makes no sense is counted in `strays` and left out.
//
// This file has the state and what is asked of it; see the extensions for folding (`+Fold`), rotten
// stretches (`+Rot`), looking up (`+Lookup`), what may be appended (`+Admission`) and retention
// (`+Retention`), and `Checkpoint.swift` for its bytes.

package struct LogIndex: Hashable, Sendable {
    package internal(set) var log: LogID
    /// Sequence of the next frame, and the hash that it chains to.
    package internal(set) var nextSequence: UInt64 = 0
    package internal(set) var lastHash: Digest = .zero
    /// Kind of the last frame: after `closing` the log was closed in good order.
    package internal(set) var lastKind: FrameHeader.Kind?
    /// Oldest first.
    package internal(set) var segments: [SegmentSummary] = []
    /// Samples of the last segment.
    package internal(set) var samples = SegmentIndex()
    package internal(set) var limits = LogLimits(segmentBytes: 16 << 20)
    var segmentBytes: UInt32 = 16 << 20

    var topicTable = TopicTable()
    /// By their number.
    var partitions: [Partition] = []
    var groupTable = GroupTable()
    var producers = ProducerTable()
    var gapTable = GapTable()
    var volatileReserves: [PartitionID: Int64] = [:]
    /// Runs of all partitions, copies included.
    var runCount = 0

    /// The number of the next partition.
    package internal(set) var nextPartition: UInt32 = 1
    /// Producer ids below this have been given out.
    package internal(set) var producerIDs: Int64 = 0
    /// Entries that made no sense and were left out.
    package internal(set) var strays: UInt64 = 0
    /// Meta entries that were lost to rot; offsets of groups may be older than acknowledged.
    package internal(set) var lostMeta: UInt64 = 0
    /// All frames since the log was made went into this, perhaps by way of a checkpoint: a partition
    /// that is not known was deleted. Otherwise its topic may have been made in a lost frame.
    var isComplete = true

    package init(log: LogID) {
        self.log = log
    }

    // Topics and partitions

    package func topic(named name: String) -> TopicInfo? { topicTable[name] }

    /// In the order of their making.
    package var topics: [TopicInfo] { topicTable.all }

    package func partition(_ id: PartitionID) -> PartitionInfo? {
        guard let slot = slot(of: id) else { return nil }
        let partition = partitions[slot]
        var bytes: Int64 = 0
        for run in partition.runs { bytes &+= Int64(run.bytes) }
        var records: Int64 = 0
        for run in partition.runs {
            records &+= run.next &- max(run.first, partition.logStart)
        }
        return PartitionInfo(
            id: id, topic: partition.topic, number: Int(partition.number),
            isVital: partition.isVital, logStart: partition.logStart,
            highWatermark: partition.highWatermark, bytes: bytes, records: records,
            maxTimestamp: partition.runs.last?.maxSoFar ?? -1)
    }

    /// The offset that the next record of the partition gets; nil: there is no such partition. The
    /// cheap part of `partition(_:)`.
    package func highWatermark(_ id: PartitionID) -> Int64? {
        slot(of: id).map { partitions[$0].highWatermark }
    }

    /// The partition's first offset; likewise.
    package func logStart(_ id: PartitionID) -> Int64? {
        slot(of: id).map { partitions[$0].logStart }
    }

    /// Numbers in a row are their own index until a topic is deleted.
    func slot(of id: PartitionID) -> Int? {
        let guess = Int(id.rawValue) - 1
        if guess >= 0, guess < partitions.count, partitions[guess].id == id { return guess }
        let slot = insertionSlot(of: id)
        return slot < partitions.count && partitions[slot].id == id ? slot : nil
    }

    func insertionSlot(of id: PartitionID) -> Int {
        var low = 0
        var high = partitions.count
        while low < high {
            let middle = (low + high) / 2
            if partitions[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func segmentSlot(_ number: UInt32) -> Int? {
        if let last = segments.indices.last, segments[last].number == number { return last }
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < segments.count && segments[low].number == number ? low : nil
    }

    // Groups

    package func committed(group: String, _ partition: PartitionID) -> Commit? {
        groupTable.all[group]?[partition]
    }

    /// The names of all groups, sorted.
    package var groups: [String] { groupTable.all.keys.sorted() }

    /// All that a group has committed, by partition.
    package func commits(of group: String) -> [(partition: PartitionID, commit: Commit)] {
        (groupTable.all[group] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // Producers

    /// What is known of a producer in a partition; the writer starts from it for what it stages.
    package func producer(_ key: ProducerKey) -> ProducerState? { producers[key] }

    /// The same for a batch that was checked. Control batches are not numbered.
    package func verdict(
        of batch: BatchHeader, _ partition: PartitionID
    ) throws(AppendError) -> BatchVerdict {
        if batch.isControl { return .new }
        return try verdict(
            producer: batch.producerID, epoch: batch.producerEpoch,
            baseSequence: batch.baseSequence, lastOffsetDelta: batch.lastOffsetDelta, partition)
    }

    /// Whether a batch of an idempotent producer is new, was written before, or must be refused.
    /// Batches that are staged and not folded yet are not seen: see `ProducerState`.
    package func verdict(
        producer: Int64, epoch: Int16, baseSequence: Int32, lastOffsetDelta: Int32,
        _ partition: PartitionID
    ) throws(AppendError) -> BatchVerdict {
        guard producer >= 0 else { return .new }
        guard baseSequence >= 0, epoch >= 0, lastOffsetDelta >= 0 else { throw .badBatch }
        guard let state = producers[ProducerKey(producer: producer, partition: partition)] else {
            return .new
        }
        return try state.verdict(
            epoch: epoch, baseSequence: baseSequence, lastOffsetDelta: lastOffsetDelta)
    }

    /// Offsets of the volatile partition below this may have been given out; 0: none.
    package func volatileReserve(_ partition: PartitionID) -> Int64 {
        volatileReserves[partition] ?? 0
    }

    // Gaps

    /// Lost offsets, by partition and offset.
    package var gaps: [LogGap] { gapTable.all }
    /// How many gaps are not in the list because it is full.
    package var gapsBeyond: UInt64 { gapTable.beyond }

    /// The gap that holds `offset`.
    package func gap(_ partition: PartitionID, at offset: Int64) -> LogGap? {
        gapTable.gap(partition, at: offset)
    }
}

/// One partition as others see it.
package struct PartitionInfo: Hashable, Sendable {
    package var id: PartitionID
    package var topic: String
    /// Its number in the topic.
    package var number: Int
    package var isVital: Bool
    /// The first offset that is still wanted.
    package var logStart: Int64
    /// The offset that the next record gets; all before are durable.
    package var highWatermark: Int64
    /// Bytes in the journal, entry headers included; the run that holds the log start counts whole.
    package var bytes: Int64
    /// Offsets that can be read.
    package var records: Int64
    /// The largest timestamp of a batch; -1: none.
    package var maxTimestamp: Int64
}
