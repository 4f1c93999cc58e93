// The tick: it acts before it records, goes on when journal, lamps or lines fail, tells what was
// lost, and knows no wall time.

import ControlLoop
import FireLogic
import Testing

@Suite struct ControlLoopTests {
    private let bench = Bench()
    private let fire: Record = .alarm(DetectorID(rawValue: 11), FloorID(rawValue: 1))
    private let opened: Record = .valve(
        FloorID(rawValue: 1), .open, .release(.detector(DetectorID(rawValue: 11))))

    // Order

    @Test("RELEASE: the valve is driven before anything of the same fire is recorded")
    func actsFirst() {
        var loop = bench.loop()
        bench.forget()
        bench.tick(&loop, [reading(0, .alarm)])
        #expect(bench.entries.first == .drove(0, .open))
        #expect(bench.records == [.signal(DetectorID(rawValue: 11), .alarm), fire, opened])
    }

    @Test("KEY: the valve is driven shut before the turn of the key is recorded")
    func keyActsFirst() {
        var loop = bench.loop()
        bench.tick(&loop, [reading(0, .alarm)])
        bench.forget()
        bench.tick(
            &loop,
            [
                .event(.keyContact(key: 0, .off, .active)),
                .event(.keyContact(key: 0, .on, .inactive)),
            ])
        bench.pass(.milliseconds(50), &loop)
        #expect(bench.entries.first == .drove(0, .closed))
        #expect(bench.records.first == .valve(FloorID(rawValue: 1), .closed, .key))
        #expect(bench.open.isEmpty)
    }

    @Test("RELEASE: fire behind thousands of other signals of one tick opens in that tick")
    func fireInACrowd() {
        var loop = bench.loop()
        var inputs = (0..<10_000).map { _ in reading(3, .normal) }
        inputs.insert(reading(0, .alarm), at: 5_000)
        bench.forget()
        bench.tick(&loop, inputs)
        #expect(bench.open == [0])
        // Each input is acted on and recorded before the next one is looked at.
        let place = bench.entries.firstIndex(of: .drove(0, .open))
        // 5,000 signals, and what detector 3 settled on.
        #expect(place == 5_001)
    }

