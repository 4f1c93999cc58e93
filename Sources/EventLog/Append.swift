// What a caller asks the log to write, and what it learns. An `Append` is atomic: all of it is in the
// log or nothing.

/// The number of a partition in its log: given once, never again. 0 is none.
package struct PartitionID: Hashable, Comparable, Sendable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static func < (a: PartitionID, b: PartitionID) -> Bool { a.rawValue < b.rawValue }
}

/// How long a topic's records are kept, and which are let in. What is let in is for those to see to
/// who take records from outside: the log keeps these settings and does not look into batches.
package struct TopicSettings: Hashable, Sendable {
    /// Milliseconds by the records' wall clock; nil: without limit.
    package var retentionMilliseconds: Int64?
    /// Bytes a partition; nil: without limit but the log's cap.
    package var retentionBytes: Int64?
    /// Fire, valves, audit: copied forward before a segment is used again, and let into the reserve.
    package var isVital: Bool
    /// Records without a key are refused.
    package var needsKeys: Bool
    /// Bytes of the largest batch; nil: the broker's own limit.
    package var largestBatch: Int64?

    package init(
        retentionMilliseconds: Int64? = nil, retentionBytes: Int64? = nil, isVital: Bool = false,
        needsKeys: Bool = false, largestBatch: Int64? = nil
    ) {
        self.retentionMilliseconds = retentionMilliseconds
        self.retentionBytes = retentionBytes
        self.isVital = isVital
        self.needsKeys = needsKeys
        self.largestBatch = largestBatch
    }
}

/// One thing that an append does.
package enum AppendStep: Sendable {
    /// A whole Kafka record batch v2, compressed or not. Base offset and leader epoch are set by the
    /// log, everything else stays as it is. A batch with a producer id is checked for its sequence.
    case batch(PartitionID, [UInt8])
    /// The one committed offset of a group in a partition.
    case commit(group: String, PartitionID, offset: Int64, metadata: String)
    case createTopic(name: String, id: LogID, partitions: Int, TopicSettings)
    case addPartitions(topic: String, upTo: Int)
    case alterTopic(name: String, TopicSettings)
    case deleteTopic(name: String)
    /// Everything before `offset` is gone (Kafka's DeleteRecords).
    case setLogStart(PartitionID, offset: Int64)
    case deleteGroup(String)
    case deleteCommit(group: String, PartitionID)
    /// Producer ids below this have been given out.
    case reserveProducerIDs(upTo: Int64)
    /// Offsets of the volatile partition below this may have been given out.
    case reserveVolatile(PartitionID, upTo: Int64)
}

/// What one step became.
package enum AppendResult: Hashable, Sendable {
    /// Offsets `base ..< base + count`. `isDuplicate`: the producer sent this batch before and these
    /// are the offsets that it got then.
    case offsets(base: Int64, count: Int, isDuplicate: Bool)
    /// The first partition of the new ones; they are numbered in a row.
    case partitions(first: PartitionID, count: Int)
    case done
}

/// Why an append was refused. Nothing of it is in the log.
package enum AppendError: Error, Hashable, Sendable {
    /// Not a record batch v2, or its checksum is wrong, or its counts contradict each other.
    case badBatch
    case unknownPartition
    case unknownTopic
    case topicExists
    case badName
    /// More than one frame holds.
    case tooLarge
    /// A table has reached its limit: topics, partitions, groups, commits.
    case tooMany
    /// The log has reached its cap, and this append may not use the reserve.
    case full
    /// Producer: a batch is missing before this one (Kafka error 45).
    case outOfOrderSequence
    /// Producer: a newer epoch of the same id has written (Kafka error 47).
    case staleProducerEpoch
    case offsetOutOfRange
    /// What waits for the disk fills the memory that is allowed for it.
    case backlogged
}
