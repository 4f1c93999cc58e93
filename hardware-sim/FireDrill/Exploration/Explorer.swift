// Visits every state that a small site can come to, and lets the oracle judge every step.
//
// A state is the rules, the oracle's account, what the log would give back after a crash, which
// valve lines are broken and what the detectors go on saying. From each state every action is
// tried: each event once, time to the next tick with and without each detector, a restart. States
// that differ only in what nothing depends on, such as the hour, are one (Fingerprints). Breadth
// first: a violation is found by the shortest way that leads to it. Seen states are kept as 64-bit
// hashes; with a million states two of them fall together with a chance of about one in 30 million.

import FireLogic

package struct Exploration: Sendable {
    package enum Action: Hashable, Sendable {
        case event(Event)
        case request(OperatorRequest)
        /// One tick of time. Detectors say again what they said last, all but these.
        case wait(quiet: [Int])
        /// Killed and started again, with what the log tells.
        case restart
        /// The valve line of a floor stops taking commands, or takes them again.
        case line(floor: Int, broken: Bool)
    }

    package var name: String
    package var plan: SitePlan
    package var timing: Timing
    package var tick: Interval
    package var actions: [Action]

    package init(
        name: String, plan: SitePlan, timing: Timing, tick: Interval, actions: [[Action]]
    ) {
        self.name = name
        self.plan = plan
        self.timing = timing
        self.tick = tick
        self.actions = actions.flatMap { $0 }
    }
}

package struct ExplorationResult: Sendable {
    package var states = 0
    /// Nothing new was left: every reachable state was visited.
    package var isComplete = false
    package var transitions = 0
    package var openings = 0
    /// Drives of a valve from open to closed, and those of them in a step in which its key went
    /// off. The two must be equal.
    package var closings = 0
    package var closingsByKey = 0
    /// The first broken promise, and the way to it.
    package var violations: [Violation] = []
    package var path: [Exploration.Action] = []

    package init() {}
}

