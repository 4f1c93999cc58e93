// What tells two states apart: everything that later behaviour can depend on and nothing else.
// Times are counted from now. What only a display or a record shows is left out: whether the
// sounder sounds, why a detector is silent, which detector started a countdown, who answered a
// walk test. What nothing can be due for any more is as old as it can matter.

import FireLogic

extension SiteLogic {
    /// Panel buttons are left out: the explorations ask through requests instead. `heardAt` is
    /// for display; the heap of deadlines is checked through `nextDeadline`.
    package func hash(into hasher: inout Hasher, countedFrom now: Instant) {
        let span = Interval(nanoseconds: -now.nanoseconds)
        for index in detectors.indices {
            var detector = detectors[index]
            detector.beginTest()
            if detector.isSilent && plan.detectors[index].debounce == .zero {
                // "Silent since the start" and "fallen silent" are shown differently, no more.
                _ = detector.hear(
                    .silent(.silent), at: now, limit: .zero, debounce: .zero, restless: .zero)
            }
            hasher.combine(detector.moved(by: span))
        }
        for key in keys { hasher.combine(key.moved(by: span)) }
        for floor in floors { floor.hash(into: &hasher, movedBy: span) }
        for isUp in busesUp { hasher.combine(isUp) }
        hasher.combine(panel.lampTestUntil.moved(by: span))
        var faults: UInt32 = 0
        for fault in systemFaults { faults |= 1 << UInt32(fault.rawValue) }
        hasher.combine(faults)
        hasher.combine(isArmed)
    }
}

extension Floor {
    fileprivate func hash(into hasher: inout Hasher, movedBy span: Interval) {
        switch release {
        case .ready: hasher.combine(Instant.never)
        case .pending(let until, _): hasher.combine(until.moved(by: span))
        }
        hasher.combine(established)
        hasher.combine(valve.command)
        hasher.combine(valve.feedback)
        switch valve.state {
        case .settled: hasher.combine(0)
        case .moving(let redrives, let deadline):
            hasher.combine(redrives)
            hasher.combine(deadline.moved(by: span))
        case .notConfirmed: hasher.combine(1)
        case .notDriven(_, let deadline):
            // How often it was tried goes into records only, and would never end.
            hasher.combine(2)
            hasher.combine(deadline.moved(by: span))
        }
        hasher.combine(manual.moved(by: span))
        hasher.combine(walkTestUntil?.moved(by: span))
        hasher.combine(count)
    }
}

extension Witness {
    /// The oracle's account between two ticks.
    func hash(_ account: Account, into hasher: inout Hasher, countedFrom now: Instant) {
        let span = Interval(nanoseconds: -now.nanoseconds)
        for var detector in account.detectors {
            // Of a count that was not taken nothing is remembered.
            if detector.speaks == .no { detector.isOnRecord = true }
            // After a power cut only, and none is explored.
            detector.disabledFor = .zero
            hasher.combine(detector.moved(by: span))
        }
        for key in account.keys { hasher.combine(key.moved(by: span)) }
        for (index, var floor) in account.floors.enumerated() {
            floor.walkFor = .zero
            // Begun anew in every tick.
            floor.mayOpen = false
            floor.wasReleased = false
            floor.wasClosedByKey = false
            let sinceDelay = now - plan.floors[index].delay
            floor.fulfilledSince = floor.fulfilledSince.map { max($0, sinceDelay) }
            floor.perhapsFulfilledSince = floor.perhapsFulfilledSince.map { max($0, sinceDelay) }
            let sinceTry = now - max(timing.valveConfirmation, timing.valveRetry)
            floor.lastDriveAt = max(floor.lastDriveAt, sinceTry)
            floor.unconfirmedSince = max(floor.unconfirmedSince, sinceTry)
            hasher.combine(floor.moved(by: span))
        }
        for isUp in account.busesUp { hasher.combine(isUp) }
        hasher.combine(account.lampTestUntil.moved(by: span))
        hasher.combine(account.systemFaults)
    }
}

extension Instant {
    fileprivate static func - (a: Instant, b: Interval) -> Instant {
        Instant(nanoseconds: a.nanoseconds - b.nanoseconds)
    }
}
