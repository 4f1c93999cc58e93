// One floor: its release and its valve. Whether detectors ask for release is counted outside
// (`ReleaseCount`); here it is decided what that means with the key, the delay and the valve as
// they are. A floor knows nothing of other floors, so losing one touches no other.

package struct Floor: Hashable, Sendable {
    package enum Release: Hashable, Sendable {
        case ready
        /// Counting down the delay, in view.
        case pending(until: Instant, ReleaseCause)
    }

    package enum Action: Hashable, Sendable {
        case none
        case open(ReleaseCause)
        case startDelay(ReleaseCause)
        case withhold(ReleaseCause)
    }

    package private(set) var release: Release = .ready
    /// The release rule has been fulfilled, or the key has closed the open valve, since the last
    /// reset.
    package private(set) var established: Bool
    package var valve: Valve
    package var manual = Debounce(.inactive)
    /// nil while no walk test runs.
    package var walkTestUntil: Instant?
    package var count = ReleaseCount()
    /// Its detectors changed and wait to be counted together. False between events.
    var isUncounted = false

    package init(valve: Valve, established: Bool) {
        self.valve = valve
        self.established = established
    }

    package var isOpen: Bool { valve.command == .open }
    package var inWalkTest: Bool { walkTestUntil != nil }
    package var manualIsFaulty: Bool { manual.level == .unreadable }

    package var deadline: Instant {
        var next = min(valve.deadline, manual.deadline)
        if case .pending(let until, _) = release { next = min(next, until) }
        return min(next, walkTestUntil ?? .never)
    }

    /// The release rule is fulfilled, or the manual release is pressed.
    package mutating func demand(
        _ cause: ReleaseCause, key: KeySwitch.Position, delay: Interval, at now: Instant
    ) -> Action {
        switch key {
        case .unsettled:
            return .none
        case .off:
            if established { return .none }
            established = true
            return .withhold(cause)
        case .on:
            // A reset forgot that the floor is released; while it still counts down, the log must
            // learn it again.
            let isForgotten = !established
            established = true
            if isOpen { return .none }
            if cause == .manual || delay == .zero { return .open(cause) }
            switch release {
            case .ready:
                release = .pending(until: now + delay, cause)
                return .startDelay(cause)
            case .pending(let until, _):
                if now >= until { return .open(cause) }
                return isForgotten ? .startDelay(cause) : .none
            }
        }
    }

    /// The delay has passed, if one is running.
    package func overdue(at now: Instant) -> ReleaseCause? {
        if case .pending(let until, let cause) = release, now >= until { return cause }
        return nil
    }

    /// Nothing asks for release any more. True when a delay was running.
    package mutating func withdraw() -> Bool {
        defer { release = .ready }
        return release != .ready
    }

    package mutating func opened(at now: Instant, timing: Timing) {
        release = .ready
        valve.command(.open, at: now, timing: timing)
    }

    /// The key was turned off: the only way to a closed valve.
    package mutating func closedByKey(at now: Instant, timing: Timing) {
        release = .ready
        // Also after a reset: what was open opens again for one detector that reports fire.
        established = true
        valve.command(.closed, at: now, timing: timing)
    }

    package mutating func forget() {
        established = false
    }
}

/// What the detectors of a floor say together. Counted anew at every change, never kept up to
/// date by adding and subtracting, so that it cannot drift.
package struct ReleaseCount: Hashable, Sendable {
    package var latched = 0
    package var voting = 0
    package var down = 0
    package var disabled = 0
    /// Fulfils the release rule, and by whose signal.
    package var releasedBy: DetectorID?

    package init() {}

    /// Coincidence with degradation: a lost member lowers what is needed, never below one.
    package static func fulfils(voting: Int, lost: Int, needed: Int) -> Bool {
        voting >= max(1, needed - lost)
    }
}