package struct Explorer<R: Rules> {
    private struct Node {
        var rules: R
        var account: Witness.Account
        /// What the log would give back, as a number in `memories`.
        var memory: Int32 = 0
        var broken: [Bool]
        /// What each detector goes on saying; nil when it is quiet.
        var told: [Reading?]
        var now: Instant
        var index: Int32
    }

    private let site: Exploration
    private var witness: Witness
    private var decisions = Decisions()
    private var result = ExplorationResult()
    private var memories = MemoryTable()
    private var seen: Set<UInt64> = []
    /// How each state was first reached: the state before it, and the action's position.
    private var parents: [(from: Int32, action: Int32)] = []

    package init(_ site: Exploration) {
        self.site = site
        witness = Witness(plan: site.plan, timing: site.timing, at: .zero)
    }

    /// Explores until nothing new is found, a promise is broken or `limit` states are reached.
    package mutating func run(limit: Int = 20_000_000) -> ExplorationResult {
        var start = Node(
            rules: R(
                plan: site.plan, timing: site.timing, memory: Memory(), at: .zero,
                into: &decisions),
            account: witness.account, broken: site.plan.floors.map { _ in false },
            told: site.plan.detectors.map { _ in nil }, now: .zero, index: 0)
        keepRecords(&start)
        _ = admit(&start, from: -1, by: -1)
        var level = [start]
        while !level.isEmpty && seen.count < limit {
            var next: [Node] = []
            for node in level where seen.count < limit {
                for (position, action) in site.actions.enumerated() {
                    guard var reached = take(action, from: node) else { continue }
                    result.transitions += 1
                    if !result.violations.isEmpty {
                        result.path = path(to: node.index) + [action]
                        result.states = seen.count
                        return result
                    }
                    if admit(&reached, from: node.index, by: position) { next.append(reached) }
                }
            }
            level = next
        }
        result.states = seen.count
        result.isComplete = level.isEmpty
        return result
    }

    /// nil when the action changes nothing by itself.
    private mutating func take(_ action: Exploration.Action, from node: Node) -> Node? {
        var node = node
        witness.account = node.account
        witness.begin()
        var drives: [DriveSeen] = []
        switch action {
        case .event(let event):
            if case .reading(let detector, let reading) = event { node.told[detector] = reading }
            tell(event, &node, &drives)
        case .request(let request):
            let expected = witness.tell(request, at: node.now)
            let outcome = node.rules.request(request, at: node.now, into: &decisions)
            if expected != outcome {
                result.violations.append(.init(.apart, "\(request.operation): \(outcome)"))
            }
            carryOut(&node, &drives)
        case .wait(let quiet):
            node.now = node.now + site.tick
            node.memory = memories.aged(node.memory, by: site.tick)
            for detector in node.told.indices {
                guard let reading = node.told[detector] else { continue }
                if quiet.contains(detector) {
                    node.told[detector] = nil
                } else {
                    tell(.reading(detector: detector, reading), &node, &drives)
                }
            }
        case .restart:
            witness.restart(from: witness.remembered, run: 0, at: node.now)
            node.rules = R(
                plan: site.plan, timing: site.timing,
                memory: memories[node.memory].aged(by: .zero), at: node.now, into: &decisions)
            for detector in node.told.indices { node.told[detector] = nil }
            carryOut(&node, &drives)
        case .line(let floor, let broken):
            guard node.broken[floor] != broken else { return nil }
            node.broken[floor] = broken
        }
        node.rules.advance(to: node.now, into: &decisions)
        carryOut(&node, &drives)
        witness.pass(to: node.now)
        judge(node, drives)
        node.account = witness.account
        if memories.isForgetful {
            result.violations.append(.init(.latch, "a rewritten log remembers otherwise"))
        }
        return node
    }

    private mutating func tell(_ event: Event, _ node: inout Node, _ drives: inout [DriveSeen]) {
        witness.tell(event, at: node.now)
        node.rules.handle(event, at: node.now, into: &decisions)
        carryOut(&node, &drives)
    }

    private mutating func carryOut(_ node: inout Node, _ drives: inout [DriveSeen]) {
        var next = 0
        while next < decisions.drives.count {
            let drive = decisions.drives[next]
            let taken = !node.broken[drive.floor]
            drives.append(DriveSeen(floor: drive.floor, command: drive.command, taken: taken))
            node.rules.handle(
                .driven(floor: drive.floor, succeeded: taken), at: node.now, into: &decisions)
            next += 1
        }
        keepRecords(&node)
    }

    private mutating func keepRecords(_ node: inout Node) {
        for record in decisions.records {
            if case .signal = record { continue }
            node.memory = memories.apply(record, to: node.memory)
        }
        decisions.removeAll()
    }

    private mutating func judge(_ node: Node, _ drives: [DriveSeen]) {
        var lines = witness.account.floors.map(\.lastDriven)
        for drive in drives {
            if lines[drive.floor] == .closed && drive.command == .open { result.openings += 1 }
            if lines[drive.floor] == .open && drive.command == .closed {
                result.closings += 1
                if witness.account.floors[drive.floor].wasClosedByKey { result.closingsByKey += 1 }
            }
            lines[drive.floor] = drive.command
        }
        let floors = site.plan.floors.indices
        result.violations += witness.judge(
            Seen(
                commands: floors.map { node.rules.command($0) }, drives: drives,
                shows: site.plan.detectors.indices.map { node.rules.shows($0) },
                panel: node.rules.lamps, floors: floors.map { node.rules.floorLamps($0) },
                mayHaveOtherFaults: false),
            at: node.now)
        if node.rules.nextDeadline <= node.now {
            result.violations.append(.init(.bounded, "does not come to rest"))
        }
    }

    /// False when the state has been seen before.
    private mutating func admit(_ node: inout Node, from: Int32, by action: Int) -> Bool {
        var hasher = Hasher()
        node.rules.hash(into: &hasher, countedFrom: node.now)
        witness.hash(node.account, into: &hasher, countedFrom: node.now)
        hasher.combine(node.memory)
        hasher.combine(node.broken)
        hasher.combine(node.told)
        guard seen.insert(UInt64(bitPattern: Int64(hasher.finalize()))).inserted else {
            return false
        }
        node.index = Int32(parents.count)
        parents.append((from, Int32(action)))
        return true
    }

    private func path(to index: Int32) -> [Exploration.Action] {
        var result: [Exploration.Action] = []
        var at = index
        while at > 0 {
            let step = parents[Int(at)]
            result.append(site.actions[Int(step.action)])
            at = step.from
        }
        return result.reversed()
    }
}
