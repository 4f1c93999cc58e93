// How long a wrong password waits for its answer: longer each time it comes from the same address.
// A right one never waits, so that nobody can shut out another user by failing.

/// Failed log-ins by address.
package struct LoginDelays {
    package static let shortest: Int64 = 100
    package static let longest: Int64 = 5_000
    /// Milliseconds after which an address begins anew.
    package static let memory: Int64 = 60_000
    /// Addresses at most; beyond that, all that are unknown wait the longest.
    package static let mostAddresses = 1_024

    private struct Failures {
        var count: Int
        var last: Int64
    }

    private var byAddress: [String: Failures] = [:]

    package init() {}

    /// A log-in from `address` failed at `now`: milliseconds until its answer may go.
    package mutating func failed(_ address: String, at now: Int64) -> Int64 {
        if byAddress[address] == nil, byAddress.count >= Self.mostAddresses {
            byAddress = byAddress.filter { now - $0.value.last < Self.memory }
            guard byAddress.count < Self.mostAddresses else { return Self.longest }
        }
        var known = byAddress[address] ?? Failures(count: 0, last: now)
        if now - known.last >= Self.memory { known.count = 0 }
        known.last = now
        // 2 to the 6th is beyond the longest already.
        known.count = min(known.count + 1, 7)
        byAddress[address] = known
        return min(Self.shortest << Int64(known.count - 1), Self.longest)
    }
}
