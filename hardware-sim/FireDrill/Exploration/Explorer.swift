// Visits every state that a small site can come to, and lets the oracle judge every step.
//
// A state is the rules, the oracle's account, what the log would give back after a crash, and which
// valve lines are broken. From each state every action is tried: each event once, time to the next
// tick, a restart. Times are counted from "now" when states are compared, so states that differ
// only in the hour are one. Breadth first: a violation is found by the shortest way that leads to
// it. Seen states are kept as 64-bit hashes; with a million states two of them fall together with
// a chance of about one in 30 million.

import FireLogic

package struct Exploration: Sendable {
    package enum Action: Hashable, Sendable {
        case event(Event)
        case request(OperatorRequest)
        /// One tick of time.
        case wait
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
}

package struct Explorer<R: Rules> {
    private struct Node {
        var rules: R
        var account: Witness.Account
        var memory: Memory
        /// Hash of `memory`, made anew only when it changes.
        var memoryHash = 0
        var broken: [Bool]
        var now: Instant
        var index: Int32
    }

    private let site: Exploration
    private var witness: Witness
    private var decisions = Decisions()
    private var result = ExplorationResult()
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
            account: witness.account, memory: Memory(),
            broken: site.plan.floors.map { _ in false }, now: .zero, index: 0)
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
        result.isComplete = seen.count < limit
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
            witness.tell(event, at: node.now)
            node.rules.handle(event, at: node.now, into: &decisions)
            carryOut(&node, &drives)
        case .request(let request):
            let expected = witness.tell(request, at: node.now)
            let outcome = node.rules.request(request, at: node.now, into: &decisions)
            if expected != outcome {
                result.violations.append(.init(.apart, "\(request.operation): \(outcome)"))
            }
            carryOut(&node, &drives)
        case .wait:
            node.now = node.now + site.tick
            if !node.memory.disabled.isEmpty || !node.memory.walkTests.isEmpty {
                node.memory = node.memory.aged(by: site.tick)
                node.memoryHash = node.memory.records().hashValue
            }
        case .restart:
            let rewritten = node.memory.aged(by: .zero)
            if rewritten.records() != node.memory.records() {
                result.violations.append(.init(.latch, "a rewritten log remembers otherwise"))
            }
            witness.restart(from: witness.remembered, run: 0, at: node.now)
            node.rules = R(
                plan: site.plan, timing: site.timing, memory: rewritten, at: node.now,
                into: &decisions)
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
        return node
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
        var hasChanged = false
        for record in decisions.records {
            if case .signal = record { continue }
            node.memory.apply(record, age: .zero)
            hasChanged = true
        }
        if hasChanged { node.memoryHash = node.memory.records().hashValue }
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
        hasher.combine(node.account.moved(by: Interval(nanoseconds: -node.now.nanoseconds)))
        hasher.combine(node.memoryHash)
        hasher.combine(node.broken)
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

extension Memory {
    /// The same memory after `span` more of running: as a log that was just rewritten tells it.
    package func aged(by span: Interval) -> Memory {
        var result = Memory()
        for record in records() { result.apply(record, age: span) }
        return result
    }
}
