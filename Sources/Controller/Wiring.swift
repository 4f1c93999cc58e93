// Every connection of the controller on one screen.
//
//   detectors ─ GPIO ──► GpioInputLines ─┐                        ┌─► GpioOutputLines ─► valves, lamps
//   key, buttons ──────► GpioInputLines ─┤      ControlLoop       ├─► RecordJournal ──► JournalWriter
//   detectors ─ Modbus ► ModbusBus ──────┼─► SiteField ─► tick ───┤      (thread)          (thread)
//   gateway ─ packets ─► InputSocket ────┘     SiteLogic          └─► StatusPage ─────► any reader
//
// It starts in this order: plan, memory, valve lines as remembered, key, detectors; armed when
// every key has held still. It decides nothing.

import ControlLoop
import SafetyLog
import FieldDevices
import FireLogic
import PlanFile

package struct Wiring<Chips: GpioChips> {
    package typealias Loop = ControlLoop<SiteField<Chips>, RecordJournal, StatusPage, BootClock>

    package let poller: Poller
    package var loop: Loop
    let writer: JournalWriter?

    /// - Throws: `NoPlan` when there is nothing to protect with, and what the kernel refuses at the
    ///   very start. Everything less is a fault and the controller runs.
    package init(
        _ options: ControllerOptions, chips: Chips,
        announce: @escaping @Sendable (SitePlan, Record, Stamp) -> Void,
        stallHook: @escaping @Sendable () -> Void = {}
    ) throws {
        let store = PlanStore(path: options.planPath, stateDirectory: options.stateDirectory)
        let loaded = try store.load()
        let plan = loaded.plan
        if let text = loaded.warning(path: options.planPath) {
            printError("standpipe-controller: \(text)")
        }
        var faults: [SystemFault] = loaded.fault == nil ? [] : [.planFallback]
        if options.isRealTime && !RealTime.setPriority(RealTime.busPriority) {
            faults.append(.realTime)
        }

        RealTime.raiseDescriptorLimit()
        guard Rehearsal.play() else { throw RehearsalFailed() }

        let poller = try Poller()
        let bell = try Doorbell()
        _ = poller.watch(bell.descriptor, as: .buses)
        self.poller = poller

        let past = RememberedState(options, plan: plan, chips: chips)
        if past.isDoubtful { faults.append(.memoryUnreadable) }
        let now = BootClock.now
        var decisions = Decisions()
        let logic = SiteLogic(
            plan: plan, planChecksum: loaded.checksum, memory: past.memory, at: now,
            into: &decisions)

        // Buses first: libmodbus waits with select(2), which knows only low descriptors.
        let buses = plan.buses.indices.map { try? ModbusBus(plan: plan, bus: $0, bell: bell) }
        let outputLines = GpioOutputLines(plan: plan, chips: chips) {
            logic.floors[$0].valve.command
        }
        let inputLines = GpioInputLines(plan: plan, chips: chips, poller: poller, at: now)

        let queue = RecordQueue(capacity: RecordJournal.queueCapacity)
        writer = past.journal.flatMap { replay in
            try? JournalWriter(
                directory: options.stateDirectory, plan: plan, boot: past.boot, replay: replay,
                queue: queue, announce: { announce(plan, $0, $1) }, stallHook: stallHook)
        }
        let signals = try? SignalRing(path: options.runDirectory + "/signals")

        let socket = InputSocket(
            path: options.runDirectory + "/input", plan: plan, poller: poller, at: now)
        let status = StatusPage(
            path: options.runDirectory + "/status", plan: plan, planChecksum: loaded.checksum,
            started: now)
        if !status.isPublished { faults.append(.statusPage) }
        RealTime.trimHeap()
        if options.isRealTime && !RealTime.lockMemory() { faults.append(.memoryLock) }

        loop = ControlLoop(
            logic: logic, starting: decisions,
            field: SiteField(
                plan: plan, poller: poller, inputLines: inputLines, outputLines: outputLines,
                buses: buses, bell: bell, socket: socket, latches: past.latches,
                startFaults: faults),
            journal: RecordJournal(queue: queue, writer: writer, signals: signals),
            status: status, clock: BootClock())
        if options.isRealTime { _ = RealTime.setPriority(RealTime.loopPriority) }
    }
}
