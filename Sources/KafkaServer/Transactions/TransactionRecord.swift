// The records of `__transactions`, the topic of the service log that holds all about transactions. It
// is written by the broker alone and not shown to clients. Its records are read when the broker starts:
//
//   key = "t" and the transactional id: all that is known of it now (Transaction); the last one counts
//   key = "a": one partition's part of a transaction that was not committed (AbortedPart)
//
// Both as `packed` writes them. From time to time everything is written anew, and the topic begins
// there (`Broker+TransactionLog`).

import EventLog
import KafkaWire

/// What is known of one transactional id.
struct Transaction: WireStruct {
    var producerID: Int64 = -1
    var epoch: Int16 = 0
    /// The epoch before, if the producer itself asked for the next one and may ask again; else -1.
    var askedEpoch: Int16 = -1
    var timeoutMilliseconds: Int32 = 0
    /// Who is logged in where it was begun; nobody else may use it. Empty where there are no users.
    var owner = ""
    /// Partitions or groups were taken in, and it has not ended.
    var isOpen = false
    /// How the last one ended: 0 not at all, 1 not committed, 2 committed.
    var ended: Int8 = 0
    var parts: [Part] = []
    var commits: [Commit] = []

    static let aborted: Int8 = 1
    static let committed: Int8 = 2

    init() {}

    mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&producerID)
        try wire.number(&epoch)
        try wire.number(&askedEpoch)
        try wire.number(&timeoutMilliseconds)
        try wire.string(&owner)
        try wire.bool(&isOpen)
        try wire.number(&ended)
        try wire.array(&parts)
        try wire.array(&commits)
    }

    /// A partition of the service log that the transaction writes to.
    struct Part: WireStruct {
        var partition: UInt32 = 0
        /// Nothing of the transaction stands before this offset.
        var first: Int64 = 0

        init() {}

        mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&partition)
            try wire.number(&first)
        }
    }

    /// An offset that is committed with the transaction.
    struct Commit: WireStruct {
        var group = ""
        /// The partition of the service log under which commits stand (`ServedTopics`).
        var partition: UInt32 = 0
        var offset: Int64 = 0
        var metadata = ""

        init() {}

        mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&group)
            try wire.number(&partition)
            try wire.number(&offset)
            try wire.string(&metadata)
        }
    }

    func part(_ partition: PartitionID) -> Part? {
        parts.first { $0.partition == partition.rawValue }
    }

    /// Puts down an offset, in place of one for the same group and partition.
    mutating func put(_ commit: Commit) {
        let place = commits.firstIndex {
            $0.partition == commit.partition && $0.group == commit.group
        }
        if let place { commits[place] = commit } else { commits.append(commit) }
    }

    /// The same id without what was open, for the next transaction.
    func after(_ ended: Int8) -> Transaction {
        var next = self
        next.isOpen = false
        next.ended = ended
        next.parts = []
        next.commits = []
        return next
    }
}

/// Where a transaction that was not committed stands in one partition.
struct AbortedPart: WireStruct {
    var partition: UInt32 = 0
    var producerID: Int64 = -1
    /// Nothing of it stands before this offset.
    var first: Int64 = 0
    /// The offset of its marker; -1: not known yet, as it is given by the append that this is part of.
    var last: Int64 = -1

    init() {}

    mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&partition)
        try wire.number(&producerID)
        try wire.number(&first)
        try wire.number(&last)
    }
}
