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
    /// When the contacts will have held still for the debounce time.
    private var settlesAt: Instant
    /// When it is a fault that they have not come to rest in agreement.
    private var restBy: Instant

    package init(hasTwoContacts: Bool, at now: Instant, timing: Timing) {
        self.hasTwoContacts = hasTwoContacts
        settlesAt = now + timing.keyDebounce
        restBy = now + timing.keyDisagreement
    }

    package var deadline: Instant { min(settlesAt, restBy) }

    /// A contact was read. What follows from it comes with `advance`, after the debounce time.
    package mutating func read(
        _ contact: KeyContact, _ level: ContactLevel, at now: Instant, timing: Timing
    ) {
        switch contact {
        case .off where off != level: off = level
        case .on where on != level: on = level
        case .off, .on: return
        }
        settlesAt = now + timing.keyDebounce
        if restBy == .never && !isFaulty { restBy = now + timing.keyDisagreement }
    }

    /// Time passed. Says one change at a time: call it until `deadline` lies ahead.
    package mutating func advance(to now: Instant) -> Change {
        if now >= settlesAt {
            if wanted != position { return turn(wanted) }
            settlesAt = .never
            if agree {
                restBy = .never
                if isFaulty {
                    isFaulty = false
                    return .repaired
                }
            }
        }
        if now >= restBy {
            // Contacts that chatter since the start must not keep the floors shut: they count
            // as on.
            if position == .unsettled { return turn(.on) }
            restBy = .never
            isFaulty = true
            return .fault
        }
        return .none
    }

    /// What `advance` will judge at `now`.
    func rest(of key: Int, at now: Instant) -> Rest {
        .key(key, off: off, on: on, isStill: now >= settlesAt, isLate: now >= restBy)
    }

    /// For a replay, which does not see a contact move: these levels are judged at `time`.
    mutating func assumeRest(
        off: ContactLevel, on: ContactLevel, isStill: Bool, isLate: Bool, at time: Instant
    ) {
        self.off = off
        self.on = on
        settlesAt = isStill ? time : .never
        restBy = isLate ? time : .never
    }

    /// The same key with all its times moved.
    package func moved(by span: Interval) -> KeySwitch {
        var copy = self
        copy.settlesAt = settlesAt.moved(by: span)
        copy.restBy = restBy.moved(by: span)
        return copy
    }

    private mutating func turn(_ new: Position) -> Change {
        position = new
        return new == .off ? .turnedOff : .turnedOn
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
