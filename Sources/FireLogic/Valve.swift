// One electric valve: what it was commanded, what its feedback shows, and what to do while the
// two differ. It never chooses a command: `command(_:)` is called by the floor's release and by
// the key, and by nothing else.

package struct Valve: Hashable, Sendable {
    /// What the limit or pressure switch shows. Not a `ValveCommand`: commanding is not observing.
    package enum Feedback: UInt8, Hashable, Sendable {
        case notWired, unknown, seenClosed, seenOpen
    }

    package enum State: Hashable, Sendable {
        /// Nothing to wait for: confirmed, or no feedback is wired.
        case settled
        /// Waiting for the feedback; driven again at `deadline`, `redrives` times so far.
        case moving(redrives: Int, deadline: Instant)
        /// Not confirmed after all tries. A fault until the feedback agrees.
        case notConfirmed
        /// The line did not take the command. A fault; driven again at `deadline`.
        case notDriven(redrives: Int, deadline: Instant)
    }

    package enum Action: Hashable, Sendable {
        case none
        case drive(again: Int)
        case confirmed
        case fault(ValveFault)
        case repaired

        /// A line that fails is driven each second for as long as it takes. Recording each try
        /// would wear out the disk: the third is followed by the 4th, 8th, 16th…
        func isRecorded(_ timing: Timing) -> Bool {
            switch self {
            case .none: false
            case .drive(let again): again <= timing.valveRedrives || again & (again - 1) == 0
            case .confirmed, .fault, .repaired: true
            }
        }
    }

    package private(set) var command: ValveCommand
    package private(set) var feedback: Feedback
    package private(set) var state: State = .settled

    package init(command: ValveCommand, feedbackWired: Bool) {
        self.command = command
        feedback = feedbackWired ? .unknown : .notWired
    }

    package var fault: ValveFault? {
        switch state {
        case .settled, .moving: nil
        case .notConfirmed: command == .open ? .notConfirmedOpen : .notConfirmedClosed
        case .notDriven: .notDriven
        }
    }

    package var deadline: Instant {
        switch state {
        case .settled, .notConfirmed: .never
        case .moving(_, let deadline), .notDriven(_, let deadline): deadline
        }
    }

    /// A new command; the caller drives the line.
    package mutating func command(_ new: ValveCommand, at now: Instant, timing: Timing) {
        command = new
        state = agrees ? .settled : .moving(redrives: 0, deadline: now + timing.valveConfirmation)
    }

    package mutating func see(
        _ level: ContactLevel, at now: Instant, timing: Timing
    ) -> Action {
        feedback = Self.feedback(of: level)
        switch (state, agrees) {
        case (.settled, true), (.moving, false), (.notConfirmed, false), (.notDriven, _):
            return .none
        case (.settled, false):
            // Lost what was confirmed: an open valve is driven again without waiting.
            state = .moving(redrives: 0, deadline: now + timing.valveConfirmation)
            return command == .open ? .drive(again: 0) : .none
        case (.moving, true):
            state = .settled
            return .confirmed
        case (.notConfirmed, true):
            state = .settled
            return .repaired
        }
    }

    /// Whether the line took the last command.
    package mutating func driven(
        _ succeeded: Bool, at now: Instant, timing: Timing
    ) -> Action {
        switch (state, succeeded) {
        case (.notDriven, true):
            state =
                agrees ? .settled : .moving(redrives: 0, deadline: now + timing.valveConfirmation)
            return .repaired
        case (.notDriven(let redrives, _), false):
            state = .notDriven(redrives: redrives, deadline: now + timing.valveRetry)
            return .none
        case (.settled, false), (.moving, false), (.notConfirmed, false):
            state = .notDriven(redrives: 0, deadline: now + timing.valveRetry)
            return .fault(.notDriven)
        case (.settled, true), (.moving, true), (.notConfirmed, true):
            return .none
        }
    }

    package mutating func advance(to now: Instant, timing: Timing) -> Action {
        switch state {
        case .moving(let redrives, let deadline) where now >= deadline:
            guard redrives < timing.valveRedrives else {
                state = .notConfirmed
                return .fault(command == .open ? .notConfirmedOpen : .notConfirmedClosed)
            }
            state = .moving(
                redrives: redrives + 1, deadline: now + timing.valveConfirmation)
            return .drive(again: redrives + 1)
        case .notDriven(let redrives, let deadline) where now >= deadline:
            // Counts no further than fits a record; it goes on for as long as it takes.
            let count = min(redrives + 1, 1_000_000)
            state = .notDriven(redrives: count, deadline: now + timing.valveRetry)
            return .drive(again: count)
        case .settled, .moving, .notConfirmed, .notDriven:
            return .none
        }
    }

    /// Whether `see` or `driven` will change more than the time of the next try.
    func isNews(_ level: ContactLevel) -> Bool {
        // The first look at a feedback that cannot be read is news too: from then on it is waited for.
        feedback != Self.feedback(of: level) || (state == .settled && !agrees)
    }

    func isNews(driven succeeded: Bool) -> Bool {
        if case .notDriven = state { succeeded } else { !succeeded }
    }

    private static func feedback(of level: ContactLevel) -> Feedback {
        switch level {
        case .active: .seenOpen
        case .inactive: .seenClosed
        case .unreadable: .unknown
        }
    }

    /// For a replay, which has not seen the tries that were not recorded: the next is `redrives`
    /// plus one and comes at `time`.
    mutating func assumeTries(_ redrives: Int, next time: Instant) {
        guard case .notDriven = state else { return }
        state = .notDriven(redrives: redrives, deadline: time)
    }

    private var agrees: Bool {
        switch feedback {
        case .notWired: true
        case .unknown: false
        case .seenClosed: command == .closed
        case .seenOpen: command == .open
        }
    }
}
