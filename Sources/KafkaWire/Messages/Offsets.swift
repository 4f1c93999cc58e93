// Offsets of a log: for a time, for an end, for a leader epoch.

/// Asks for the offset of a time.
package struct ListOffsetsRequest: WireRequest {
    package typealias Response = ListOffsetsResponse
    package static var api: ApiKey { .listOffsets }

    /// -1 for a consumer.
    package var replicaId: Int32 = 0
    /// 0: all records, 1: only those of ended transactions. Since version 2.
    package var isolationLevel: Int8 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&replicaId)
        if wire.version >= 2 { try wire.number(&isolationLevel) }
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
            /// The leader epoch that the client knows; -1 for none. Since version 4.
            package var currentLeaderEpoch: Int32 = -1
            /// Milliseconds since 1970, or -1 for the end, -2 for the start, -3 for the greatest
            /// time.
            package var timestamp: Int64 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                if wire.version >= 4 { try wire.number(&currentLeaderEpoch) }
                try wire.number(&timestamp)
            }
        }
    }
}

/// The first offset whose record is not older than the asked time.
package struct ListOffsetsResponse: WireMessage {
    package static var api: ApiKey { .listOffsets }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 2.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 2 { try wire.number(&throttleTimeMs) }
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
            /// The time of the record there; -1 for none.
            package var timestamp: Int64 = -1
            /// -1 where there is none.
            package var offset: Int64 = -1
            /// Since version 4.
            package var leaderEpoch: Int32 = -1

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.error(&errorCode)
                try wire.number(&timestamp)
                try wire.number(&offset)
                if wire.version >= 4 { try wire.number(&leaderEpoch) }
            }
        }
    }
}

/// Asks where leader epochs end, to find what was cut.
package struct OffsetForLeaderEpochRequest: WireRequest {
    package typealias Response = OffsetForLeaderEpochResponse
    package static var api: ApiKey { .offsetForLeaderEpoch }

    /// -1 for a consumer. Since version 3.
    package var replicaId: Int32 = -2
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 { try wire.number(&replicaId) }
        try wire.array(&topics)
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
            /// The leader epoch that the client knows; -1 for none.
            package var currentLeaderEpoch: Int32 = -1
            package var leaderEpoch: Int32 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partition)
                try wire.number(&currentLeaderEpoch)
                try wire.number(&leaderEpoch)
            }
        }
    }
}

/// Where leader epochs end.
package struct OffsetForLeaderEpochResponse: WireMessage {
    package static var api: ApiKey { .offsetForLeaderEpoch }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var topics: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&topics)
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
            package var errorCode = KafkaError.none
            package var partition: Int32 = 0
            package var leaderEpoch: Int32 = -1
            /// Where it ends; -1 where it is not known.
            package var endOffset: Int64 = -1

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.error(&errorCode)
                try wire.number(&partition)
                try wire.number(&leaderEpoch)
                try wire.number(&endOffset)
            }
        }
    }
}
