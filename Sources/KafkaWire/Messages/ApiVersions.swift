// Which APIs and versions a broker speaks: the first question of a connection.

/// Asks what the broker speaks.
package struct ApiVersionsRequest: WireRequest {
    package typealias Response = ApiVersionsResponse
    package static var api: ApiKey { .apiVersions }

    /// As `librdkafka`. Since version 3.
    package var clientSoftwareName = ""
    /// Since version 3.
    package var clientSoftwareVersion = ""

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        if wire.version >= 3 {
            try wire.string(&clientSoftwareName)
            try wire.string(&clientSoftwareVersion)
        }
    }
}

/// What the broker speaks.
package struct ApiVersionsResponse: WireMessage {
    package static var api: ApiKey { .apiVersions }

    package var errorCode = KafkaError.none
    package var apiKeys: [Api] = []
    /// Milliseconds that the client was, or should be, held back for its quota. Since version 1.
    package var throttleTimeMs: Int32 = 0
    /// Since version 3.
    package var supportedFeatures: [SupportedFeature] = []
    /// -1 where it is not known. Since version 3.
    package var finalizedFeaturesEpoch: Int64 = -1
    /// Since version 3.
    package var finalizedFeatures: [FinalizedFeature] = []
    /// Of old controllers only. Since version 3.
    package var zkMigrationReady = false

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.error(&errorCode)
        try wire.array(&apiKeys)
        if wire.version >= 1 { try wire.number(&throttleTimeMs) }
    }

    package static var knownTags: Int { 4 }

    package func hasTag(_ tag: Int) -> Bool {
        switch tag {
        case 0: !supportedFeatures.isEmpty
        case 1: finalizedFeaturesEpoch != -1
        case 2: !finalizedFeatures.isEmpty
        default: zkMigrationReady
        }
    }

    package mutating func walkTag<W: Wire>(_ tag: Int, _ wire: inout W) throws(WireError) {
        switch tag {
        case 0: try wire.array(&supportedFeatures)
        case 1: try wire.number(&finalizedFeaturesEpoch)
        case 2: try wire.array(&finalizedFeatures)
        default: try wire.bool(&zkMigrationReady)
        }
    }

    package struct Api: WireStruct {
        /// The number of the API, which may be one that is not spoken here.
        package var apiKey: Int16 = 0
        package var minVersion: Int16 = 0
        package var maxVersion: Int16 = 0

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.number(&apiKey)
            try wire.number(&minVersion)
            try wire.number(&maxVersion)
        }
    }

    package struct SupportedFeature: WireStruct {
        package var name = ""
        package var minVersion: Int16 = 0
        package var maxVersion: Int16 = 0

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.number(&minVersion)
            try wire.number(&maxVersion)
        }
    }

    package struct FinalizedFeature: WireStruct {
        package var name = ""
        package var maxVersionLevel: Int16 = 0
        package var minVersionLevel: Int16 = 0

        package init() {}

        package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
            try wire.string(&name)
            try wire.number(&maxVersionLevel)
            try wire.number(&minVersionLevel)
        }
    }
}
