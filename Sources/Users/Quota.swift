// How fast a user, or a connection, may be.

/// Limits a second; nil: none.
package struct Quota: Hashable, Sendable {
    /// Bytes of requests that produce.
    package var produced: Int?
    /// Bytes of records that are fetched.
    package var fetched: Int?
    package var requests: Int?

    package init(produced: Int? = nil, fetched: Int? = nil, requests: Int? = nil) {
        self.produced = produced
        self.fetched = fetched
        self.requests = requests
    }

    /// As lines of the users file.
    package var lines: [String] {
        [("produce", produced), ("fetch", fetched), ("requests", requests)].compactMap {
            name, value in value.map { "quota \(name) \($0)" }
        }
    }

    /// Sets one by its name in the users file; false: there is none of this name.
    package mutating func set(_ name: String, _ value: Int) -> Bool {
        switch name {
        case "produce": produced = value
        case "fetch": fetched = value
        case "requests": requests = value
        default: return false
        }
        return true
    }
}
