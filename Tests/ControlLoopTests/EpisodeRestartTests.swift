// Episodes over restarts of the program, with the real fire logic: what it finds anew goes on under its
// old name, and what is good again ends, although the rules remember nothing of it.

import FireLogic
import Testing

@testable import ControlLoop

@Suite struct EpisodeRestartTests {
    private let floor = FloorID(rawValue: 1)
    private let first = DetectorID(rawValue: 11)
    private let ann = EveryRecord.ann
    private let bench = Bench()

    private static func plan() -> SitePlan {
        var plan = Bench.plan()
        plan.buses = [.east]
        let point = ModbusPoint(unit: 1, table: .coil, address: 0, test: .bit(0))
        plan.detectors[1].source = .modbus(bus: 0, alarm: point, fault: nil)
        plan.floors[0].valve.feedback = GpioLine(chip: 0, offset: 9)
        return plan
    }

    private let chronicle = Chronicle(EpisodeRestartTests.plan())

    /// The first run of the program, with `inputs` once it is armed. Gives what was told.
    private func run(_ inputs: [Input], for time: Interval = .zero) throws -> [Told] {
        var loop = bench.loop(plan: chronicle.plan)
        bench.tick(&loop, [.event(.feedback(floor: 0, .inactive))] + inputs)
        bench.pass(time, &loop)
        return try chronicle.take(bench)
    }

    private func names(_ told: [Told], _ phase: String) -> [String: String] {
        var names: [String: String] = [:]
        for one in told where one.text("phase") == phase { names[one.key] = one.episode }
        return names
    }

