// Settings of topics and brokers.

/// Asks for settings.
package struct DescribeConfigsRequest: WireRequest {
    package typealias Response = DescribeConfigsResponse
    package static var api: ApiKey { .describeConfigs }

    package var resources: [Resource] = []
    package var includeSynonyms = false
    /// Since version 3.
    package var includeDocumentation = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&resources)
        try wire.bool(&includeSynonyms)
        if wire.version >= 3 { try wire.bool(&includeDocumentation) }
    }

    package struct Resource: WireStruct {
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""
        /// Nil asks for all.
        package var configurationKeys: [String]?

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            try wire.array(&configurationKeys)
        }
    }
}

/// Settings, with where they come from.
package struct DescribeConfigsResponse: WireMessage {
    package static var api: ApiKey { .describeConfigs }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var results: [Resource] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&results)
    }

    package struct Resource: WireStruct {
        package var errorCode = KafkaError.none
        package var errorMessage: String?
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configs: [Config] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            try wire.array(&configs)
        }

        package struct Config: WireStruct {
            package var name = ""
            /// Nil for none, and for one that is secret.
            package var value: String?
            package var readOnly = false
            /// 1: the topic, 2 to 4: a broker, 5: the default.
            package var configSource: Int8 = -1
            package var isSensitive = false
            package var synonyms: [Synonym] = []
            /// 1: boolean, 2: string, 3 to 5: integer, 6: fraction, 7: list, 8: class, 9: secret.
            /// Since version 3.
            package var configType: Int8 = 0
            /// Since version 3.
            package var documentation: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&name)
                try wire.string(&value)
                try wire.bool(&readOnly)
                try wire.number(&configSource)
                try wire.bool(&isSensitive)
                try wire.array(&synonyms)
                if wire.version >= 3 {
                    try wire.number(&configType)
                    try wire.string(&documentation)
                }
            }

            package struct Synonym: WireStruct {
                package var name = ""
                /// Nil for none, and for one that is secret.
                package var value: String?
                package var source: Int8 = 0

                package init() {}

                package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                    try wire.string(&name)
                    try wire.string(&value)
                    try wire.number(&source)
                }
            }
        }
    }
}

/// Replaces all settings of a resource.
package struct AlterConfigsRequest: WireRequest {
    package typealias Response = AlterConfigsResponse
    package static var api: ApiKey { .alterConfigs }

    package var resources: [Resource] = []
    /// Whether to try and not to do it.
    package var validateOnly = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&resources)
        try wire.bool(&validateOnly)
    }

    package struct Resource: WireStruct {
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configs: [Config] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            try wire.array(&configs)
        }

        package struct Config: WireStruct {
            package var name = ""
            /// Nil for none, and for one that is secret.
            package var value: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&name)
                try wire.string(&value)
            }
        }
    }
}

/// Whose settings were replaced.
package struct AlterConfigsResponse: WireMessage {
    package static var api: ApiKey { .alterConfigs }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var responses: [Resource] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&responses)
    }

    package struct Resource: WireStruct {
        package var errorCode = KafkaError.none
        package var errorMessage: String?
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
            try wire.number(&resourceType)
            try wire.string(&resourceName)
        }
    }
}

/// Changes single settings of a resource.
package struct IncrementalAlterConfigsRequest: WireRequest {
    package typealias Response = IncrementalAlterConfigsResponse
    package static var api: ApiKey { .incrementalAlterConfigs }

    package var resources: [Resource] = []
    /// Whether to try and not to do it.
    package var validateOnly = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.array(&resources)
        try wire.bool(&validateOnly)
    }

    package struct Resource: WireStruct {
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""
        package var configs: [Config] = []

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&resourceType)
            try wire.string(&resourceName)
            try wire.array(&configs)
        }

        package struct Config: WireStruct {
            package var name = ""
            /// 0: set, 1: delete, 2: append, 3: take away.
            package var configOperation: Int8 = 0
            /// Nil for none, and for one that is secret.
            package var value: String?

            package init() {}

            package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
                try wire.string(&name)
                try wire.number(&configOperation)
                try wire.string(&value)
            }
        }
    }
}

/// Whose settings were changed.
package struct IncrementalAlterConfigsResponse: WireMessage {
    package static var api: ApiKey { .incrementalAlterConfigs }

    /// Milliseconds that the client was, or should be, held back for its quota.
    package var throttleTimeMs: Int32 = 0
    package var responses: [Resource] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&throttleTimeMs)
        try wire.array(&responses)
    }

    package struct Resource: WireStruct {
        package var errorCode = KafkaError.none
        package var errorMessage: String?
        /// 2: a topic, 4: a broker.
        package var resourceType: Int8 = 0
        package var resourceName = ""

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.error(&errorCode)
            try wire.string(&errorMessage)
            try wire.number(&resourceType)
            try wire.string(&resourceName)
        }
    }
}
