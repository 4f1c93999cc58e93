// The bytes of what is not a record: topics, commits, log starts, freed segments. One meta entry is
// one change of the log's state. `EventLog` writes them, `LogIndex` folds them. Decoding never traps.
//
//   body := kind u8, fields as in `CodedBytes`, nothing behind them
//      1 create topic      name, id 16 bytes, first partition, partitions, settings
//      2 add partitions    topic, first new partition, new partitions
//      3 alter topic       name, settings
//      4 delete topic      name, number of partitions, partition*
//      5 commit            group, partition, offset, metadata
//      6 log start         partition, offset
//      7 delete group      group
//      8 delete commit     group, partition
//      9 producer ids      upper bound
//     10 volatile          partition, upper bound
//     11 freed             segment

package enum MetaEntry: Hashable, Sendable {
    case createTopic(
        name: String, id: LogID, first: PartitionID, partitions: Int, settings: TopicSettings)
    case addPartitions(topic: String, first: PartitionID, count: Int)
    case alterTopic(name: String, settings: TopicSettings)
    case deleteTopic(name: String, partitions: [PartitionID])
    case commit(group: String, PartitionID, offset: Int64, metadata: String)
    case setLogStart(PartitionID, offset: Int64)
    case deleteGroup(String)
    case deleteCommit(group: String, PartitionID)
    case reserveProducerIDs(upTo: Int64)
    case reserveVolatile(PartitionID, upTo: Int64)
    /// All that is still wanted of the segment stands elsewhere; its file may be used again.
    case freed(segment: UInt32)

    package func encoded() -> [UInt8] {
        var out = CodedBytesWriter()
        switch self {
        case .createTopic(let name, let id, let first, let partitions, let settings):
            out.byte(1)
            out.string(name)
            out.id(id)
            out.number(first.rawValue)
            out.count(partitions)
            out.settings(settings)
        case .addPartitions(let topic, let first, let count):
            out.byte(2)
            out.string(topic)
            out.number(first.rawValue)
            out.count(count)
        case .alterTopic(let name, let settings):
            out.byte(3)
            out.string(name)
            out.settings(settings)
        case .deleteTopic(let name, let partitions):
            out.byte(4)
            out.string(name)
            out.count(partitions.count)
            for partition in partitions { out.number(partition.rawValue) }
        case .commit(let group, let partition, let offset, let metadata):
            out.byte(5)
            out.string(group)
            out.number(partition.rawValue)
            out.signed(offset)
            out.string(metadata)
        case .setLogStart(let partition, let offset):
            out.byte(6)
            out.number(partition.rawValue)
            out.signed(offset)
        case .deleteGroup(let group):
            out.byte(7)
            out.string(group)
        case .deleteCommit(let group, let partition):
            out.byte(8)
            out.string(group)
            out.number(partition.rawValue)
        case .reserveProducerIDs(let upTo):
            out.byte(9)
            out.signed(upTo)
        case .reserveVolatile(let partition, let upTo):
            out.byte(10)
            out.number(partition.rawValue)
            out.signed(upTo)
        case .freed(let segment):
            out.byte(11)
            out.number(segment)
        }
        return out.bytes
    }

    /// The change in `bytes`; nil when they are not exactly one. Names and numbers are bounded, but
    /// need not make sense in the log that they stand in.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        var source = CodedBytesReader(bytes)
        let most = LogLimits(segmentBytes: .max)
        func partition() -> PartitionID { PartitionID(rawValue: source.number32()) }
        func topic() -> String { source.string(atMost: LogLimits.longestTopicName) }
        func group() -> String { source.string(atMost: LogLimits.longestGroupName) }
        func few() -> Int {
            let count = source.number()
            if count > UInt64(most.partitions) { source.spoil() }
            return Int(truncatingIfNeeded: count)
        }
        switch source.byte() {
        case 1:
            self = .createTopic(
                name: topic(), id: source.id(), first: partition(), partitions: few(),
                settings: source.settings())
        case 2: self = .addPartitions(topic: topic(), first: partition(), count: few())
        case 3: self = .alterTopic(name: topic(), settings: source.settings())
        case 4:
            let name = topic()
            let count = source.count(each: 1, atMost: most.partitions)
            self = .deleteTopic(name: name, partitions: (0..<count).map { _ in partition() })
        case 5:
            self = .commit(
                group: group(), partition(), offset: source.signed(),
                metadata: source.string(atMost: LogLimits.longestMetadata))
        case 6: self = .setLogStart(partition(), offset: source.signed())
        case 7: self = .deleteGroup(group())
        case 8: self = .deleteCommit(group: group(), partition())
        case 9: self = .reserveProducerIDs(upTo: source.signed())
        case 10: self = .reserveVolatile(partition(), upTo: source.signed())
        case 11: self = .freed(segment: source.number32())
        default: return nil
        }
        guard source.isDone else { return nil }
    }
}
