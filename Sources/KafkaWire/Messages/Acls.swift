// Access control lists. The numbers of kinds, patterns and operations are those of Kafka's
// ResourceType, PatternType, AclOperation and AclPermissionType; 1 in a filter means any.

/// Asks for the entries that a filter finds.
package struct DescribeAclsRequest: WireRequest {
    package typealias Response = DescribeAclsResponse
    package static var api: ApiKey { .describeAcls }

    package var resourceTypeFilter: Int8 = 0
    /// Nil: any name.
    package var resourceNameFilter: String?
    /// Since version 1.
    package var patternTypeFilter: Int8 = 3
    /// Nil: anybody.
    package var principalFilter: String?
    /// Nil: from anywhere.
    package var hostFilter: String?
    package var operation: Int8 = 0
    package var permissionType: Int8 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&resourceTypeFilter)
        try wire.string(&resourceNameFilter)
        if wire.version >= 1 { try wire.number(&patternTypeFilter) }
        try wire.string(&principalFilter)
        try wire.string(&hostFilter)
        try wire.number(&operation)
        try wire.number(&permissionType)
    }
}

/// The entries, by what they are about.
package struct DescribeAclsResponse: WireMessage {
    package static var api: ApiKey { .describeAcls }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var errorCode = KafkaError.none
    package var errorMessage: String?
    package var resources: [Resource] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.error(&errorCode)
        try wire.string(&errorMessage)
        try wire.array(&resources)
    }

    package struct Resource: WireStruct {
        package var resourceType: Int8 = 0
        package var resourceName = ""
        /// Since version 1.
        package var patternType: Int8 = 3
        package var acls: [Acl] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            if wire.version >= 1 { try wire.number(&patternType) }
            try wire.array(&acls)
        }

        package struct Acl: WireStruct {
            package var principal = ""
            package var host = ""
            package var operation: Int8 = 0
            package var permissionType: Int8 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&principal)
                try wire.string(&host)
                try wire.number(&operation)
                try wire.number(&permissionType)
            }
        }
    }
}

/// Adds entries.
package struct CreateAclsRequest: WireRequest {
    package typealias Response = CreateAclsResponse
    package static var api: ApiKey { .createAcls }

    package var creations: [Creation] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&creations)
    }

    package struct Creation: WireStruct {
        package var resourceType: Int8 = 0
        package var resourceName = ""
        /// Since version 1.
        package var resourcePatternType: Int8 = 3
        package var principal = ""
        package var host = ""
        package var operation: Int8 = 0
        package var permissionType: Int8 = 0

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            if wire.version >= 1 { try wire.number(&resourcePatternType) }
            try wire.string(&principal)
            try wire.string(&host)
            try wire.number(&operation)
            try wire.number(&permissionType)
        }
    }
}

/// Which entries were added, in the order of the request.
package struct CreateAclsResponse: WireMessage {
    package static var api: ApiKey { .createAcls }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var results: [Result] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&results)
    }

    package struct Result: WireStruct {
        package var errorCode = KafkaError.none
        package var errorMessage: String?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
        }
    }
}

/// Removes the entries that filters find.
package struct DeleteAclsRequest: WireRequest {
    package typealias Response = DeleteAclsResponse
    package static var api: ApiKey { .deleteAcls }

    package var filters: [Filter] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&filters)
    }

    package struct Filter: WireStruct {
        package var resourceTypeFilter: Int8 = 0
        /// Nil: any name.
        package var resourceNameFilter: String?
        /// Since version 1.
        package var patternTypeFilter: Int8 = 3
        /// Nil: anybody.
        package var principalFilter: String?
        /// Nil: from anywhere.
        package var hostFilter: String?
        package var operation: Int8 = 0
        package var permissionType: Int8 = 0

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceTypeFilter)
            try wire.string(&resourceNameFilter)
            if wire.version >= 1 { try wire.number(&patternTypeFilter) }
            try wire.string(&principalFilter)
            try wire.string(&hostFilter)
            try wire.number(&operation)
            try wire.number(&permissionType)
        }
    }
}

/// Which entries were removed, in the order of the filters.
package struct DeleteAclsResponse: WireMessage {
    package static var api: ApiKey { .deleteAcls }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var filterResults: [FilterResult] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&filterResults)
    }

    package struct FilterResult: WireStruct {
        package var errorCode = KafkaError.none
        package var errorMessage: String?
        package var matchingAcls: [Acl] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
            try wire.array(&matchingAcls)
        }

        package struct Acl: WireStruct {
            package var errorCode = KafkaError.none
            package var errorMessage: String?
            package var resourceType: Int8 = 0
            package var resourceName = ""
            /// Since version 1.
            package var patternType: Int8 = 3
            package var principal = ""
            package var host = ""
            package var operation: Int8 = 0
            package var permissionType: Int8 = 0

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.error(&errorCode)
                try wire.string(&errorMessage)
                try wire.number(&resourceType)
                try wire.string(&resourceName)
                if wire.version >= 1 { try wire.number(&patternType) }
                try wire.string(&principal)
                try wire.string(&host)
                try wire.number(&operation)
                try wire.number(&permissionType)
            }
        }
    }
}
