// Lamps, sounder and buttons.

import FireLogic
import Testing

@Suite struct PanelTests {
    private func quietBuilding(_ plan: SitePlan = Example.plan()) -> Building {
        var building = Building(plan)
        building.hearAll()
        return building
    }

    @Test("LIVE: a site at rest shows power and nothing else")
    func atRest() {
        let building = quietBuilding()
        #expect(
            building.logic.lamps
                == PanelLamps(
                    power: true, fire: false, fault: false, isolated: false, test: false,
                    sounder: false))
        #expect(
            building.logic.floorLamps(0) == FloorLamps(fire: false, fault: false, open: false))
        #expect(building.logic.summary.condition == .normal)
    }

    @Test("TOLD: fire before supervisory before fault before disablement before test")
    func priority() {
        var building = quietBuilding(Example.plan(floors: 2))
        building.ask(.startWalkTest(2, .minutes(60)))
        #expect(building.logic.summary.condition == .test)
        building.ask(.disable(.detector(103), .minutes(60)))
        #expect(building.logic.summary.condition == .disablement)
        building.hear(102, .fault(.device))
        #expect(building.logic.summary.condition == .fault)
        building.keyOff(1)
        #expect(building.logic.summary.condition == .supervisory)
        building.fire(101)
        #expect(building.logic.summary.condition == .fire)
        #expect(
            building.logic.lamps
                == PanelLamps(
                    power: true, fire: true, fault: true, isolated: true, test: true, sounder: true
                ))
    }

    @Test("TOLD: silencing quiets the sounder, and each new event sounds it again")
    func sounder() {
        let events: [(String, (inout Building) -> Void)] = [
            ("fire of another detector", { $0.fire(102) }),
            ("a fault", { $0.hear(103, .fault(.device)) }),
            ("a detector that dies", { $0.live(.seconds(11), except: [103]) }),
            ("the key", { $0.keyOff() }),
            (
                "a broken key",
                {
                    $0.contacts(off: .active, on: .active)
                    $0.live(.seconds(3))
                }
            ),
            ("a dead bus", { $0.tell(.bus(0, up: false)) }),
            ("a system fault", { $0.tell(.systemFault(.journal, present: true)) }),
            (
                "a broken manual release",
                {
                    $0.tell(.manualRelease(floor: 0, .unreadable))
                    $0.pass(.seconds(1))
                }
            ),
            (
                "a valve that does not close",
                {
                    $0.tell(.feedback(floor: 0, .active))
                    $0.live(.seconds(30))
                }
            ),
        ]
        for (name, happen) in events {
            var building = quietBuilding(Example.plan(feedback: true, bus: true))
            building.tell(.feedback(floor: 0, .inactive))
            // Something that lasts, so that the sounder is silenced and not just quiet.
            building.tell(.systemFault(.memoryLock, present: true))
            #expect(building.logic.lamps.sounder)
            building.press(.silence)
            building.live(.seconds(5))
            #expect(building.logic.panel.sounder == .silenced)
            happen(&building)
            #expect(building.logic.lamps.sounder, "\(name)")
            building.ask(.silence)
            #expect(!building.logic.lamps.sounder)
        }
    }

    @Test("TOLD: silence is of the sounder only: no lamp goes dark, no valve closes")
    func silenceIsHarmless() {
        var building = quietBuilding()
        building.fire(101)
        building.press(.silence)
        #expect(building.logic.lamps.fire)
        #expect(building.isOpen())
        #expect(building.logic.floorLamps(0) == FloorLamps(fire: true, fault: false, open: true))
    }

    @Test("TOLD: the sounder falls quiet when nothing is left to sound for")
    func fallsQuiet() {
        var building = quietBuilding()
        building.hear(101, .fault(.device))
        #expect(building.logic.lamps.sounder)
        building.calm(101)
        #expect(!building.logic.lamps.sounder)
        #expect(building.logic.panel.sounder == .quiet)
    }

    @Test("LIVE: a lamp test lights everything for 5 s and hides nothing afterwards")
    func lampTest() {
        var building = quietBuilding()
        building.press(.lampTest)
        #expect(
            building.logic.lamps
                == PanelLamps(
                    power: true, fire: true, fault: true, isolated: true, test: true,
                    sounder: false))
        #expect(building.logic.floorLamps(0) == FloorLamps(fire: true, fault: true, open: true))
        building.hear(101, .fault(.device))
        #expect(building.logic.lamps.sounder)
        building.pass(.seconds(5))
        #expect(!building.logic.lamps.fire)
        #expect(building.logic.lamps.fault)
        #expect(!building.isOpen())
    }

    @Test("RECORD: pressing a button is recorded and does what it says, once")
    func buttons() {
        var building = quietBuilding()
        building.fire(101)
        building.forgetLog()
        building.press(.silence)
        #expect(building.events == [.button(.silence), .silenced(.panel)])
        building.calm(101)
        building.forgetLog()
        building.press(.reset)
        #expect(building.events == [.button(.reset), .reset(.panel)])
        #expect(building.isOpen())
    }

    @Test("QUIET: a button that bounces does nothing until it holds still for 20 ms")
    func buttonBounce() {
        var building = quietBuilding()
        building.tell(.button(.reset, .inactive))
        building.forgetLog()
        for _ in 0..<50 {
            building.tell(.button(.reset, .active))
            building.pass(.milliseconds(19))
            building.tell(.button(.reset, .inactive))
            building.pass(.milliseconds(2))
        }
        #expect(building.events.isEmpty)
    }

    @Test(
        "LATCH: a button that is found pressed at the start does nothing until it was let go",
        arguments: PanelButton.allCases)
    func foundPressed(button: PanelButton) {
        var building = Building(Example.plan())
        building.fire(101)
        building.forgetLog()
        building.tell(.button(button, .active))
        building.pass(.seconds(5))
        #expect(!building.events.contains(.button(button)))
        #expect(building.logic.floorLamps(0).fire)
        building.tell(.button(button, .inactive))
        building.pass(.milliseconds(20))
        building.tell(.button(button, .active))
        building.pass(.milliseconds(20))
        #expect(building.events.contains(.button(button)))
    }

    @Test(
        "LATCH: a button whose wire comes back pressed does nothing until it was let go",
        arguments: PanelButton.allCases)
    func wireBackPressed(button: PanelButton) {
        var building = Building(Example.plan())
        building.tell(.button(button, .inactive))
        building.tell(.button(button, .unreadable))
        building.pass(.seconds(1))
        #expect(building.logic.systemFaults.contains(.stuckButton))
        building.tell(.button(button, .active))
        building.pass(.seconds(1))
        #expect(!building.events.contains(.button(button)))
        building.tell(.button(button, .inactive))
        building.pass(.seconds(1))
        #expect(!building.logic.systemFaults.contains(.stuckButton))
        building.press(button)
        #expect(building.events.contains(.button(button)))
    }

    @Test(
        "LIVE: a button held for more than 60 s is a fault until it is let go",
        arguments: PanelButton.allCases, [false, true])
    func stuck(button: PanelButton, fromStart: Bool) {
        var building = quietBuilding()
        if !fromStart { building.tell(.button(button, .inactive)) }
        building.tell(.button(button, .active))
        building.live(.seconds(59))
        #expect(!building.logic.lamps.fault)
        building.live(.seconds(2))
        #expect(building.logic.lamps.fault)
        #expect(building.events.contains(.systemFault(.stuckButton, present: true)))
        building.tell(.button(button, .inactive))
        building.live(.seconds(1))
        #expect(!building.logic.lamps.fault)
        #expect(building.events.last == .systemFault(.stuckButton, present: false))
    }

    @Test(
        "TOLD: faults of the program light the lamp, sound once and end",
        arguments: SystemFault.allCases)
    func systemFaults(fault: SystemFault) {
        var building = quietBuilding()
        building.forgetLog()
        building.tell(.systemFault(fault, present: true))
        building.tell(.systemFault(fault, present: true))
        #expect(building.events == [.systemFault(fault, present: true)])
        #expect(building.logic.lamps.fault)
        #expect(building.logic.lamps.sounder)
        building.tell(.systemFault(fault, present: false))
        building.tell(.systemFault(fault, present: false))
        #expect(building.events.count == 2)
        #expect(!building.logic.lamps.fault)
    }
}
