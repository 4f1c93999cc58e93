// The panel's key switch: turns the levels of one or two contacts into a position. Only a clear
// "off" isolates; whatever else the contacts say counts as "on", so a broken wire closes nothing
// (promise KEY).

package struct KeySwitch: Hashable, Sendable {
    package enum Position: UInt8, Hashable, Sendable {
        /// Since the start it has not held still for the debounce time: nothing opens yet.
        case unsettled
        case on
        case off
    }

    package enum Change: Hashable, Sendable {
        case none
        case turnedOn
        case turnedOff
        case fault
        case repaired
    }

    package private(set) var position: Position = .unsettled
    package private(set) var isFaulty = false

    private var off: ContactLevel = .unreadable
    private var on: ContactLevel = .unreadable
    private let hasTwoContacts: Bool
    private var settlesAt: Instant
    private var disagreesAt: Instant

    package init(hasTwoContacts: Bool, at now: Instant, timing: Timing) {
        self.hasTwoContacts = hasTwoContacts
        settlesAt = now + timing.keyDebounce
        disagreesAt = now + timing.keyDisagreement
    }

    package var deadline: Instant { min(settlesAt, disagreesAt) }

    /// A contact was read. The position follows in `advance`, after the debounce time.
    package mutating func read(
        _ contact: KeyContact, _ level: ContactLevel, at now: Instant, timing: Timing
    ) -> Change {
        switch contact {
        case .off where off != level: off = level
        case .on where on != level: on = level
        case .off, .on: return .none
        }
        if position == .unsettled || wanted != position {
            settlesAt = now + timing.keyDebounce
        } else {
            settlesAt = .never
        }
        guard agree else {
            if disagreesAt == .never && !isFaulty { disagreesAt = now + timing.keyDisagreement }
            return .none
        }
        disagreesAt = .never
        guard isFaulty else { return .none }
        isFaulty = false
        return .repaired
    }

    package mutating func advance(to now: Instant) -> Change {
        if now >= settlesAt {
            settlesAt = .never
            let wanted = wanted
            if wanted != position {
                position = wanted
                return wanted == .off ? .turnedOff : .turnedOn
            }
        }
        if now >= disagreesAt {
            disagreesAt = .never
            isFaulty = true
            return .fault
        }
        return .none
    }

    /// The contacts are complementary, as an unbroken switch at rest has them.
    private var agree: Bool {
        guard hasTwoContacts else { return off != .unreadable }
        return (off == .active && on == .inactive) || (off == .inactive && on == .active)
    }

    private var wanted: Position {
        off == .active && (!hasTwoContacts || on == .inactive) ? .off : .on
    }
}
