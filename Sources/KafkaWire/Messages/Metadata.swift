// Brokers, topics, partitions and who leads them.

/// Asks for brokers and topics.
package struct MetadataRequest: WireRequest {
    package typealias Response = MetadataResponse
    package static var api: ApiKey { .metadata }

    /// Nil asks for all topics; so does an empty array in version 0.
    package var topics: [Topic]? = []
    /// Since version 4.
    package var allowAutoTopicCreation = true
    /// Versions 8 to 10.
    package var includeClusterAuthorizedOperations = false
    /// Since version 8.
    package var includeTopicAuthorizedOperations = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&topics, nullable: wire.version >= 1)
        if wire.version >= 4 { try wire.bool(&allowAutoTopicCreation) }
        if (8...10).contains(wire.version) { try wire.bool(&includeClusterAuthorizedOperations) }
        if wire.version >= 8 { try wire.bool(&includeTopicAuthorizedOperations) }
    }

    package struct Topic: WireStruct {
        /// Since version 10.
        package var topicId = WireUUID.zero
        package var name: String? = ""

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            if wire.version >= 10 { try wire.uuid(&topicId) }
            try wire.string(&name, nullable: wire.version >= 10)
        }
    }
}

/// The cluster as the broker sees it.
package struct MetadataResponse: WireMessage {
    package static var api: ApiKey { .metadata }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 3.
    package var throttleTimeMs: Int32 = 0
    package var brokers: [Broker] = []
    /// Since version 2.
    package var clusterId: String?
    /// -1 where it is not known. Since version 1.
    package var controllerId: Int32 = -1
    package var topics: [Topic] = []
    /// A set of bits; `Int32.min` where it was not asked for. Versions 8 to 10.
    package var clusterAuthorizedOperations: Int32 = Int32.min

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 { try wire.number(&throttleTimeMs) }
        try wire.array(&brokers)
        if wire.version >= 2 { try wire.string(&clusterId) }
        if wire.version >= 1 { try wire.number(&controllerId) }
        try wire.array(&topics)
        if (8...10).contains(wire.version) { try wire.number(&clusterAuthorizedOperations) }
    }

    package struct Broker: WireStruct {
        package var nodeId: Int32 = 0
        package var host = ""
        package var port: Int32 = 0
        /// Since version 1.
        package var rack: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&nodeId)
            try wire.string(&host)
            try wire.number(&port)
            if wire.version >= 1 { try wire.string(&rack) }
        }
    }

    package struct Topic: WireStruct {
        package var errorCode = KafkaError.none
        /// Nil since version 12 where the client asked by an id that is not known.
        package var name: String? = ""
        /// Since version 10.
        package var topicId = WireUUID.zero
        /// Since version 1.
        package var isInternal = false
        package var partitions: [Partition] = []
        /// A set of bits; `Int32.min` where it was not asked for. Since version 8.
        package var topicAuthorizedOperations: Int32 = Int32.min

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&name, nullable: wire.version >= 12)
            if wire.version >= 10 { try wire.uuid(&topicId) }
            if wire.version >= 1 { try wire.bool(&isInternal) }
            try wire.array(&partitions)
            if wire.version >= 8 { try wire.number(&topicAuthorizedOperations) }
        }

        package struct Partition: WireStruct {
            package var errorCode = KafkaError.none
            package var partitionIndex: Int32 = 0
            /// -1 where there is none.
            package var leaderId: Int32 = 0
            /// Since version 7.
            package var leaderEpoch: Int32 = -1
            package var replicaNodes: [Int32] = []
            package var isrNodes: [Int32] = []
            /// Since version 5.
            package var offlineReplicas: [Int32] = []

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.error(&errorCode)
                try wire.number(&partitionIndex)
                try wire.number(&leaderId)
                if wire.version >= 7 { try wire.number(&leaderEpoch) }
                try wire.array(&replicaNodes)
                try wire.array(&isrNodes)
                if wire.version >= 5 { try wire.array(&offlineReplicas) }
            }
        }
    }
}
