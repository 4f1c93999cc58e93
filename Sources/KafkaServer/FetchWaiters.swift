// Fetches that wait for more: until there are enough bytes, or their time is over (KIP: long poll).

import KafkaWire

/// Fetch requests that have not been answered yet.
struct FetchWaiters {
    struct Waiter {
        var request: FetchRequest
        var connection: UInt64
        var deadline: Int64
        /// End offsets of what it asks for when it was last looked at: without a new one there is
        /// nothing more to read.
        var ends: [Int64]
        var reply: (FetchResponse) -> Void
    }

    var all: [Waiter] = []

    var nextDeadline: Int64? { all.lazy.map(\.deadline).min() }
}
