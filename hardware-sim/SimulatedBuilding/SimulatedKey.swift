// The panel's key switch with its two contacts and their wires. It breaks before it makes: for a
// moment of a turn neither contact is closed. Pure; the building drives the lines and keeps time.

import FireLogic

package struct SimulatedKey: Sendable {
    /// From leaving one contact to closing the other.
    static let travel = Interval.milliseconds(120)

    package internal(set) var isOn = true
    /// Between the contacts.
    package internal(set) var isTurning = false
    /// Its cam is loose: both contacts jump all the time.
    package internal(set) var rattles = false
    package internal(set) var offWireIsBroken = false
    package internal(set) var onWireIsBroken = false

    /// nil: nothing drives the line.
    var offContact: Bool? { offWireIsBroken ? nil : !isOn && !isTurning }
    var onContact: Bool? { onWireIsBroken ? nil : isOn && !isTurning }
}
