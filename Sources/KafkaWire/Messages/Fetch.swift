// Record batches on their way from the log.

/// Asks for batches from some offsets on.
package struct FetchRequest: WireRequest {
    package typealias Response = FetchResponse
    package static var api: ApiKey { .fetch }

    /// Since version 12.
    package var clusterId: String?
    /// -1 for a consumer.
    package var replicaId: Int32 = -1
    /// Milliseconds to wait for `minBytes`.
    package var maxWaitMs: Int32 = 0
    package var minBytes: Int32 = 0
    /// What an answer should not exceed unless its first batch does.
    package var maxBytes: Int32 = Int32.max
    /// 0: all records, 1: only those of ended transactions.
    package var isolationLevel: Int8 = 0
    /// 0 outside of a session. Since version 7.
    package var sessionId: Int32 = 0
    /// Since version 7.
    package var sessionEpoch: Int32 = -1
    package var topics: [Topic] = []
    /// What is no longer wanted in this session. Since version 7.
    package var forgottenTopicsData: [ForgottenTopic] = []
    /// Where the consumer is. Since version 11.
    package var rackId = ""

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&replicaId)
        try wire.number(&maxWaitMs)
        try wire.number(&minBytes)
        try wire.number(&maxBytes)
        try wire.number(&isolationLevel)
        if wire.version >= 7 {
            try wire.number(&sessionId)
            try wire.number(&sessionEpoch)
        }
        try wire.array(&topics)
        if wire.version >= 7 { try wire.array(&forgottenTopicsData) }
        if wire.version >= 11 { try wire.string(&rackId) }
    }

    package static var knownTags: Int { 1 }

    package func hasTag(_ tag: Int) -> Bool {
        clusterId != nil
    }

    package mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError) {
        try wire.string(&clusterId)
    }

    package struct Topic: WireStruct {
        package var topic = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&topic)
            try wire.array(&partitions)
        }

        package struct Partition: WireStruct {
            package var partition: Int32 = 0
            /// The leader epoch that the client knows; -1 for none. Since version 9.
            package var currentLeaderEpoch: Int32 = -1
            package var fetchOffset: Int64 = 0
            /// The epoch of the last record that the client has; -1 for none. Since version 12.
            package var lastFetchedEpoch: Int32 = -1
            /// -1 where it is not known. Since version 5.
            package var logStartOffset: Int64 = -1
            package var partitionMaxBytes: Int32 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partition)
                if wire.version >= 9 { try wire.number(&currentLeaderEpoch) }
                try wire.number(&fetchOffset)
                if wire.version >= 12 { try wire.number(&lastFetchedEpoch) }
                if wire.version >= 5 { try wire.number(&logStartOffset) }
                try wire.number(&partitionMaxBytes)
            }
        }
    }

    package struct ForgottenTopic: WireStruct {
        package var topic = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&topic)
            try wire.array(&partitions)
        }
    }
}

/// The batches, whole ones, the first of which holds the asked offset.
package struct FetchResponse: WireMessage {
    package static var api: ApiKey { .fetch }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    /// Since version 7.
    package var errorCode = KafkaError.none
    /// 0 outside of a session. Since version 7.
    package var sessionId: Int32 = 0
    package var responses: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        if wire.version >= 7 {
            try wire.error(&errorCode)
            try wire.number(&sessionId)
        }
        try wire.array(&responses)
    }

    package struct Topic: WireStruct {
        package var topic = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&topic)
            try wire.array(&partitions)
        }

        package struct Partition: WireStruct {
            package var partitionIndex: Int32 = 0
            package var errorCode = KafkaError.none
            /// Where the records that can be read end.
            package var highWatermark: Int64 = 0
            /// Where the ended transactions end; -1 for not known.
            package var lastStableOffset: Int64 = -1
            /// -1 where it is not known. Since version 5.
            package var logStartOffset: Int64 = -1
            /// Where the log of the client goes another way. Since version 12.
            package var divergingEpoch = EpochEnd()
            /// Since version 12.
            package var currentLeader = Leader()
            /// Since version 12.
            package var snapshotId = Snapshot()
            /// Nil where the isolation level is 0.
            package var abortedTransactions: [AbortedTransaction]?
            /// Where to read instead; -1 for here. Since version 11.
            package var preferredReadReplica: Int32 = -1
            package var records: WireBytes?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.error(&errorCode)
                try wire.number(&highWatermark)
                try wire.number(&lastStableOffset)
                if wire.version >= 5 { try wire.number(&logStartOffset) }
                try wire.array(&abortedTransactions)
                if wire.version >= 11 { try wire.number(&preferredReadReplica) }
                try wire.records(&records)
            }

            package static var knownTags: Int { 3 }

            package func hasTag(_ tag: Int) -> Bool {
                switch tag {
                case 0: divergingEpoch != EpochEnd()
                case 1: currentLeader != Leader()
                default: snapshotId != Snapshot()
                }
            }

            package mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError) {
                switch tag {
                case 0: try wire.structure(&divergingEpoch)
                case 1: try wire.structure(&currentLeader)
                default: try wire.structure(&snapshotId)
                }
            }

            package struct EpochEnd: WireStruct {
                package var epoch: Int32 = -1
                package var endOffset: Int64 = -1

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.number(&epoch)
                    try wire.number(&endOffset)
                }
            }

            package struct Leader: WireStruct {
                package var leaderId: Int32 = -1
                package var leaderEpoch: Int32 = -1

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.number(&leaderId)
                    try wire.number(&leaderEpoch)
                }
            }

            package struct Snapshot: WireStruct {
                package var endOffset: Int64 = -1
                package var epoch: Int32 = -1

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.number(&endOffset)
                    try wire.number(&epoch)
                }
            }

            package struct AbortedTransaction: WireStruct {
                package var producerId: Int64 = 0
                package var firstOffset: Int64 = 0

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.number(&producerId)
                    try wire.number(&firstOffset)
                }
            }
        }
    }
}
