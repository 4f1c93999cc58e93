// One detector: what it senses and what is wrong with it. How it says so depends on its source and
// is done by `Building+Detectors.swift`.

package struct SimulatedDetector: Sendable {
    package enum Trouble: Hashable, Sendable {
        case none
        /// Says nothing any more: dead slave, stopped sender, cut wire.
        case silent
        /// Says itself that it is broken, where its source has a way to.
        case faulty
        /// Its contact bounces between both levels.
        case chattering
    }

    /// Smoke of the room has reached it.
    package internal(set) var smells = false
    /// A can of test smoke, or a false alarm: alarms whatever the room holds.
    package internal(set) var forced = false
    package internal(set) var trouble = Trouble.none
    /// Level of the heartbeat line of a pulse detector.
    var beat = false

    package var alarms: Bool { smells || forced }
}
