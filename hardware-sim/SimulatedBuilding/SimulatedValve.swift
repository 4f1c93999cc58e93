// One electric valve and its limit switch. It follows its command with a travel time unless it is
// stuck. Time is an argument; it drives no line itself.

package struct SimulatedValve: Sendable {
    /// Seconds from shut to open.
    static let travel = 0.6
    /// Open enough to close the limit switch, and to wet a fire.
    static let seenOpen = 0.95

    /// What the valve's coil is told: the level of the controller's output.
    package internal(set) var commandedOpen = false
    /// Times that the controller has written "open" since the last "closed".
    package internal(set) var openWrites = 0
    /// 0 shut, 1 open.
    package private(set) var position = 0.0
    /// Stays where it is, whatever it is told.
    package var isStuck = false
    /// The wire of the limit switch is broken.
    package var feedbackIsBroken = false

    package init() {}

    package var isOpen: Bool { position >= Self.seenOpen }
    package var isShut: Bool { position == 0 }

    /// True when `isOpen` or `isShut` has changed.
    mutating func pass(seconds: Double) -> Bool {
        let target = commandedOpen ? 1.0 : 0.0
        guard !isStuck, position != target else { return false }
        let before = (isOpen, isShut)
        let step = seconds / Self.travel
        position =
            target > position ? min(target, position + step) : max(target, position - step)
        return before != (isOpen, isShut)
    }
}
