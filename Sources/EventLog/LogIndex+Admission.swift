// What may be appended: the meta entry that a step becomes, or why it is refused. Asked by the
// writer before it stages a step; steps that are staged and not folded are not seen, so it asks a
// copy of the index that runs ahead (see `apply`).

extension LogIndex {
    /// The meta entry for a step; nil for a batch.
    package func meta(for step: AppendStep) throws(AppendError) -> MetaEntry? {
        switch step {
        case .batch: return nil
        case .commit(let group, let partition, let offset, let metadata):
            guard slot(of: partition) != nil else { throw .unknownPartition }
            guard (1...LogLimits.longestGroupName).contains(group.utf8.count) else {
                throw .badName
            }
            guard offset >= 0 else { throw .offsetOutOfRange }
            guard metadata.utf8.count <= LogLimits.longestMetadata else { throw .tooLarge }
            guard groupTable.admits(group, partition, bytes: metadata.utf8.count, limits) else {
                throw .tooMany
            }
            return .commit(group: group, partition, offset: offset, metadata: metadata)
        case .createTopic(let name, let id, let count, let settings):
            guard TopicInfo.isValid(name: name) else { throw .badName }
            guard topicTable[name] == nil else { throw .topicExists }
            guard topicTable.all.count < limits.topics else { throw .tooMany }
            return .createTopic(
                name: name, id: id, first: try number(count), partitions: count,
                settings: settings)
        case .addPartitions(let topic, let count):
            guard let info = topicTable[topic] else { throw .unknownTopic }
            let new = count.subtractingReportingOverflow(info.partitions.count)
            guard !new.overflow else { throw .tooMany }
            return .addPartitions(
                topic: topic, first: try number(new.partialValue), count: new.partialValue)
        case .alterTopic(let name, let settings):
            guard topicTable[name] != nil else { throw .unknownTopic }
            return .alterTopic(name: name, settings: settings)
        case .deleteTopic(let name):
            guard let info = topicTable[name] else { throw .unknownTopic }
            return .deleteTopic(name: name, partitions: info.partitions)
        case .setLogStart(let partition, let offset):
            guard let slot = slot(of: partition) else { throw .unknownPartition }
            let state = partitions[slot]
            // An empty partition may begin anywhere: a volatile one does after a power cut.
            let isEmpty =
                state.runs.isEmpty && state.copies.isEmpty
                && state.logStart == state.highWatermark
            guard offset >= state.logStart, offset <= state.highWatermark || isEmpty else {
                throw .offsetOutOfRange
            }
            return .setLogStart(partition, offset: offset)
        case .deleteGroup(let group):
            // Kafka's answer to a group that is not there is an error of the gateway's.
            return .deleteGroup(group)
        case .deleteCommit(let group, let partition):
            return .deleteCommit(group: group, partition)
        case .reserveProducerIDs(let upTo):
            guard (producerIDs...ahead(producerIDs)).contains(upTo) else { throw .offsetOutOfRange }
            return .reserveProducerIDs(upTo: upTo)
        case .reserveVolatile(let partition, let upTo):
            let reserve = volatileReserve(partition)
            guard (reserve...ahead(reserve)).contains(upTo) else { throw .offsetOutOfRange }
            guard volatileReserves[partition] != nil || volatileReserves.count < limits.partitions
            else { throw .tooMany }
            return .reserveVolatile(partition, upTo: upTo)
        }
    }

    /// Where a checked batch would begin, and whether it is new. Changes nothing; it is `mutating`
    /// because the compiler would otherwise copy the whole index for each call, with all its counts
    /// of references.
    mutating func admit(
        _ batch: BatchHeader, _ partition: PartitionID, in segment: UInt32
    ) throws(AppendError) -> (base: Int64, BatchVerdict) {
        guard let base = highWatermark(partition) else { throw .unknownPartition }
        try admit(partition, count: Int(batch.recordCount), in: segment)
        return (base, try verdict(of: batch, partition))
    }

    /// Whether the partition may take a batch spanning `count` offsets now: that it exists, has the
    /// offsets left, and that there is room for the run that it may begin.
    package func admit(
        _ partition: PartitionID, count: Int, in segment: UInt32
    ) throws(AppendError) {
        guard let slot = slot(of: partition) else { throw .unknownPartition }
        guard count > 0, count <= LogLimits.recordsPerBatch else { throw .badBatch }
        guard partitions[slot].highWatermark <= Int64.max - Int64(count) else {
            throw .offsetOutOfRange
        }
        if partitions[slot].runs.last?.segment == segment { return }
        let most = partitions[slot].isVital ? limits.runs : limits.runs - limits.runs / 8
        guard runCount < most else { throw .tooMany }
    }

    private func ahead(_ number: Int64) -> Int64 {
        let (sum, isOver) = number.addingReportingOverflow(LogLimits.reservedAtOnce)
        return isOver ? .max : sum
    }

    private func number(_ count: Int) throws(AppendError) -> PartitionID {
        guard count > 0 else { throw .offsetOutOfRange }
        guard count <= limits.partitions - partitions.count,
            UInt64(nextPartition) + UInt64(count) < UInt64(UInt32.max)
        else { throw .tooMany }
        return PartitionID(rawValue: nextPartition)
    }
}
