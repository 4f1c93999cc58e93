// That a member of a group is alive, and that it goes.

/// Says that a member is alive.
package struct HeartbeatRequest: WireRequest {
    package typealias Response = HeartbeatResponse
    package static var api: ApiKey { .heartbeat }

    package var groupId = ""
    package var generationId: Int32 = 0
    package var memberId = ""
    /// The name of a static member. Since version 3.
    package var groupInstanceId: String?

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        try wire.number(&generationId)
        try wire.string(&memberId)
        if wire.version >= 3 { try wire.string(&groupInstanceId) }
    }
}

/// Whether the generation still holds.
package struct HeartbeatResponse: WireMessage {
    package static var api: ApiKey { .heartbeat }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        try wire.error(&errorCode)
    }
}

/// Takes members out of a group.
package struct LeaveGroupRequest: WireRequest {
    package typealias Response = LeaveGroupResponse
    package static var api: ApiKey { .leaveGroup }

    package var groupId = ""
    /// Up to version 2.
    package var memberId = ""
    /// Since version 3.
    package var members: [Member] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&groupId)
        if wire.version <= 2 { try wire.string(&memberId) }
        if wire.version >= 3 { try wire.array(&members) }
    }

    package struct Member: WireStruct {
        package var memberId = ""
        /// The name of a static member.
        package var groupInstanceId: String?
        /// Why, for the log. Since version 5.
        package var reason: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&memberId)
            try wire.string(&groupInstanceId)
            if wire.version >= 5 { try wire.string(&reason) }
        }
    }
}

/// Who went.
package struct LeaveGroupResponse: WireMessage {
    package static var api: ApiKey { .leaveGroup }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    /// Since version 3.
    package var members: [Member] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        try wire.error(&errorCode)
        if wire.version >= 3 { try wire.array(&members) }
    }

    package struct Member: WireStruct {
        package var memberId = ""
        /// The name of a static member.
        package var groupInstanceId: String?
        package var errorCode = KafkaError.none

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&memberId)
            try wire.string(&groupInstanceId)
            try wire.error(&errorCode)
        }
    }
}
