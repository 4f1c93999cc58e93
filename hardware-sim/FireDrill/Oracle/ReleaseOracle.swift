// RELEASE, in the oracle's words:
//
//  - A floor must be open from the end of the tick in which, with its key on, its release rule has
//    been fulfilled without interruption for the floor's delay. With no delay that is the tick
//    that brought the signal. Interruptions are: a reset, a disablement, the key off, the key not
//    yet settled after a start, and a lost member that came back with "normal" while the floor
//    still counts down. Silence of the detector is none.
//  - With `coincidence` a member counts that speaks (DetectorFacts); a lost member counts as
//    agreeing, but at least one must speak. A detector without zone speaks for all.
//  - A press of the manual release opens in the tick in which it is known, without delay, walk
//    test or coincidence; held down while the key comes on or settles, it opens then.
//  - A walk test does not count down and does not release; when it ends, what still reports fire
//    is a fire. What spoke before the walk test goes on speaking.
//  - Where the line refuses, the command is given again at least once in `valveRetry`; where the
//    valve does not confirm, `valveRedrives` times, then the fault lamp is lit.

import FireLogic

extension Witness {
    /// Looks at what the floor's rule, key and delay say now.
    mutating func consider(_ floor: Int, at now: Instant) {
        let key = account.keys[plan.floors[floor].key].position
        let sure = isFulfilled(floor, .yes)
        let perhaps = sure || isFulfilled(floor, .maybe)
        if key != .unsettled && perhaps {
            account.floors[floor].released = max(
                account.floors[floor].released, sure ? .yes : .maybe)
        }
        guard key == .on, !account.floors[floor].isOpen else {
            account.floors[floor].fulfilledSince = nil
            account.floors[floor].perhapsFulfilledSince = nil
            return
        }
        let delay = plan.floors[floor].delay
        let since = sure ? account.floors[floor].fulfilledSince ?? now : nil
        let perhapsSince = perhaps ? account.floors[floor].perhapsFulfilledSince ?? now : nil
        account.floors[floor].fulfilledSince = since
        account.floors[floor].perhapsFulfilledSince = perhapsSince
        if let since, now >= since + delay { mustOpen(floor) }
        if let perhapsSince, now >= perhapsSince + delay { account.floors[floor].mayOpen = true }
    }

    mutating func mustOpen(_ floor: Int) {
        account.floors[floor].isOpen = true
        account.floors[floor].wasReleased = true
        account.floors[floor].fulfilledSince = nil
        account.floors[floor].perhapsFulfilledSince = nil
    }

    mutating func passManual(_ floor: Int, to now: Instant) {
        guard
            let change = account.floors[floor].manual.pass(
                to: now, debounce: timing.manualReleaseDebounce),
            change.1 == .active
        else { return }
        switch account.keys[plan.floors[floor].key].position {
        case .unsettled: break
        case .off: account.floors[floor].released = .yes
        case .on:
            account.floors[floor].released = .yes
            mustOpen(floor)
        }
    }

    /// The valve did not take the command or does not show it: is it tried again, is it told?
    mutating func judgeTries(_ floor: Int, faultLamp: Bool, at now: Instant) {
        let facts = account.floors[floor]
        if facts.lastDriveFailed {
            if now >= facts.lastDriveAt + timing.valveRetry {
                violations.append(.init(.release, "floor \(floor): refused drive not repeated"))
            }
            if !faultLamp {
                violations.append(.init(.live, "floor \(floor): refused drive, no fault lamp"))
            }
        } else if facts.isOpen, facts.unconfirmedSince != .never {
            let latest = max(facts.unconfirmedSince, facts.lastDriveAt)
            if !faultLamp && now >= latest + timing.valveConfirmation {
                violations.append(
                    .init(.release, "floor \(floor): not confirmed, neither driven nor told"))
            }
        }
        if facts.tries > timing.valveRedrives {
            violations.append(.init(.bounded, "floor \(floor): driven again \(facts.tries) times"))
        }
    }

    mutating func observeFeedback(_ floor: Int, at now: Instant) {
        guard plan.floors[floor].valve.feedback != nil else { return }
        let isConfirmed = account.floors[floor].seen == .active
        if account.floors[floor].lastDriven == .open && !isConfirmed {
            if account.floors[floor].unconfirmedSince == .never {
                account.floors[floor].unconfirmedSince = now
                account.floors[floor].tries = 0
            }
        } else {
            account.floors[floor].unconfirmedSince = .never
            account.floors[floor].tries = 0
        }
    }
}
