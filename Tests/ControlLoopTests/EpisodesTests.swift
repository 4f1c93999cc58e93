// What people are told, and of which episode it is the beginning, a part or the end.

import FireLogic
import Testing

@testable import ControlLoop

@Suite struct EpisodesTests {
    private let floor = FloorID(rawValue: 1)
    private let other = FloorID(rawValue: 2)
    private let first = DetectorID(rawValue: 11)
    private let second = DetectorID(rawValue: 12)
    private let ann = EveryRecord.ann
    private let chronicle = Chronicle(Bench.plan())

    private func short(_ record: Record) throws -> [String] {
        try chronicle.take(record).map(\.short)
    }

    @Test("TOLD: a fire is one episode of its floor, from the first alarm to the reset")
    func fire() throws {
        let records: [Record] = [
            .alarm(first, floor), .valve(floor, .open, .release(.detector(first))),
            .alarm(second, floor), .valveFault(floor, .notConfirmedOpen), .valveRepaired(floor),
            .valve(floor, .closed, .key), .isolated(floor), .inService(floor),
            .valve(floor, .open, .release(.detector(first))), .valveConfirmed(floor, .open),
        ]
        var told: [Told] = []
        for record in records {
            chronicle.pass(60)
            told += try chronicle.take(record)
        }
        #expect(told.map(\.key).first == "floor.1.detector.11.fire")
        #expect(
            told.map { $0.text("phase") } == ["begin"] + Array(repeating: "during", count: 9))
        #expect(Set(told.map(\.episode)).count == 1)
        #expect(told.allSatisfy { $0.number("since") == told[0].number("since") })
        #expect(told[7].number("seconds") == 60, "isolated for a minute")

