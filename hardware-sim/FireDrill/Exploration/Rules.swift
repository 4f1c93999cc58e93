// What the exploration needs of the rules: their events, their decisions and what can be seen of
// them. `SiteLogic` is the real one; tests put deliberately wrong ones in its place.

import FireLogic

package protocol Rules: Sendable {
    /// A start with what is remembered.
    init(
        plan: SitePlan, timing: Timing, memory: Memory, at now: Instant,
        into decisions: inout Decisions)

    mutating func handle(_ event: Event, at now: Instant, into decisions: inout Decisions)
    mutating func advance(to now: Instant, into decisions: inout Decisions)
    mutating func request(
        _ request: OperatorRequest, at now: Instant, into decisions: inout Decisions
    ) -> RequestOutcome

    /// The next moment at which `advance` has something to do.
    var nextDeadline: Instant { get }

    // What can be seen.
    func command(_ floor: Int) -> ValveCommand
    func shows(_ detector: Int) -> DetectorFacts.Report
    var lamps: PanelLamps { get }
    func floorLamps(_ floor: Int) -> FloorLamps

    /// Everything that later behaviour can depend on, with times counted from `now`.
    func hash(into hasher: inout Hasher, countedFrom now: Instant)
}

extension SiteLogic: Rules {
    package init(
        plan: SitePlan, timing: Timing, memory: Memory, at now: Instant,
        into decisions: inout Decisions
    ) {
        self.init(
            plan: plan, planChecksum: 0, memory: memory, timing: timing, at: now, into: &decisions)
    }

    package func command(_ floor: Int) -> ValveCommand { floors[floor].valve.command }

    package func shows(_ detector: Int) -> DetectorFacts.Report {
        switch detectors[detector].state {
        case .unknown: .unknown
        case .normal: .normal
        case .alarm: .alarm
        case .faulty, .silent: .down
        }
    }

    /// Panel buttons are left out: the explorations ask through requests instead. `heardAt` is
    /// for display; the heap of deadlines is checked through `nextDeadline`.
    package func hash(into hasher: inout Hasher, countedFrom now: Instant) {
        let span = Interval(nanoseconds: -now.nanoseconds)
        for detector in detectors { hasher.combine(detector.moved(by: span)) }
        for key in keys { hasher.combine(key.moved(by: span)) }
        for floor in floors { floor.hash(into: &hasher, movedBy: span) }
        hasher.combine(busesUp)
        hasher.combine(panel.sounder)
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
        case .ready: hasher.combine(0)
        case .pending(let until, let cause):
            hasher.combine(until.moved(by: span))
            hasher.combine(cause)
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