    @Test("RECORD: the records of one tick stand in the order of what came in")
    func recordOrder() {
        var loop = bench.loop()
        bench.forget()
        bench.tick(
            &loop, [reading(1, .normal), reading(0, .alarm), reading(2, .fault(.device))])
        #expect(
            bench.records == [
                .signal(DetectorID(rawValue: 12), .normal),
                .signal(DetectorID(rawValue: 11), .alarm), fire, opened,
                .signal(DetectorID(rawValue: 21), .fault(.device)),
                .detectorDown(DetectorID(rawValue: 21), FloorID(rawValue: 2), .fault(.device)),
            ])
    }

    @Test("RECORD: a network signal is acknowledged after it was acted on and recorded")
    func acknowledged() {
        var loop = bench.loop()
        let ticket = Ticket(connection: 3, message: 99)
        bench.forget()
        bench.tick(&loop, [.signal(detector: 0, .alarm, ticket: ticket)])
        let answer = bench.entries.firstIndex(of: .answered(ticket, .done)) ?? 0
        #expect(answer > (bench.entries.firstIndex(of: .recorded(opened)) ?? .max))
    }

    @Test("APART: a request that the site does not allow is answered, recorded and changes nothing")
    func refused() {
        var loop = bench.loop()
        bench.tick(&loop, [reading(0, .alarm)])
        bench.forget()
        let ticket = Ticket(connection: 1, message: 1)
        let request = OperatorRequest(.reset, who: OperatorName("eve"), origin: .remote)
        bench.tick(&loop, [.request(request, ticket: ticket)])
        #expect(bench.records == [.refused(request, .notAllowed)])
        #expect(bench.entries.contains(.answered(ticket, .notAllowed)))
        #expect(loop.logic.detectors[0].alarmLatched)
    }

    // What fails

    @Test(
        "RELEASE: a journal that refuses, stalls or fails never stops a release",
        arguments: [Bench.Journaling.takes, .refusesSignals, .refuses],
        [JournalHealth.good, .stalled, .failed])
    func badJournal(journaling: Bench.Journaling, health: JournalHealth) {
        var loop = bench.loop()
        bench.journaling = journaling
        bench.health = health
        bench.pass(.seconds(3), &loop)
        bench.tick(&loop, [reading(0, .alarm)])
        #expect(bench.open == [0])
        #expect(bench.shown.contains(opened), "shown although it may not be recorded")
        #expect(loop.logic.lamps.fault == (journaling != .takes || health != .good))
        bench.tick(
            &loop,
            [
                .event(.keyContact(key: 0, .off, .active)),
                .event(.keyContact(key: 0, .on, .inactive)),
            ])
        bench.pass(.milliseconds(50), &loop)
        #expect(bench.open.isEmpty)
    }

    @Test("RELEASE: panel outputs that fail never stop a release, and are a fault until they work")
    func badLamps() {
        var loop = bench.loop()
        bench.panelWorks = false
        bench.floorLampWorks = false
        bench.tick(&loop, [reading(0, .alarm)])
        #expect(bench.open == [0])
        #expect(loop.logic.systemFaults == [.panelOutput])
        bench.tick(&loop, [reading(2, .alarm)])
        #expect(bench.open == [0, 1])
        bench.panelWorks = true
        bench.floorLampWorks = true
        bench.pass(.seconds(1), &loop)
        #expect(loop.logic.systemFaults.isEmpty)
        #expect(
            bench.records.filter { $0 == .systemFault(.panelOutput, present: true) }.count == 1)
        #expect(
            bench.records.filter { $0 == .systemFault(.panelOutput, present: false) }.count == 1)
    }

    @Test("TOLD: one lamp that fails does not delay another, and is tried once a second")
    func oneBadLamp() {
        var loop = bench.loop()
        bench.floorLampWorks = false
        bench.tick(&loop, [reading(2, .fault(.device))])
        bench.forget()
        bench.now = bench.now + .milliseconds(1)
        bench.tick(&loop, [reading(0, .alarm)])
        let isLit = bench.entries.contains {
            if case .lit(let lamps) = $0 { lamps.fire && lamps.sounder } else { false }
        }
        #expect(isLit, "the fire lamp in the same tick")
        bench.forget()
        let end = bench.now + .seconds(10)
        while bench.now < end {
            bench.now = bench.now + .milliseconds(10)
            bench.tick(&loop)
        }
        let tries = bench.entries.filter {
            if case .litFloor = $0 { true } else { false }
        }
        #expect((18...22).contains(tries.count), "two lamps, ten seconds: \(tries.count)")
    }

    @Test("RELEASE: a valve line that fails is driven again each second until it works")
    func badLine() {
        var loop = bench.loop()
        bench.linesWork = false
        bench.tick(&loop, [reading(0, .alarm)])
        bench.pass(.seconds(8), &loop)
        #expect(bench.drives.filter { $0 == .drove(0, .open) }.count == 9)
        #expect(loop.logic.lamps.fault)
        bench.linesWork = true
        bench.pass(.seconds(1), &loop)
        #expect(bench.open == [0])
        #expect(!loop.logic.lamps.fault)
    }

    // What is lost

    @Test("TOLD: signals that the journal refused are counted, told, and the fault ends")
    func dropped() {
        var loop = bench.loop()
        bench.journaling = .refusesSignals
        bench.tick(&loop, (0..<5).map { _ in reading(0, .normal) })
        #expect(bench.records.contains(.signalsDropped(5)))
        #expect(bench.records.contains(.systemFault(.recordsLost, present: true)))
        #expect(loop.logic.lamps.fault)
        bench.tick(&loop, (0..<3).map { _ in reading(0, .normal) })
        #expect(!bench.records.contains(.signalsDropped(3)), "at most once a second")
        bench.journaling = .takes
        bench.pass(.seconds(1), &loop)
        #expect(bench.records.contains(.signalsDropped(3)))
        bench.pass(.seconds(1), &loop)
        #expect(bench.records.last == .systemFault(.recordsLost, present: false))
        #expect(loop.logic.systemFaults.isEmpty)
    }

    @Test("TOLD: the count of lost signals waits for a journal that takes nothing at all")
    func countWaits() {
        var loop = bench.loop()
        bench.journaling = .refuses
        for _ in 0..<10 {
            bench.tick(&loop, (0..<7).map { _ in reading(0, .normal) })
            bench.pass(.seconds(1), &loop)
        }
        #expect(loop.logic.systemFaults.contains(.recordsLost))
        bench.journaling = .takes
        bench.forget()
        bench.pass(.seconds(3), &loop)
        let counts = bench.records.compactMap { record -> Int? in
            if case .signalsDropped(let count) = record { count } else { nil }
        }
        #expect(counts.reduce(0, +) == 70)
        #expect(!loop.logic.systemFaults.contains(.recordsLost))
    }

    @Test("TOLD: the lamp shows lost records and a bad journal in the tick that found them")
    func lampAtOnce() {
        for breakIt: (Bench) -> Void in [
            { $0.journaling = .refuses }, { $0.health = .failed }, { $0.health = .stalled },
        ] {
            let bench = Bench()
            var loop = bench.loop()
            breakIt(bench)
            bench.forget()
            bench.tick(&loop, [reading(0, .normal)])
            let isLit = bench.entries.contains {
                if case .lit(let lamps) = $0 { lamps.fault && lamps.sounder } else { false }
            }
            #expect(isLit)
        }
    }

    @Test("LIVE: a dead detector lights the fault lamp in the tick of its limit")
    func silence() {
        var loop = bench.loop()
        for detector in 0..<4 { bench.tick(&loop, [reading(detector, .normal)]) }
        bench.pass(.seconds(10) + Interval(nanoseconds: -1), &loop)
        bench.forget()
        bench.pass(Interval(nanoseconds: 1), &loop)
        let isLit = bench.entries.contains {
            if case .lit(let lamps) = $0 { lamps.fault } else { false }
        }
        #expect(isLit)
    }

    // Show

    @Test("BOUNDED: lamps are driven when they change and not otherwise")
    func lampsOnChange() {
        var loop = bench.loop()
        bench.forget()
        for _ in 0..<100 { bench.tick(&loop, [reading(0, .normal)]) }
        let lit = bench.entries.filter {
            switch $0 {
            case .lit, .litFloor: true
            default: false
            }
        }
        #expect(lit.isEmpty)
    }

    @Test("TOLD: every record but the stream of signals reaches the status page")
    func shown() {
        var loop = bench.loop()
        bench.forget()
        bench.tick(&loop, [reading(0, .alarm), reading(1, .normal)])
        #expect(bench.shown == [fire, opened])
        #expect(bench.shownDetectors == [0, 1])
        let finished = bench.finished
        bench.tick(&loop)
        #expect(bench.finished == finished + 1)
    }

    @Test("TOLD: after a request every detector is shown anew")
    func shownAll() {
        var loop = bench.loop()
        bench.forget()
        let request = OperatorRequest(.reset, who: OperatorName("ann"), origin: .panel)
        bench.tick(&loop, [.request(request, ticket: Ticket(connection: 0, message: 0))])
        #expect(Set(bench.shownDetectors) == [0, 1, 2, 3])
    }

    // Life

    @Test("LIVE: the heartbeat toggles every 500 ms and the loop asks to be woken for it")
    func heartbeat() {
        var loop = bench.loop()
        bench.forget()
        bench.pass(.seconds(5), &loop)
        let beats = bench.entries.compactMap { entry -> Bool? in
            if case .beat(let level) = entry { level } else { nil }
        }
        #expect(beats.count == 10)
        #expect(zip(beats, beats.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test("LIVE: the watchdog may be fed after a tick that passed all its stages")
    func stage() {
        var loop = bench.loop()
        for _ in 0..<3 {
            bench.tick(&loop, [reading(0, .alarm)])
            #expect(loop.stage == .complete)
        }
    }

    @Test("LIVE: a loop with everything broken still asks for its next tick in the future")
    func noSpin() {
        var loop = bench.loop()
        bench.journaling = .refuses
        bench.health = .failed
        bench.linesWork = false
        bench.panelWorks = false
        bench.floorLampWorks = false
        bench.tick(&loop, [reading(0, .alarm)])
        for _ in 0..<100 {
            bench.pass(.milliseconds(333), &loop)
            #expect(loop.nextDeadline > bench.now)
        }
        #expect(bench.entries.count < 1_000)
    }

    @Test("LATCH: an open valve that is remembered is held open from the first moment")
    func remembered() {
        var memory = Memory()
        memory.apply(opened, age: .zero)
        var loop = bench.loop(memory: memory)
        #expect(!bench.drives.contains(.drove(0, .closed)))
        #expect(loop.logic.floors[0].isOpen)
        #expect(bench.records.contains(.valve(FloorID(rawValue: 1), .open, .remembered)))
        bench.pass(.minutes(10), &loop)
        #expect(bench.open == [0])
    }

    @Test("QUIET: a start drives every valve line to what is remembered and opens nothing else")
    func start() {
        let loop = bench.loop()
        #expect(!bench.drives.contains(.drove(0, .open)))
        #expect(!bench.drives.contains(.drove(1, .open)))
        #expect(loop.logic.isArmed)
    }

    // Wall clock

    private static let wallClocks: [(String, @Sendable (Int) -> Int64)] = [
        ("stands at 1970", { _ in 0 }),
        ("jumps 40 years up and down", { $0 % 2 == 0 ? 0 : 1_262_304_000_000 }),
        ("runs backwards", { 1_800_000_000_000 - Int64($0) * 1_000 }),
        ("crosses 2036", { 2_085_978_496_000 - 30_000 + Int64($0) * 1_000 }),
        ("crosses 2038", { 2_147_483_648_000 - 30_000 + Int64($0) * 1_000 }),
        ("crosses 2106", { 4_294_967_296_000 - 30_000 + Int64($0) * 1_000 }),
        ("shows the ends of time", { $0 % 2 == 0 ? .min : .max }),
    ]

    @Test("LIVE: no step of the wall clock changes a timer, a decision or the order of the log")
    func wallClock() {
        let calm = life { 1_800_000_000_000 + Int64($0) * 1_000 }
        for (name, wall) in Self.wallClocks {
            let odd = life(wall)
            #expect(odd.entries == calm.entries, "a wall clock that \(name)")
            #expect(odd.stamps.map(\.boot) == calm.stamps.map(\.boot), "\(name)")
            #expect(odd.stamps.map(\.wallMilliseconds) != calm.stamps.map(\.wallMilliseconds))
        }
    }

    /// A minute with a delayed fire, a dead detector, a disablement, the key and a walk test.
    private func life(_ wall: (Int) -> Int64) -> Bench {
        let bench = Bench()
        bench.wallMilliseconds = wall(0)
        var loop = bench.loop(plan: Bench.plan(delay: .seconds(20)))
        let ask = { (operation: OperatorRequest.Operation) -> Input in
            .request(
                OperatorRequest(operation, who: OperatorName("ann"), origin: .panel),
                ticket: Ticket(connection: 0, message: 0))
        }
        for second in 1...150 {
            bench.wallMilliseconds = wall(second)
            var inputs = [reading(0, second >= 10 ? .alarm : .normal), reading(1, .normal)]
            if second < 20 { inputs.append(reading(2, .normal)) }
            if second == 5 {
                inputs.append(ask(.disable(.detector(DetectorID(rawValue: 22)), .minutes(1))))
                inputs.append(ask(.startWalkTest(FloorID(rawValue: 2), .minutes(1))))
            }
            if second == 40 {
                inputs.append(.event(.keyContact(key: 0, .off, .active)))
                inputs.append(.event(.keyContact(key: 0, .on, .inactive)))
            }
            if second == 50 {
                inputs.append(.event(.keyContact(key: 0, .off, .inactive)))
                inputs.append(.event(.keyContact(key: 0, .on, .active)))
            }
            bench.tick(&loop, inputs)
            bench.pass(.seconds(1), &loop)
        }
        #expect(bench.open == [0])
        #expect(bench.records.contains(.enabled(DetectorID(rawValue: 22), .timer)))
        return bench
    }

    @Test("RECORD: each record carries the boot clock and the wall clock of its tick")
    func stamps() {
        var loop = bench.loop()
        bench.wallMilliseconds = 4_294_967_296_000
        bench.forget()
        bench.tick(&loop, [reading(0, .alarm)])
        let stamp = Stamp(boot: bench.now, wallMilliseconds: 4_294_967_296_000)
        #expect(bench.stamps == [stamp, stamp, stamp, stamp])
    }
}
