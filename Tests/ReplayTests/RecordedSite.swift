// A small site whose every tick is recorded as the journal would: for tests of the replay.

import ControlLoop
import FireLogic

struct RecordedSite {
    static let checksum: UInt32 = 0xC0FFEE

    private(set) var entries: [LogEntry] = []
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var logic: SiteLogic
    private var decisions = Decisions()
    private var number: UInt32 = 0
    var linesWork = true

    /// Two floors: the first opens at once, the second when two of its three contacts agree.
    static func plan() -> SitePlan {
        var plan = SitePlan(name: "Recorded")
        let line = GpioLine(chip: 0, offset: 0)
        for floor in 0..<2 {
            plan.keys.append(KeyPlan(name: "key \(floor)", offContact: line))
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor + 1)), name: "Floor",
                    rule: floor == 0 ? .first : .coincidence(count: 2, scope: .floor),
                    valve: ValvePlan(output: line, feedback: line), key: floor,
                    manualRelease: line))
            for index in 1...3 {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32((floor + 1) * 10 + index)), name: "Room",
                        floor: floor, period: .seconds(1), limit: .seconds(10),
                        debounce: floor == 0 ? .zero : .milliseconds(10),
                        source: floor == 0 ? .network : .contact(line)))
            }
        }
        return plan
    }

    init(memory: Memory = Memory()) {
        logic = SiteLogic(
            plan: Self.plan(), planChecksum: Self.checksum, memory: memory, at: now,
            into: &decisions)
        begin(memory)
    }

    /// Another run of the program, with what the records tell.
    mutating func restart() {
        var memory = Memory()
        for entry in entries {
            if let record = entry.record { memory.apply(record, age: now - entry.stamp.boot) }
        }
        logic = SiteLogic(
            plan: Self.plan(), planChecksum: Self.checksum, memory: memory, at: now,
            into: &decisions)
        begin(memory)
    }

    private mutating func begin(_ memory: Memory) {
        let records = memory.records()
        append(.memoryAtStart, number: UInt32(records.count))
        for record in records { append(.remembered, number: 0, record) }
        number = 0
        carryOut()
        for key in logic.keys.indices {
            tell(.keyContact(key: key, .off, .inactive))
        }
        pass(.milliseconds(60))
    }

    private mutating func append(_ kind: LogEntry.Kind, number: UInt32, _ record: Record? = nil) {
        let stamp = Stamp(boot: now, wallMilliseconds: now.nanoseconds / 1_000_000)
        let words = record?.words ?? RecordWords((0, 0, 0, 0, 0))
        entries.append(
            LogEntry(kind: kind, number: number, machine: 1, stamp: stamp, words: words))
    }

    private mutating func carryOut() {
        var drive = 0
        while drive < decisions.drives.count {
            let wanted = decisions.drives[drive]
            logic.handle(
                .driven(floor: wanted.floor, succeeded: linesWork), at: now, into: &decisions)
            drive += 1
        }
        for record in decisions.records {
            if case .signal = record { continue }
            append(.record, number: number, record)
            number += 1
        }
        decisions.removeAll()
    }

    mutating func tell(_ event: Event) {
        logic.handle(event, at: now, into: &decisions)
        carryOut()
        logic.advance(to: now, into: &decisions)
        carryOut()
    }

    mutating func ask(_ operation: OperatorRequest.Operation) {
        let request = OperatorRequest(operation, who: OperatorName("ann"), origin: .panel)
        _ = logic.request(request, at: now, into: &decisions)
        carryOut()
    }

    mutating func pass(_ time: Interval) {
        let end = now + time
        while logic.nextDeadline <= end {
            now = max(now, logic.nextDeadline)
            logic.advance(to: now, into: &decisions)
            carryOut()
        }
        now = end
    }

    /// A day in short: fire on both floors, silence, a failing line, people, two runs.
    static func day() -> RecordedSite {
        var site = RecordedSite()
        for detector in 0..<6 { site.tell(.reading(detector: detector, .normal)) }
        site.pass(.seconds(3))
        site.tell(.feedback(floor: 0, .inactive))
        site.tell(.feedback(floor: 1, .inactive))
        site.tell(.reading(detector: 0, .alarm))
        site.pass(.milliseconds(700))
        site.tell(.feedback(floor: 0, .active))
        site.tell(.reading(detector: 3, .alarm))
        site.pass(.milliseconds(4))
        site.tell(.reading(detector: 3, .normal))
        site.pass(.milliseconds(2))
        site.tell(.reading(detector: 3, .alarm))
        site.pass(.seconds(1))
        site.linesWork = false
        site.tell(.reading(detector: 4, .alarm))
        site.pass(.seconds(40))
        site.linesWork = true
        site.pass(.seconds(2))
        site.ask(.reset)
        site.ask(.disable(.detector(DetectorID(rawValue: 11)), .minutes(1)))
        site.tell(.keyContact(key: 0, .off, .active))
        site.pass(.seconds(1))
        site.restart()
        site.tell(.reading(detector: 1, .alarm))
        site.tell(.keyContact(key: 0, .off, .inactive))
        site.pass(.seconds(90))
        return site
    }
}
