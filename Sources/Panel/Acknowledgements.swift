// Which events still ask for a person: the beginnings of something bad that nobody has acknowledged.
// Those acknowledged before a restart are read back from the gateway's audit.

/// The newest events that ask to be acknowledged.
package struct Acknowledgements: Sendable {
    /// Events that are shown, newest first, and those that are known of.
    package static let mostShown = 20
    package static let mostKnown = 200

    private var asking: [Int64] = []
    private var seen: Set<Int64> = []
    /// Everything before this number was looked at.
    package private(set) var next: Int64 = 0

    package init() {}

    /// Takes in events in their order, up to number `end`.
    package mutating func take(_ events: [PanelEvent], upTo end: Int64) {
        for event in events where event.number >= next && event.asksForAcknowledgement {
            asking.append(event.number)
        }
        if asking.count > Self.mostKnown { asking.removeFirst(asking.count - Self.mostKnown) }
        next = max(next, end)
        guard seen.count > 4 * Self.mostKnown, let oldest = asking.first else { return }
        seen = seen.filter { $0 >= oldest }
    }

    /// Somebody has seen it.
    package mutating func acknowledge(_ number: Int64) { seen.insert(number) }

    package func isAcknowledged(_ number: Int64) -> Bool { seen.contains(number) }

    /// Newest first.
    package var unacknowledged: [Int64] {
        Array(asking.lazy.filter { !seen.contains($0) }.suffix(Self.mostShown).reversed())
    }
}
