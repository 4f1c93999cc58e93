// All transactions of the broker, as a value: who may write what now, how far a partition is stable,
// and which parts of it were not committed. It decides nothing about time and writes nothing; what
// it is told has been written (`Broker+Transactions`, `Broker+TransactionLog`).

import EventLog
import KafkaWire

package struct Transactions: Sendable {
    /// Transactional ids that are known; one that has been used for the longest time goes first.
    static let mostIDs = 1_000
    /// Parts of transactions that were not committed, while their records are kept. At this limit no
    /// further transaction begins: to forget one would show its records.
    static let mostAborted = 20_000

    private struct Entry: Sendable {
        var transaction: Transaction
        /// When it is given up; nil: it is not open, or that is being done.
        var deadline: Int64?
        /// Its end is on the way to the disk.
        var isEnding = false
        var use: UInt64
    }

    private var entries: [String: Entry] = [:]
    private(set) var aborted: [PartitionID: [AbortedPart]] = [:]
    private(set) var abortedCount = 0
    /// Of each partition the open transactions, and what none of them stands before.
    private var holds: [PartitionID: [String: Int64]] = [:]
    private var uses: UInt64 = 0

    package init() {}

    subscript(id: String) -> Transaction? { entries[id]?.transaction }
    var all: [(id: String, transaction: Transaction)] {
        entries.map { ($0.key, $0.value.transaction) }.sorted { $0.id < $1.id }
    }
    var isFull: Bool { abortedCount >= Self.mostAborted }

    /// Takes in what has been written. `now` is the beginning of a transaction that is open now and
    /// was not before.
    mutating func set(_ id: String, _ transaction: Transaction, now: Int64) {
        uses += 1
        let before = entries[id]
        for part in before?.transaction.parts ?? [] {
            let partition = PartitionID(rawValue: part.partition)
            holds[partition]?[id] = nil
            if holds[partition]?.isEmpty == true { holds[partition] = nil }
        }
        for part in transaction.parts {
            holds[PartitionID(rawValue: part.partition), default: [:]][id] = part.first
        }
        var deadline: Int64?
        if transaction.isOpen {
            deadline =
                before?.transaction.isOpen == true
                ? before?.deadline : now + Int64(transaction.timeoutMilliseconds)
        }
        entries[id] = Entry(transaction: transaction, deadline: deadline, use: uses)
        if entries.count > Self.mostIDs, let oldest { entries[oldest] = nil }
    }

    private var oldest: String? {
        entries.filter { !$0.value.transaction.isOpen && !$0.value.isEnding }
            .min { $0.value.use < $1.value.use }?.key
    }

    /// Whether one more id can be known.
    var hasRoom: Bool { entries.count < Self.mostIDs || oldest != nil }

    /// From now on nothing more is written in its name; `set` or `endFailed` says what came of it.
    mutating func beginEnd(_ id: String) {
        entries[id]?.isEnding = true
        entries[id]?.deadline = nil
    }

    /// It is open as before, and is tried again at `retry`.
    mutating func endFailed(_ id: String, retry: Int64) {
        entries[id]?.isEnding = false
        if entries[id]?.transaction.isOpen == true { entries[id]?.deadline = retry }
    }

    // Time

    var nextDeadline: Int64? { entries.values.lazy.compactMap(\.deadline).min() }

    func due(at now: Int64) -> [String] {
        entries.filter { ($0.value.deadline ?? .max) <= now }.keys.sorted()
    }

    // Writing

    /// Why a batch may not be written in the name of a transaction; nil: it may.
    func refusal(of batch: BatchHeader, in id: String, _ partition: PartitionID) -> KafkaError? {
        guard let entry = entries[id], entry.transaction.producerID == batch.producerID else {
            return .invalidProducerIdMapping
        }
        guard entry.transaction.epoch == batch.producerEpoch, !entry.isEnding else {
            return .invalidProducerEpoch
        }
        guard batch.isTransactional else { return .invalidRecord }
        guard entry.transaction.isOpen, entry.transaction.part(partition) != nil else {
            return .invalidTxnState
        }
        return nil
    }

    // Reading

    /// The last stable offset: before it nothing belongs to an open transaction.
    func stableEnd(_ partition: PartitionID, highWatermark: Int64) -> Int64 {
        min(highWatermark, holds[partition]?.values.min() ?? .max)
    }

    /// The parts that were not committed and reach into `offsets`.
    func aborted(_ partition: PartitionID, _ offsets: Range<Int64>) -> [AbortedPart] {
        (aborted[partition] ?? []).filter {
            $0.last >= offsets.lowerBound && $0.first < offsets.upperBound
        }
    }

    /// Whether an open transaction has an offset of this group and partition.
    func isUnstable(group: String, _ partition: PartitionID) -> Bool {
        entries.values.contains { entry in
            entry.transaction.commits.contains {
                $0.partition == partition.rawValue && $0.group == group
            }
        }
    }

    // Parts that were not committed

    mutating func add(_ part: AbortedPart) {
        aborted[PartitionID(rawValue: part.partition), default: []].append(part)
        abortedCount += 1
    }

    /// Forgets the parts whose records are gone. `logStart` of a partition that is gone is nil.
    mutating func forget(_ logStart: (PartitionID) -> Int64?) {
        for (partition, parts) in aborted {
            let start = logStart(partition) ?? .max
            let kept = parts.filter { $0.last >= start }
            abortedCount -= parts.count - kept.count
            aborted[partition] = kept.isEmpty ? nil : kept
        }
    }
}