    @Test(
        "TOLD: what is good again after a restart ends its episode, whatever the rules remember",
        arguments: [false, true])
    func goodAgain(remembered: Bool) throws {
        let bad: [Input] = [
            .event(.reading(detector: 0, .fault(.device))), .event(.bus(0, up: false)),
            .event(.manualRelease(floor: 1, .unreadable)),
            .event(.keyContact(key: 1, .off, .active)),
            .event(.systemFault(.gpio, present: true)),
            .event(.systemFault(.memoryLock, present: true)),
            .event(.feedback(floor: 0, .active)), .event(.systemFault(.mail, present: true)),
            .event(.systemFault(.power, present: true)),
        ]
        let began = names(try run(bad, for: .seconds(30)), "begin")
        #expect(
            began.keys.sorted()
                == [
                    "bus.east.fault", "floor.1.detector.11.fault",
                    "floor.1.valve.fault", "floor.2.detector.21.fault", "floor.2.detector.22.fault",
                    "floor.2.manual.fault", "key.key.fault", "system.gpio.fault",
                    "system.mail.fault", "system.memoryLock.fault", "system.power.fault",
                ])
        if remembered { chronicle.remember() }
        try chronicle.restart()
        let ended = names(
            try run([
                reading(0, .normal), reading(1, .normal), reading(2, .normal), reading(3, .alarm),
                .event(.systemFault(.mail, present: false)),
                .event(.systemFault(.power, present: false)),
            ]), "end")
        #expect(
            ended.keys.sorted() == [
                "bus.east.back", "floor.1.detector.11.back", "floor.1.valve.repaired",
                "floor.2.detector.21.back", "floor.2.detector.22.back", "floor.2.manual.back",
                "key.key.back", "system.gpio.back", "system.mail.back",
                "system.memoryLock.back", "system.power.back",
            ])
        for (key, name) in ended {
            let word = key.hasSuffix("repaired") ? "repaired" : "back"
            let beginning = key.dropLast(word.count) + "fault"
            #expect(began[String(beginning)] == name, "\(key)")
        }
        #expect(chronicle.episodes.open.keys.allSatisfy { $0 == .fire(FloorID(rawValue: 2)) })
    }

    @Test("TOLD: what is found bad again after a restart goes on under its name, however often")
    func stillBad() throws {
        let bad: [Input] = [
            .event(.reading(detector: 0, .fault(.device))), .event(.bus(0, up: false)),
            .event(.systemFault(.gpio, present: true)), .event(.feedback(floor: 0, .active)),
        ]
        let began = names(try run(bad, for: .seconds(25)), "begin")
        for _ in 0..<3 {
            try chronicle.restart()
            // As SiteField does: what is wrong at the start is told in the first tick.
            var decisions = Decisions()
            let logic = SiteLogic(
                plan: chronicle.plan, planChecksum: 7, memory: Memory(), at: bench.now,
                into: &decisions)
            var loop = ControlLoop(
                logic: logic, starting: decisions, field: BenchField(bench: bench),
                journal: BenchJournal(bench: bench), status: BenchStatus(bench: bench),
                clock: BenchClock(bench: bench))
            bench.tick(&loop, bad)
            bench.pass(.seconds(25), &loop)
            let told = try chronicle.take(bench)
            let going = names(told, "during")
            for key in ["floor.1.detector.11.fault", "bus.east.fault", "floor.1.valve.fault"] {
                #expect(going[key] != nil && going[key] == began[key], "\(key)")
            }
            #expect(names(told, "end").isEmpty)
        }
    }

    @Test("TOLD: how long it lasted is known over a restart, and not over a power cut")
    func duration() throws {
        for (machine, seconds) in [(nil, Optional(160)), (UInt64(99), nil)] {
            let chronicle = Chronicle(Bench.plan())
            try chronicle.take(.detectorDown(first, floor, .fault(.device)))
            let since = Int(chronicle.wallMilliseconds)
            chronicle.pass(100)
            try chronicle.restart(machine: machine)
            chronicle.pass(60)
            try chronicle.take(.started(planChecksum: 7))
            let back = try #require(try chronicle.take(.told(.reading(detector: 0, .normal))).first)
            #expect(back.short == "floor.1.detector.11.back end")
            #expect(back.number("seconds") == seconds && back.number("since") == since)
        }
    }

    @Test("TOLD: a fire outlasts a restart and a power cut, until someone resets it")
    func fire() throws {
        let began = try #require(try chronicle.take(.alarm(first, floor)).first)
        try chronicle.take(.valve(floor, .open, .release(.detector(first))))
        for machine in [nil, UInt64(5)] {
            try chronicle.restart(machine: machine)
            try chronicle.take(.started(planChecksum: 7))
            let open = try chronicle.take(.valve(floor, .open, .remembered))
            #expect(open.map(\.short) == ["floor.1.valve.open during"])
            #expect(open.first?.episode == began.episode)
            #expect(try chronicle.take(.armed).map(\.short) == ["system.armed single"])
        }
        let reset = try chronicle.take(.reset(.panel))
        #expect(reset.last?.short == "floor.1.reset end")
        #expect(reset.last?.episode == began.episode)
    }

    @Test("TOLD: a hand that let go while nothing ran has ended what it asked for")
    func handGone() throws {
        try chronicle.take(.manualRelease(floor, pressed: true))
        try chronicle.take(.releaseWithheld(floor, .manual))
        try chronicle.restart()
        try chronicle.take(.started(planChecksum: 7))
        #expect(try chronicle.take(.armed).map(\.short).last == "floor.1.manual.released end")
    }

    @Test("TOLD: a walk test and a disablement go on over a restart, with all that was answered")
    func going() throws {
        let test = try #require(
            try chronicle.take(.walkTestStarted(floor, ann, .minutes(30))).first)
        try chronicle.take(.tested(first, floor))
        let off = try #require(try chronicle.take(.disabled(first, ann, .minutes(30))).first)
        for _ in 0..<2 {
            try chronicle.restart()
            try chronicle.take(.started(planChecksum: 7))
            let again = try chronicle.take(.walkTestStarted(floor, ann, .minutes(20)))
            #expect(again.map(\.short) == ["operator.walk-test-started during"])
            #expect(again.first?.episode == test.episode)
            let still = try chronicle.take(.disabled(first, ann, .minutes(20)))
            #expect(still.first?.episode == off.episode)
        }
        let report = try #require(try chronicle.take(.walkTestEnded(floor, .timer)).first)
        #expect(report.numbers("detectors") == [11] && report.numbers("missing") == [12])
        #expect(report.episode == test.episode)
        #expect(try chronicle.take(.enabled(first, .timer)).first?.episode == off.episode)
    }

    @Test("TOLD: what a new plan no longer has is ended, and its positions are not another's")
    func newPlan() throws {
        try chronicle.take(.detectorDown(first, floor, .fault(.device)))
        try chronicle.take(.isolated(floor))
        try chronicle.take(.bus(0, up: false))
        try chronicle.take(.keyFault(key: 1))
        try chronicle.take(.systemFault(.gpio, present: true))
        var plan = EpisodeRestartTests.plan()
        plan.floors[0].id = FloorID(rawValue: 7)
        plan.detectors[0].id = DetectorID(rawValue: 77)
        plan.buses[0].name = "west"
        try chronicle.restart(plan: plan, checksum: 8)
        try chronicle.take(.started(planChecksum: 8))
        let told = try chronicle.take(.armed)
        #expect(
            told.map(\.short) == [
                "system.armed single", "floor.1.key.in-service end", "floor.1.detector.11.back end",
                "bus.former-0.back end", "key.former-1.back end", "system.gpio.back end",
            ])
        #expect(told[2].text("text") == "detector 11 is no longer in the site plan")
        #expect(told[3].text("busName") == nil)
        #expect(chronicle.episodes.open.isEmpty)
    }

    @Test("TOLD: half of a memory, whose writer was killed, does not count")
    func half() throws {
        try chronicle.take(.detectorDown(first, floor, .fault(.device)))
        try chronicle.take(.isolated(floor))
        var fold = Episodes(plan: chronicle.plan, planChecksum: 7)
        for entry in chronicle.log { fold.take(entry) }
        let whole = fold.open
        var empty = Chronicle(chronicle.plan).episodes.entries(machine: 1, chronicle.stamp)
        for entry in empty + chronicle.episodes.entries(machine: 1, chronicle.stamp).dropLast() {
            fold.take(entry)
        }
        #expect(fold.open.isEmpty, "the empty one was whole")
        empty = chronicle.episodes.entries(machine: 1, chronicle.stamp)
        for entry in empty { fold.take(entry) }
        #expect(fold.open == whole)
    }
}
