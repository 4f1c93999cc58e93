// Groups looked at and deleted from outside.

/// Asks for groups and their members.
package struct DescribeGroupsRequest: WireRequest {
    package typealias Response = DescribeGroupsResponse
    package static var api: ApiKey { .describeGroups }

    package var groups: [String] = []
    /// Since version 3.
    package var includeAuthorizedOperations = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&groups)
        if wire.version >= 3 { try wire.bool(&includeAuthorizedOperations) }
    }
}

/// Groups and their members.
package struct DescribeGroupsResponse: WireMessage {
    package static var api: ApiKey { .describeGroups }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    package var groups: [Group] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        try wire.array(&groups)
    }

    package struct Group: WireStruct {
        package var errorCode = KafkaError.none
        package var groupId = ""
        /// As `Stable`, `Empty`, `Dead`.
        package var groupState = ""
        package var protocolType = ""
        /// The way of sharing that the group chose.
        package var protocolData = ""
        package var members: [Member] = []
        /// A set of bits; `Int32.min` where it was not asked for. Since version 3.
        package var authorizedOperations: Int32 = Int32.min

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&groupId)
            try wire.string(&groupState)
            try wire.string(&protocolType)
            try wire.string(&protocolData)
            try wire.array(&members)
            if wire.version >= 3 { try wire.number(&authorizedOperations) }
        }

        package struct Member: WireStruct {
            package var memberId = ""
            /// The name of a static member. Since version 4.
            package var groupInstanceId: String?
            package var clientId = ""
            package var clientHost = ""
            package var memberMetadata: [UInt8] = []
            package var memberAssignment: [UInt8] = []

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&memberId)
                if wire.version >= 4 { try wire.string(&groupInstanceId) }
                try wire.string(&clientId)
                try wire.string(&clientHost)
                try wire.bytes(&memberMetadata)
                try wire.bytes(&memberAssignment)
            }
        }
    }
}

/// Asks which groups there are.
package struct ListGroupsRequest: WireRequest {
    package typealias Response = ListGroupsResponse
    package static var api: ApiKey { .listGroups }

    /// Empty asks for all states. Since version 4.
    package var statesFilter: [String] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 4 { try wire.array(&statesFilter) }
    }
}

/// The groups that there are.
package struct ListGroupsResponse: WireMessage {
    package static var api: ApiKey { .listGroups }

    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    package var groups: [Group] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
        try wire.error(&errorCode)
        try wire.array(&groups)
    }

    package struct Group: WireStruct {
        package var groupId = ""
        package var protocolType = ""
        /// As `Stable`, `Empty`, `Dead`. Since version 4.
        package var groupState = ""

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&groupId)
            try wire.string(&protocolType)
            if wire.version >= 4 { try wire.string(&groupState) }
        }
    }
}

/// Removes groups that have no members.
package struct DeleteGroupsRequest: WireRequest {
    package typealias Response = DeleteGroupsResponse
    package static var api: ApiKey { .deleteGroups }

    package var groupsNames: [String] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&groupsNames)
    }
}

/// Which groups were removed.
package struct DeleteGroupsResponse: WireMessage {
    package static var api: ApiKey { .deleteGroups }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var results: [Group] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&results)
    }

    package struct Group: WireStruct {
        package var groupId = ""
        package var errorCode = KafkaError.none

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&groupId)
            try wire.error(&errorCode)
        }
    }
}
