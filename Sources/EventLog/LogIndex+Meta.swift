// How one meta entry changes the state. Called by folding, and by the writer on a copy that runs
// ahead of what is durable. What cannot be is a stray and changes nothing.

extension LogIndex {
    package mutating func apply(_ entry: MetaEntry, wallMilliseconds: Int64) {
        switch entry {
        case .createTopic(let name, let id, let first, let count, let settings):
            guard TopicInfo.isValid(name: name), topicTable[name] == nil,
                topicTable.all.count < limits.topics, canNumber(first, count)
            else { return stray() }
            topicTable.add(TopicInfo(name: name, id: id, settings: settings, partitions: []))
            addPartitions(name, first, count)
        case .addPartitions(let topic, let first, let count):
            guard topicTable[topic] != nil, canNumber(first, count) else { return stray() }
            addPartitions(topic, first, count)
        case .alterTopic(let name, let settings):
            guard topicTable.change(name, { $0.settings = settings }) else { return stray() }
            for id in topicTable[name]?.partitions ?? [] { setVital(id, settings.isVital) }
        case .deleteTopic(let name, let partitions):
            let known = topicTable[name]?.partitions ?? []
            topicTable.remove(name)
            for id in known + partitions { removePartition(id) }
        case .commit(let group, let partition, let offset, let metadata):
            guard slot(of: partition) != nil, offset >= 0, !group.isEmpty,
                groupTable.admits(group, partition, bytes: metadata.utf8.count, limits)
            else { return stray() }
            groupTable.set(
                group, partition,
                Commit(offset: offset, metadata: metadata, wallMilliseconds: wallMilliseconds))
        case .setLogStart(let partition, let offset):
            guard let slot = slot(of: partition), offset >= 0 else { return stray() }
            setLogStart(slot, offset)
        case .deleteGroup(let group):
            if !groupTable.remove(group: group) { stray() }
        case .deleteCommit(let group, let partition):
            if !groupTable.remove(group, partition) { stray() }
        case .reserveProducerIDs(let upTo):
            producerIDs = max(producerIDs, upTo)
        case .reserveVolatile(let partition, let upTo):
            guard volatileReserves[partition] != nil || volatileReserves.count < limits.partitions
            else { return stray() }
            volatileReserves[partition] = max(volatileReserve(partition), upTo)
        case .freed(let segment):
            free(segment, isLost: false)
        }
    }

    /// Whether `count` new partitions from `first` on are within the limits and were never given.
    private func canNumber(_ first: PartitionID, _ count: Int) -> Bool {
        first.rawValue >= nextPartition && count > 0
            && partitions.count + count <= limits.partitions
            && UInt64(first.rawValue) + UInt64(count) < UInt64(UInt32.max)
    }

    private mutating func addPartitions(_ topic: String, _ first: PartitionID, _ count: Int) {
        let isVital = topicTable[topic]?.settings.isVital ?? false
        var number = topicTable[topic]?.partitions.count ?? 0
        for id in (0..<UInt32(count)).map({ PartitionID(rawValue: first.rawValue + $0) }) {
            _ = topicTable.change(topic) { $0.partitions.append(id) }
            partitions.append(
                Partition(id, topic: topic, number: Int32(number), isVital: isVital))
            number += 1
        }
        nextPartition = first.rawValue + UInt32(count)
    }

    private mutating func setVital(_ id: PartitionID, _ isVital: Bool) {
        guard let slot = slot(of: id), partitions[slot].isVital != isVital else { return }
        partitions[slot].isVital = isVital
        for run in partitions[slot].runs + partitions[slot].copies {
            account(run.segment, isVital ? Int64(run.bytes) : -Int64(run.bytes))
        }
    }

    private mutating func removePartition(_ id: PartitionID) {
        volatileReserves[id] = nil
        guard let slot = slot(of: id) else { return }
        let partition = partitions.remove(at: slot)
        runCount -= partition.runs.count + partition.copies.count
        if partition.isVital {
            for run in partition.runs + partition.copies {
                account(run.segment, -Int64(run.bytes))
            }
        }
        // One that was adopted has a topic of its own.
        if topicTable[partition.topic]?.partitions == [id] { topicTable.remove(partition.topic) }
        groupTable.remove(id)
        producers.remove(id)
        gapTable.remove(id)
    }

    /// Moves the log start on; past the end, the partition goes on there.
    mutating func setLogStart(_ slot: Int, _ offset: Int64) {
        guard offset > partitions[slot].logStart else { return }
        partitions[slot].logStart = offset
        partitions[slot].highWatermark = max(partitions[slot].highWatermark, offset)
        gapTable.remove(partitions[slot].id, 0..<offset, limit: limits.gaps)
        let gone = partitions[slot].runs.prefix { $0.next <= offset }
        let copies = partitions[slot].copies
        partitions[slot].copies.removeAll { $0.next <= offset }
        runCount -= gone.count + copies.count - partitions[slot].copies.count
        if partitions[slot].isVital {
            for run in gone { account(run.segment, -Int64(run.bytes)) }
            for run in copies where run.next <= offset { account(run.segment, -Int64(run.bytes)) }
        }
        guard !gone.isEmpty else { return }
        partitions[slot].runs.removeFirst(gone.count)
        partitions[slot].sumUp(from: 0)
    }

    /// A segment is gone: freed by the writer, or lost. What was copied out of it takes its place.
    /// What was not is no longer wanted in an ordinary topic, and a gap in a vital one; of a lost
    /// segment, it is a gap in all of them.
    mutating func free(_ segment: UInt32, isLost: Bool) {
        for slot in partitions.indices {
            if let start = free(segment, slot, isLost: isLost) { setLogStart(slot, start) }
        }
        guard let slot = segmentSlot(segment) else { return }
        if slot == segments.count - 1 { samples = SegmentIndex() }
        segments.remove(at: slot)
    }

    /// Returns the partition's log start, if it has to move.
    private mutating func free(_ segment: UInt32, _ slot: Int, isLost: Bool) -> Int64? {
        let id = partitions[slot].id
        let before = partitions[slot].runs.count + partitions[slot].copies.count
        defer {
            runCount += partitions[slot].runs.count + partitions[slot].copies.count - before
        }
        let gone = partitions[slot].runs.filter { $0.segment == segment }
        if !gone.isEmpty { partitions[slot].runs.removeAll { $0.segment == segment } }
        if !partitions[slot].copies.isEmpty {
            partitions[slot].copies.removeAll { $0.segment == segment }
        }
        guard !gone.isEmpty || !partitions[slot].copies.isEmpty else { return nil }
        for run in gone { miss(slot, run.offsets) }
        // A copy of what another segment still has waits on.
        var waiting: [Run] = []
        for run in partitions[slot].copies.sorted(by: { $0.first < $1.first }) {
            if partitions[slot].insert(run) {
                gapTable.remove(id, run.offsets, limit: limits.gaps)
            } else {
                waiting.append(run)
            }
        }
        partitions[slot].copies = waiting
        partitions[slot].sumUp(from: 0)
        guard !isLost, !partitions[slot].isVital else { return nil }
        // The oldest goes first: what is older and still there goes as well.
        return gone.filter { gapTable.gap(id, at: $0.next - 1) != nil }.map(\.next).max()
    }
}
