// What comes before the message in a frame: who asks what in which version, and which question an
// answer belongs to.

/// The header of a request, version 1 or, for flexible versions of the API, 2.
package struct RequestHeader: WireStruct {
    /// The number of the API, which may be one that is not spoken here.
    package var apiKey: Int16 = 0
    package var apiVersion: Int16 = 0
    /// The client's number for the request.
    package var correlationId: Int32 = 0
    /// What the client calls itself.
    package var clientId: String?

    package init() {}

    package init(_ api: ApiKey, version: Int16, correlationId: Int32, clientId: String?) {
        apiKey = api.rawValue
        apiVersion = version
        self.correlationId = correlationId
        self.clientId = clientId
    }

    /// Nil where the API is not spoken here.
    package var api: ApiKey? { ApiKey(rawValue: apiKey) }

    /// The tagged fields of version 2 come behind the client's id, whose length is never compact,
    /// so that a broker can read it without knowing the version.
    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        wire.isFlexible = false
        try wire.number(&apiKey)
        try wire.number(&apiVersion)
        try wire.number(&correlationId)
        try wire.string(&clientId)
        wire.isFlexible = api?.isFlexible(apiVersion) ?? false
    }
}

/// The header of a response, version 0 or, for flexible versions of the API, 1.
package struct ResponseHeader: WireStruct {
    /// The number of the request that is answered.
    package var correlationId: Int32 = 0

    package init() {}

    package mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&correlationId)
    }
}

/// What a frame from a client holds: a header that was read and a body that was not yet.
///
/// Between the two a server decides whether it answers at all.
package struct IncomingRequest: Sendable {
    package var header: RequestHeader
    /// The message, in the frame's memory.
    package var body: ArraySlice<UInt8>

    /// Reads the header of `frame`, which comes without its length.
    ///
    /// - Throws: `WireError`: the connection cannot go on.
    package init(_ frame: ArraySlice<UInt8>) throws(WireError) {
        var header = RequestHeader()
        let size = try frame.reading { (memory) throws(WireError) -> Int in
            var reader = WireReader(memory, version: 0, isFlexible: false)
            try reader.structure(&header)
            return reader.position
        }
        self.header = header
        body = frame.dropFirst(size)
    }

    /// What can be done with a request, by its header alone.
    package enum Standing: Sendable, Equatable {
        /// Its body can be read with `request()`.
        case spoken(ApiKey)
        /// The client asks in a newer way than is spoken here what is spoken here:
        /// `ApiVersionsResponse.unsupported` answers it in version 0.
        case tooNew
        /// The version is not spoken: there is no form for an answer, the connection is closed.
        case version(ApiKey)
        /// The API is not spoken: the connection is closed.
        case unknown
    }

    package var standing: Standing {
        guard let api = header.api else { return .unknown }
        if api.versions.contains(header.apiVersion) { return .spoken(api) }
        return api == .apiVersions ? .tooNew : .version(api)
    }

    /// Reads the body.
    ///
    /// - Throws: `WireError`, `.api` and `.version` for what is not spoken.
    package func request() throws(WireError) -> KafkaRequest {
        guard let api = header.api else { throw .api(header.apiKey) }
        return try KafkaRequest.decode(api, version: header.apiVersion, body)
    }
}

/// What a frame from a broker holds: a header that was read and a body that was not yet.
package struct IncomingResponse: Sendable {
    package var api: ApiKey
    package var version: Int16
    package var correlationId: Int32
    /// The message, in the frame's memory.
    package var body: ArraySlice<UInt8>

    /// Reads the header of `frame`, which comes without its length and answers a request of
    /// `version`.
    ///
    /// - Throws: `WireError`: the connection cannot go on.
    package init(_ frame: ArraySlice<UInt8>, api: ApiKey, version: Int16) throws(WireError) {
        var header = ResponseHeader()
        let size = try frame.reading { (memory) throws(WireError) -> Int in
            var reader = WireReader(
                memory, version: version, isFlexible: api.hasFlexibleResponseHeader(version))
            try reader.structure(&header)
            return reader.position
        }
        self.api = api
        self.version = version
        correlationId = header.correlationId
        body = frame.dropFirst(size)
    }

    /// Reads the body. An ApiVersions response with error 35 is read in version 0, whatever was
    /// asked.
    ///
    /// - Throws: `WireError`.
    package func response() throws(WireError) -> KafkaResponse {
        var version = version
        let code = KafkaError.unsupportedVersion.rawValue
        if api == .apiVersions
            && body.prefix(2).elementsEqual([UInt8(code >> 8), UInt8(code & 0xFF)])
        {
            version = 0
        }
        return try KafkaResponse.decode(api, version: version, body)
    }
}
