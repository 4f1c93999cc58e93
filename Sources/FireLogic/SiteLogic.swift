// The rules of a whole site: it is told what was observed and when, and says which valve lines to
// drive and what to record. Called by `ControlLoop`, by FireDrill and by the exhaustive
// exploration. It never reads a clock, never does I/O, and holds exactly two places that command a
// valve: `open(_:_:)` and `close(_:)` in SiteLogic+Release.swift.

package struct SiteLogic: Sendable {
    package let plan: SitePlan
    package let timing: Timing
    package let startedAt: Instant

    package internal(set) var detectors: [Detector]
    /// When each detector last spoke; `never` if it has not. For display only: rules use the
    /// detector's own deadline.
    package private(set) var heardAt: [Instant]
    package internal(set) var floors: [Floor]
    package internal(set) var keys: [KeySwitch]
    package internal(set) var busesUp: [Bool]
    package internal(set) var panel = Panel()
    package internal(set) var systemFaults: Set<SystemFault> = []
    /// Faults from outside that were said to be present or absent since the start.
    private var statedFaults: Set<SystemFault> = []
    /// Every key has held still once since the start: detectors may release.
    package internal(set) var isArmed = false
    /// What is true of the whole site, for lamps and display.
    package internal(set) var summary = Summary()

    /// Detectors of each floor: a range of `plan.detectors`.
    let detectorsOfFloor: [Range<Int>]
    let floorsOfKey: [[Int]]
    var deadlines: Deadlines
    /// Detectors of which something is due, while time passes.
    var due: [Int] = []
    /// One entry a zone, used while a floor is counted.
    var zoneScratch: [ZoneCount]
    /// Floors of which a detector has changed since they were last evaluated, each once.
    var changedFloors: [Int] = []
    var isChanged: [Bool]
    /// Something that `summary` depends on has changed.
    var isDirty = true

    /// Starts at `now` with what is remembered. Floors that were open are open from the first
    /// moment; the caller requests the valve lines with `floors[i].valve.command`.
    package init(
        plan: SitePlan, planChecksum: UInt32, memory: Memory, timing: Timing = Timing(),
        at now: Instant, into decisions: inout Decisions
    ) {
        self.plan = plan
        self.timing = timing
        startedAt = now
        decisions.record(.started(planChecksum: planChecksum))

        detectors = plan.detectors.map { Detector(deadline: now + $0.limit) }
        heardAt = Array(repeating: .never, count: plan.detectors.count)
        floors = plan.floors.map { floor in
            Floor(
                valve: Valve(command: .closed, feedbackWired: floor.valve.feedback != nil),
                established: memory.established.contains(floor.id))
        }
        keys = plan.keys.map {
            KeySwitch(hasTwoContacts: $0.onContact != nil, at: now, timing: timing)
        }
        busesUp = Array(repeating: true, count: plan.buses.count)
        detectorsOfFloor = Self.ranges(of: plan)
        floorsOfKey = plan.keys.indices.map { key in
            plan.floors.indices.filter { plan.floors[$0].key == key }
        }
        zoneScratch = Array(repeating: ZoneCount(), count: plan.zones.count)
        isChanged = Array(repeating: false, count: plan.floors.count)
        changedFloors.reserveCapacity(plan.floors.count)
        due.reserveCapacity(min(plan.detectors.count, 1_024))
        deadlines = Deadlines(count: plan.detectors.count, at: now)
        restore(memory, at: now, into: &decisions)
        for floor in floors.indices { recount(floor) }
        summarise(into: &decisions)
    }

    /// An observation. Follow a batch of them with `advance`.
    package mutating func handle(
        _ event: Event, at now: Instant, into decisions: inout Decisions
    ) {
        if isNews(event) { decisions.record(.told(event)) }
        switch event {
        case .reading(let detector, let reading):
            hear(detector, reading, at: now, into: &decisions)
        case .bus(let bus, let up):
            guard busesUp[bus] != up else { break }
            busesUp[bus] = up
            isDirty = true
            if !up { panel.soundAgain() }
            decisions.record(.bus(bus, up: up))
            if up { awaitDetectors(of: bus, at: now, into: &decisions) }
        case .keyContact(let key, let contact, let level):
            keys[key].read(contact, level, at: now, timing: timing)
        case .feedback(let floor, let level):
            let action = floors[floor].valve.see(level, at: now, timing: timing)
            valveActed(floor, action, into: &decisions)
        case .manualRelease(let floor, let level):
            floors[floor].manual.read(level, at: now, debounce: timing.manualReleaseDebounce)
        case .button(let button, let level):
            panel.read(button, level, at: now, timing: timing)
        case .driven(let floor, let succeeded):
            let action = floors[floor].valve.driven(succeeded, at: now, timing: timing)
            valveActed(floor, action, into: &decisions)
        case .systemFault(let fault, let present):
            if fault.isFromOutside { statedFaults.insert(fault) }
            report(fault, present: present, into: &decisions)
        }
        if isDirty { summarise(into: &decisions) }
    }

    /// Whether `event` will change anything. A reading is judged once its detector has settled on
    /// it, and contacts once they rest: see `Rest`.
    private func isNews(_ event: Event) -> Bool {
        switch event {
        case .reading, .keyContact, .manualRelease: false
        case .bus(let bus, let up): busesUp[bus] != up
        case .feedback(let floor, let level): floors[floor].valve.isNews(level)
        case .button(let button, _): !panel.hasSeen(button)
        case .driven(let floor, let succeeded): floors[floor].valve.isNews(driven: succeeded)
        case .systemFault(let fault, let present):
            systemFaults.contains(fault) != present
                || fault.isFromOutside && !statedFaults.contains(fault)
        }
    }

    mutating func report(
        _ fault: SystemFault, present: Bool, into decisions: inout Decisions
    ) {
        guard systemFaults.contains(fault) != present else { return }
        if present {
            systemFaults.insert(fault)
            panel.soundAgain()
        } else {
            systemFaults.remove(fault)
        }
        isDirty = true
        decisions.record(.systemFault(fault, present: present))
    }

    /// Who was silent because of the bus has its limit to be heard: then it is silent itself.
    private mutating func awaitDetectors(
        of bus: Int, at now: Instant, into decisions: inout Decisions
    ) {
        for index in detectors.indices {
            guard case .modbus(bus, _, _) = plan.detectors[index].source,
                detectors[index].busIsBack(at: now, limit: plan.detectors[index].limit)
            else { continue }
            deadlines.bringForward(index, to: detectors[index].deadline)
            decisions.touch(detector: index)
        }
    }

    private mutating func hear(
        _ index: Int, _ reading: Reading, at now: Instant, into decisions: inout Decisions
    ) {
        let detector = plan.detectors[index]
        decisions.record(.signal(detector.id, reading))
        decisions.touch(detector: index)
        heardAt[index] = now
        let before = detectors[index].down
        let change = detectors[index].hear(
            reading, at: now, limit: detector.limit, debounce: detector.debounce,
            restless: timing.contactRestless)
        deadlines.bringForward(index, to: detectors[index].deadline)
        if change != .none, let settled = detectors[index].reading {
            decisions.record(.told(.reading(detector: index, settled)))
        }
        detectorChanged(index, change, wasDown: before, at: now, into: &decisions)
        evaluateChanged(at: now, into: &decisions)
    }

    /// Follows up what a detector's own state machine found.
    mutating func detectorChanged(
        _ index: Int, _ change: Detector.Change, wasDown: DownCause?, at now: Instant,
        into decisions: inout Decisions
    ) {
        let id = plan.detectors[index].id
        let floor = plan.detectors[index].floor
        switch change {
        case .none:
            return
        case .normal:
            if wasDown != nil { decisions.record(.detectorBack(id, plan.floors[floor].id)) }
        case .alarm:
            if wasDown != nil { decisions.record(.detectorBack(id, plan.floors[floor].id)) }
            raiseAlarm(index, at: now, into: &decisions)
        case .down(let cause):
            guard wasDown != cause else { return }
            decisions.record(.detectorDown(id, plan.floors[floor].id, cause))
            if detectors[index].isEnabled { panel.soundAgain() }
        }
        changed(floor)
    }

    private static func ranges(of plan: SitePlan) -> [Range<Int>] {
        var ranges = plan.floors.map { _ in 0..<0 }
        var start = 0
        while start < plan.detectors.count {
            let floor = plan.detectors[start].floor
            var end = start
            while end < plan.detectors.count && plan.detectors[end].floor == floor { end += 1 }
            ranges[floor] = start..<end
            start = end
        }
        return ranges
    }
}

/// What a zone's detectors say together, while its floor is counted.
struct ZoneCount: Sendable {
    var voting = 0
    var lost = 0
}
