// Topics given more partitions; records deleted from their start.

/// Gives topics more partitions.
package struct CreatePartitionsRequest: WireRequest {
    package typealias Response = CreatePartitionsResponse
    package static var api: ApiKey { .createPartitions }

    package var topics: [Topic] = []
    /// Milliseconds that the broker may take.
    package var timeoutMs: Int32 = 0
    /// Whether to try and not to do it.
    package var validateOnly = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&topics)
        try wire.number(&timeoutMs)
        try wire.bool(&validateOnly)
    }

    package struct Topic: WireStruct {
        package var name = ""
        /// Partitions that the topic shall have then.
        package var count: Int32 = 0
        /// Nil where the broker places them.
        package var assignments: [Assignment]?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.number(&count)
            try wire.array(&assignments)
        }

        package struct Assignment: WireStruct {
            /// The first is the leader.
            package var brokerIds: [Int32] = []

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.array(&brokerIds)
            }
        }
    }
}

/// Which topics have them.
package struct CreatePartitionsResponse: WireMessage {
    package static var api: ApiKey { .createPartitions }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var results: [Result] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&results)
    }

    package struct Result: WireStruct {
        package var name = ""
        package var errorCode = KafkaError.none
        package var errorMessage: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
        }
    }
}

/// Moves the start of logs.
package struct DeleteRecordsRequest: WireRequest {
    package typealias Response = DeleteRecordsResponse
    package static var api: ApiKey { .deleteRecords }

    package var topics: [Topic] = []
    /// Milliseconds that the broker may take.
    package var timeoutMs: Int32 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&topics)
        try wire.number(&timeoutMs)
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
            /// Where the log shall start; -1 for its end.
            package var offset: Int64 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.number(&offset)
            }
        }
    }
}

/// Where the logs start.
package struct DeleteRecordsResponse: WireMessage {
    package static var api: ApiKey { .deleteRecords }

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
            /// Where the log starts.
            package var lowWatermark: Int64 = 0
            package var errorCode = KafkaError.none

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.number(&lowWatermark)
                try wire.error(&errorCode)
            }
        }
    }
}
