// SiteLogic and SiteLogic+Time: what is heard, what falls silent and when, and that nothing grows.

import FireLogic
import Testing

@Suite struct SiteLogicTests {
    // Liveness

    @Test("LIVE: a detector silent past its limit lights the fault lamp at that very moment")
    func silent() {
        var building = Building(Example.plan())
        building.hearAll()
        building.pass(Example.limit + Interval(nanoseconds: -1))
        #expect(!building.logic.lamps.fault)
        building.pass(Interval(nanoseconds: 1))
        #expect(building.logic.lamps.fault)
        #expect(building.logic.lamps.sounder)
        #expect(building.logic.floorLamps(0).fault)
        for id: DetectorID in [101, 102, 103] {
            #expect(building.events.suffix(3).contains(.detectorDown(id, 1, .silent(.silent))))
        }
        #expect(building.logic.summary.detectorsDown == 3)
    }

    @Test("LIVE: each detector has its own limit")
    func ownLimits() {
        var plan = Example.plan()
        for index in 0..<3 { plan.detectors[index].limit = .seconds(1 + index * 10) }
        var building = Building(plan)
        building.hearAll()
        for seconds in 1...30 {
            building.pass(.seconds(1))
            #expect(building.logic.summary.detectorsDown == (seconds + 9) / 10)
        }
    }

    @Test("LIVE: at the start a detector is unknown, and a fault if it has not spoken in its limit")
    func unknownAtStart() {
        var building = Building(Example.plan(), key: .unread)
        #expect(building.detector(101).state == .unknown(deadline: building.now + Example.limit))
        #expect(building.detector(101).down == nil)
        #expect(!building.logic.lamps.fault)
        #expect(building.logic.heardAt == [.never, .never, .never])
        building.turnKey(on: true)
        building.pass(Example.limit)
        #expect(building.events.contains(.detectorDown(101, 1, .silent(.neverHeard))))
        #expect(building.logic.lamps.fault)
    }

    @Test("LIVE: a detector remembered as in alarm is unknown after a restart, not in alarm")
    func staleAlarm() {
        var building = Building(Example.plan())
        building.fire(101)
        building = building.restarted()
        #expect(!building.detector(101).reportsFire)
        #expect(building.detector(101).alarmLatched)
        building.pass(Example.limit)
        #expect(building.detector(101).isSilent)
    }

