// What a restart remembers: folded from the records of the log, record by record, and what the
// rules make of it when they start again.

import FireLogic
import Testing

@Suite struct MemoryTests {
    private let ann = OperatorName("ann")

    private func memory(_ records: [Record], age: Interval? = .zero) -> Memory {
        var memory = Memory()
        for record in records { memory.apply(record, age: age) }
        return memory
    }

    private func rounded(_ memory: Memory) -> Memory { self.memory(memory.records()) }

    // Kinds of records

    @Test("LATCH: an open valve is remembered as open, whatever opened it")
    func open() {
        for cause in [
            ValveCause.release(.manual), .release(.detector(101)), .again(2), .remembered,
        ] {
            #expect(memory([.valve(1, .open, cause)]).open == [1])
        }
    }

    @Test("KEY: a valve that the key closed is remembered as shut, whatever followed")
    func closed() {
        let past: [Record] = [
            .valve(1, .open, .release(.detector(101))), .valve(1, .closed, .key), .isolated(1),
            .valve(1, .closed, .again(1)), .valveConfirmed(1, .closed), .inService(1),
        ]
        #expect(memory(past).open.isEmpty)
        #expect(memory(past).established == [1])
    }

    @Test("LATCH: what was said of a valve's feedback, line and faults changes no memory of it")
    func otherValveRecords() {
        let start: [Record] = [.valve(1, .open, .release(.detector(101))), .alarm(101, 1)]
        let others: [Record] = [
            .signal(101, .normal), .signal(101, .fault(.line)), .tested(101, 1),
            .detectorDown(101, 1, .silent(.silent)), .detectorBack(101, 1), .bus(0, up: false),
            .releaseWithdrawn(1), .valveConfirmed(1, .open), .valveConfirmed(1, .closed),
            .valveFault(1, .notConfirmedOpen), .valveRepaired(1), .keyFault(key: 0),
            .keyRepaired(key: 0), .manualRelease(1, pressed: false),
            .manualReleaseFault(1, present: true), .silenced(ann),
            .refused(OperatorRequest(.reset, who: ann, origin: .remote), .notAllowed),
            .button(.reset), .systemFault(.journal, present: true), .started(planChecksum: 1),
            .armed, .signalsDropped(5), .timePassed, .told(.bus(0, up: false)),
        ]
        for record in others {
            #expect(memory(start + [record]) == memory(start), "\(record)")
        }
        #expect(memory(others) == Memory())
    }

    @Test("LATCH: an alarm is remembered until the reset")
    func alarms() {
        #expect(memory([.alarm(101, 1)]).alarms == [101: true])
        #expect(memory([.alarm(101, 1), .reset(ann)]).alarms.isEmpty)
        #expect(memory([.reset(ann), .alarm(101, 1)]).alarms == [101: true])
    }

