// What must survive a crash, in the oracle's words: which valves are open, who speaks, what is
// latched and released, who is disabled, which walk tests run and how long they still may. Reports,
// contacts and countdowns do not survive: after a start everything is unknown until it is read.
// Who spoke before the key went off does not speak after a start: if the key is on by then, it came
// on meanwhile, and only what is reported from then on counts. Until the key has settled after a
// start it is remembered as it was before.
//
// A kill loses what had not been handed to the log, a power cut what was not on the disk. Time
// that nobody measured (a power cut lies between) leaves a disablement 30 minutes at most.

import FireLogic

/// What a log tells of one instant.
package struct Remembered: Hashable, Sendable {
    struct Detector: Hashable, Sendable {
        var latched: Bool
        var speaks: Answer
        var disabledUntil: Instant?
        var disabledFor: Interval
        /// Between which two power cuts `disabledUntil` was written.
        var run: Int
    }
    struct Floor: Hashable, Sendable {
        var isOpen: Bool
        var released: Answer
        var walkUntil: Instant?
        var walkFor: Interval
        var run: Int
    }
    var detectors: [Detector]
    var floors: [Floor]
    var keysOff: [Bool]
}

extension Witness {
    package var remembered: Remembered {
        Remembered(
            detectors: account.detectors.enumerated().map { index, facts in
                let key = plan.floors[plan.detectors[index].floor].key
                let isOff = account.keys[key].isOffOnRecord
                let isUnsure = facts.speaks == .yes && !facts.isOnRecord
                return Remembered.Detector(
                    latched: facts.latched,
                    speaks: isOff ? .no : isUnsure ? .maybe : facts.speaks,
                    disabledUntil: facts.disabledUntil, disabledFor: facts.disabledFor, run: run)
            },
            floors: account.floors.map {
                Remembered.Floor(
                    isOpen: $0.isOpen, released: $0.released, walkUntil: $0.walkUntil,
                    walkFor: $0.walkFor, run: run)
            },
            keysOff: account.keys.map(\.isOffOnRecord))
    }

    /// The account of a start at `now`. `run` counts power cuts: what was written in another run
    /// has an age that nobody measured, also when the last death was only a kill.
    package mutating func restart(from memory: Remembered, run: Int, at now: Instant) {
        let half = Interval.minutes(30)
        func left(_ until: Instant?, _ time: Interval, _ written: Int) -> Interval? {
            guard let until else { return nil }
            let left = written == run ? until - now : min(time, half)
            return left > .zero ? left : nil
        }
        let fresh = Witness(plan: plan, timing: timing, at: now)
        account = fresh.account
        self.run = run
        for (index, old) in memory.detectors.enumerated() {
            account.detectors[index].latched = old.latched
            account.detectors[index].speaks = old.speaks
            if let left = left(old.disabledUntil, old.disabledFor, old.run) {
                account.detectors[index].disabledUntil = now + left
                account.detectors[index].disabledFor = left
                account.detectors[index].speaks = .no
            }
        }
        for (index, wasOff) in memory.keysOff.enumerated() {
            account.keys[index] = KeyFacts(at: now, wasOff: wasOff)
        }
        for (index, old) in memory.floors.enumerated() {
            account.floors[index].isOpen = old.isOpen
            account.floors[index].released = old.released
            account.floors[index].lastDriven = old.isOpen ? .open : .closed
            account.floors[index].lastDriveAt = now
            if let left = left(old.walkUntil, old.walkFor, old.run) {
                account.floors[index].walkUntil = now + left
                account.floors[index].walkFor = left
            }
            observeFeedback(index, at: now)
        }
    }
}
