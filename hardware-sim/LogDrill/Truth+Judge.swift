// The account against what the log says of itself. Each function returns what is wrong, in words.

import EventLog

extension Truth {
    /// What a log may have dropped by itself.
    struct Allowed {
        /// Segments were used again, so ordinary records had to go.
        var ordinary = false
        /// Vital topics filled half of the cap.
        var vital = false
        /// Time has passed, or jumped, or topics became too large.
        var retention = true
    }

    /// Topics, ends, commits and producers: nil when the index is this account.
    func difference(from index: LogIndex) -> String? {
        let known = index.topics
        guard known.count == topics.count else {
            return "\(known.map(\.name)) are the topics and not \(topics.keys.sorted())"
        }
        for topic in known {
            let found = Topic(
                id: topic.id, settings: topic.settings, partitions: topic.partitions)
            guard topics[topic.name] == found else {
                return "topic \(topic.name) is not what was made"
            }
        }
        guard index.nextPartition == highestPartition + 1 else {
            return "partition \(index.nextPartition) is next and not \(highestPartition + 1)"
        }
        for (id, partition) in partitions {
            let next = index.highWatermark(id)
            guard next == partition.next else {
                return "partition \(id.rawValue) ends at \(next ?? -1) and not \(partition.next)"
            }
            let start = index.partition(id)?.logStart ?? -1
            guard start >= partition.logStart else {
                return "partition \(id.rawValue) begins at \(start) and not \(partition.logStart)"
            }
        }
        return commitDifference(from: index) ?? producerDifference(from: index)
    }

    private func commitDifference(from index: LogIndex) -> String? {
        var count = 0
        for group in index.groups {
            for (partition, commit) in index.commits(of: group) {
                count += 1
                let wanted = commits[CommitKey(group: group, partition: partition)]
                guard wanted == CommitValue(offset: commit.offset, metadata: commit.metadata) else {
                    return "\(group) is at \(commit.offset) of \(partition.rawValue) and not "
                        + "\(wanted?.offset ?? -1)"
                }
            }
        }
        return count == commits.count ? nil : "\(count) commits and not \(commits.count)"
    }

    private func producerDifference(from index: LogIndex) -> String? {
        guard index.producerIDs == producerIDs else {
            return "producer ids up to \(index.producerIDs) and not \(producerIDs) are given out"
        }
        for (key, producer) in producers {
            for sent in producer.sent {
                let verdict = try? index.verdict(
                    producer: key.producer, epoch: producer.epoch, baseSequence: sent.sequence,
                    lastOffsetDelta: Int32(sent.count - 1), key.partition)
                guard verdict == .duplicate(base: sent.base, count: sent.count) else {
                    return "producer \(key.producer): sequence \(sent.sequence) is no duplicate"
                }
            }
            let next = try? index.verdict(
                producer: key.producer, epoch: producer.epoch, baseSequence: producer.nextSequence,
                lastOffsetDelta: 0, key.partition)
            guard next == .new else {
                return "producer \(key.producer) cannot go on with \(producer.nextSequence)"
            }
        }
        return nil
    }

    /// Log starts: they only move forward, and only where something allows it. Takes them over.
    mutating func judgeLogStarts(_ index: LogIndex, _ allowed: Allowed) -> [String] {
        var wrong: [String] = []
        for id in partitions.keys.sorted() {
            guard let partition = partitions[id], let topic = topics[partition.topic],
                let start = index.partition(id)?.logStart, start != partition.logStart
            else { continue }
            if start < partition.logStart {
                wrong.append(
                    "RECORD: partition \(id.rawValue): the log start went back from "
                        + "\(partition.logStart) to \(start)")
            }
            if start > partition.next {
                wrong.append("RECORD: partition \(id.rawValue) begins behind its end")
            }
            let isAllowed =
                topic.isUnlimited
                ? topic.settings.isVital ? allowed.vital : allowed.ordinary : allowed.retention
            if !isAllowed {
                wrong.append(
                    "RECORD: partition \(id.rawValue) of \(partition.topic) dropped "
                        + "\(partition.logStart)..<\(start) without need")
            }
            moveLogStart(id, to: start)
        }
        return wrong
    }

    /// Every batch that is still wanted stands in the journal, whole, once or in equal copies; and
    /// nothing stands there that was never appended. Where `mayLose` says so a batch may be missing,
    /// if the index knows of it.
    func judgeContent(
        _ journal: Journal, _ index: LogIndex, _ mayLose: (PartitionID) -> Bool
    ) -> [String] {
        var wrong: [String] = []
        for id in partitions.keys.sorted() {
            guard let partition = partitions[id] else { continue }
            for batch in partition.batches where batch.next > partition.logStart {
                if wrong.count > 5 { return wrong }
                if mayLose(id), index.reports(batch, of: id) { continue }
                guard let found = journal.entries[Journal.Key(partition: id, base: batch.base)]
                else {
                    wrong.append(
                        "RECORD: partition \(id.rawValue) lost \(batch.base)..<\(batch.next)")
                    continue
                }
                for entry in found where !journal.holds(batch, entry) {
                    wrong.append(
                        "RECORD: partition \(id.rawValue) has other bytes at \(batch.base)")
                }
            }
        }
        for (key, entries) in journal.entries {
            guard let partition = partitions[key.partition], key.base >= partition.logStart,
                let entry = entries.first
            else { continue }
            let isKnown = partition.batch(at: key.base) != nil
            if !isKnown {
                wrong.append(
                    "RECORD: \(key.base)..<\(key.base + Int64(entry.count)) of partition "
                        + "\(key.partition.rawValue) was never appended")
            }
        }
        return wrong
    }

    /// Reads `offset` as a consumer would: by the index, and a walk from the place that it names.
    func judgeLookup(
        _ id: PartitionID, _ offset: Int64, _ journal: Journal, _ index: LogIndex
    ) -> String? {
        guard let partition = partitions[id], offset >= partition.logStart,
            let batch = partition.batch(holding: offset)
        else { return nil }
        let what = "RECORD: partition \(id.rawValue): looking up \(offset)"
        guard let location = index.locate(id, offset: offset) else {
            return "\(what) finds nothing"
        }
        guard let found = journal.walk(from: location, id, to: offset) else {
            return "\(what) does not get there from \(location)"
        }
        return journal.holds(batch, found) ? nil : "\(what) finds another batch"
    }
}

extension LogIndex {
    /// Whether a reader would be told that the batch, or a part of it, is lost: it is in a gap, or the
    /// table of gaps is full, which is counted, and no run has it.
    fileprivate func reports(_ batch: Truth.Batch, of id: PartitionID) -> Bool {
        let offsets = batch.base..<batch.next
        if gaps.contains(where: { $0.partition == id && $0.offsets.overlaps(offsets) }) {
            return true
        }
        return gapsBeyond > 0
            && !(locate(id, offset: batch.base)?.run.contains(batch.base) ?? false)
    }
}

extension Truth.Partition {
    /// The batch that begins with `base`.
    func batch(at base: Int64) -> Truth.Batch? {
        batch(holding: base).flatMap { $0.base == base ? $0 : nil }
    }

    func batch(holding offset: Int64) -> Truth.Batch? {
        var low = 0
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].next <= offset { low = middle + 1 } else { high = middle }
        }
        return low < batches.count && batches[low].base <= offset ? batches[low] : nil
    }
}
