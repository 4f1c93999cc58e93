// The log-in.

/// Names the mechanism of the log-in.
package struct SaslHandshakeRequest: WireRequest {
    package typealias Response = SaslHandshakeResponse
    package static var api: ApiKey { .saslHandshake }

    /// As `SCRAM-SHA-256`.
    package var mechanism = ""

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.string(&mechanism)
    }
}

/// Which mechanisms there are.
package struct SaslHandshakeResponse: WireMessage {
    package static var api: ApiKey { .saslHandshake }

    package var errorCode = KafkaError.none
    package var mechanisms: [String] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.error(&errorCode)
        try wire.array(&mechanisms)
    }
}

/// A step of the log-in.
package struct SaslAuthenticateRequest: WireRequest {
    package typealias Response = SaslAuthenticateResponse
    package static var api: ApiKey { .saslAuthenticate }

    /// The mechanism's own message.
    package var authBytes: [UInt8] = []

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.bytes(&authBytes)
    }
}

/// The answer to it.
package struct SaslAuthenticateResponse: WireMessage {
    package static var api: ApiKey { .saslAuthenticate }

    package var errorCode = KafkaError.none
    package var errorMessage: String?
    /// The mechanism's own message.
    package var authBytes: [UInt8] = []
    /// Milliseconds after which to log in again; 0 for never. Since version 1.
    package var sessionLifetimeMs: Int64 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.error(&errorCode)
        try wire.string(&errorMessage)
        try wire.bytes(&authBytes)
        if wire.version >= 1 { try wire.number(&sessionLifetimeMs) }
    }
}
