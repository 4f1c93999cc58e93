// The cluster looked at from outside.

/// Asks for the brokers.
package struct DescribeClusterRequest: WireRequest {
    package typealias Response = DescribeClusterResponse
    package static var api: ApiKey { .describeCluster }

    package var includeClusterAuthorizedOperations = false
    /// 1: brokers, 2: controllers. Since version 1.
    package var endpointType: Int8 = 1

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.bool(&includeClusterAuthorizedOperations)
        if wire.version >= 1 { try wire.number(&endpointType) }
    }
}

/// The brokers.
package struct DescribeClusterResponse: WireMessage {
    package static var api: ApiKey { .describeCluster }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    package var errorMessage: String?
    /// 1: brokers, 2: controllers. Since version 1.
    package var endpointType: Int8 = 1
    package var clusterId = ""
    /// -1 where it is not known.
    package var controllerId: Int32 = -1
    package var brokers: [Broker] = []
    /// A set of bits; `Int32.min` where it was not asked for.
    package var clusterAuthorizedOperations: Int32 = Int32.min

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.error(&errorCode)
        try wire.string(&errorMessage)
        if wire.version >= 1 { try wire.number(&endpointType) }
        try wire.string(&clusterId)
        try wire.number(&controllerId)
        try wire.array(&brokers)
        try wire.number(&clusterAuthorizedOperations)
    }

    package struct Broker: WireStruct {
        package var brokerId: Int32 = 0
        package var host = ""
        package var port: Int32 = 0
        package var rack: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&brokerId)
            try wire.string(&host)
            try wire.number(&port)
            try wire.string(&rack)
        }
    }
}
