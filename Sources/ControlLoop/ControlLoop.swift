// One tick: read → decide → act → record → show. Called by the controller's main loop whenever
// something can be read or a deadline has come, and by FireDrill. It acts before it records, so
// that a valve never waits for a disk; it never blocks, never reads a device on its own, and takes
// no decision that is not FireLogic's.

import FireLogic

package struct ControlLoop<F: Field, J: Journal, S: StatusSink, C: Clock> {
    package private(set) var logic: SiteLogic
    package var field: F
    package var journal: J
    package var status: S
    package let clock: C

    private var inputs: [Input] = []
    private var decisions = Decisions()
    private var lamps = Output<PanelLamps>()
    private var floorLamps: [Output<FloorLamps>]
    private var lampsFailed = false
    private var lampsRetryAt: Instant = .zero
    private var droppedSignals = 0
    private var recordsLost = false
    private var heartbeatAt: Instant
    private var heartbeatLevel = false
    /// Dropped signals are told at most this often, and lost records cleared after as long.
    private static var reportEvery: Interval { .seconds(1) }

    private var reportAt: Instant = .never

    /// How far a tick came. The watchdog is fed only after `complete`.
    package enum Stage: Hashable, Sendable { case read, decided, shown, complete }
    package private(set) var stage: Stage = .complete

    /// Takes over with what is remembered. The valve lines must already be held at the commands
    /// that `logic` starts with.
    package init(
        logic: SiteLogic, starting decisions: Decisions, field: F, journal: J, status: S, clock: C
    ) {
        self.logic = logic
        self.field = field
        self.journal = journal
        self.status = status
        self.clock = clock
        floorLamps = Array(repeating: Output(), count: logic.plan.floors.count)
        heartbeatAt = clock.now
        inputs.reserveCapacity(4_096)
        self.decisions = decisions
        // The rules have known this moment as now, and a replay must again.
        let stamp = Stamp(boot: logic.startedAt, wallMilliseconds: clock.wallMilliseconds)
        self.status.begin(at: stamp)
        // Drives what the lines already show: one that could not be had is a fault at once.
        for floor in logic.floors.indices {
            self.decisions.drive(floor: floor, logic.floors[floor].valve.command)
        }
        carryOut(stamp)
        showAll()
        self.status.finish(logic)
    }

    /// The latest moment for the next tick.
    package var nextDeadline: Instant {
        min(
            min(logic.nextDeadline, heartbeatAt), min(reportAt, lampsFailed ? lampsRetryAt : .never)
        )
    }

    package mutating func tick() {
        let stamp = Stamp(boot: clock.now, wallMilliseconds: clock.wallMilliseconds)
        status.begin(at: stamp)

        inputs.removeAll(keepingCapacity: true)
        field.read(into: &inputs)
        stage = .read

        for input in inputs {
            take(input, stamp)
        }
        watchJournal(stamp)
        logic.advance(to: stamp.boot, into: &decisions)
        carryOut(stamp)
        stage = .decided

        report(stamp)
        light(stamp)
        beat(at: stamp.boot)
        status.finish(logic)
        stage = .shown

        stage = .complete
    }

    private mutating func take(_ input: Input, _ stamp: Stamp) {
        switch input {
        case .event(let event):
            logic.handle(event, at: stamp.boot, into: &decisions)
            carryOut(stamp)
        case .signal(let detector, let reading, let ticket):
            logic.handle(
                .reading(detector: detector, reading), at: stamp.boot, into: &decisions)
            carryOut(stamp)
            field.answer(ticket, .done)
        case .request(let request, let ticket):
            let outcome = logic.request(request, at: stamp.boot, into: &decisions)
            carryOut(stamp)
            field.answer(ticket, outcome)
        }
    }

    /// Acts, then records. Driving a line can itself lead to decisions (the line failed), so this
    /// goes on until nothing is left; the valve's own limits bound it.
    private mutating func carryOut(_ stamp: Stamp) {
        var drive = 0
        while drive < decisions.drives.count {
            let wanted = decisions.drives[drive]
            let succeeded = field.drive(floor: wanted.floor, wanted.command)
            logic.handle(
                .driven(floor: wanted.floor, succeeded: succeeded), at: stamp.boot,
                into: &decisions)
            drive += 1
        }
        for record in decisions.records { keep(record, stamp) }
        show()
        decisions.removeAll()
    }

    private mutating func keep(_ record: Record, _ stamp: Stamp) {
        if !journal.append(record, stamp) {
            switch record {
            case .signal: droppedSignals += 1
            // Not forgotten: told with the next count.
            case .signalsDropped(let count): droppedSignals += count
            default: recordsLost = true
            }
            if reportAt == .never { reportAt = stamp.boot }
        }
        if case .signal = record { return }
        if record.isInput { return }
        status.show(record, stamp)
    }

    private mutating func show() {
        if decisions.touchedAll {
            showAll()
            return
        }
        for detector in decisions.touched {
            status.show(detector: detector, logic)
        }
    }

    private mutating func showAll() {
        for detector in logic.detectors.indices {
            status.show(detector: detector, logic)
        }
    }

    private mutating func watchJournal(_ stamp: Stamp) {
        let isBad = journal.health != .good
        logic.handle(.systemFault(.journal, present: isBad), at: stamp.boot, into: &decisions)
    }

    /// Drives lamps that changed; one that failed is tried again once a second, and holds up no
    /// other.
    private mutating func light(_ stamp: Stamp) {
        let retry = stamp.boot >= lampsRetryAt
        var failed = false
        let wanted = logic.lamps
        if lamps.needs(wanted, retry: retry) {
            lamps = Output(asked: wanted, isTaken: field.light(wanted))
        }
        if !lamps.isTaken { failed = true }
        for floor in floorLamps.indices {
            let wanted = logic.floorLamps(floor)
            if floorLamps[floor].needs(wanted, retry: retry) {
                floorLamps[floor] = Output(
                    asked: wanted, isTaken: field.light(floor: floor, wanted))
            }
            if !floorLamps[floor].isTaken { failed = true }
        }
        if retry { lampsRetryAt = stamp.boot + Self.reportEvery }
        guard failed != lampsFailed else { return }
        lampsFailed = failed
        logic.handle(
            .systemFault(.panelOutput, present: failed), at: stamp.boot, into: &decisions)
        carryOut(stamp)
    }

    private mutating func beat(at now: Instant) {
        guard now >= heartbeatAt else { return }
        heartbeatLevel.toggle()
        field.heartbeat(heartbeatLevel)
        heartbeatAt = now + Limits.heartbeat
    }

    /// Says once a second what could not be recorded.
    private mutating func report(_ stamp: Stamp) {
        guard stamp.boot >= reportAt else { return }
        let lost = recordsLost || droppedSignals > 0
        logic.handle(.systemFault(.recordsLost, present: lost), at: stamp.boot, into: &decisions)
        if droppedSignals > 0 { decisions.record(.signalsDropped(droppedSignals)) }
        droppedSignals = 0
        recordsLost = false
        reportAt = lost ? stamp.boot + Self.reportEvery : .never
        carryOut(stamp)
    }
}

/// What an output was last asked to show, and whether it took it. Not inside the generic loop: there
/// it would be a type of its own for every loop, looked up at run time for every floor and tick.
private struct Output<Lamps: Equatable> {
    var asked: Lamps?
    var isTaken = true

    func needs(_ wanted: Lamps, retry: Bool) -> Bool {
        asked != wanted || (!isTaken && retry)
    }
}
