// Line 7: what one core can take when nothing but the loop runs: signals handed over in memory, the
// rules, the queues of the log and the status page, with 10,000 detectors. No kernel, no wire.

import BenchLines
import CLinux
import ControlLoop
import Controller
import FieldDevices
import FireLogic
import Glibc
import SafetyLog

/// Detectors that speak in turn, `batch` of them a tick.
private struct TalkingField: Field {
    let detectors: Int
    let batch: Int
    var next = 0

    mutating func read(into inputs: inout [Input]) {
        for _ in 0..<batch {
            inputs.append(.event(.reading(detector: next, .normal)))
            next += 1
            if next == detectors { next = 0 }
        }
    }
    mutating func drive(floor: Int, _ command: ValveCommand) -> Bool { true }
    mutating func light(_ lamps: PanelLamps) -> Bool { true }
    mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool { true }
    mutating func heartbeat(_ level: Bool) {}
    mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome) {}
}

enum LoopCost {
    static func measure(_ place: WorkPlace, into table: inout Table) {
        for batch in [1, 16, 128] {
            let name = "control loop alone, \(batch) signal\(batch == 1 ? "" : "s") a tick"
            do {
                let rate = try rate(place, batch: batch)
                table.add(
                    name, rate, "1/s",
                    beside: "\(Table.text(1e6 / rate, 2)) us a signal")
            } catch {
                table.add(failed: name, "\(error)")
            }
        }
    }

    private static func rate(_ place: WorkPlace, batch: Int) throws -> Double {
        let site = BenchSite(floors: 100, detectorsPerFloor: 100)
        let now = BootClock.now
        let state = place.disk + "/loop-\(batch)"
        let run = place.memory + "/loop-\(batch)"
        mkdir(state, 0o700)
        mkdir(run, 0o700)
        let signals = try SignalWriter(directory: run + "/signals", livePath: run + "/signals.live")
        let records = try RecordWriter(
            directory: state + "/log", livePath: run + "/log.live",
            start: RecordWriter.Start(
                plan: site.plan, planChecksum: 0, planFile: { nil }, boot: BootTime.bootID,
                memory: Memory(), stamp: Stamp(boot: now, wallMilliseconds: 0)),
            signals: signals.reserves)
        try records.begin()
        try signals.begin(with: records)
        defer {
            signals.stop()
            records.stop()
        }
        var decisions = Decisions()
        let logic = SiteLogic(
            plan: site.plan, planChecksum: 0, memory: Memory(), at: now, into: &decisions)
        var loop = ControlLoop(
            logic: logic, starting: decisions,
            field: TalkingField(detectors: site.plan.detectors.count, batch: batch),
            journal: RecordJournal(records: records, signals: signals),
            status: StatusPage(
                path: place.memory + "/status-\(batch)", plan: site.plan, planChecksum: 0,
                started: now),
            clock: BootClock())
        // Running in: everybody speaks once.
        for _ in 0..<(site.plan.detectors.count / batch + 1) { loop.tick() }
        let begin = Machine.now
        var ticks = 0
        while Machine.now - begin < .seconds(1) {
            for _ in 0..<64 { loop.tick() }
            ticks += 64
        }
        return Double(ticks * batch) / (Machine.now - begin).seconds
    }
}
