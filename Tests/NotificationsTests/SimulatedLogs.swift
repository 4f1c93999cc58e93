// Both logs in memory, as the engine sees them: what is appended is there as a whole or not at all, and
// stays when the engine dies.

import EventLog
import Notifications

final class SimulatedLogs: NotifyLog {
    struct Partition {
        var start: Int64 = 0
        var records: [LogRecord] = []
        var end: Int64 { start + Int64(records.count) }
    }

    struct State {
        var events: [LogRecord] = []
        var hasEvents = false
        var topics: [String: [PartitionID]] = [:]
        var partitions: [PartitionID: Partition] = [:]
        var commits: [String: [PartitionID: (offset: Int64, metadata: String)]] = [:]
    }

    /// What is durable, and what the reader has taken in of it.
    private(set) var state = State()
    private var view = State()
    var isFull = false
    /// Appends, and their bytes.
    private(set) var applied = 0
    private(set) var appended = 0
    private static let commitPartition = PartitionID(rawValue: 1_000_000)

    func event(_ key: String, _ value: String, wall: Int64) {
        state.hasEvents = true
        state.events.append(
            LogRecord(
                key: Array(key.utf8), value: Array(value.utf8), timestamp: wall,
                offset: Int64(state.events.count)))
    }

    /// The controller has begun.
    func begin() { state.hasEvents = true }

    func refresh() { view = state }

    var notifications: NotificationStretch? {
        view.hasEvents
            ? NotificationStretch(log: "a1", offsets: 0..<Int64(view.events.count)) : nil
    }

    var notificationsCommit: PartitionID? { view.hasEvents ? Self.commitPartition : nil }

    func readNotifications(from offset: Int64, maxBytes: Int) -> NotifyPiece? {
        let part = view.events[Int(offset)...].prefix(max(1, maxBytes / 200))
        return NotifyPiece(records: Array(part), next: Int64(part.endIndex))
    }

    func partitions(of topic: String) -> [PartitionID]? { view.topics[topic] }

    func stretch(of partition: PartitionID) -> Range<Int64>? {
        view.partitions[partition].map { $0.start..<$0.end }
    }

    func read(_ partition: PartitionID, from offset: Int64, maxBytes: Int) -> NotifyPiece? {
        guard let all = view.partitions[partition], offset >= all.start, offset <= all.end else {
            return nil
        }
        let part = all.records[Int(offset - all.start)...].prefix(max(1, maxBytes / 500))
        return NotifyPiece(records: Array(part), next: offset + Int64(part.count))
    }

    func commit(_ group: String, _ partition: PartitionID) -> (offset: Int64, metadata: String)? {
        view.commits[group]?[partition]
    }

    /// All that stands in a topic.
    func records(_ topic: String) -> [LogRecord] {
        (state.topics[topic] ?? []).flatMap { state.partitions[$0]?.records ?? [] }
    }

    func apply(_ steps: [AppendStep]) -> Result<[AppendResult], AppendError> {
        if isFull { return .failure(.full) }
        var next = state
        var results: [AppendResult] = []
        var bytes = 0
        for step in steps {
            switch step {
            case .batch(let id, let batch):
                guard var partition = next.partitions[id] else {
                    return .failure(.unknownPartition)
                }
                let base = partition.end
                bytes += batch.count
                let isGood: Void? = try? batch.withUnsafeBytes { bytes in
                    try RecordBatch.forEachRecord(bytes) { record in
                        var record = record
                        record.offset = partition.end
                        partition.records.append(record)
                    }
                }
                guard isGood != nil else { return .failure(.badBatch) }
                next.partitions[id] = partition
                results.append(
                    .offsets(base: base, count: Int(partition.end - base), isDuplicate: false))
            case .commit(let group, let id, let offset, let metadata):
                guard metadata.utf8.count <= LogLimits.longestMetadata else {
                    return .failure(.tooMany)
                }
                bytes += metadata.utf8.count
                next.commits[group, default: [:]][id] = (offset, metadata)
                results.append(.done)
            case .createTopic(let name, _, let count, _):
                guard next.topics[name] == nil else { return .failure(.topicExists) }
                next.topics[name] = []
                Self.add(&next, name, count)
                results.append(.done)
            case .addPartitions(let name, let count):
                Self.add(&next, name, count)
                results.append(.done)
            case .setLogStart(let id, let offset):
                guard var partition = next.partitions[id], offset >= partition.start,
                    offset <= partition.end
                else { return .failure(.offsetOutOfRange) }
                partition.records.removeFirst(Int(offset - partition.start))
                partition.start = offset
                next.partitions[id] = partition
                results.append(.done)
            default: return .failure(.badName)
            }
        }
        guard bytes < 768 << 10 else { return .failure(.tooLarge) }
        applied += 1
        appended += bytes
        state = next
        return .success(results)
    }

    private static func add(_ state: inout State, _ name: String, _ count: Int) {
        while (state.topics[name]?.count ?? count) < count {
            let id = PartitionID(rawValue: UInt32(state.partitions.count + 1))
            state.partitions[id] = Partition()
            state.topics[name]?.append(id)
        }
    }
}
