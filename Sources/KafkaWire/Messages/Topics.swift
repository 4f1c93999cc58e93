// Topics made, removed and given more partitions; records deleted from their start.

/// Makes topics.
package struct CreateTopicsRequest: WireRequest {
    package typealias Response = CreateTopicsResponse
    package static var api: ApiKey { .createTopics }

    package var topics: [Topic] = []
    /// Milliseconds that the broker may take.
    package var timeoutMs: Int32 = 60000
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
        /// -1 for the broker's own number, or with `assignments`.
        package var numPartitions: Int32 = 0
        /// -1 for the broker's own number, or with `assignments`.
        package var replicationFactor: Int16 = 0
        /// Empty where the broker places the partitions.
        package var assignments: [Assignment] = []
        package var configs: [Config] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.number(&numPartitions)
            try wire.number(&replicationFactor)
            try wire.array(&assignments)
            try wire.array(&configs)
        }

        package struct Assignment: WireStruct {
            package var partitionIndex: Int32 = 0
            /// The first is the leader.
            package var brokerIds: [Int32] = []

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.number(&partitionIndex)
                try wire.array(&brokerIds)
            }
        }

        package struct Config: WireStruct {
            package var name = ""
            package var value: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&name)
                try wire.string(&value)
            }
        }
    }
}

/// Which topics were made.
package struct CreateTopicsResponse: WireMessage {
    package static var api: ApiKey { .createTopics }

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
        /// Since version 7.
        package var topicId = WireUUID.zero
        package var errorCode = KafkaError.none
        package var errorMessage: String?
        /// Why `configs` are not told. Tagged. Since version 5.
        package var topicConfigErrorCode = KafkaError.none
        /// -1 where it is not told. Since version 5.
        package var numPartitions: Int32 = -1
        /// -1 where it is not told. Since version 5.
        package var replicationFactor: Int16 = -1
        /// Nil where they are not told. Since version 5.
        package var configs: [Config]?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            if wire.version >= 7 { try wire.uuid(&topicId) }
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
            if wire.version >= 5 {
                try wire.number(&numPartitions)
                try wire.number(&replicationFactor)
                try wire.array(&configs)
            }
        }

        package static var knownTags: Int { 1 }

        package func hasTag(_ tag: Int) -> Bool {
            topicConfigErrorCode != .none
        }

        package mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError) {
            try wire.error(&topicConfigErrorCode)
        }

        package struct Config: WireStruct {
            package var name = ""
            package var value: String?
            package var readOnly = false
            /// Where the value comes from.
            package var configSource: Int8 = -1
            package var isSensitive = false

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&name)
                try wire.string(&value)
                try wire.bool(&readOnly)
                try wire.number(&configSource)
                try wire.bool(&isSensitive)
            }
        }
    }
}

/// Removes topics.
package struct DeleteTopicsRequest: WireRequest {
    package typealias Response = DeleteTopicsResponse
    package static var api: ApiKey { .deleteTopics }

    /// Since version 6.
    package var topics: [Topic] = []
    /// Up to version 5.
    package var topicNames: [String] = []
    /// Milliseconds that the broker may take.
    package var timeoutMs: Int32 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 6 { try wire.array(&topics) }
        if wire.version <= 5 { try wire.array(&topicNames) }
        try wire.number(&timeoutMs)
    }

    package struct Topic: WireStruct {
        /// Nil where the id says it.
        package var name: String?
        package var topicId = WireUUID.zero

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.uuid(&topicId)
        }
    }
}

/// Which topics were removed.
package struct DeleteTopicsResponse: WireMessage {
    package static var api: ApiKey { .deleteTopics }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var responses: [Topic] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&responses)
    }

    package struct Topic: WireStruct {
        /// Nil, since version 6, where the client asked by an id that is not known.
        package var name: String? = ""
        /// Since version 6.
        package var topicId = WireUUID.zero
        package var errorCode = KafkaError.none
        /// Since version 5.
        package var errorMessage: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name, nullable: wire.version >= 6)
            if wire.version >= 6 { try wire.uuid(&topicId) }
            try wire.error(&errorCode)
            if wire.version >= 5 { try wire.string(&errorMessage) }
        }
    }
}
