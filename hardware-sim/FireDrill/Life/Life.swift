// One life of a building, from a seed: the real control loop and the real rules between a simulated
// world and the oracle. Every tick is judged; the first broken promise ends the life.

import ControlLoop
import DrillRandom
import FireLogic
import Replay

package struct Life {
    typealias Controller = ControlLoop<BenchField, BenchJournal, BenchStatus, BenchClock>

    /// How often the controller may tick at one instant before it does not come to rest.
    private static let ticksAtOneInstant = 24
    /// Records that one tick may write beyond a few for each input.
    private static let recordsOfOneTick = 128

    package let seed: UInt64
    package private(set) var violations: [Violation] = []
    package private(set) var steps = 0
    package private(set) var ticks = 0
    package private(set) var starts = 0
    /// Records that the replay decided again.
    package private(set) var replayed = 0
    /// Called with a line of text for everything that happens.
    package var tell: (@Sendable (String) -> Void)?

    var random: Random
    let plan: SitePlan
    let bench: Bench
    var building: Building
    var witness: Witness
    var controller: Controller?
    var stalledUntil = Instant.zero
    private var lampsBrokenUntil = Instant.zero
    /// Faults of the board may be lit from now on: their lamps prove nothing any more.
    var hasBoardFaults = false
    /// The log lost records: after the next start nothing is known for sure.
    var isOver = false
    /// What the log tells when it holds this many entries.
    private(set) var memories: [(count: Int, remembered: Remembered)] = []
    /// What would have been remembered had the last tick not been cut off.
    var dying: Remembered?

    package init(seed: UInt64) {
        self.seed = seed
        var random = Random(seed: seed)
        plan = DrillSite.make(&random)
        bench = Bench(plan: plan)
        bench.batch = random.pick([1, 4, 32])
        building = Building(plan: plan, at: bench.now, &random)
        witness = Witness(plan: plan, timing: Timing(), at: bench.now)
        self.random = random
        memories = [(0, witness.remembered)]
    }

    package var now: Instant { bench.now }

    /// Lives `count` steps, or until a promise is broken.
    package mutating func run(steps count: Int) {
        start(memory: Memory())
        while steps < count && violations.isEmpty && !isOver {
            steps += 1
            act()
        }
        if violations.isEmpty { replay() }
    }

    /// RECORD: what was recorded decides the same again, however often the program was ended.
    private mutating func replay() {
        let plan = plan
        var rerun = Rerun { _ in plan }
        do throws(Rerun.Difference) {
            for entry in bench.entries { try rerun.take(entry) }
            try rerun.end()
        } catch {
            let time = error.stamp.boot.nanoseconds / 1_000_000
            fail([
                .init(
                    .record,
                    "the replay decides \(error.decided.map { "\($0)" } ?? "nothing") instead of "
                        + "\(error.recorded.map { "\($0)" } ?? "nothing") at \(time) ms after "
                        + "\(error.input)")
            ])
        }
        replayed = rerun.compared
        if bench.entries.count > 200 && rerun.compared == 0 {
            fail([.init(.record, "nothing could be replayed")])
        }
    }

    func note(_ text: @autoclosure () -> String) {
        guard let tell else { return }
        tell("\(bench.now.nanoseconds / 1_000_000) ms  \(text())")
    }

    // MARK: Time

    mutating func pass(_ span: Interval) {
        let end = bench.now + span
        var spins = 0
        while violations.isEmpty && !isOver {
            let due = max(controller?.nextDeadline ?? .never, stalledUntil)
            let isWaiting = controller != nil && !bench.inbox.isEmpty
            let waiting = isWaiting ? max(bench.now, stalledUntil) : .never
            let next = min(building.nextAt, due, waiting)
            guard next <= end else { break }
            let time = max(next, bench.now)
            spins = time == bench.now && bench.inbox.isEmpty ? spins + 1 : 0
            advanceClock(to: time)
            building.run(to: time, into: &bench.inbox, &random)
            bench.flush(&random)
            guard time >= stalledUntil, let controller else { continue }
            if !bench.inbox.isEmpty || controller.nextDeadline <= time { tick() }
            if spins > Self.ticksAtOneInstant {
                fail([.init(.bounded, "the controller does not come to rest")])
            }
        }
        if violations.isEmpty { advanceClock(to: max(end, bench.now)) }
    }

    private func advanceClock(to time: Instant) {
        bench.wallMilliseconds += (time - bench.now).milliseconds
        bench.now = time
    }

    mutating func fail(_ new: [Violation]) {
        for violation in new { note("\(violation)") }
        violations += new
    }

    // MARK: One tick

    private mutating func tick() {
        ticks += 1
        bench.told.removeAll(keepingCapacity: true)
        bench.drives.removeAll(keepingCapacity: true)
        bench.answers.removeAll(keepingCapacity: true)
        bench.appendedInTick = 0
        controller?.tick()
        judge()
        building.follow(bench.lines, at: bench.now, &random)
        if bench.isDead { restartAfterKill() }
    }

    private mutating func judge() {
        let now = bench.now
        witness.begin()
        for input in bench.told { tell(input, at: now) }
        witness.pass(to: now)
        guard let logic = controller?.logic else { return }
        var seen = Seen(
            commands: logic.floors.map(\.valve.command), drives: bench.drives, shows: bench.shown,
            panel: bench.panel ?? logic.lamps,
            floors: plan.floors.indices.map { bench.floorLamps[$0] ?? logic.floorLamps($0) },
            mayHaveOtherFaults: hasBoardFaults)
        if bench.isDead || bench.lampsBroken {
            // What a dying tick did not get done is no broken promise: it is done after the start.
            seen.panel = logic.lamps
            seen.floors = plan.floors.indices.map { logic.floorLamps($0) }
            seen.shows = plan.detectors.indices.map { logic.shows($0) }
        } else if bench.panel == nil || bench.floorLamps.contains(nil) {
            // Failed lamps are driven again once a second.
            if now >= lampsBrokenUntil + .seconds(2) {
                fail([.init(.live, "a lamp that failed was not driven again")])
            }
        }
        if bench.lampsBroken { lampsBrokenUntil = now }
        var broken = witness.judge(seen, at: now)
        if bench.isDead { broken.removeAll { !$0.text.contains("without the key") } }
        if bench.health != .good && !bench.lampsBroken && !seen.panel.fault {
            broken.append(.init(.live, "the log is bad and the fault lamp dark"))
        }
        if bench.appendedInTick > Self.recordsOfOneTick + 8 * bench.told.count {
            broken.append(.init(.bounded, "\(bench.appendedInTick) records in one tick"))
        }
        if !bench.isDead { broken += judgeLines() }
        fail(broken)
        guard !bench.isDead else {
            dying = witness.remembered
            return
        }
        if memories.last?.count == bench.log.count { memories.removeLast() }
        memories.append((bench.log.count, witness.remembered))
        while memories.count > 1 && memories[1].count <= bench.durable { memories.removeFirst() }
    }

    /// The line of each valve stands as it was last commanded, unless it refuses.
    private func judgeLines() -> [Violation] {
        guard let logic = controller?.logic else { return [] }
        return plan.floors.indices.compactMap { floor in
            let command = logic.floors[floor].valve.command
            guard bench.lines[floor] != command, !bench.lineBroken[floor],
                !logic.isRetrying(floor)
            else { return nil }
            return .init(
                command == .open ? .latch : .quiet, "line of floor \(floor) is not \(command)")
        }
    }

    private mutating func tell(_ input: Input, at now: Instant) {
        switch input {
        case .event(let event):
            note("told \(event)")
            witness.tell(event, at: now)
        case .signal(let detector, let reading, let ticket):
            note("told signal of \(detector): \(reading)")
            witness.tell(.reading(detector: detector, reading), at: now)
            expect(.done, for: ticket)
        case .request(let request, let ticket):
            let outcome = witness.tell(request, at: now)
            note("asked \(request.operation) by \(request.origin): \(outcome)")
            expect(outcome, for: ticket)
        }
    }

    private mutating func expect(_ outcome: RequestOutcome, for ticket: Ticket) {
        let answers = bench.answers.filter { $0.ticket == ticket }
        if bench.isDead && answers.isEmpty { return }
        guard answers.count == 1, answers[0].outcome == outcome else {
            fail([.init(.apart, "answered \(answers), expected \(outcome)")])
            return
        }
    }

    // MARK: Starts

    /// A start with what the log and the latch page tell.
    mutating func start(memory: Memory) {
        starts += 1
        var decisions = Decisions()
        let logic = SiteLogic(
            plan: plan, planChecksum: 1, memory: memory, at: bench.now, into: &decisions)
        bench.beginEntries(memory: memory)
        bench.portCalls = nil
        bench.isDead = false
        bench.inbox.removeAll()
        bench.told.removeAll()
        bench.drives.removeAll()
        for (floor, state) in logic.floors.enumerated() where !bench.lineBroken[floor] {
            bench.lines[floor] = state.valve.command
        }
        for (floor, state) in logic.floors.enumerated() { bench.latch[floor] = state.valve.command }
        note("start: open \(logic.floors.indices.filter { logic.floors[$0].isOpen })")
        controller = Controller(
            logic: logic, starting: decisions, field: BenchField(bench: bench),
            journal: BenchJournal(bench: bench), status: BenchStatus(bench: bench),
            clock: BenchClock(bench: bench))
        building.readAll(into: &bench.inbox)
        building.follow(bench.lines, at: bench.now, &random)
        bench.flush(&random)
    }

    mutating func remember(before: Remembered, at count: Int) {
        memories = [(count, before)]
        if bench.log.count > count { memories.append((bench.log.count, witness.remembered)) }
        dying = nil
    }
}

extension SiteLogic {
    fileprivate func isRetrying(_ floor: Int) -> Bool {
        if case .notDriven = floors[floor].valve.state { true } else { false }
    }
}
