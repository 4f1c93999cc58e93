// Transactions: which partitions and groups belong to one, and its end.

/// Takes partitions into a transaction, before anything of it is written to them.
package struct AddPartitionsToTxnRequest: WireRequest {
    package typealias Response = AddPartitionsToTxnResponse
    package static var api: ApiKey { .addPartitionsToTxn }

    package var v3AndBelowTransactionalId = ""
    package var v3AndBelowProducerId: Int64 = 0
    package var v3AndBelowProducerEpoch: Int16 = 0
    package var v3AndBelowTopics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&v3AndBelowTransactionalId)
        try wire.number(&v3AndBelowProducerId)
        try wire.number(&v3AndBelowProducerEpoch)
        try wire.array(&v3AndBelowTopics)
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitions: [Int32] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitions)
        }
    }
}

/// Which partitions were taken in.
package struct AddPartitionsToTxnResponse: WireMessage {
    package static var api: ApiKey { .addPartitionsToTxn }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var resultsByTopicV3AndBelow: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&resultsByTopicV3AndBelow)
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var resultsByPartition: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&resultsByPartition)
        }

        package struct Partition: WireStruct {
            package var partitionIndex: Int32 = 0
            package var partitionErrorCode = KafkaError.none

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.error(&partitionErrorCode)
            }
        }
    }
}

/// Takes a group's offsets into a transaction.
package struct AddOffsetsToTxnRequest: WireRequest {
    package typealias Response = AddOffsetsToTxnResponse
    package static var api: ApiKey { .addOffsetsToTxn }

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    package var groupId = ""

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&transactionalId)
        try wire.number(&producerId)
        try wire.number(&producerEpoch)
        try wire.string(&groupId)
    }
}

/// Whether the group was taken in.
package struct AddOffsetsToTxnResponse: WireMessage {
    package static var api: ApiKey { .addOffsetsToTxn }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.error(&errorCode)
    }
}

/// Ends a transaction, in one way or the other.
package struct EndTxnRequest: WireRequest {
    package typealias Response = EndTxnResponse
    package static var api: ApiKey { .endTxn }

    package var transactionalId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    /// False: all of it is as if it had not been.
    package var committed = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&transactionalId)
        try wire.number(&producerId)
        try wire.number(&producerEpoch)
        try wire.bool(&committed)
    }
}

/// Whether it has ended so.
package struct EndTxnResponse: WireMessage {
    package static var api: ApiKey { .endTxn }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.error(&errorCode)
    }
}

/// Puts down how far a group is as soon as the transaction is committed.
package struct TxnOffsetCommitRequest: WireRequest {
    package typealias Response = TxnOffsetCommitResponse
    package static var api: ApiKey { .txnOffsetCommit }

    package var transactionalId = ""
    package var groupId = ""
    package var producerId: Int64 = 0
    package var producerEpoch: Int16 = 0
    /// -1 from outside of the group. Since version 3.
    package var generationId: Int32 = -1
    /// Since version 3.
    package var memberId = ""
    /// The name of a static member. Since version 3.
    package var groupInstanceId: String?
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&transactionalId)
        try wire.string(&groupId)
        try wire.number(&producerId)
        try wire.number(&producerEpoch)
        if wire.version >= 3 {
            try wire.number(&generationId)
            try wire.string(&memberId)
            try wire.string(&groupInstanceId)
        }
        try wire.array(&topics)
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitions)
        }

        package struct Partition: WireStruct {
            package var partitionIndex: Int32 = 0
            /// The next offset to read.
            package var committedOffset: Int64 = 0
            /// -1 where it is not known. Since version 2.
            package var committedLeaderEpoch: Int32 = -1
            package var committedMetadata: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.number(&committedOffset)
                if wire.version >= 2 { try wire.number(&committedLeaderEpoch) }
                try wire.string(&committedMetadata)
            }
        }
    }
}

/// What was put down.
package struct TxnOffsetCommitResponse: WireMessage {
    package static var api: ApiKey { .txnOffsetCommit }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&topics)
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitions: [Partition] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitions)
        }

        package struct Partition: WireStruct {
            package var partitionIndex: Int32 = 0
            package var errorCode = KafkaError.none

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.error(&errorCode)
            }
        }
    }
}
