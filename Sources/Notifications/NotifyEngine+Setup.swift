// The beginning: topics that are not there are made, and every recipient's lane is given a partition of
// its own, for good. Which one stands in the metadata of the partition's commit, so the recipients may
// change their order in the site file, come and go.

import EventLog

extension NotifyEngine {
    /// What is to be done before messages can be made; when nothing is, begins.
    mutating func setUp(_ time: NotifyTime) {
        guard isQuiet else { return }
        for channel in channels {
            guard log.partitions(of: channel.topic) != nil else {
                return make(channel.topic, max(1, names(channel).count * 2), nil)
            }
            guard log.partitions(of: channel.failedTopic) != nil else {
                return make(channel.failedTopic, 1, NotifyLimits.failedTopicBytes)
            }
        }
        guard log.partitions(of: NotifyTopics.acknowledgements) != nil else {
            return make(NotifyTopics.acknowledgements, 1, NotifyLimits.failedTopicBytes)
        }
        for channel in channels where !assign(channel) { return }
        for channel in channels { begin(channel, time) }
        restoreAcknowledgements()
        isReady = true
    }

    /// The channels of this site, and those in which something may wait.
    private var channels: [Channel] {
        Channel.allCases.filter { !names($0).isEmpty || log.partitions(of: $0.topic) != nil }
    }

    private func names(_ channel: Channel) -> [String] {
        plan.recipients.filter { $0.address(channel) != nil }.map(\.name)
    }

    private mutating func make(_ topic: String, _ partitions: Int, _ bytes: Int64?) {
        append(
            [
                .createTopic(
                    name: topic, id: .fresh(), partitions: partitions,
                    TopicSettings(retentionBytes: bytes, isVital: true))
            ], .setup)
    }

    /// Whose queue a partition is; nil: nobody's.
    private func owner(
        _ channel: Channel, _ partition: PartitionID
    ) -> (lane: Lane, name: String, committed: Int64, done: DoneOffsets)? {
        if let commit = log.commit(channel.group, partition) {
            return OutboxLane.state(commit.metadata).map {
                ($0.lane, $0.name, commit.offset, $0.done)
            }
        }
        // Its commit is lost: the messages themselves tell.
        guard let stretch = log.stretch(of: partition), !stretch.isEmpty,
            let piece = log.read(
                partition, from: stretch.lowerBound, maxBytes: NotifyLimits.pieceBytes),
            let message = piece.records.lazy.compactMap({ Message($0.value) }).first
        else { return nil }
        return (message.lane, message.recipient, stretch.lowerBound, DoneOffsets())
    }

    /// Gives partitions to lanes that have none; false: that is under way.
    private mutating func assign(_ channel: Channel) -> Bool {
        let partitions = log.partitions(of: channel.topic) ?? []
        var free: [PartitionID] = []
        var taken: Set<String> = []
        for partition in partitions {
            if let owner = owner(channel, partition) {
                taken.insert("\(owner.lane.rawValue) \(owner.name)")
            } else {
                free.append(partition)
            }
        }
        var wanted: [(Lane, String)] = []
        for name in names(channel) {
            for lane in Lane.allCases where !taken.contains("\(lane.rawValue) \(name)") {
                wanted.append((lane, name))
            }
        }
        if wanted.isEmpty { return true }
        guard free.count >= wanted.count else {
            append(
                [
                    .addPartitions(
                        topic: channel.topic,
                        upTo: partitions.count + wanted.count - free.count)
                ], .setup)
            return false
        }
        append(
            zip(free, wanted).map { partition, one in
                .commit(
                    group: channel.group, partition,
                    offset: log.stretch(of: partition)?.upperBound ?? 0,
                    metadata: OutboxLane.metadata(one.0, DoneOffsets(), one.1))
            }, .setup)
        return false
    }

    private mutating func begin(_ channel: Channel, _ time: NotifyTime) {
        var outbox = Outbox(channel)
        for partition in log.partitions(of: channel.topic) ?? [] {
            guard let owner = owner(channel, partition) else { continue }
            var lane = OutboxLane(
                partition, owner.name, owner.lane, committed: owner.committed, done: owner.done)
            lane.needs = log.stretch(of: partition)?.upperBound ?? 0
            outbox.lanes.append(lane)
            if owner.lane == .fire { remember(partition) }
            outbox.recipients.append(
                plan.recipients.first { $0.name == owner.name && $0.address(channel) != nil })
        }
        outboxes[channel] = outbox
        if let failed = log.partitions(of: channel.failedTopic)?.first {
            failedSeen[channel] = (
                log.stretch(of: failed)?.upperBound ?? 0,
                log.commit(NotifyTopics.seenGroup, failed)?.offset ?? 0
            )
        }
    }

    /// What still stands in a fire lane, sent or not: whose codes may come back, and who was told late.
    private mutating func remember(_ partition: PartitionID) {
        for record in all(partition, from: 0) {
            guard let message = Message(record.value), let episode = message.episode else {
                continue
            }
            remember(episode)
            if message.after != nil { escalated.append("\(episode) \(message.recipient)") }
        }
        escalated = Array(escalated.suffix(NotifyLimits.episodes * 2))
    }

    private func all(_ partition: PartitionID, from offset: Int64) -> [LogRecord] {
        var records: [LogRecord] = []
        guard let stretch = log.stretch(of: partition) else { return [] }
        var place = max(stretch.lowerBound, offset)
        while place < stretch.upperBound,
            let piece = log.read(partition, from: place, maxBytes: NotifyLimits.pieceBytes),
            piece.next > place
        {
            records += piece.records
            place = piece.next
        }
        return records
    }

    private mutating func restoreAcknowledgements() {
        guard let partition = log.partitions(of: NotifyTopics.acknowledgements)?.first,
            let stretch = log.stretch(of: partition)
        else { return }
        let first = stretch.upperBound - Int64(NotifyLimits.acknowledgements)
        for record in all(partition, from: first) { acknowledgements.add(record) }
    }
}
