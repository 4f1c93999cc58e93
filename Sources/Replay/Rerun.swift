// Decides again what a controller has decided: feeds the inputs that stand in topic `records` to the
// fire logic and compares what it decides with what stands behind each of them. Called by
// `standpipe replay` and, for whole random lives, by FireDrill. It drives nothing and writes nothing.
//
//   entries ─► turns: one input and what followed from it ─► SiteLogic ─► the same records? or Difference
//
// What is not recorded is assumed: a detector is heard until the record that says it is not, and a
// contact moves only to where it came to rest (SiteLogic+Replay.swift). So debouncing and the
// repetition of equal readings are not decided again; everything behind them is.

import ControlLoop
import FireLogic

package struct Rerun {
    /// The first record that the fire logic would not have made, or would have made otherwise.
    package struct Difference: Error, Hashable, Sendable {
        /// The input, or the start, from which it follows.
        package var input: Record
        package var stamp: Stamp
        package var recorded: Record?
        package var decided: Record?
        /// The input cannot be one of this plan.
        package var isImpossible = false
    }

    /// Records that were compared and are the same; inputs that were fed; runs of the program.
    package private(set) var compared = 0
    package private(set) var inputs = 0
    package private(set) var runs = 0
    /// Records that no run can be replayed with: after a loss, or without memory or plan.
    package private(set) var passedOver = 0
    /// Numbers missing within a run.
    package private(set) var lost = 0
    /// Plans that a run began with and that could not be had.
    package private(set) var missingPlans: Set<UInt32> = []
    /// Valves that were opened, and why.
    package private(set) var openings: [Opening] = []

    private let find: (UInt32) -> SitePlan?
    private let timing: Timing
    private var memory: Memory?
    private var memoryLeft = 0
    private var logic: SiteLogic?
    private var planChecksum: UInt32 = 0
    private var positions: [DetectorID: Int] = [:]
    private var turn: [LogEntry] = []
    private var nextNumber: UInt32 = 0
    private var lastTime: Instant = .zero
    private var decisions = Decisions()
    private var alarmAt: [Int: Stamp] = [:]

    /// `plan` finds a site plan by its checksum.
    package init(timing: Timing = Timing(), plan: @escaping (UInt32) -> SitePlan?) {
        find = plan
        self.timing = timing
    }

    /// The plan of the run that is being replayed, or was last.
    package private(set) var plan: SitePlan?

    /// The next entry of the topic.
    package mutating func take(_ entry: LogEntry) throws(Difference) {
        switch entry.kind {
        case .memoryAtStart:
            try end()
            memory = Memory()
            memoryLeft = Int(entry.number)
        case .memoryOnTheWay:
            memoryLeft = 0
        case .remembered:
            guard memoryLeft > 0, let record = entry.record else { return }
            memoryLeft -= 1
            memory?.apply(record, age: .zero)
        case .episodes, .episode:
            break
        case .record:
            try takeRecord(entry)
        }
    }

    /// There is no more, of this run or of all: what stands at the end of a run may be the first
    /// part of what was decided.
    package mutating func end() throws(Difference) {
        try finish(isWhole: false)
        logic = nil
        memory = nil
    }

    private mutating func takeRecord(_ entry: LogEntry) throws(Difference) {
        guard let record = entry.record else {
            try giveUp(lost: 1)
            return
        }
        if case .started = record {
            try finish(isWhole: false)
            logic = nil
            nextNumber = entry.number
            lastTime = .zero
        }
        if entry.number != nextNumber { try giveUp(lost: Int(entry.number &- nextNumber)) }
        nextNumber = entry.number &+ 1
        switch record {
        case .started(let checksum):
            guard memory != nil else {
                passedOver += 1
                return
            }
            planChecksum = checksum
            turn = [entry]
        case .told, .asked, .timePassed:
            try finish(isWhole: true)
            if logic == nil { passedOver += 1 } else { turn = [entry] }
        case .signal, .signalsDropped:
            break
        default:
            if turn.isEmpty { passedOver += 1 } else { turn.append(entry) }
        }
    }

    /// From here to the next start nothing can be said.
    private mutating func giveUp(lost count: Int) throws(Difference) {
        lost += count
        try finish(isWhole: false)
        logic = nil
        memory = nil
    }

    private mutating func finish(isWhole: Bool) throws(Difference) {
        guard let first = turn.first, let input = first.record else { return }
        defer { turn.removeAll(keepingCapacity: true) }
        decisions.removeAll()
        guard first.stamp.boot >= lastTime, isPossible(input, at: first.stamp.boot) else {
            throw Difference(input: input, stamp: first.stamp, isImpossible: true)
        }
        lastTime = first.stamp.boot
        // Cut off before it says what followed from time, and why.
        if !isWhole, input == .timePassed, turn.count == 1 { return }
        guard feed(input, at: first.stamp.boot) else {
            passedOver += turn.count
            return
        }
        inputs += 1
        try compare(input, isWhole: isWhole)
        explain()
        settle()
    }

    /// False: the run cannot be replayed, for want of its plan.
    private mutating func feed(_ input: Record, at now: Instant) -> Bool {
        switch input {
        case .started(let checksum): return start(checksum, at: now)
        case .told(let event): logic?.handle(event, at: now, into: &decisions)
        case .asked(let request): _ = logic?.request(request, at: now, into: &decisions)
        default:
            assume(at: now)
            logic?.advance(to: now, into: &decisions)
        }
        return logic != nil
    }

    private mutating func start(_ checksum: UInt32, at now: Instant) -> Bool {
        guard var plan = find(checksum), let memory else {
            missingPlans.insert(checksum)
            return false
        }
        positions.removeAll()
        for (index, detector) in plan.detectors.enumerated() { positions[detector.id] = index }
        // Contacts come as they have come to rest.
        for index in plan.detectors.indices { plan.detectors[index].debounce = .zero }
        self.plan = plan
        runs += 1
        alarmAt.removeAll()
        logic = SiteLogic(
            plan: plan, planChecksum: checksum, memory: memory, timing: timing, at: now,
            into: &decisions)
        logic?.holdStill()
        return true
    }

    /// Why something follows from time, as the records behind it say.
    private mutating func assume(at now: Instant) {
        var silent: Set<Int> = []
        for entry in turn {
            guard case .detectorDown(let id, _, .silent)? = entry.record,
                let index = positions[id]
            else { continue }
            silent.insert(index)
        }
        var rested: Set<Int> = []
        for entry in turn {
            switch entry.record {
            case .rested(let rest):
                guard isPossible(rest) else { continue }
                var fallsSilent = false
                if case .reading(let detector, _) = rest {
                    fallsSilent = silent.contains(detector)
                    rested.insert(detector)
                }
                logic?.assume(rest, at: now, fallsSilent: fallsSilent)
            case .valve(let id, _, .again(let count)):
                guard let floor = logic?.plan.floors.firstIndex(where: { $0.id == id }) else {
                    continue
                }
                logic?.assumeTry(count, floor: floor, at: now)
            default: break
            }
        }
        for index in silent where !rested.contains(index) {
            logic?.assumeSilence(detector: index, at: now)
        }
    }

    private mutating func compare(_ input: Record, isWhole: Bool) throws(Difference) {
        var place = 0
        for record in decisions.records {
            if case .signal = record { continue }
            guard place < turn.count else {
                if !isWhole { return }
                throw difference(input, nil, record)
            }
            let recorded = turn[place]
            guard recorded.record == record else { throw difference(input, recorded, record) }
            place += 1
            compared += 1
        }
        if place < turn.count { throw difference(input, turn[place], nil) }
    }

    private func difference(
        _ input: Record, _ recorded: LogEntry?, _ decided: Record?
    ) -> Difference {
        let stamp = recorded?.stamp ?? turn.last?.stamp ?? Stamp(boot: .zero, wallMilliseconds: 0)
        return Difference(
            input: input, stamp: stamp, recorded: recorded?.record, decided: decided)
    }

    /// From here on nothing happens by itself again.
    private mutating func settle() {
        guard var state = logic else { return }
        logic = nil
        if decisions.touchedAll {
            for index in state.detectors.indices { state.holdStill(detector: index) }
        }
        for index in decisions.touched { state.holdStill(detector: index) }
        for floor in state.floors.indices { state.holdStill(floor: floor) }
        logic = state
    }

    private mutating func explain() {
        guard let logic, let first = turn.first else { return }
        for entry in turn {
            switch entry.record {
            case .told(.reading(let index, let reading)), .rested(.reading(let index, let reading)):
                alarmAt[index] = reading == .alarm ? entry.stamp : nil
            case .valve(let id, .open, .release(let cause)):
                guard let floor = logic.plan.floors.firstIndex(where: { $0.id == id }) else {
                    continue
                }
                openings.append(
                    Opening(
                        floor: floor, cause: cause, logic: logic, planChecksum: planChecksum,
                        received: first.stamp, decided: entry.stamp, alarmAt: alarmAt))
            case .valveConfirmed(let id, .open):
                change(id) { if $0.confirmed == nil { $0.confirmed = entry.stamp } }
            case .valveFault(let id, let fault):
                change(id) { if $0.closed == nil { $0.faults.append(fault) } }
            case .valve(let id, .closed, .key):
                change(id) { if $0.closed == nil { $0.closed = entry.stamp } }
            default: break
            }
        }
    }

    private mutating func change(_ id: FloorID, _ body: (inout Opening) -> Void) {
        guard let place = openings.lastIndex(where: { $0.floor == id }) else { return }
        body(&openings[place])
    }

    // The log comes from a disk: a position that the plan does not have must not be looked up.

    private func isPossible(_ input: Record, at now: Instant) -> Bool {
        // Far from what a boot clock says, so that no sum overflows.
        guard now >= .zero, now.nanoseconds < 1 << 60 else { return false }
        guard case .told(let event) = input, let plan = logic?.plan else { return true }
        switch event {
        case .reading(let detector, let reading):
            if case .silent = reading { return false }
            return plan.detectors.indices.contains(detector)
        case .bus(let bus, _): return plan.buses.indices.contains(bus)
        case .keyContact(let key, _, _): return plan.keys.indices.contains(key)
        case .feedback(let floor, _), .manualRelease(let floor, _), .driven(let floor, _):
            return plan.floors.indices.contains(floor)
        case .button, .systemFault: return true
        }
    }

    private func isPossible(_ rest: Rest) -> Bool {
        guard let plan = logic?.plan else { return false }
        switch rest {
        case .reading(let detector, _): return plan.detectors.indices.contains(detector)
        case .key(let key, _, _, _, _): return plan.keys.indices.contains(key)
        case .manualRelease(let floor, _): return plan.floors.indices.contains(floor)
        case .button: return true
        }
    }
}
