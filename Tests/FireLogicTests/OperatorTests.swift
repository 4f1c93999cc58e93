// SiteLogic+Operator: reset, disablement, walk test and the rights of those who ask from afar.

import FireLogic
import Testing

@Suite struct OperatorTests {
    // Reset

    @Test("LATCH: an alarm is shown until an authorised reset, whatever the detector says")
    func alarmLatches() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.calm(101)
        building.live(.minutes(60))
        building.ask(.silence)
        #expect(building.logic.lamps.fire)
        #expect(building.logic.floorLamps(0).fire)
        building.ask(.reset)
        #expect(!building.logic.lamps.fire)
        #expect(!building.logic.floorLamps(0).fire)
        #expect(building.events.last == .reset(OperatorName("ann")))
    }

    @Test("RELEASE: a reset reads the detectors again and alarms at once if fire persists")
    func resetAlarmsAgain() {
        var building = Building(Example.plan(floors: 2))
        building.fire(101)
        building.fire(201)
        building.calm(201)
        building.ask(.silence)
        building.forgetLog()
        building.ask(.reset)
        #expect(building.events == [.reset(OperatorName("ann")), .alarm(101, 1)])
        #expect(building.logic.lamps.sounder)
        #expect(building.logic.floorLamps(0).fire)
        #expect(!building.logic.floorLamps(1).fire)
        #expect(building.openFloors == [0, 1])
    }

    @Test("KEY: a reset with the key on does not open again what the key had closed and is calm")
    func resetAfterKey() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.calm(101)
        building.keyOn()
        building.ask(.reset)
        #expect(!building.isOpen())
    }

    // Disablement

    @Test("QUIET: a disabled detector's fire opens nothing and alarms nobody")
    func disabledIsQuiet() {
        var building = Building(Example.plan())
        building.ask(.disable(.detector(101), .minutes(10)))
        building.forgetLog()
        building.fire(101)
        building.pass(.seconds(5))
        #expect(building.events.isEmpty)
        #expect(!building.isOpen())
        #expect(!building.logic.lamps.fire)
        #expect(building.logic.lamps.isolated, "the lamp for isolated and disabled")
        #expect(building.log.contains(.signal(101, .alarm)))
        building.fire(102)
        #expect(building.isOpen())
    }

    @Test("RELEASE: a disablement ends by itself, and fire reported at that moment releases")
    func disablementExpires() {
        for (minutes, burning) in [(1, false), (1, true), (480, false), (480, true)] {
            var building = Building(Example.plan())
            building.hearAll()
            building.ask(.disable(.detector(101), .minutes(minutes)))
            if burning { building.fire(101) }
            building.live(.minutes(minutes) + .milliseconds(-1))
            #expect(!building.detector(101).isEnabled)
            #expect(!building.isOpen())
            building.live(.milliseconds(1))
            #expect(building.detector(101).isEnabled)
            #expect(building.events.contains(.enabled(101, .timer)))
            #expect(building.isOpen() == burning)
            #expect(!building.logic.lamps.isolated)
        }
    }

    @Test("RELEASE: enabling a detector that reports fire releases at once")
    func enabledWithFire() {
        var building = Building(Example.plan())
        building.ask(.disable(.detector(101), .minutes(10)))
        building.fire(101)
        building.ask(.enable(.detector(101)))
        #expect(building.isOpen())
    }

    @Test("QUIET: disabling the voter takes its vote back; the alarm stays shown until a reset")
    func disabledVoter() {
        var building = Building(Example.plan(rule: .coincidence(count: 2, scope: .floor)))
        building.hearAll()
        building.fire(101)
        building.ask(.disable(.detector(101), .minutes(10)))
        building.calm(101)
        building.ask(.enable(.detector(101)))
        building.fire(102)
        #expect(!building.isOpen())
        #expect(building.logic.lamps.fire)
    }

    @Test("QUIET: disabling the only fire while its delay runs withdraws the release")
    func disabledInDelay() {
        var building = Building(Example.plan(delay: .seconds(30)))
        building.fire(101)
        building.ask(.disable(.detector(101), .minutes(10)))
        building.pass(.seconds(60))
        #expect(!building.isOpen())
        #expect(building.events.contains(.releaseWithdrawn(1)))
    }

    @Test(
        "QUIET: disabling a floor or zone as a whole releases nothing on the way",
        arguments: [OperatorRequest.Target.floor(1), .zone(0)])
    func disableTogether(target: OperatorRequest.Target) {
        for voter: UInt32 in 101...103 {
            for scope in [ReleaseRule.Scope.floor, .zone] {
                var building = Building(
                    Example.plan(rule: .coincidence(count: 2, scope: scope), zones: [0, 0, 0]))
                building.hearAll()
                building.fire(voter)
                building.ask(.disable(target, .minutes(10)))
                #expect(!building.isOpen(), "voter \(voter)")
                #expect(building.logic.summary.detectorsDisabled == 3)
            }
        }
    }

    @Test(
        "QUIET: enabling a floor or zone as a whole, by hand or by time, releases nothing on the way",
        arguments: [OperatorRequest.Target.floor(1), .zone(0)], [false, true])
    func enableTogether(target: OperatorRequest.Target, byTime: Bool) {
        for voter: UInt32 in 101...103 {
            for scope in [ReleaseRule.Scope.floor, .zone] {
                var building = Building(
                    Example.plan(rule: .coincidence(count: 2, scope: scope), zones: [0, 0, 0]))
                building.hearAll()
                building.ask(.disable(target, .minutes(1)))
                building.fire(voter)
                if byTime { building.live(.minutes(2)) } else { building.ask(.enable(target)) }
                #expect(building.logic.summary.detectorsDisabled == 0)
                #expect(building.logic.lamps.fire)
                #expect(!building.isOpen(), "voter \(voter)")
                building.fire(voter == 101 ? 102 : 101)
                #expect(building.isOpen())
            }
        }
    }

    @Test("BOUNDED: a disablement or walk test has 1 minute to 8 hours")
    func ranges() {
        for (time, outcome) in [
            (Interval.zero, RequestOutcome.outOfRange), (.seconds(59), .outOfRange),
            (.seconds(60), .done), (.minutes(480), .done),
            (.minutes(480) + Interval(nanoseconds: 1), .outOfRange),
            (Interval(nanoseconds: .max), .outOfRange), (Interval(nanoseconds: .min), .outOfRange),
        ] {
            var building = Building(Example.plan())
            #expect(building.ask(.disable(.detector(101), time)) == outcome)
            #expect(building.ask(.startWalkTest(1, time)) == outcome)
            #expect(building.detector(101).isEnabled == (outcome != .done))
        }
    }

    // Walk test

    @Test("QUIET: a fire in a walk test is marked as tested: no alarm, no water")
    func walkTest() {
        var building = Building(Example.plan())
        building.hearAll()
        building.ask(.startWalkTest(1, .minutes(30)))
        #expect(building.logic.lamps.test)
        building.fire(102)
        #expect(building.events.last == .tested(102, 1))
        #expect(building.detector(102).tested)
        #expect(!building.detector(101).tested)
        #expect(!building.isOpen())
        #expect(!building.logic.lamps.fire)
        building.calm(102)
        #expect(building.ask(.stopWalkTest(1)) == .done)
        #expect(!building.logic.lamps.test)
        building.live(.minutes(60))
        #expect(!building.isOpen())
    }

    @Test("RELEASE: a fire elsewhere during a walk test releases as ever")
    func fireElsewhere() {
        var building = Building(Example.plan(floors: 2))
        building.ask(.startWalkTest(1, .minutes(30)))
        building.fire(101)
        building.fire(201)
        #expect(building.openFloors == [1])
        #expect(building.logic.lamps.fire)
    }

    @Test("RELEASE: a walk test ends by itself, and fire that is still reported then releases")
    func walkTestExpires() {
        for (minutes, burning) in [(1, false), (1, true), (480, true)] {
            var building = Building(Example.plan())
            building.hearAll()
            building.ask(.startWalkTest(1, .minutes(minutes)))
            building.fire(101)
            if !burning { building.calm(101) }
            building.live(.minutes(minutes) + .milliseconds(-1))
            #expect(building.logic.floors[0].inWalkTest)
            #expect(!building.isOpen())
            building.live(.milliseconds(1))
            #expect(!building.logic.floors[0].inWalkTest)
            #expect(building.events.contains(.walkTestEnded(1, .timer)))
            #expect(building.isOpen() == burning)
        }
    }

    @Test("QUIET: a walk test is not ended by hand while a detector of the floor reports fire")
    func walkTestRefused() {
        var building = Building(Example.plan())
        building.ask(.startWalkTest(1, .minutes(30)))
        building.fire(101)
        #expect(building.ask(.stopWalkTest(1)) == .detectorInAlarm)
        #expect(building.logic.floors[0].inWalkTest)
        #expect(!building.isOpen())
        let request = OperatorRequest(
            .stopWalkTest(1), who: OperatorName("ann"), origin: .panel)
        #expect(building.events.last == .refused(request, .detectorInAlarm))
        building.ask(.disable(.detector(101), .minutes(5)))
        #expect(building.ask(.stopWalkTest(1)) == .done)
        #expect(!building.isOpen())
    }

    @Test("RELEASE: a release that was on its way goes on when a walk test starts")
    func walkTestInDelay() {
        var building = Building(Example.plan(delay: .seconds(30)))
        building.fire(101)
        building.ask(.startWalkTest(1, .minutes(30)))
        building.live(.seconds(30))
        #expect(building.isOpen())
    }

    @Test("LIVE: a detector that dies in a walk test is a fault as ever")
    func deadInWalkTest() {
        var building = Building(Example.plan())
        building.hearAll()
        building.ask(.startWalkTest(1, .minutes(30)))
        building.live(.seconds(11), except: [102])
        #expect(building.logic.lamps.fault)
        #expect(building.events.contains(.detectorDown(102, 1, .silent(.silent))))
    }

    // Rights and names

    private static let operations: [(OperatorRequest.Operation, RemoteRights)] = [
        (.silence, .silence), (.reset, .reset),
        (.disable(.detector(101), .minutes(10)), .disable), (.enable(.detector(101)), .disable),
        (.startWalkTest(1, .minutes(10)), .walkTest), (.stopWalkTest(1), .walkTest),
    ]

    @Test(
        "APART: from afar only what the site allows is carried out; the rest is refused on record")
    func remoteRights() {
        for (operation, needed) in Self.operations {
            for raw in UInt8(0)..<16 {
                let rights = RemoteRights(rawValue: raw)
                var building = Building(Example.plan(remote: rights))
                if case .stopWalkTest = operation { building.ask(.startWalkTest(1, .minutes(5))) }
                let before = building.logic.floors
                let detectors = building.logic.detectors
                let outcome = building.ask(operation, origin: .remote)
                #expect(outcome == (rights.contains(needed) ? .done : .notAllowed))
                if outcome == .notAllowed {
                    let request = OperatorRequest(
                        operation, who: OperatorName("ann"), origin: .remote)
                    #expect(building.events.last == .refused(request, .notAllowed))
                    #expect(building.logic.floors == before)
                    #expect(building.logic.detectors == detectors)
                }
                #expect(building.ask(operation) != .notAllowed, "the panel may always")
            }
        }
    }

    @Test("APART: nobody asks from afar under the name of the panel or of the program itself")
    func reservedNames() {
        for name in [OperatorName.panel, .timer] {
            var decisions = Decisions()
            var logic = Building(Example.plan(remote: .all)).logic
            let request = OperatorRequest(.reset, who: name, origin: .remote)
            #expect(logic.request(request, at: .zero, into: &decisions) == .notAllowed)
            #expect(decisions.records == [.asked(request), .refused(request, .notAllowed)])
        }
    }

    @Test("APART: with every right given, no request from afar opens or closes a valve")
    func remoteMovesNothing() {
        for open in [false, true] {
            var building = Building(Example.plan(remote: .all))
            building.hearAll()
            if open { building.fire(101) }
            building.calm(101)
            building.forgetLog()
            for (operation, _) in Self.operations + Self.operations.reversed() {
                building.ask(operation, origin: .remote)
                building.live(.seconds(1))
                #expect(building.isOpen() == open)
            }
            #expect(building.drives.isEmpty)
        }
    }

    @Test("RECORD: a request for what does not exist is refused on record")
    func unknownTargets() {
        let operations: [OperatorRequest.Operation] = [
            .disable(.detector(999), .minutes(5)), .disable(.zone(0), .minutes(5)),
            .disable(.zone(-1), .minutes(5)), .disable(.floor(9), .minutes(5)),
            .enable(.detector(0)), .enable(.zone(77)), .enable(.floor(-1)),
            .startWalkTest(9, .minutes(5)), .stopWalkTest(9), .stopWalkTest(1),
        ]
        for operation in operations {
            var building = Building(Example.plan())
            #expect(building.ask(operation) == .unknownTarget)
            let request = OperatorRequest(operation, who: OperatorName("ann"), origin: .panel)
            #expect(building.events.last == .refused(request, .unknownTarget))
        }
    }

    @Test("RECORD: every operator action is recorded with who did it")
    func recorded() {
        var building = Building(Example.plan())
        building.hearAll()
        building.forgetLog()
        let ann = OperatorName("ann")
        building.ask(.silence)
        building.ask(.disable(.detector(101), .minutes(5)))
        building.ask(.enable(.detector(101)))
        building.ask(.startWalkTest(1, .minutes(5)))
        building.ask(.stopWalkTest(1))
        building.ask(.reset)
        #expect(
            building.events == [
                .silenced(ann), .disabled(101, ann, .minutes(5)), .enabled(101, ann),
                .walkTestStarted(1, ann, .minutes(5)), .walkTestEnded(1, ann), .reset(ann),
            ])
    }
}
