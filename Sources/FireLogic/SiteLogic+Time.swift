// What the passing of time does: silence, debounced contacts, delays, tries, expiries; and what is
// true of the whole site afterwards.

extension SiteLogic {
    /// The next moment at which `advance` has something to do; `never` if there is none.
    package var nextDeadline: Instant {
        var next = min(deadlines.next, panel.deadline(timing: timing))
        for floor in floors { next = min(next, floor.deadline) }
        for key in keys { next = min(next, key.deadline) }
        return next
    }

    /// Time has come to `now`; everything that was observed until then has been handled.
    package mutating func advance(to now: Instant, into decisions: inout Decisions) {
        while let index = deadlines.nextIndex, deadlines.next <= now {
            if detectors[index].deadline <= now {
                advanceDetector(index, to: now, into: &decisions)
            }
            deadlines.correctFirst(to: nextLook(at: index, from: now))
        }
        evaluateChanged(at: now, into: &decisions)
        for key in keys.indices {
            while keys[key].deadline <= now {
                let wasUnsettled = keys[key].position == .unsettled
                let change = keys[key].advance(to: now)
                keyChanged(key, change, wasUnsettled: wasUnsettled, at: now, into: &decisions)
                if wasUnsettled && !isArmed { arm(into: &decisions) }
            }
        }
        for floor in floors.indices where floors[floor].deadline <= now {
            advanceFloor(floor, to: now, into: &decisions)
        }
        advancePanel(to: now, into: &decisions)
        if isDirty { summarise(into: &decisions) }
    }

    /// When a detector is looked at again: no later than its deadline. Detectors that spoke at the
    /// same moment have the same deadline, and looking at ten thousand in one tick would hold up a
    /// release for milliseconds; so in a large site a detector is looked at on the way as well, each
    /// at its own part of its limit, some dozens together.
    private func nextLook(at index: Int, from now: Instant) -> Instant {
        let deadline = detectors[index].deadline
        guard plan.detectors.count > Limits.detectorsAtOnce else { return deadline }
        let part = 1_024 + Int64(index) * 613 % 1_024
        let look = now.nanoseconds + plan.detectors[index].limit.nanoseconds / 2_048 * part
        let together = Limits.lookTogether.nanoseconds
        return min(deadline, Instant(nanoseconds: look - look % together))
    }

    private mutating func advanceDetector(
        _ index: Int, to now: Instant, into decisions: inout Decisions
    ) {
        if let until = detectors[index].disabledUntil, now >= until {
            enable(index, by: .timer, at: now, into: &decisions)
        }
        decisions.touch(detector: index)
        let before = detectors[index].down
        let change = detectors[index].advance(
            to: now, limit: plan.detectors[index].limit, silence: silenceCause(index))
        detectorChanged(index, change, wasDown: before, at: now, into: &decisions)
    }

    private func silenceCause(_ index: Int) -> SilenceCause {
        switch plan.detectors[index].source {
        case .modbus(let bus, _, _): busesUp[bus] ? .silent : .bus
        case .contact, .pulse, .network: .silent
        }
    }

    private mutating func advanceFloor(
        _ floor: Int, to now: Instant, into decisions: inout Decisions
    ) {
        let was = floors[floor].manual.level
        if let level = floors[floor].manual.advance(to: now) {
            manualReleaseChanged(floor, level, was: was, at: now, into: &decisions)
        }
        delayPassed(floor, at: now, into: &decisions)
        let action = floors[floor].valve.advance(to: now, timing: timing)
        valveActed(floor, action, into: &decisions)
        if let until = floors[floor].walkTestUntil, now >= until {
            endWalkTest(floor, by: .timer, at: now, into: &decisions)
        }
    }

    private mutating func advancePanel(to now: Instant, into decisions: inout Decisions) {
        while let button = panel.nextPress(at: now, timing: timing) {
            decisions.record(.button(button))
            press(button, at: now, into: &decisions)
        }
        panel.advanceLampTest(to: now)
        if let stuck = panel.stuckChange(at: now, timing: timing) {
            handle(.systemFault(.stuckButton, present: stuck), at: now, into: &decisions)
        }
    }

    /// Every key has been read: from here on detectors release.
    private mutating func arm(into decisions: inout Decisions) {
        guard keys.allSatisfy({ $0.position != .unsettled }) else { return }
        isArmed = true
        decisions.record(.armed)
    }
}
