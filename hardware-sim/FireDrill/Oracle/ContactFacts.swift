// A push button or a call point: what its contact told. A level counts once the contact has been
// looked at again, unchanged, its debounce time after it moved.

import FireLogic

package struct ContactFacts: Hashable, Sendable {
    private(set) var level: ContactLevel
    private var latest: ContactLevel
    private var movedAt = Instant.never

    init(_ level: ContactLevel) {
        self.level = level
        latest = level
    }

    mutating func tell(_ new: ContactLevel, at now: Instant) {
        guard new != latest else { return }
        latest = new
        movedAt = new == level ? .never : now
    }

    /// The level that counts from now on, and the one before it, when it has changed.
    mutating func pass(to now: Instant, debounce: Interval) -> (was: ContactLevel, ContactLevel)? {
        guard movedAt != .never, now >= movedAt + debounce else { return nil }
        movedAt = .never
        let was = level
        level = latest
        return (was, level)
    }

    func moved(by span: Interval) -> ContactFacts {
        var copy = self
        copy.movedAt = movedAt.moved(by: span)
        return copy
    }
}
