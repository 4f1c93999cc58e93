// Line 7: what one core can take when nothing but the loop runs: signals handed over in memory, the
// rules, the signal ring and the status page, with 10,000 detectors. No kernel, no wire.

import BenchLines
import ControlLoop
import Controller
import SafetyLog
import FieldDevices
import FireLogic
import Glibc

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
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let now = BootClock.now
        let boot = BootTime.bootID
        let queue = RecordQueue(capacity: RecordJournal.queueCapacity)
        let state = place.disk + "/loop-\(batch)"
        mkdir(state, 0o700)
        let writer = try JournalWriter(
            directory: state, plan: site.plan, boot: boot,
            replay: JournalReplay(nothing, boot: boot, now: now), queue: queue)
        defer { writer.stop() }
        var decisions = Decisions()
        let logic = SiteLogic(
            plan: site.plan, planChecksum: 0, memory: Memory(), at: now, into: &decisions)
        var loop = ControlLoop(
            logic: logic, starting: decisions,
            field: TalkingField(detectors: site.plan.detectors.count, batch: batch),
            journal: RecordJournal(
                queue: queue, writer: writer,
                signals: try SignalRing(path: place.memory + "/ring-\(batch)")),
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
