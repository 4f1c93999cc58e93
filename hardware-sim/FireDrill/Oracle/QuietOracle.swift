// QUIET and LATCH, in the oracle's words:
//
//  QUIET
//  - No valve is commanded open in a tick without a reason of that tick: its rule fulfilled for its
//    delay, a press of the manual release, or the key coming on (ReleaseOracle, KeyOracle).
//  - A start commands open exactly what was open before: for a kill, the last command that the
//    line took; for a power cut, the last one that was on the disk. Where a crash tore a tick
//    apart, either side of the tear will do.
//  LATCH
//  - A valve that was commanded open is commanded open after every tick and every start, until its
//    key went off in a tick. No drive to "closed" is given to an open valve in any other tick.

import FireLogic

/// What the controller did about one valve line.
package struct DriveSeen: Hashable, Sendable {
    package var floor: Int
    package var command: ValveCommand
    package var taken: Bool

    package init(floor: Int, command: ValveCommand, taken: Bool) {
        self.floor = floor
        self.command = command
        self.taken = taken
    }
}

extension Witness {
    /// Watches a command to a line, in order, after `pass`.
    mutating func judge(_ drive: DriveSeen, at now: Instant) {
        let floor = drive.floor
        let facts = account.floors[floor]
        let before = facts.lastDriven
        if drive.command == .open && before == .closed && !facts.mayOpen && !facts.wasReleased {
            let isOff = account.keys[plan.floors[floor].key].position == .off
            violations.append(
                .init(isOff ? .key : .quiet, "floor \(floor) driven open without a reason"))
        }
        if drive.command == .closed && before == .open && !facts.wasClosedByKey {
            violations.append(.init(.latch, "floor \(floor) driven closed without the key"))
        }
        if drive.command == before && drive.command == .open && !facts.lastDriveFailed
            && drive.taken
            && facts.unconfirmedSince != .never && now > facts.unconfirmedSince
        {
            account.floors[floor].tries += 1
        }
        account.floors[floor].lastDriven = drive.command
        account.floors[floor].lastDriveFailed = !drive.taken
        account.floors[floor].lastDriveAt = now
        if !drive.taken { account.floors[floor].tries = 0 }
        if drive.command != before {
            account.floors[floor].unconfirmedSince = .never
            account.floors[floor].tries = 0
        }
        observeFeedback(floor, at: now)
    }

    /// Compares the command that stands after a tick with the one that must.
    mutating func judgeCommand(_ floor: Int, _ command: ValveCommand) {
        let facts = account.floors[floor]
        if command == .open && !facts.isOpen && facts.mayOpen {
            mustOpen(floor)
            account.floors[floor].released = max(account.floors[floor].released, .maybe)
            return
        }
        switch (facts.isOpen, command) {
        case (true, .open), (false, .closed):
            if facts.lastDriven != command {
                violations.append(.init(.release, "floor \(floor) not driven \(command)"))
            }
        case (true, .closed):
            let promise: Promise =
                facts.lastDriven == .open ? .latch : facts.wasReleased ? .release : .latch
            violations.append(.init(promise, "floor \(floor) is closed and must be open"))
        case (false, .open):
            let isOff = account.keys[plan.floors[floor].key].position == .off
            violations.append(
                .init(isOff ? .key : .quiet, "floor \(floor) is open and must be closed"))
        }
    }
}
