// What this codec answers to the question which versions it speaks.

extension ApiVersionsResponse {
    /// The answer of a broker that speaks `apis` in all versions that the codec has.
    package static func speaking(_ apis: some Sequence<ApiKey>) -> ApiVersionsResponse {
        .init { response in
            response.apiKeys = apis.sorted { $0.rawValue < $1.rawValue }.map { api in
                .init {
                    $0.apiKey = api.rawValue
                    $0.minVersion = api.versions.lowerBound
                    $0.maxVersion = api.versions.upperBound
                }
            }
        }
    }

    /// The answer to a client that asks in a newer version than is spoken: error 35 and the versions
    /// of ApiVersions itself, with which it asks again. To be sent in version 0, the only one that
    /// such a client reads.
    package static var unsupported: ApiVersionsResponse {
        var response = speaking([.apiVersions])
        response.errorCode = .unsupportedVersion
        return response
    }
}
