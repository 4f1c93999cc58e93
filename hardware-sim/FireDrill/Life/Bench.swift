// The simulated world on the other side of the control loop's ports: what waits to be read, the
// valve lines, the lamps, the log with what of it would survive a kill or a power cut. The ports
// themselves are thin values that point here. A controller that is killed in the middle of a tick
// finishes it without effect: `portCalls` counts down to that moment.

import ControlLoop
import DrillRandom
import FireLogic

package final class Bench {
    struct Entry {
        var record: Record
        var boot: Instant
        /// Which run of the machine, counted in power cuts.
        var run: Int
    }

    /// Topic `records` as the journal would have it, without its losses on the disk.
    var entries: [LogEntry] = []
    private var number: UInt32 = 0

    func beginEntries(memory: Memory) {
        let records = memory.records()
        let stamp = Stamp(boot: now, wallMilliseconds: wallMilliseconds)
        entries.append(
            LogEntry(
                kind: .memoryAtStart, number: UInt32(records.count), machine: 1, stamp: stamp))
        for (index, record) in records.enumerated() {
            entries.append(
                LogEntry(
                    kind: .remembered, number: UInt32(index), machine: 1, stamp: stamp,
                    words: record.words))
        }
        number = 0
    }

    /// A record that is refused leaves a hole in the numbers.
    func append(entry record: Record, _ stamp: Stamp, isTaken: Bool) {
        if isTaken {
            entries.append(
                LogEntry(
                    kind: .record, number: number, machine: 1, stamp: stamp, words: record.words))
        }
        number &+= 1
    }

    // Clock.
    var now = Instant(nanoseconds: 1_000_000_000)
    var wallMilliseconds: Int64 = 1_700_000_000_000
    var run = 0

    // In.
    var inbox: [Input] = []
    var batch = 32
    var told: [Input] = []

    // Out.
    var lines: [ValveCommand]
    /// A byte a floor in memory that outlives the program, not the machine.
    var latch: [ValveCommand]
    var lineBroken: [Bool]
    var drives: [DriveSeen] = []
    var panel: PanelLamps?
    var floorLamps: [FloorLamps?]
    var lampsBroken = false
    var answers: [(ticket: Ticket, outcome: RequestOutcome)] = []
    var shown: [DetectorFacts.Report]

    // The log: entries up to `written` survive a kill, up to `durable` a power cut.
    var log: [Entry] = []
    var written = 0
    var durable = 0
    var health = JournalHealth.good
    var isFull = false
    static let queueRoom = 256
    var hasLostRecords = false
    var appendedInTick = 0

    // Death in the middle of a tick.
    var portCalls: Int?
    var isDead = false

    init(plan: SitePlan) {
        lines = plan.floors.map { _ in .closed }
        latch = lines
        lineBroken = plan.floors.map { _ in false }
        floorLamps = plan.floors.map { _ in nil }
        shown = plan.detectors.map { _ in .unknown }
    }

    /// False: the controller is dead, the call has no effect.
    func lives() -> Bool {
        guard let left = portCalls else { return !isDead }
        if left == 0 { isDead = true }
        portCalls = left - 1
        return !isDead
    }

    /// The writer thread got this far.
    func flush(_ random: inout Random) {
        guard health == .good else { return }
        if random.chance(3, in: 4) {
            written = log.count
        } else {
            written = random.number(in: written...log.count)
        }
        if random.chance(1, in: 3) { durable = random.number(in: durable...written) }
    }
}

package struct BenchField: Field {
    let bench: Bench

    package mutating func read(into inputs: inout [Input]) {
        let count = min(bench.batch, bench.inbox.count)
        bench.told += bench.inbox[..<count]
        inputs += bench.inbox[..<count]
        bench.inbox.removeFirst(count)
    }

    package mutating func drive(floor: Int, _ command: ValveCommand) -> Bool {
        guard bench.lives() else { return true }
        let taken = !bench.lineBroken[floor]
        bench.latch[floor] = command
        if taken { bench.lines[floor] = command }
        bench.drives.append(DriveSeen(floor: floor, command: command, taken: taken))
        return taken
    }

    package mutating func light(_ lamps: PanelLamps) -> Bool {
        guard bench.lives() else { return true }
        // A panel that fails on the way shows anything.
        bench.panel = bench.lampsBroken ? nil : lamps
        return !bench.lampsBroken
    }

    package mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool {
        guard bench.lives() else { return true }
        bench.floorLamps[floor] = bench.lampsBroken ? nil : lamps
        return !bench.lampsBroken
    }

    package mutating func heartbeat(_ level: Bool) {}

    package mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome) {
        guard bench.lives() else { return }
        bench.answers.append((ticket, outcome))
    }
}

package struct BenchJournal: Journal {
    let bench: Bench

    package mutating func append(_ record: Record, _ stamp: Stamp) -> Bool {
        guard bench.lives() else { return true }
        bench.appendedInTick += 1
        let waiting = bench.log.count - bench.written
        if case .signal = record { return !bench.isFull && waiting < Bench.queueRoom / 2 }
        if bench.isFull || waiting >= Bench.queueRoom {
            bench.hasLostRecords = true
            bench.append(entry: record, stamp, isTaken: false)
            return false
        }
        bench.append(entry: record, stamp, isTaken: true)
        bench.log.append(Bench.Entry(record: record, boot: stamp.boot, run: bench.run))
        return true
    }

    package var health: JournalHealth { bench.health }
}

package struct BenchStatus: StatusSink {
    let bench: Bench

    package mutating func begin(at stamp: Stamp) {}
    package mutating func show(detector: Int, _ logic: SiteLogic) {
        bench.shown[detector] = logic.shows(detector)
    }
    package mutating func show(_ record: Record, _ stamp: Stamp) {}
    package mutating func finish(_ logic: SiteLogic) {}
}

package struct BenchClock: Clock {
    let bench: Bench
    package var now: Instant { bench.now }
    package var wallMilliseconds: Int64 { bench.wallMilliseconds }
}
