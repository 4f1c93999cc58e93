// The part of a consumer's metadata that says which topics it reads: the start of every version of
// Kafka's consumer protocol,
//
//   version int16 · topics array(int32 count, each int16 length and bytes) · …
//
// big-endian. What follows (user data, owned partitions, generation, rack) differs after every
// restart of a client and decides nothing here. Bytes from outside: anything else is nil.

enum Subscription {
    /// The topics, sorted; nil: not the consumer protocol.
    static func topics(of metadata: [UInt8]) -> [String]? {
        var rest = metadata[...]
        func number(_ bytes: Int) -> Int? {
            guard rest.count >= bytes else { return nil }
            defer { rest.removeFirst(bytes) }
            return rest.prefix(bytes).reduce(0) { $0 << 8 | Int($1) }
        }
        // The version is not negative, and every topic takes two bytes at least.
        guard let version = number(2), version < 0x8000, let count = number(4),
            count <= rest.count / 2
        else { return nil }
        var topics: [String] = []
        for _ in 0..<count {
            guard let length = number(2), length <= rest.count else { return nil }
            topics.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest.removeFirst(length)
        }
        return topics.sorted()
    }

    /// Whether two sayings of one member ask for the same: of consumers the same topics, of others
    /// the same bytes.
    static func areSame(_ a: [UInt8], _ b: [UInt8], protocolType: String?) -> Bool {
        if a == b { return true }
        guard protocolType == consumers, let topics = topics(of: a) else { return false }
        return topics == self.topics(of: b)
    }

    static let consumers = "consumer"
}