    @Test("KEY: an alarm from before or during isolation is remembered without its vote")
    func isolatedVotes() {
        #expect(memory([.alarm(101, 1), .isolated(1)]).alarms == [101: false])
        #expect(memory([.isolated(1), .alarm(101, 1)]).alarms == [101: false])
        #expect(memory([.isolated(1), .alarm(101, 1), .inService(1)]).alarms == [101: false])
        #expect(
            memory([.isolated(1), .inService(1), .alarm(101, 1)]).alarms == [101: true])
        #expect(memory([.alarm(101, 1), .isolated(2)]).alarms == [101: true])
    }

    @Test("QUIET: a disabled detector's vote is not remembered")
    func disabledVote() {
        let past: [Record] = [.alarm(101, 1), .disabled(101, ann, .minutes(5))]
        #expect(memory(past).alarms == [101: false])
        #expect(memory(past + [.enabled(101, .timer)]).alarms == [101: false])
        #expect(memory(past + [.enabled(101, ann), .alarm(101, 1)]).alarms == [101: true])
    }

    @Test("RELEASE: a disablement or walk test goes on with what is left of it")
    func timedLeft() {
        for (age, left) in [(0, 3_600), (600, 3_000), (3_599, 1)] {
            let past: [Record] = [
                .disabled(101, ann, .minutes(60)), .walkTestStarted(1, ann, .minutes(60)),
            ]
            let memory = memory(past, age: .seconds(age))
            #expect(memory.disabled[101]?.left == .seconds(left))
            #expect(memory.disabled[101]?.who == ann)
            #expect(memory.walkTests[1]?.left == .seconds(left))
        }
    }

    @Test("RELEASE: a disablement or walk test that is over is not remembered")
    func timedOver() {
        for age in [3_600, 3_601, 1_000_000_000] {
            let memory = memory(
                [.disabled(101, ann, .minutes(60)), .walkTestStarted(1, ann, .minutes(60))],
                age: .seconds(age))
            #expect(memory.disabled.isEmpty)
            #expect(memory.walkTests.isEmpty)
        }
    }

    @Test("RELEASE: an age that makes no sense lengthens nothing and traps nothing")
    func oddAge() {
        for age in [Int64.min, -1, Int64.max] {
            let memory = memory(
                [.disabled(101, ann, .minutes(60))], age: Interval(nanoseconds: age))
            #expect((memory.disabled[101]?.left ?? .zero) <= .minutes(60))
        }
    }

    @Test("RELEASE: after a power cut at most half an hour of a disablement is left")
    func powerCut() {
        for (minutes, left) in [(5, 5), (30, 30), (480, 30)] {
            let memory = memory(
                [
                    .disabled(101, ann, .minutes(minutes)),
                    .walkTestStarted(1, ann, .minutes(minutes)),
                ],
                age: nil)
            #expect(memory.disabled[101]?.left == .minutes(left))
            #expect(memory.walkTests[1]?.left == .minutes(left))
        }
    }

    @Test("LATCH: what another witness knows of a valve is believed over the log")
    func otherWitness() {
        var memory = memory([.valve(1, .open, .release(.manual))])
        memory.remember(1, open: false)
        memory.remember(2, open: true)
        #expect(memory.open == [2])
        #expect(rounded(memory).open == [2])
    }

    // Round trip

    @Test(
        "LATCH: records that start a new file give the same memory, over random pasts from a seed")
    func roundTrip() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            var memory = Memory()
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                memory.apply(randomRecord(&random), age: randomAge(&random))
            }
            guard rounded(memory) == memory else {
                Issue.record(
                    "seed \(seed), round \(round): \(memory) became \(rounded(memory))")
                return
            }
        }
    }

    private func randomAge(_ random: inout SeededGenerator) -> Interval? {
        Bool.random(using: &random) ? nil : .minutes(Int.random(in: 0...20, using: &random))
    }

    private func randomRecord(_ random: inout SeededGenerator) -> Record {
        let floor = FloorID(rawValue: Int16.random(in: 1...3, using: &random))
        let detector = DetectorID(
            rawValue: UInt32(floor.rawValue) * 100 + UInt32.random(in: 1...2, using: &random))
        let time: Interval = .minutes(Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return .valve(floor, .open, .release(.detector(detector)))
        case 1: return .valve(floor, .open, .remembered)
        case 2: return .valve(floor, .closed, .key)
        case 3: return .releasePending(floor, .detector(detector), delay: time)
        case 4: return .releaseWithheld(floor, .manual)
        case 5, 6: return .alarm(detector, floor)
        case 7: return .isolated(floor)
        case 8: return .inService(floor)
        case 9: return Int.random(in: 0..<4, using: &random) == 0 ? .reset(ann) : .armed
        case 10: return .disabled(detector, ann, time)
        case 11: return .enabled(detector, ann)
        case 12: return .walkTestStarted(floor, ann, time)
        default: return .walkTestEnded(floor, ann)
        }
    }

    // Restart

    @Test("LATCH: an open valve is open from the first moment after a restart, and stays open")
    func restartOpen() {
        var building = Building(Example.plan(floors: 2, feedback: true))
        building.fire(101)
        var restarted = building.restarted(key: .unread)
        #expect(restarted.openFloors == [0])
        #expect(restarted.logic.lamps.fire)
        #expect(restarted.logic.floorLamps(0).open)
        #expect(restarted.events.contains(.valve(1, .open, .remembered)))
        restarted.pass(.minutes(10))
        #expect(restarted.openFloors == [0])
        #expect(!restarted.drives.contains { $0.command == .closed })
        restarted.keyOff()
        #expect(restarted.openFloors.isEmpty)
    }

    @Test("LATCH: a valve stays open through a hundred restarts")
    func manyRestarts() {
        var building = Building(Example.plan())
        building.fire(101)
        for _ in 0..<100 {
            building = building.restarted(after: .minutes(1))
            #expect(building.isOpen())
        }
        #expect(building.log.count < 20)
    }

    @Test("KEY: a remembered open valve is closed by the key that is found off at the start")
    func restartKeyOff() {
        var building = Building(Example.plan())
        building.fire(101)
        building = building.restarted(key: .off)
        #expect(!building.isOpen())
        #expect(building.events.contains(.valve(1, .closed, .key)))
        building.live(.minutes(1))
        building = building.restarted(key: .on)
        building.live(.minutes(1))
        #expect(!building.isOpen())
    }

    @Test("QUIET: a restart after the key closed the valve does not open it again")
    func restartAfterKey() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.calm(101)
        building.keyOn()
        for key in [KeyAtStart.on, .off, .unread] {
            var restarted = building.restarted(key: key)
            restarted.hearAll()
            restarted.live(.minutes(5))
            #expect(!restarted.isOpen())
            #expect(restarted.logic.lamps.fire, "the alarm stays latched")
        }
    }

    @Test("QUIET: fire that came and went behind the key opens nothing after a restart")
    func restartAfterIsolatedFire() {
        var building = Building(Example.plan(), key: .off)
        building.hearAll()
        building.fire(101)
        building.calm(101)
        var restarted = building.restarted(key: .on)
        restarted.live(.minutes(1))
        #expect(!restarted.isOpen())
    }

    @Test("QUIET: restarts by themselves open nothing", arguments: [false, true])
    func restartsOpenNothing(coincidence: Bool) {
        var building = Building(
            Example.plan(rule: coincidence ? .coincidence(count: 2, scope: .floor) : .first))
        for _ in 0..<100 {
            building = building.restarted(after: .minutes(1))
            building.pass(.seconds(25))
            #expect(!building.isOpen())
        }
    }

    @Test("RELEASE: fire that persists through a restart releases by its first reading")
    func fireThroughRestart() {
        var building = Building(Example.plan(), key: .off)
        building.fire(101)
        building = building.restarted(key: .on)
        #expect(!building.isOpen())
        building.fire(101)
        #expect(building.isOpen())
    }

    @Test("RELEASE: a delay that a restart interrupts is counted again, and the valve opens")
    func restartInDelay() {
        var building = Building(Example.plan(delay: .seconds(30)))
        building.fire(101)
        building.pass(.seconds(20))
        building = building.restarted()
        building.pass(.seconds(29))
        #expect(!building.isOpen())
        building.pass(.seconds(1))
        #expect(building.isOpen())
    }

    @Test("RELEASE: half of a coincidence is remembered through a restart")
    func restartInCoincidence() {
        var building = Building(Example.plan(rule: .coincidence(count: 2, scope: .floor)))
        building.hearAll()
        building.fire(101)
        building = building.restarted()
        building.calm(101)
        #expect(!building.isOpen())
        building.fire(102)
        #expect(building.isOpen())
    }

    @Test("QUIET: a disablement goes on after a restart and still ends on time")
    func restartDisabled() {
        var building = Building(Example.plan())
        building.ask(.disable(.detector(101), .minutes(10)))
        building.fire(101)
        building = Building(
            building.logic.plan, memory: Aged.memory(building, by: .minutes(4)),
            at: building.now + .minutes(4))
        building.fire(101)
        building.live(.minutes(6) + .seconds(-2))
        #expect(!building.isOpen())
        building.live(.seconds(2))
        #expect(building.isOpen())
    }

    @Test("QUIET: a walk test goes on after a restart and still ends on time")
    func restartWalkTest() {
        var building = Building(Example.plan())
        building.ask(.startWalkTest(1, .minutes(10)))
        building = Building(
            building.logic.plan, memory: Aged.memory(building, by: .minutes(4)),
            at: building.now + .minutes(4))
        building.fire(101)
        building.live(.minutes(6) + .seconds(-2))
        #expect(!building.isOpen())
        #expect(building.logic.lamps.test)
        building.live(.seconds(2))
        #expect(building.isOpen())
        #expect(!building.logic.lamps.test)
    }

    @Test("LATCH: floors and detectors that a new plan does not know are left alone")
    func otherPlan() {
        var building = Building(Example.plan(floors: 3))
        building.fire(101)
        building.fire(301)
        building.ask(.disable(.detector(302), .minutes(10)))
        let restarted = building.restarted(Example.plan(floors: 2))
        #expect(restarted.openFloors == [0])
    }

    @Test("LATCH: after any life the log knows what the logic knows, from a seed")
    func lives() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<30 {
            let rule: ReleaseRule = [
                ReleaseRule.first, .coincidence(count: 2, scope: .floor),
                .coincidence(count: 2, scope: .zone),
            ][round % 3]
            var building = Building(
                Example.plan(
                    floors: 2, detectors: 4, rule: rule,
                    delay: round % 2 == 0 ? .zero : .seconds(5),
                    zones: [0, 0, 1, 1], feedback: true))
            for step in 0..<120 {
                happen(&building, &random)
                guard let difference = Self.difference(building) else { continue }
                Issue.record("\(difference): seed \(seed), round \(round), step \(step)")
                return
            }
        }
    }

    private func happen(_ building: inout Building, _ random: inout SeededGenerator) {
        let floor = Int.random(in: 0...1, using: &random)
        let id = building.logic.plan.floors[floor].id
        let detector = floor * 4 + Int.random(in: 0..<4, using: &random)
        let detectorID = building.logic.plan.detectors[detector].id
        let time: Interval = .minutes(Int.random(in: 1...3, using: &random))
        switch Int.random(in: 0..<16, using: &random) {
        case 0, 1, 2: building.tell(.reading(detector: detector, .alarm))
        case 3, 4: building.tell(.reading(detector: detector, .normal))
        case 5: building.tell(.reading(detector: detector, .fault(.device)))
        case 6: building.keyOff(floor)
        case 7: building.keyOn(floor)
        case 8: building.ask(.reset)
        case 9: building.ask(.disable(.detector(detectorID), time))
        case 10: building.ask(.enable(.floor(id)))
        case 11: building.ask(.startWalkTest(id, time))
        case 12: building.ask(.stopWalkTest(id))
        case 13: building.tell(.feedback(floor: floor, [.active, .inactive][floor]))
        case 14: building.pressManual(floor: floor)
        default: building.pass(.seconds(Int.random(in: 1...40, using: &random)))
        }
        building.tell(.manualRelease(floor: floor, .inactive))
        building.pass(.milliseconds(20))
    }

    /// What the memory of a building gets wrong, nil if nothing.
    private static func difference(_ building: Building) -> String? {
        let logic = building.logic
        let memory = building.memory
        for (floor, plan) in zip(logic.floors, logic.plan.floors) {
            if memory.open.contains(plan.id) != floor.isOpen { return "open \(plan.id)" }
            if memory.established.contains(plan.id) && !floor.established {
                return "established \(plan.id)"
            }
            if (memory.walkTests[plan.id] != nil) != floor.inWalkTest { return "test \(plan.id)" }
        }
        for (detector, plan) in zip(logic.detectors, logic.plan.detectors) {
            if (memory.alarms[plan.id] != nil) != detector.alarmLatched {
                return "alarm \(plan.id)"
            }
            // A vote may be forgotten (the detector will be heard again), never invented.
            if memory.alarms[plan.id] == true && !detector.votes { return "vote \(plan.id)" }
            if (memory.disabled[plan.id] != nil) == detector.isEnabled {
                return "disabled \(plan.id)"
            }
        }
        // A restart opens what was open, and nothing else but a release that was on its way.
        for key in [KeyAtStart.on, .off] {
            var restarted = building.restarted(key: key)
            restarted.pass(.seconds(9))
            for (floor, before) in logic.floors.enumerated() where restarted.isOpen(floor) {
                if key == .off { return "open with the key off: floor \(floor)" }
                if !before.isOpen && before.release == .ready {
                    return "opened by a restart: floor \(floor)"
                }
            }
            for (floor, before) in logic.floors.enumerated()
            where key == .on && before.isOpen && !restarted.isOpen(floor) {
                return "shut by a restart: floor \(floor)"
            }
        }
        return nil
    }
}

/// The memory of a building as read some time after its records were written.
private enum Aged {
    static func memory(_ building: Building, by age: Interval) -> Memory {
        var memory = Memory()
        for record in building.log { memory.apply(record, age: age) }
        return memory
    }
}

extension MemoryTests {
    @Test("RELEASE: a countdown that a reset did not end is remembered as a release")
    func countdownBehindReset() {
        var building = Building(Example.plan(delay: .seconds(30)))
        building.fire(101)
        building.pass(.seconds(5))
        building.press(.reset)
        var memory = Memory()
        for record in building.log { memory.apply(record, age: .zero) }
        #expect(memory.established == [1])
        #expect(!building.isOpen())
        building.fire(101)
        building.live(.seconds(26))
        #expect(building.isOpen(), "and it still ends when it would have ended")
    }
}
