// A push button or call point: a level counts when it has held still for a while.

package struct Debounce: Hashable, Sendable {
    package private(set) var level: ContactLevel
    private(set) var candidate: ContactLevel
    private var settlesAt: Instant = .never

    package init(_ level: ContactLevel) {
        self.level = level
        candidate = level
    }

    package var deadline: Instant { settlesAt }

    package mutating func read(_ new: ContactLevel, at now: Instant, debounce: Interval) {
        guard new != candidate else { return }
        candidate = new
        settlesAt = new == level ? .never : now + debounce
    }

    /// The new level, once it has held still.
    package mutating func advance(to now: Instant) -> ContactLevel? {
        guard now >= settlesAt else { return nil }
        settlesAt = .never
        level = candidate
        return level
    }

    /// For a replay, which does not see a contact move: at rest with `level` at `time`.
    mutating func assumeRest(_ level: ContactLevel, at time: Instant) {
        candidate = level
        settlesAt = time
    }

    /// The same contact with all its times moved.
    package func moved(by span: Interval) -> Debounce {
        var copy = self
        copy.settlesAt = settlesAt.moved(by: span)
        return copy
    }
}