        let elsewhere = try #require(
            try chronicle.take(.alarm(DetectorID(rawValue: 21), other)).first)
        #expect(elsewhere.episode != told[0].episode)
        chronicle.pass(60)
        let reset = try chronicle.take(.reset(ann))
        #expect(
            reset.map(\.short) == [
                "operator.reset single", "floor.1.reset end", "floor.2.reset end",
            ])
        #expect(reset[1].episode == told[0].episode && reset[1].number("seconds") == 600)
        #expect(reset[1].text("who") == "ann" && reset[1].number("floor") == 1)
        #expect(reset[1].text("text") == "fire on floor 1 (Floor) reset by ann after 10 min")
        // The next fire is another one; what the valve does without one is of none.
        #expect(try short(.valve(floor, .closed, .key)) == ["floor.1.valve.closed single"])
        let next = try #require(try chronicle.take(.alarm(first, floor)).first)
        #expect(next.text("phase") == "begin" && next.episode != told[0].episode)
    }

    @Test("TOLD: water asked for by hand is over when nobody presses and the key has closed")
    func byHand() throws {
        #expect(try short(.manualRelease(floor, pressed: true)) == ["floor.1.manual.pressed begin"])
        #expect(
            try short(.valve(floor, .open, .release(.manual))) == ["floor.1.valve.open during"])
        #expect(
            try short(.manualRelease(floor, pressed: false)) == ["floor.1.manual.released during"])
        #expect(try short(.valve(floor, .closed, .key)) == ["floor.1.valve.closed end"])
        #expect(try short(.alarm(first, floor)) == ["floor.1.detector.11.fire begin"])
    }

    @Test("TOLD: what was told before a fire stays an episode of its own")
    func beforeFire() throws {
        #expect(try short(.isolated(floor)) == ["floor.1.key.isolated begin"])
        #expect(try short(.valveFault(floor, .notDriven)) == ["floor.1.valve.fault begin"])
        try chronicle.take(.alarm(first, floor))
        #expect(
            try short(.releaseWithheld(floor, .detector(first)))
                == ["floor.1.release.withheld during"])
        chronicle.pass(7_200)
        let back = try #require(try chronicle.take(.inService(floor)).first)
        #expect(back.short == "floor.1.key.in-service end" && back.number("seconds") == 7_200)
        #expect(back.text("keyName") == "key" && back.text("text")?.hasSuffix("after 2 h") == true)
        #expect(try short(.valveRepaired(floor)) == ["floor.1.valve.repaired end"])
    }

    @Test("TOLD: a floor that comes into service without having been isolated is no news")
    func startUp() throws {
        #expect(try short(.inService(floor)) == [])
    }

    @Test("TOLD: a valve's fault is over when it gets another command, which may fail anew")
    func newCommand() throws {
        try chronicle.take(.valve(floor, .open, .release(.manual)))
        try chronicle.take(.reset(ann))
        #expect(try short(.valveFault(floor, .notConfirmedOpen)) == ["floor.1.valve.fault begin"])
        #expect(
            try short(.valve(floor, .closed, .key))
                == ["floor.1.valve.repaired end", "floor.1.valve.closed single"])
        #expect(try short(.valveFault(floor, .notConfirmedClosed)) == ["floor.1.valve.fault begin"])
    }

    @Test("TOLD: a detector that is down is told with its cause, and how long when it is back")
    func detector() throws {
        for (cause, word) in [
            (DownCause.silent(.silent), "silent"), (.silent(.neverHeard), "never-heard"),
            (.fault(.device), "device"), (.fault(.invalid), "invalid"), (.fault(.line), "line"),
        ] {
            let down = try #require(
                try chronicle.take(.detectorDown(first, floor, cause)).first)
            #expect(down.short == "floor.1.detector.11.fault begin")
            #expect(down.text("cause") == word && down.text("detectorName") == "Detector")
            #expect(down.text("site") == "Bench" && down.text("floorName") == "Floor")
            let worse = try chronicle.take(.detectorDown(first, floor, .fault(.device)))
            #expect(worse.map(\.short) == ["floor.1.detector.11.fault during"])
            chronicle.pass(90)
            let back = try #require(try chronicle.take(.detectorBack(first, floor)).first)
            #expect(back.short == "floor.1.detector.11.back end")
            #expect(back.episode == down.episode && back.number("seconds") == 90)
        }
    }

    @Test("TOLD: key, manual release and system each have an episode of their own")
    func others() throws {
        for (bad, good, key) in [
            (Record.keyFault(key: 0), Record.keyRepaired(key: 0), "key.key"),
            (
                .manualReleaseFault(floor, present: true),
                .manualReleaseFault(floor, present: false), "floor.1.manual"
            ),
            (
                .systemFault(.journal, present: true), .systemFault(.journal, present: false),
                "system.journal"
            ),
        ] {
            let began = try #require(try chronicle.take(bad).first)
            let ended = try #require(try chronicle.take(good).first)
            #expect(began.short == key + ".fault begin" && ended.short == key + ".back end")
            #expect(began.episode != nil && began.episode == ended.episode)
        }
    }

    @Test("TOLD: a disablement is told when it is set, and how it ended")
    func disablement() throws {
        let set = try #require(try chronicle.take(.disabled(first, ann, .minutes(30))).first)
        #expect(set.short == "operator.disabled begin" && set.number("forSeconds") == 1_800)
        #expect(set.number("floor") == 1 && set.number("detector") == 11)
        #expect(try short(.disabled(first, ann, .minutes(60))) == ["operator.disabled during"])
        chronicle.pass(3_600)
        let ended = try #require(try chronicle.take(.enabled(first, .timer)).first)
        #expect(ended.short == "operator.enabled end" && ended.text("who") == "timer")
        #expect(
            ended.text("text")
                == "detector 11 (Detector) is enabled again: its time is over after 60 min")
    }

    @Test("TOLD: the end of a walk test says who, how long, who answered and who did not")
    func walkTest() throws {
        #expect(
            try short(.walkTestStarted(floor, ann, .minutes(30)))
                == ["operator.walk-test-started begin"])
        try chronicle.take(.tested(first, floor))
        // Begun anew: who answered before has to answer again.
        #expect(
            try short(.walkTestStarted(floor, ann, .minutes(30)))
                == ["operator.walk-test-started during"])
        #expect(try short(.tested(second, floor)) == ["floor.1.detector.12.tested during"])
        chronicle.pass(600)
        let report = try #require(try chronicle.take(.walkTestEnded(floor, ann)).first)
        #expect(report.short == "operator.walk-test-ended end")
        #expect(report.numbers("detectors") == [12] && report.number("count") == 1)
        #expect(report.numbers("missing") == [11] && report.number("missingCount") == 1)
        #expect(report.number("seconds") == 600 && report.text("who") == "ann")
        #expect(
            report.text("text")?.hasSuffix(
                "after 10 min: 1 of 2 detectors answered, NOT: detector 11 (Detector)") == true)
    }

    @Test("TOLD: names of episodes are short, and no two are the same")
    func names() throws {
        var names: Set<String> = []
        for machine in [1, UInt64.max, 0xABCD_0000_1234_5678] {
            let chronicle = Chronicle(Bench.plan(), machine: machine)
            for wall in [Int64.min, -1, 0, 1_800_000_000_000, .max] {
                chronicle.wallMilliseconds = wall
                for _ in 0..<3 {
                    let told = try chronicle.take(.detectorDown(first, floor, .fault(.device)))
                    let name = try #require(told.first?.episode)
                    #expect((1...32).contains(name.utf8.count))
                    #expect(
                        name.utf8.allSatisfy {
                            (97...122).contains($0) || (48...57).contains($0) || $0 == 45
                        })
                    #expect(names.insert(name).inserted)
                    try chronicle.take(.detectorBack(first, floor))
                }
            }
        }
    }

    @Test("BOUNDED: no message is longer than 8 KB, whatever the names and however many")
    func size() throws {
        var plan = Bench.plan()
        let long = String(repeating: "\"", count: Limits.nameBytes)
        plan.name = long
        plan.floors[0].name = long
        plan.keys[0].name = long
        plan.zones = [ZonePlan(name: long, floor: 0)]
        plan.buses = [
            BusPlan(
                name: long, link: .tcp(host: "192.0.2.7", port: 502), responseTimeout: .seconds(1))
        ]
        let point = ModbusPoint(unit: 1, table: .coil, address: 0, test: .bit(0))
        plan.detectors = (0..<Limits.detectorsPerFloor).map {
            DetectorPlan(
                id: DetectorID(rawValue: UInt32.max - UInt32(Limits.detectorsPerFloor - $0)),
                name: long, floor: 0, zone: 0, period: .seconds(1), limit: .seconds(10),
                source: .modbus(bus: 0, alarm: point, fault: nil))
        }
        let chronicle = Chronicle(plan)
        let one = plan.detectors[0].id
        var told = try chronicle.take(.bus(0, up: false))
        #expect(told.first?.numbers("detectors")?.count == 200)
        #expect(told.first?.number("count") == Limits.detectorsPerFloor)
        told += try chronicle.take(.walkTestStarted(floor, ann, .minutes(1)))
        for detector in plan.detectors.prefix(500) {
            told += try chronicle.take(.tested(detector.id, floor))
        }
        told += try chronicle.take(.walkTestEnded(floor, ann))
        #expect(told.last?.numbers("missing")?.count == 200)
        #expect(told.last?.number("missingCount") == Limits.detectorsPerFloor - 500)
        for record in EveryRecord.all + [
            .alarm(one, floor), .detectorDown(one, floor, .fault(.line)),
        ] {
            told += try chronicle.take(record)
        }
        for message in told { #expect(message.bytes <= 8 << 10, "\(message.key)") }
    }
}
