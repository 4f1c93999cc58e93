// Offsets that a group has dealt with.

/// Puts down how far a group is.
package struct OffsetCommitRequest: WireRequest {
    package typealias Response = OffsetCommitResponse
    package static var api: ApiKey { .offsetCommit }

    package var groupId = ""
    /// -1 from outside of the group.
    package var generationIdOrMemberEpoch: Int32 = -1
    package var memberId = ""
    /// The name of a static member. Since version 7.
    package var groupInstanceId: String?
    /// Milliseconds to keep the offset; -1 for the broker's own time. Up to version 4.
    package var retentionTimeMs: Int64 = -1
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        try wire.number(&generationIdOrMemberEpoch)
        try wire.string(&memberId)
        if wire.version >= 7 { try wire.string(&groupInstanceId) }
        if wire.version <= 4 { try wire.number(&retentionTimeMs) }
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
            /// -1 where it is not known. Since version 6.
            package var committedLeaderEpoch: Int32 = -1
            package var committedMetadata: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.number(&committedOffset)
                if wire.version >= 6 { try wire.number(&committedLeaderEpoch) }
                try wire.string(&committedMetadata)
            }
        }
    }
}

/// What was put down.
package struct OffsetCommitResponse: WireMessage {
    package static var api: ApiKey { .offsetCommit }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 3.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 { try wire.number(&throttleTimeMs) }
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

/// Asks how far a group is.
package struct OffsetFetchRequest: WireRequest {
    package typealias Response = OffsetFetchResponse
    package static var api: ApiKey { .offsetFetch }

    package var groupId = ""
    /// Nil, since version 2, asks for all.
    package var topics: [Topic]? = []
    /// Whether to refuse while transactions have not ended. Since version 7.
    package var requireStable = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        try wire.array(&topics, nullable: wire.version >= 2)
        if wire.version >= 7 { try wire.bool(&requireStable) }
    }

    package struct Topic: WireStruct {
        package var name = ""
        package var partitionIndexes: [Int32] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.array(&partitionIndexes)
        }
    }
}

/// How far a group is.
package struct OffsetFetchResponse: WireMessage {
    package static var api: ApiKey { .offsetFetch }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 3.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []
    /// Since version 2.
    package var errorCode = KafkaError.none

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 { try wire.number(&throttleTimeMs) }
        try wire.array(&topics)
        if wire.version >= 2 { try wire.error(&errorCode) }
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
            /// The next offset to read; -1 where there is none.
            package var committedOffset: Int64 = 0
            /// -1 where it is not known. Since version 5.
            package var committedLeaderEpoch: Int32 = -1
            package var metadata: String?
            package var errorCode = KafkaError.none

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.number(&committedOffset)
                if wire.version >= 5 { try wire.number(&committedLeaderEpoch) }
                try wire.string(&metadata)
                try wire.error(&errorCode)
            }
        }
    }
}

/// Forgets how far a group is.
package struct OffsetDeleteRequest: WireRequest {
    package typealias Response = OffsetDeleteResponse
    package static var api: ApiKey { .offsetDelete }

    package var groupId = ""
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
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

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
            }
        }
    }
}

/// What was forgotten.
package struct OffsetDeleteResponse: WireMessage {
    package static var api: ApiKey { .offsetDelete }

    package var errorCode = KafkaError.none
    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.error(&errorCode)
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
