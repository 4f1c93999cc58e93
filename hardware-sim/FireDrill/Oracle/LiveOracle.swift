// LIVE, in the oracle's words:
//
//  - What is shown of a detector is what it reports (DetectorFacts): after its limit without a word
//    it is shown down, never normal; before its first word it is shown unknown.
//  - The fault lamps are lit while an enabled detector is down, a key is faulty, a manual release
//    cannot be read, a bus is down or a fault of the board was told. They are dark when nothing of
//    that kind can be: a lamp that is always lit says nothing.
//  - The fire lamps are lit from the first credible report until a reset, and while a valve is
//    open, also with the key off and under a disablement; otherwise they are dark.
//  - The isolated lamp is lit while a key is off or a detector disabled, the test lamp during a walk
//    test, the floor's open lamp while its valve is commanded open. A lamp test lights all.

import FireLogic

/// What can be seen of the controller after a tick.
package struct Seen: Sendable {
    package var commands: [ValveCommand]
    package var drives: [DriveSeen]
    package var shows: [DetectorFacts.Report]
    package var panel: PanelLamps
    package var floors: [FloorLamps]
    /// Faults that the witness cannot know of may be present: lit fault lamps prove nothing.
    package var mayHaveOtherFaults: Bool

    package init(
        commands: [ValveCommand], drives: [DriveSeen], shows: [DetectorFacts.Report],
        panel: PanelLamps, floors: [FloorLamps], mayHaveOtherFaults: Bool
    ) {
        self.commands = commands
        self.drives = drives
        self.shows = shows
        self.panel = panel
        self.floors = floors
        self.mayHaveOtherFaults = mayHaveOtherFaults
    }
}

extension Witness {
    /// Judges one tick. Empty: every promise was kept.
    package mutating func judge(_ seen: Seen, at now: Instant) -> [Violation] {
        for drive in seen.drives { judge(drive, at: now) }
        for floor in account.floors.indices {
            judgeCommand(floor, seen.commands[floor])
            judgeTries(floor, faultLamp: seen.floors[floor].fault, at: now)
        }
        for index in account.detectors.indices
        where account.detectors[index].report != seen.shows[index] {
            violations.append(
                .init(
                    .live,
                    "detector \(index) reports \(account.detectors[index].report), "
                        + "shown \(seen.shows[index])"))
        }
        judgeLamps(seen)
        return violations
    }

    private mutating func judgeLamps(_ seen: Seen) {
        let all = account.lampTestUntil != .never
        var anyDown = account.systemFaults != 0 || account.busesUp.contains(false)
        for key in account.keys where key.isFaulty { anyDown = true }
        var mayFault = seen.mayHaveOtherFaults
        for floor in account.floors.indices {
            let facts = account.floors[floor]
            let members = detectorsOfFloor[floor]
            let isDown =
                members.contains {
                    account.detectors[$0].isEnabled && account.detectors[$0].report == .down
                } || facts.manual.level == .unreadable
                || account.keys[plan.floors[floor].key].isFaulty
            let mayBeValve =
                facts.lastDriveFailed
                || facts.seen != nil && (facts.seen == .active) != (facts.lastDriven == .open)
                || facts.unconfirmedSince != .never || facts.seen == .unreadable
            anyDown = anyDown || isDown
            mayFault = mayFault || mayBeValve
            let lamps = seen.floors[floor]
            expect(lamps.fault, all || isDown, orNot: mayBeValve, "fault lamp of floor \(floor)")
            expect(
                lamps.fire, all || members.contains { account.detectors[$0].latched },
                "fire lamp of floor \(floor)")
            expect(lamps.open, all || facts.isOpen, "open lamp of floor \(floor)")
        }
        expect(seen.panel.fault, all || anyDown, orNot: mayFault, "fault lamp")
        let anyFire =
            account.detectors.contains { $0.latched } || account.floors.contains { $0.isOpen }
        expect(seen.panel.fire, all || anyFire, "fire lamp")
        let anyIsolated =
            account.keys.contains { $0.position == .off }
            || account.detectors.contains { !$0.isEnabled }
        expect(seen.panel.isolated, all || anyIsolated, "isolated lamp", .key)
        expect(
            seen.panel.test, all || account.floors.contains { $0.walkUntil != nil }, "test lamp")
    }

    private mutating func expect(
        _ lit: Bool, _ mustBeLit: Bool, orNot either: Bool = false, _ lamp: String,
        _ promise: Promise = .live
    ) {
        if lit == mustBeLit || either && lit { return }
        violations.append(.init(promise, "\(lamp) is \(lit ? "lit" : "dark") without a reason"))
    }
}
