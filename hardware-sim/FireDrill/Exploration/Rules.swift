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
}
