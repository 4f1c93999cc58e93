// The panel's sounder, buttons and lamp test. Lamps themselves are not state: `SiteLogic.lamps`
// derives them from what is true now, so that a lamp cannot lag behind.

package struct Panel: Hashable, Sendable {
    /// What the panel shows first. Fire before supervisory before fault before disablement.
    package enum Condition: UInt8, Hashable, Comparable, Sendable {
        case normal, test, disablement, fault, supervisory, fire

        package static func < (a: Condition, b: Condition) -> Bool { a.rawValue < b.rawValue }
    }

    package enum Sounder: UInt8, Hashable, Sendable { case quiet, sounding, silenced }

    package private(set) var sounder: Sounder = .quiet
    /// `never` while no lamp test runs.
    package private(set) var lampTestUntil: Instant = .never
    private var buttons: [Debounce]
    private var seen: [Bool]
    private var pressedSince: [Instant]
    package private(set) var stuck = false

    package init() {
        buttons = PanelButton.allCases.map { _ in Debounce(.inactive) }
        seen = PanelButton.allCases.map { _ in false }
        pressedSince = PanelButton.allCases.map { _ in .never }
    }

    package var lampTestRuns: Bool { lampTestUntil != .never }

    package func deadline(timing: Timing) -> Instant {
        var next = lampTestUntil
        for button in buttons { next = min(next, button.deadline) }
        if !stuck {
            for since in pressedSince { next = min(next, since + timing.buttonStuck) }
        }
        return next
    }

    /// Something new that a human must hear of: sounds, also after it was silenced.
    package mutating func soundAgain() {
        sounder = .sounding
    }

    package mutating func silence() {
        if sounder == .sounding { sounder = .silenced }
    }

    /// Nothing is left to sound for.
    package mutating func fallQuiet() {
        sounder = .quiet
    }

    package mutating func read(
        _ button: PanelButton, _ level: ContactLevel, at now: Instant, timing: Timing
    ) {
        let index = Int(button.rawValue)
        guard seen[index] else {
            // A button that is found pressed does nothing until it has been let go.
            seen[index] = true
            buttons[index] = Debounce(level)
            pressedSince[index] = level == .active ? now : .never
            return
        }
        buttons[index].read(level, at: now, debounce: timing.buttonDebounce)
    }

    func hasSeen(_ button: PanelButton) -> Bool { seen[Int(button.rawValue)] }

    /// The level at which a button has come to rest just now.
    func rest(of button: PanelButton, at now: Instant) -> ContactLevel? {
        let contact = buttons[Int(button.rawValue)]
        return contact.deadline <= now ? contact.candidate : nil
    }

    /// For a replay, which does not see a contact move.
    mutating func assumeRest(_ button: PanelButton, _ level: ContactLevel, at time: Instant) {
        buttons[Int(button.rawValue)].assumeRest(level, at: time)
    }

    /// A button that was pressed just now, one at a time; nil when there is no more.
    package mutating func nextPress(at now: Instant, timing: Timing) -> PanelButton? {
        for button in PanelButton.allCases {
            let index = Int(button.rawValue)
            let was = buttons[index].level
            guard let level = buttons[index].advance(to: now) else { continue }
            switch level {
            case .active:
                pressedSince[index] = now
                // Pressed behind a wire that could not be read: nobody saw it being pressed.
                guard was == .inactive else { continue }
                return button
            case .inactive, .unreadable:
                pressedSince[index] = .never
            }
        }
        return nil
    }

    /// Whether a button has been held for longer than a hand would: true or false at a change.
    package mutating func stuckChange(at now: Instant, timing: Timing) -> Bool? {
        var isStuck = buttons.contains { $0.level == .unreadable }
        for since in pressedSince where since != .never && now >= since + timing.buttonStuck {
            isStuck = true
        }
        guard isStuck != stuck else { return nil }
        stuck = isStuck
        return stuck
    }

    package mutating func startLampTest(at now: Instant, timing: Timing) {
        lampTestUntil = now + timing.lampTest
    }

    package mutating func advanceLampTest(to now: Instant) {
        if now >= lampTestUntil { lampTestUntil = .never }
    }
}

/// The panel's outputs, lit or not.
package struct PanelLamps: Hashable, Sendable {
    package var power: Bool
    package var fire: Bool
    package var fault: Bool
    package var isolated: Bool
    package var test: Bool
    package var sounder: Bool

    package init(
        power: Bool, fire: Bool, fault: Bool, isolated: Bool, test: Bool, sounder: Bool
    ) {
        self.power = power
        self.fire = fire
        self.fault = fault
        self.isolated = isolated
        self.test = test
        self.sounder = sounder
    }
}

/// A floor's own lamps.
package struct FloorLamps: Hashable, Sendable {
    package var fire: Bool
    package var fault: Bool
    package var open: Bool

    package init(fire: Bool, fault: Bool, open: Bool) {
        self.fire = fire
        self.fault = fault
        self.open = open
    }
}
