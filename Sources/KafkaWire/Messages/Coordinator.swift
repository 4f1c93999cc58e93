// Who looks after a group or a producer.

/// Asks for the broker that looks after groups or transactional ids.
package struct FindCoordinatorRequest: WireRequest {
    package typealias Response = FindCoordinatorResponse
    package static var api: ApiKey { .findCoordinator }

    /// Up to version 3.
    package var key = ""
    /// 0: groups, 1: transactional ids. Since version 1.
    package var keyType: Int8 = 0
    /// Since version 4.
    package var coordinatorKeys: [String] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version <= 3 { try wire.string(&key) }
        if wire.version >= 1 { try wire.number(&keyType) }
        if wire.version >= 4 { try wire.array(&coordinatorKeys) }
    }
}

/// The broker to turn to.
package struct FindCoordinatorResponse: WireMessage {
    package static var api: ApiKey { .findCoordinator }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    /// Up to version 3.
    package var errorCode = KafkaError.none
    /// Versions 1 to 3.
    package var errorMessage: String?
    /// Up to version 3.
    package var nodeId: Int32 = 0
    /// Up to version 3.
    package var host = ""
    /// Up to version 3.
    package var port: Int32 = 0
    /// Since version 4.
    package var coordinators: [Coordinator] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        if wire.version <= 3 { try wire.error(&errorCode) }
        if (1...3).contains(wire.version) { try wire.string(&errorMessage) }
        if wire.version <= 3 {
            try wire.number(&nodeId)
            try wire.string(&host)
            try wire.number(&port)
        }
        if wire.version >= 4 { try wire.array(&coordinators) }
    }

    package struct Coordinator: WireStruct {
        package var key = ""
        package var nodeId: Int32 = 0
        package var host = ""
        package var port: Int32 = 0
        package var errorCode = KafkaError.none
        package var errorMessage: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&key)
            try wire.number(&nodeId)
            try wire.string(&host)
            try wire.number(&port)
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
        }
    }
}

/// Asks for an id with which a producer numbers its batches.
package struct InitProducerIdRequest: WireRequest {
    package typealias Response = InitProducerIdResponse
    package static var api: ApiKey { .initProducerId }

    /// Nil where the producer only wants to be idempotent.
    package var transactionalId: String?
    package var transactionTimeoutMs: Int32 = 0
    /// -1 for none. Since version 3.
    package var producerId: Int64 = -1
    /// -1 for none. Since version 3.
    package var producerEpoch: Int16 = -1

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&transactionalId)
        try wire.number(&transactionTimeoutMs)
        if wire.version >= 3 {
            try wire.number(&producerId)
            try wire.number(&producerEpoch)
        }
    }
}

/// The producer's id and epoch.
package struct InitProducerIdResponse: WireMessage {
    package static var api: ApiKey { .initProducerId }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    /// -1 for none.
    package var producerId: Int64 = -1
    /// -1 for none.
    package var producerEpoch: Int16 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.error(&errorCode)
        try wire.number(&producerId)
        try wire.number(&producerEpoch)
    }
}
