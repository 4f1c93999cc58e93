// Every connection of the controller on one screen.
//
//   detectors ─ GPIO ──► GpioInputLines ─┐                        ┌─► GpioOutputLines ─► valves, lamps
//   key, buttons ──────► GpioInputLines ─┤      ControlLoop       ├─► RecordJournal ──► RecordWriter
//   detectors ─ Modbus ► ModbusBus ──────┼─► SiteField ─► tick ───┤      (thread)       SignalWriter
//   gateway ─ packets ─► InputSocket ────┘     SiteLogic          └─► StatusPage ─────► any reader
//
// RecordWriter is the log on the disk, SignalWriter the one in memory: a thread each.
//
// It starts in this order: plan, valve lines that were left driven, memory, valve lines as
// remembered, key, detectors; armed when
// every key has held still. It decides nothing.

import ControlLoop
import FieldDevices
import FireLogic
import Glibc
import Handover
import PlanFile
import SafetyLog

package struct Wiring<Chips: GpioChips> {
    package typealias Loop = ControlLoop<SiteField<Chips>, RecordJournal, StatusPage, BootClock>

    package let poller: Poller
    package var loop: Loop
    private let records: RecordWriter?
    private let signals: SignalWriter?

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
        if let text = PlanNeeds(plan).complaint { printError("standpipe-controller: \(text)") }
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

        let kept = chips.takeOver(plan: plan)
        for (one, reason) in kept.unfit {
            printError(
                "standpipe-controller: what was kept over the restart as '\(one.name)' "
                    + "\(reason.words); let go of")
        }
        if !kept.unfit.isEmpty { faults.append(.keptLines) }
        let past = RememberedState(
            options, plan: plan, planChecksum: loaded.checksum, chips: chips, kept: kept)
        if past.isDoubtful { faults.append(.memoryUnreadable) }
        if access(options.stateDirectory + "/journal", F_OK) == 0 {
            printError(
                "standpipe-controller: \(options.stateDirectory)/journal is the journal of an "
                    + "earlier version; it is not read and may be removed")
        }
        if let doubt = past.doubt { printError("standpipe-controller: the log: \(doubt)") }
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

        signals = try? SignalWriter(
            directory: SafetyTopics.volatilePath(options.runDirectory),
            livePath: options.runDirectory + "/signals.live")
        let checksum = loaded.checksum
        records = try? RecordWriter(
            directory: SafetyTopics.durablePath(options.stateDirectory),
            livePath: options.runDirectory + "/log.live", settings: options.logSettings,
            start: RecordWriter.Start(
                plan: plan, planChecksum: checksum,
                planFile: { store.file(checksum: checksum) }, boot: past.boot,
                memory: past.memory, episodes: past.episodes,
                stamp: Stamp(boot: past.at, wallMilliseconds: BootTime.wallMilliseconds)),
            signals: signals?.reserves, announce: { announce(plan, $0, $1) },
            complain: { printError("standpipe-controller: the log cannot be written: \($0)") },
            stallHook: stallHook)

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
                startFaults: faults, at: now),
            journal: RecordJournal(records: records, signals: signals),
            status: status, clock: BootClock())
        // The loop has its records queued; now they may be written.
        Self.begin(records, signals)
        if options.isRealTime {
            _ = RealTime.setPriority(RealTime.loopPriority)
            RealTime.takeLastProcessor()
        }
    }

    /// A writer whose thread cannot be had leaves its queue to fill up: a fault soon enough, and no
    /// reason not to protect.
    private static func begin(_ records: RecordWriter?, _ signals: SignalWriter?) {
        try? records?.begin()
        if let records { try? signals?.begin(with: records) }
    }

    /// Writes what waits and ends the log's threads.
    package func stopLogs() {
        signals?.stop()
        records?.stop()
    }
}
