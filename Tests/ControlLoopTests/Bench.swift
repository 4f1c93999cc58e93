// A field, a journal, a status page and a clock on the test bench: each does what it is told to
// do wrong, and notes in one common list what happened in which order.

import ControlLoop
import FireLogic

enum Entry: Hashable {
    case drove(Int, ValveCommand)
    case recorded(Record)
    case lit(PanelLamps)
    case litFloor(Int, FloorLamps)
    case beat(Bool)
    case answered(Ticket, RequestOutcome)
}

/// What all parts of the bench share: the list, the clock, and what is broken.
final class Bench {
    var entries: [Entry] = []
    var stamps: [Stamp] = []
    /// What reached the status page.
    var shown: [Record] = []
    var shownDetectors: [Int] = []
    var finished = 0

    var now = Instant(nanoseconds: 1_000_000_000_000)
    var wallMilliseconds: Int64 = 1_800_000_000_000

    /// Inputs by tick.
    var waiting: [[Input]] = []
    var linesWork = true
    var panelWorks = true
    var floorLampWorks = true

    enum Journaling { case takes, refusesSignals, refuses }
    var journaling = Journaling.takes
    var health = JournalHealth.good

    /// Without what the rules were told in between.
    var records: [Record] {
        entries.compactMap { entry in
            guard case .recorded(let record) = entry, !record.isInput else { return nil }
            return record
        }
    }
    var drives: [Entry] {
        entries.filter { if case .drove = $0 { true } else { false } }
    }
    /// The valve lines by the last drive that they took.
    var open: Set<Int> = []
}

struct BenchField: Field {
    let bench: Bench

    mutating func read(into inputs: inout [Input]) {
        if !bench.waiting.isEmpty { inputs += bench.waiting.removeFirst() }
    }

    mutating func drive(floor: Int, _ command: ValveCommand) -> Bool {
        bench.entries.append(.drove(floor, command))
        guard bench.linesWork else { return false }
        if command == .open { bench.open.insert(floor) } else { bench.open.remove(floor) }
        return true
    }

    mutating func light(_ lamps: PanelLamps) -> Bool {
        bench.entries.append(.lit(lamps))
        return bench.panelWorks
    }

    mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool {
        bench.entries.append(.litFloor(floor, lamps))
        return bench.floorLampWorks
    }

    mutating func heartbeat(_ level: Bool) {
        bench.entries.append(.beat(level))
    }

    mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome) {
        bench.entries.append(.answered(ticket, outcome))
    }
}

struct BenchJournal: Journal {
    let bench: Bench

    mutating func append(_ record: Record, _ stamp: Stamp) -> Bool {
        switch bench.journaling {
        case .takes: break
        case .refusesSignals: if case .signal = record { return false }
        case .refuses: return false
        }
        bench.entries.append(.recorded(record))
        bench.stamps.append(stamp)
        return true
    }

    var health: JournalHealth { bench.health }
}

struct BenchStatus: StatusSink {
    let bench: Bench

    mutating func begin(at stamp: Stamp) {}
    mutating func show(detector: Int, _ logic: SiteLogic) { bench.shownDetectors.append(detector) }
    mutating func show(_ record: Record, _ stamp: Stamp) { bench.shown.append(record) }
    mutating func finish(_ logic: SiteLogic) { bench.finished += 1 }
}

struct BenchClock: Clock {
    let bench: Bench
    var now: Instant { bench.now }
    var wallMilliseconds: Int64 { bench.wallMilliseconds }
}

typealias BenchLoop = ControlLoop<BenchField, BenchJournal, BenchStatus, BenchClock>

extension Bench {
    /// Two floors with two network detectors each (11, 12, 21, 22) and a key each.
    static func plan(delay: Interval = .zero) -> SitePlan {
        func line(_ offset: Int) -> GpioLine { GpioLine(chip: 0, offset: offset) }
        var plan = SitePlan(name: "Bench")
        for floor in 0..<2 {
            plan.keys.append(KeyPlan(name: "key", offContact: line(0), onContact: line(1)))
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor + 1)), name: "Floor", delay: delay,
                    valve: ValvePlan(output: line(2)), key: floor, manualRelease: line(3)))
            for index in 1...2 {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32((floor + 1) * 10 + index)),
                        name: "Detector", floor: floor, period: .seconds(1), limit: .seconds(10),
                        source: .network))
            }
        }
        return plan
    }

    /// A loop with its keys on, armed.
    func loop(plan: SitePlan = Bench.plan(), memory: Memory = Memory()) -> BenchLoop {
        var decisions = Decisions()
        let logic = SiteLogic(
            plan: plan, planChecksum: 7, memory: memory, at: now, into: &decisions)
        var loop = ControlLoop(
            logic: logic, starting: decisions, field: BenchField(bench: self),
            journal: BenchJournal(bench: self), status: BenchStatus(bench: self),
            clock: BenchClock(bench: self))
        var keys: [Input] = []
        for key in plan.keys.indices {
            keys.append(.event(.keyContact(key: key, .off, .inactive)))
            keys.append(.event(.keyContact(key: key, .on, .active)))
        }
        tick(&loop, keys)
        pass(.milliseconds(50), &loop)
        return loop
    }

    func tick(_ loop: inout BenchLoop, _ inputs: [Input] = []) {
        waiting.append(inputs)
        loop.tick()
    }

    /// Moves the clock and ticks when the loop wants to be woken, as the controller does.
    func pass(_ time: Interval, _ loop: inout BenchLoop) {
        let end = now + time
        var idle = 0
        while loop.nextDeadline <= end {
            idle = loop.nextDeadline > now ? 0 : idle + 1
            precondition(idle < 100, "the loop spins")
            now = max(now, loop.nextDeadline)
            tick(&loop)
        }
        now = end
    }

    func forget() {
        entries.removeAll()
        stamps.removeAll()
        shown.removeAll()
        shownDetectors.removeAll()
    }
}

func reading(_ detector: Int, _ reading: Reading) -> Input {
    .event(.reading(detector: detector, reading))
}
