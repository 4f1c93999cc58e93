// What is known of one floor's valve, walk test and manual release, from outside.
//
// `isOpen` is what the promises say the valve must be commanded now; the observed command is
// compared with it after every tick. A floor is RELEASED from the moment its release rule was
// fulfilled, its manual release was pressed, or the key closed its open valve, until a reset.

import FireLogic

package struct FloorFacts: Hashable, Sendable {
    var isOpen = false
    var released = Answer.no
    var walkUntil: Instant?
    var walkFor = Interval.zero
    var manual = ContactFacts(.inactive)

    /// Since when the rule has been fulfilled with the key on, for sure and perhaps.
    var fulfilledSince: Instant?
    var perhapsFulfilledSince: Instant?

    // Reasons that came up in this tick; all false between ticks.
    var mayOpen = false
    var wasReleased = false
    var wasClosedByKey = false

    /// The valve's line and switch as seen from outside.
    var lastDriven: ValveCommand = .closed
    var lastDriveFailed = false
    var lastDriveAt = Instant.never
    var seen: ContactLevel?
    /// Since when an open command has lacked its confirmation.
    var unconfirmedSince = Instant.never
    var tries = 0

    func moved(by span: Interval) -> FloorFacts {
        var copy = self
        copy.walkUntil = walkUntil?.moved(by: span)
        copy.manual = manual.moved(by: span)
        copy.fulfilledSince = fulfilledSince?.moved(by: span)
        copy.perhapsFulfilledSince = perhapsFulfilledSince?.moved(by: span)
        copy.lastDriveAt =
            lastDriveFailed || unconfirmedSince != .never ? lastDriveAt.moved(by: span) : .never
        copy.unconfirmedSince = unconfirmedSince.moved(by: span)
        return copy
    }
}
