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
        decisions.timeBegins()
        while deadlines.next <= now { advanceDetectors(to: now, into: &decisions) }
        evaluateChanged(at: now, into: &decisions)
        for key in keys.indices {
            guard keys[key].deadline <= now else { continue }
            var rest: Rest? = keys[key].rest(of: key, at: now)
            while keys[key].deadline <= now {
                let wasUnsettled = keys[key].position == .unsettled
                let change = keys[key].advance(to: now)
                if change != .none, let first = rest {
                    decisions.tellTime()
                    decisions.record(.rested(first))
                    rest = nil
                }
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

    /// Detectors of which something is due, by their positions: an order that does not depend on
    /// which of them was heard when, so that a replay meets it again.
    private mutating func advanceDetectors(to now: Instant, into decisions: inout Decisions) {
        while let index = deadlines.nextIndex, deadlines.next <= now {
            let isDue = detectors[index].deadline <= now
            if isDue { due.append(index) }
            deadlines.correctFirst(to: isDue ? .never : nextLook(at: index, from: now))
        }
        if due.count > 1 { due.sort() }
        for place in due.indices {
            let index = due[place]
            advanceDetector(index, to: now, into: &decisions)
            deadlines.bringForward(index, to: nextLook(at: index, from: now))
        }
        due.removeAll(keepingCapacity: true)
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
            decisions.tellTime()
            enable(index, by: .timer, at: now, into: &decisions)
        }
        decisions.touch(detector: index)
        let before = detectors[index].down
        let change = detectors[index].advance(
            to: now, limit: plan.detectors[index].limit, silence: silenceCause(index))
        if change != .none {
            decisions.tellTime()
            if let settled = detectors[index].reading {
                decisions.record(.rested(.reading(detector: index, settled)))
            }
        }
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
        if floors[floor].manual.deadline <= now {
            decisions.tellTime()
            let level = floors[floor].manual.candidate
            decisions.record(.rested(.manualRelease(floor: floor, level)))
        }
        if let level = floors[floor].manual.advance(to: now) {
            manualReleaseChanged(floor, level, was: was, at: now, into: &decisions)
        }
        delayPassed(floor, at: now, into: &decisions)
        let action = floors[floor].valve.advance(to: now, timing: timing)
        if action.isRecorded(timing) { decisions.tellTime() }
        valveActed(floor, action, into: &decisions)
        if let until = floors[floor].walkTestUntil, now >= until {
            decisions.tellTime()
            endWalkTest(floor, by: .timer, at: now, into: &decisions)
        }
    }

    private mutating func advancePanel(to now: Instant, into decisions: inout Decisions) {
        for button in PanelButton.allCases {
            guard let level = panel.rest(of: button, at: now) else { continue }
            decisions.tellTime()
            decisions.record(.rested(.button(button, level)))
        }
        while let button = panel.nextPress(at: now, timing: timing) {
            decisions.record(.button(button))
            press(button, at: now, into: &decisions)
        }
        panel.advanceLampTest(to: now)
        if let stuck = panel.stuckChange(at: now, timing: timing) {
            decisions.tellTime()
            report(.stuckButton, present: stuck, into: &decisions)
        }
    }

    /// Every key has been read: from here on detectors release.
    private mutating func arm(into decisions: inout Decisions) {
        guard keys.allSatisfy({ $0.position != .unsettled }) else { return }
        isArmed = true
        decisions.record(.armed)
    }
}
