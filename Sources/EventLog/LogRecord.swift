// One record of a topic: what producers hand in and consumers get, whatever the bytes around it.

/// A record. Null and empty are different things, in a key and in a value.
package struct LogRecord: Hashable, Sendable {
    /// A name and a value. The same name may come more than once, and the order is kept.
    package struct Header: Hashable, Sendable {
        package var key: [UInt8]
        package var value: [UInt8]?

        package init(key: [UInt8], value: [UInt8]?) {
            self.key = key
            self.value = value
        }

        package init(_ key: String, _ value: [UInt8]?) {
            self.init(key: Array(key.utf8), value: value)
        }
    }

    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [Header]
    /// Milliseconds since 1970.
    package var timestamp: Int64
    /// Its place in the partition. Set where a record was read; a record to be written has none
    /// yet.
    package var offset: Int64

    package init(
        key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [], timestamp: Int64,
        offset: Int64 = 0
    ) {
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
        self.offset = offset
    }
}
