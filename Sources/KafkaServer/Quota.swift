// How fast a client may be: bytes and requests a second. Nothing is refused: the answer says for how
// long to hold back (throttle_time_ms), and meanwhile the connection is not read.

package import KafkaWire
package import Users

/// What one connection or one user has used of its quota, as a debt that time pays off.
package struct QuotaMeter {
    /// Milliseconds that a client is held back at most at a time, as in Kafka.
    static let longestPause: Int64 = 30_000

    private var produced = 0.0
    private var fetched = 0.0
    private var requests = 0.0
    private var last: Int64

    /// `now` in milliseconds that never go back.
    package init(at now: Int64) { last = now }

    /// Adds what was used. The answer: milliseconds to hold back; a second's worth is free.
    package mutating func use(
        produced bytes: Int = 0, fetched answer: Int = 0, requests count: Int = 0, of quota: Quota,
        at now: Int64
    ) -> Int64 {
        let passed = Double(max(0, now - last)) / 1_000
        last = max(now, last)
        if quota == Quota() { return 0 }
        let pauses = [
            Self.use(&produced, bytes, quota.produced, passed),
            Self.use(&fetched, answer, quota.fetched, passed),
            Self.use(&requests, count, quota.requests, passed),
        ]
        return min(pauses.max() ?? 0, Self.longestPause)
    }

    private static func use(
        _ debt: inout Double, _ amount: Int, _ rate: Int?, _ passed: Double
    ) -> Int64 {
        guard let rate else {
            debt = 0
            return 0
        }
        let rated = Double(max(1, rate))
        // One request may be far larger than the quota; what it costs stays within what can be paid.
        debt = min(
            max(0, debt - passed * rated) + Double(amount), rated * Double(longestPause) / 1_000)
        return debt <= rated ? 0 : Int64((debt - rated) / rated * 1_000)
    }
}

extension KafkaResponse {
    /// Tells the client to hold back, where the response has a place for that.
    package mutating func holdBack(_ milliseconds: Int64) {
        let time = Int32(clamping: milliseconds)
        switch self {
        case .produce(var response):
            response.throttleTimeMs = time
            self = .produce(response)
        case .fetch(var response):
            response.throttleTimeMs = time
            self = .fetch(response)
        case .metadata(var response):
            response.throttleTimeMs = time
            self = .metadata(response)
        case .listOffsets(var response):
            response.throttleTimeMs = time
            self = .listOffsets(response)
        case .heartbeat(var response):
            response.throttleTimeMs = time
            self = .heartbeat(response)
        case .offsetCommit(var response):
            response.throttleTimeMs = time
            self = .offsetCommit(response)
        default: break
        }
    }

    /// Bytes of records that it brings.
    package var fetchedBytes: Int {
        guard case .fetch(let response) = self else { return 0 }
        return response.responses.reduce(0) { sum, topic in
            topic.partitions.reduce(sum) { $0 + ($1.records?.count ?? 0) }
        }
    }
}

/// How many connections there may be, in all and from one address.
package struct ConnectionLimit {
    package let all: Int
    package let each: Int
    private var count = 0
    private var byAddress: [String: Int] = [:]

    package init(all: Int, each: Int) {
        self.all = all
        self.each = each
    }

    /// A connection comes; false: it is to be closed, and `close` is not called for it.
    package mutating func open(_ address: String) -> Bool {
        guard count < all, byAddress[address, default: 0] < each else { return false }
        count += 1
        byAddress[address, default: 0] += 1
        return true
    }

    package mutating func close(_ address: String) {
        guard let known = byAddress[address] else { return }
        count -= 1
        byAddress[address] = known > 1 ? known - 1 : nil
    }
}
