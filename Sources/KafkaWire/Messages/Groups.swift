// How a group shares out its partitions: join, sync, heartbeat, leave.

/// Enters a group or the next generation of it.
package struct JoinGroupRequest: WireRequest {
    package typealias Response = JoinGroupResponse
    package static var api: ApiKey { .joinGroup }

    package var groupId = ""
    /// Milliseconds without a heartbeat after which the member is dead.
    package var sessionTimeoutMs: Int32 = 0
    /// Milliseconds for all members to join again; -1 for those of the session. Since version 1.
    package var rebalanceTimeoutMs: Int32 = -1
    /// Empty before the broker gave one.
    package var memberId = ""
    /// The name of a static member. Since version 5.
    package var groupInstanceId: String?
    package var protocolType = ""
    package var protocols: [MemberProtocol] = []
    /// Why, for the log. Since version 8.
    package var reason: String?

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        try wire.number(&sessionTimeoutMs)
        if wire.version >= 1 { try wire.number(&rebalanceTimeoutMs) }
        try wire.string(&memberId)
        if wire.version >= 5 { try wire.string(&groupInstanceId) }
        try wire.string(&protocolType)
        try wire.array(&protocols)
        if wire.version >= 8 { try wire.string(&reason) }
    }

    package struct MemberProtocol: WireStruct {
        package var name = ""
        /// The member's wishes, which the broker does not read.
        package var metadata: [UInt8] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.bytes(&metadata)
        }
    }
}

/// The generation and, for its leader, the members' wishes.
package struct JoinGroupResponse: WireMessage {
    package static var api: ApiKey { .joinGroup }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 2.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    package var generationId: Int32 = -1
    /// Since version 7.
    package var protocolType: String?
    /// The way of sharing that all members know. May be nil since version 7.
    package var protocolName: String? = ""
    /// The member id of the leader.
    package var leader = ""
    /// The leader need not share out again. Since version 9.
    package var skipAssignment = false
    package var memberId = ""
    /// Empty except in the answer to the leader.
    package var members: [Member] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 2 { try wire.number(&throttleTimeMs) }
        try wire.error(&errorCode)
        try wire.number(&generationId)
        if wire.version >= 7 { try wire.string(&protocolType) }
        try wire.string(&protocolName, nullable: wire.version >= 7)
        try wire.string(&leader)
        if wire.version >= 9 { try wire.bool(&skipAssignment) }
        try wire.string(&memberId)
        try wire.array(&members)
    }

    package struct Member: WireStruct {
        package var memberId = ""
        /// The name of a static member. Since version 5.
        package var groupInstanceId: String?
        /// The member's wishes, which the broker does not read.
        package var metadata: [UInt8] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&memberId)
            if wire.version >= 5 { try wire.string(&groupInstanceId) }
            try wire.bytes(&metadata)
        }
    }
}

/// Brings the shares, from the leader, and asks for the own one.
package struct SyncGroupRequest: WireRequest {
    package typealias Response = SyncGroupResponse
    package static var api: ApiKey { .syncGroup }

    package var groupId = ""
    package var generationId: Int32 = 0
    package var memberId = ""
    /// The name of a static member. Since version 3.
    package var groupInstanceId: String?
    /// Since version 5.
    package var protocolType: String?
    /// The way of sharing that all members know. Since version 5.
    package var protocolName: String?
    package var assignments: [Assignment] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        try wire.number(&generationId)
        try wire.string(&memberId)
        if wire.version >= 3 { try wire.string(&groupInstanceId) }
        if wire.version >= 5 {
            try wire.string(&protocolType)
            try wire.string(&protocolName)
        }
        try wire.array(&assignments)
    }

    package struct Assignment: WireStruct {
        package var memberId = ""
        /// A member's share, which the broker does not read.
        package var assignment: [UInt8] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&memberId)
            try wire.bytes(&assignment)
        }
    }
}

/// The member's own share.
package struct SyncGroupResponse: WireMessage {
    package static var api: ApiKey { .syncGroup }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    /// Since version 5.
    package var protocolType: String?
    /// The way of sharing that all members know. Since version 5.
    package var protocolName: String?
    /// A member's share, which the broker does not read.
    package var assignment: [UInt8] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        try wire.error(&errorCode)
        if wire.version >= 5 {
            try wire.string(&protocolType)
            try wire.string(&protocolName)
        }
        try wire.bytes(&assignment)
    }
}