    @Test(
        "LIVE: a detector that speaks each second is never a fault; its record says when it is back"
    )
    func speaks() {
        var building = Building(Example.plan())
        building.hearAll()
        building.forgetLog()
        building.live(.minutes(10))
        #expect(building.events.isEmpty)
        building.live(.seconds(11), except: [102])
        building.calm(102)
        #expect(
            building.events == [
                .detectorDown(102, 1, .silent(.silent)), .detectorBack(102, 1),
            ])
        #expect(!building.logic.lamps.fault)
    }

    @Test("LIVE: a detector that says it is broken is a fault at once, and each new reason is told")
    func faultReasons() {
        var building = Building(Example.plan())
        building.hearAll()
        building.forgetLog()
        for reason in FaultReason.allCases + FaultReason.allCases {
            building.hear(101, .fault(reason))
            building.hear(101, .fault(reason))
            #expect(building.events.last == .detectorDown(101, 1, .fault(reason)))
            #expect(building.logic.lamps.fault)
        }
        #expect(building.events.count == 6)
    }

    @Test("LIVE: detectors of a dead bus fall silent at their limits, because of the bus")
    func deadBus() {
        var building = Building(Example.plan(bus: true))
        building.hearAll()
        building.tell(.bus(0, up: false))
        building.tell(.bus(0, up: false))
        #expect(building.logic.lamps.fault)
        #expect(building.logic.summary.detectorsDown == 0)
        building.pass(Example.limit)
        #expect(building.events.contains(.detectorDown(101, 1, .silent(.bus))))
        #expect(building.events.filter { $0 == .bus(0, up: false) }.count == 1)
        building.tell(.bus(0, up: true))
        #expect(building.logic.summary.detectorsDown == 3)
        building.hearAll()
        #expect(!building.logic.lamps.fault)
    }

    @Test("LIVE, TOLD: who stays silent when its bus is back is told to be silent itself")
    func silentBehindBus() {
        var building = Building(Example.plan(bus: true))
        building.hearAll()
        building.tell(.bus(0, up: false))
        building.pass(Example.limit)
        building.tell(.bus(0, up: true))
        building.ask(.silence)
        building.hear(102, .normal)
        building.forgetLog()
        // The bus goes once more: it is the bus's fault again.
        building.pass(.seconds(1))
        building.tell(.bus(0, up: false))
        building.pass(Example.limit)
        #expect(!building.events.contains(.detectorDown(101, 1, .silent(.silent))))
        building.tell(.bus(0, up: true))
        building.ask(.silence)
        building.live(Example.limit, except: [101])
        #expect(building.events.contains(.detectorDown(101, 1, .silent(.silent))))
        #expect(!building.events.contains(.detectorDown(102, 1, .silent(.silent))))
        #expect(building.logic.detectors[0].down == .silent(.silent))
        #expect(building.logic.lamps.fault && building.logic.lamps.sounder)
        // Said once, and back when it speaks.
        building.forgetLog()
        building.live(Example.limit + Example.limit, except: [101])
        #expect(!building.events.contains(.detectorDown(101, 1, .silent(.silent))))
        building.hear(101, .normal)
        #expect(building.events.contains(.detectorBack(101, 1)))
    }

    @Test("TOLD: what somebody outside says first is news, also that nothing is wrong")
    func firstWord() {
        var building = Building(Example.plan())
        for fault in SystemFault.allCases {
            var decisions = Decisions()
            let nothing = Event.systemFault(fault, present: false)
            for _ in 0..<3 { building.logic.handle(nothing, at: building.now, into: &decisions) }
            #expect(decisions.records == (fault.isFromOutside ? [.told(nothing)] : []))
        }
        #expect(!building.logic.lamps.fault)
    }

    @Test("LIVE: a disabled detector that dies is known, and told when it is enabled")
    func disabledDies() {
        var building = Building(Example.plan())
        building.hearAll()
        building.ask(.disable(.detector(101), .minutes(5)))
        building.ask(.silence)
        building.live(.seconds(11), except: [101])
        #expect(building.log.contains(.detectorDown(101, 1, .silent(.silent))))
        #expect(!building.logic.lamps.sounder)
        building.ask(.enable(.detector(101)))
        #expect(building.logic.lamps.fault)
        #expect(building.logic.lamps.sounder)
    }

    @Test("LIVE: with many detectors each falls silent at its own limit, never late, from a seed")
    func manyLimits() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        var plan = Example.plan(floors: 4, detectors: 20)
        for index in plan.detectors.indices {
            plan.detectors[index].limit = .milliseconds(
                Int.random(in: 200...100_000, using: &random))
        }
        var building = Building(plan)
        var lastHeard = plan.detectors.map { _ in building.now + .milliseconds(-50) }
        for step in 0..<3_000 {
            if Int.random(in: 0..<3, using: &random) == 0 {
                building.pass(.milliseconds(Int.random(in: 1...2_000, using: &random)))
            } else {
                let index = Int.random(in: 0..<80, using: &random)
                building.tell(.reading(detector: index, .normal))
                lastHeard[index] = building.now
            }
            let wrong = plan.detectors.indices.first {
                building.logic.detectors[$0].isSilent
                    != (building.now >= lastHeard[$0] + plan.detectors[$0].limit)
            }
            if let wrong {
                Issue.record("detector \(wrong): seed \(seed), step \(step)")
                return
            }
        }
    }

    @Test("RECORD: every reading of every detector is a record, in order")
    func signals() {
        var building = Building(Example.plan())
        building.forgetLog()
        let readings: [Reading] = [.normal, .normal, .alarm, .alarm, .fault(.device), .normal]
        for reading in readings { building.hear(102, reading) }
        let signals = building.log.filter { if case .signal = $0 { true } else { false } }
        #expect(signals == readings.map { .signal(102, $0) })
    }

    @Test("RECORD: the log of a fire reads in the order in which it happened")
    func order() {
        var building = Building(Example.plan(feedback: true))
        building.tell(.feedback(floor: 0, .inactive))
        building.hearAll()
        building.forgetLog()
        building.fire(101)
        building.tell(.feedback(floor: 0, .active))
        building.keyOff()
        building.tell(.feedback(floor: 0, .inactive))
        building.fire(101)
        building.keyOn()
        #expect(
            building.events == [
                .alarm(101, 1), .valve(1, .open, .release(.detector(101))),
                .valveConfirmed(1, .open), .valve(1, .closed, .key), .isolated(1),
                .valveConfirmed(1, .closed), .inService(1), .alarm(101, 1),
                .valve(1, .open, .release(.detector(101))),
            ])
    }

    @Test("RELEASE: who reports fire when the key comes on still votes after a crash")
    func voteAtKeyOnIsRemembered() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.forgetLog()
        building.keyOn()
        var memory = Memory()
        memory.apply(.isolated(1), age: .zero)
        memory.apply(.alarm(101, 1), age: .zero)
        for record in building.log { memory.apply(record, age: .zero) }
        #expect(memory.alarms[101] == true)
    }

    // Time

    @Test("LATCH: the rules are the same at every point of the boot clock, also after 136 years")
    func bootClock() {
        for start: Int64 in [0, 1, 4_294_967_296_000_000_000, .max / 2] {
            var building = Building(
                Example.plan(delay: .seconds(30), contacts: true),
                at: Instant(nanoseconds: start))
            building.hearAll()
            building.pass(.milliseconds(10))
            building.fire(101)
            building.pass(.milliseconds(10))
            building.live(.seconds(29))
            #expect(!building.isOpen())
            building.live(.seconds(1))
            #expect(building.isOpen())
            building.pass(Example.limit)
            #expect(building.logic.lamps.fault)
        }
    }

    @Test("BOUNDED: near the end of the boot clock deadlines stand still instead of trapping")
    func endOfTime() {
        var building = Building(
            Example.plan(), at: Instant(nanoseconds: .max - 1_000_000_000))
        building.fire(101)
        building.pass(.milliseconds(500))
        #expect(building.isOpen())
    }

    @Test("LIVE: nothing is due at a moment that has been handled")
    func noSpin() {
        var building = Building(Example.plan(floors: 3, feedback: true, contacts: true))
        building.fire(101)
        building.linesWork[1] = false
        building.pressManual(floor: 1)
        building.contacts(2, off: .active, on: .active)
        building.tell(.button(.reset, .active))
        building.press(.lampTest)
        for _ in 0..<200 {
            #expect(building.logic.nextDeadline > building.now)
            building.pass(.milliseconds(137))
        }
    }

    // Bounds

    @Test("BOUNDED: nothing grows in 100,000 events")
    func nothingGrows() throws {
        let seed: UInt64 = 2_106
        var random = SeededGenerator(seed: seed)
        let plan = Example.plan(
            floors: 3, detectors: 4, rule: .coincidence(count: 2, scope: .zone),
            zones: [0, 0, 1, 1], feedback: true, contacts: true, bus: true, remote: .all)
        var decisions = Decisions()
        var now = Instant.zero
        var logic = SiteLogic(
            plan: plan, planChecksum: 0, memory: Memory(), at: now, into: &decisions)
        var memory = Memory()
        var most = 0
        for step in 0..<100_000 {
            now = now + .milliseconds(Int.random(in: 0...500, using: &random))
            logic.handle(anyEvent(&random), at: now, into: &decisions)
            if step % 50 == 0 {
                let request = OperatorRequest(
                    anyOperation(&random), who: OperatorName("ann"), origin: .remote)
                _ = logic.request(request, at: now, into: &decisions)
            }
            logic.advance(to: now, into: &decisions)
            for record in decisions.records { memory.apply(record, age: .zero) }
            most = max(
                most,
                decisions.records.count + decisions.drives.count + decisions.touched.count)
            decisions.removeAll()
            // One tick of twelve detectors.
            try #require(most < 100, "decisions pile up")
        }
        #expect(logic.detectors.count == 12)
        #expect(logic.heardAt.count == 12)
        #expect(logic.floors.count == 3)
        #expect(logic.keys.count == 3)
        #expect(logic.busesUp.count == 1)
        #expect(logic.systemFaults.count <= SystemFault.allCases.count)
        #expect(memory.records().count <= 12 * 2 + 3 * 5)
        #expect(
            Mirror(reflecting: logic).collectionSizes
                == Mirror(reflecting: fresh(plan)).collectionSizes)
    }

    private func fresh(_ plan: SitePlan) -> SiteLogic {
        var decisions = Decisions()
        return SiteLogic(
            plan: plan, planChecksum: 0, memory: Memory(), at: .zero, into: &decisions)
    }

    private func anyLevel(_ random: inout SeededGenerator) -> ContactLevel {
        [ContactLevel.active, .inactive, .unreadable].randomElement(using: &random) ?? .active
    }

    private func anyEvent(_ random: inout SeededGenerator) -> Event {
        let floor = Int.random(in: 0..<3, using: &random)
        let level = anyLevel(&random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .bus(0, up: Bool.random(using: &random))
        case 1: return .keyContact(key: floor, .off, level)
        case 2: return .keyContact(key: floor, .on, level)
        case 3: return .feedback(floor: floor, level)
        case 4: return .manualRelease(floor: floor, level)
        case 5: return .button(PanelButton.allCases.randomElement(using: &random) ?? .reset, level)
        case 6: return .driven(floor: floor, succeeded: Bool.random(using: &random))
        case 7:
            return .systemFault(
                SystemFault.allCases.randomElement(using: &random) ?? .gpio,
                present: Bool.random(using: &random))
        default:
            let reading: Reading =
                [.normal, .alarm, .fault(.device)].randomElement(using: &random) ?? .normal
            return .reading(detector: Int.random(in: 0..<12, using: &random), reading)
        }
    }

    private func anyOperation(_ random: inout SeededGenerator) -> OperatorRequest.Operation {
        let floor = FloorID(rawValue: Int16.random(in: 0...4, using: &random))
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .silence
        case 1: return .reset
        case 2: return .disable(.floor(floor), .minutes(1))
        case 3: return .enable(.floor(floor))
        case 4: return .startWalkTest(floor, .minutes(1))
        default: return .stopWalkTest(floor)
        }
    }
}

extension Mirror {
    /// The sizes of all collections inside, by the way to them; optionals and sets left out, for
    /// they come and go (the set of system faults is bounded by its enum).
    fileprivate var collectionSizes: [String: Int] {
        var sizes: [String: Int] = [:]
        for child in children {
            let label = child.label ?? ""
            let inner = Mirror(reflecting: child.value)
            if inner.displayStyle == .collection {
                sizes[label] = inner.children.count
            } else if inner.displayStyle == .struct {
                for (name, size) in inner.collectionSizes { sizes[label + "." + name] = size }
            }
        }
        return sizes
    }
}
