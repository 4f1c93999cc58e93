// What the log has to hold: an account of every append, kept by the drill itself and much simpler
// than the log's own. Appends are applied to it in the order in which they were staged; what came
// back of them says how many offsets a batch got, everything else follows.

import EventLog

/// One account of a log's content.
package struct Truth {
    /// A batch as it was handed in; the log may only set its base offset and leader epoch.
    struct Batch {
        var base: Int64
        var count: Int
        var bytes: [UInt8]

        var next: Int64 { base + Int64(count) }
    }

    struct Partition {
        var topic: String
        var next: Int64 = 0
        /// Everything before was deleted or dropped, and stays so.
        var logStart: Int64 = 0
        /// In the order of their offsets; those that were dropped may be missing.
        var batches: [Batch] = []
    }

    struct Topic: Equatable {
        var id: LogID
        var settings: TopicSettings
        var partitions: [PartitionID]
        /// It had a retention at some time.
        var wasLimited = false

        /// Nothing but an order of its owner, or lack of room, takes records from it.
        var isUnlimited: Bool {
            !wasLimited && settings.retentionBytes == nil && settings.retentionMilliseconds == nil
        }

        static func == (a: Topic, b: Topic) -> Bool {
            a.id == b.id && a.settings == b.settings && a.partitions == b.partitions
        }
    }

    struct CommitKey: Hashable {
        var group: String
        var partition: PartitionID
    }

    struct CommitValue: Equatable {
        var offset: Int64
        var metadata: String
    }

    struct Sent {
        var sequence: Int32
        var count: Int
        var base: Int64
        var bytes: [UInt8]
    }

    struct Producer {
        var epoch: Int16 = 0
        var nextSequence: Int32 = 0
        /// The last five.
        var sent: [Sent] = []
    }

    /// Batches longer below the log start than this are forgotten.
    private static let keptBatches = 400

    var topics: [String: Topic] = [:]
    var partitions: [PartitionID: Partition] = [:]
    var commits: [CommitKey: CommitValue] = [:]
    var producers: [ProducerKey: Producer] = [:]
    var highestPartition: UInt32 = 0
    var producerIDs: Int64 = 0

    init() {}

    /// Bytes of records in vital topics that are still wanted.
    var vitalBytes: Int {
        var sum = 0
        for topic in topics.values where topic.settings.isVital {
            for id in topic.partitions {
                guard let partition = partitions[id] else { continue }
                for batch in partition.batches.reversed() {
                    guard batch.next > partition.logStart else { break }
                    sum += JournalFormat.entryBytes(batch.bytes.count)
                }
            }
        }
        return sum
    }

    func isVital(_ id: PartitionID) -> Bool {
        partitions[id].flatMap { topics[$0.topic] }?.settings.isVital ?? false
    }

    // MARK: Appends

    /// What a step that was accepted must have become, and the account with it. Returns what is wrong.
    mutating func apply(_ step: AppendStep, _ result: AppendResult) -> String? {
        switch step {
        case .batch(let id, let bytes): return append(bytes, to: id, result)
        case .commit(let group, let partition, let offset, let metadata):
            commits[CommitKey(group: group, partition: partition)] = CommitValue(
                offset: offset, metadata: metadata)
        case .createTopic(let name, let id, let count, let settings):
            topics[name] = Topic(id: id, settings: settings, partitions: [])
            return addPartitions(name, count, result)
        case .addPartitions(let name, let count):
            let known = topics[name]?.partitions.count ?? 0
            return addPartitions(name, count - known, result)
        case .alterTopic(let name, let settings):
            if topics[name]?.isUnlimited == false { topics[name]?.wasLimited = true }
            topics[name]?.settings = settings
        case .deleteTopic(let name):
            guard let topic = topics.removeValue(forKey: name) else { break }
            for id in topic.partitions {
                partitions[id] = nil
                commits = commits.filter { $0.key.partition != id }
                producers = producers.filter { $0.key.partition != id }
            }
        case .setLogStart(let id, let offset):
            let start = max(partitions[id]?.logStart ?? 0, offset)
            moveLogStart(id, to: start)
        case .deleteGroup(let group):
            commits = commits.filter { $0.key.group != group }
        case .deleteCommit(let group, let partition):
            commits[CommitKey(group: group, partition: partition)] = nil
        case .reserveProducerIDs(let upTo): producerIDs = max(producerIDs, upTo)
        case .reserveVolatile: break
        }
        return result == .done ? nil : "\(step) became \(result)"
    }

    private mutating func append(
        _ bytes: [UInt8], to id: PartitionID, _ result: AppendResult
    ) -> String? {
        guard let header = bytes.withUnsafeBytes({ BatchHeader($0) }) else {
            return "a batch without a header was taken"
        }
        guard var partition = partitions[id] else { return "an unknown partition took a batch" }
        guard case .offsets(let base, let count, let isDuplicate) = result else {
            return "a batch became \(result)"
        }
        let key = ProducerKey(producer: header.producerID, partition: id)
        if header.producerID >= 0, let known = producers[key], known.epoch == header.producerEpoch,
            let sent = known.sent.first(where: { $0.sequence == header.baseSequence })
        {
            return isDuplicate && base == sent.base && count == sent.count
                ? nil
                : "\(id.rawValue): a batch sent again became \(result), it was at \(sent.base)"
        }
        guard !isDuplicate, base == partition.next, count == Int(header.recordCount) else {
            return "\(id.rawValue): a batch became \(result), the next offset is \(partition.next)"
        }
        let batch = Batch(base: base, count: count, bytes: bytes)
        // The old value must go before the array changes, or all of it is copied.
        partitions[id] = nil
        partition.batches.append(batch)
        partition.next = batch.next
        partitions[id] = partition
        if header.producerID >= 0 {
            var producer = producers[key] ?? Producer()
            if producer.epoch != header.producerEpoch {
                producer = Producer(epoch: header.producerEpoch)
            }
            producer.nextSequence = (header.baseSequence &+ Int32(count)) & .max
            producer.sent.append(
                Sent(sequence: header.baseSequence, count: count, base: base, bytes: bytes))
            if producer.sent.count > LogLimits.batchesPerProducer { producer.sent.removeFirst() }
            producers[key] = producer
        }
        return nil
    }

    private mutating func addPartitions(
        _ name: String, _ count: Int, _ result: AppendResult
    ) -> String? {
        guard case .partitions(let first, let given) = result, given == count,
            first.rawValue > highestPartition
        else { return "\(count) new partitions of \(name) became \(result)" }
        for number in first.rawValue..<first.rawValue + UInt32(count) {
            let id = PartitionID(rawValue: number)
            topics[name]?.partitions.append(id)
            partitions[id] = Partition(topic: name)
        }
        highestPartition = first.rawValue + UInt32(count) - 1
        return nil
    }

    // MARK: Room

    /// The log has moved its log start on, which was allowed.
    mutating func moveLogStart(_ id: PartitionID, to offset: Int64) {
        partitions[id]?.logStart = offset
        forget(id)
    }

    private mutating func forget(_ id: PartitionID) {
        guard let partition = partitions[id], partition.batches.count > Self.keptBatches else {
            return
        }
        let old = partition.batches.prefix { $0.next <= partition.logStart }.count
        if old > Self.keptBatches / 2 { partitions[id]?.batches.removeFirst(old) }
    }
}
