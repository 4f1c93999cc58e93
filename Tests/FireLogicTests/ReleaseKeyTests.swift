// SiteLogic+Release: what the key does to water, and the start before the key has been read.

import FireLogic
import Testing

@Suite struct ReleaseKeyTests {
    // Key

    @Test("KEY: off closes the valve after 50 ms, and the panel says isolated in the same moment")
    func keyCloses() {
        var building = Building(Example.plan())
        building.fire(101)
        building.turnKey(on: false)
        building.pass(.milliseconds(49))
        #expect(building.isOpen())
        #expect(!building.logic.lamps.isolated)
        building.pass(.milliseconds(1))
        #expect(!building.isOpen())
        #expect(building.logic.lamps.isolated)
        #expect(building.log.suffix(2) == [.valve(1, .closed, .key), .isolated(1)])
    }

    @Test("KEY: while it is off alarms sound, show and are recorded, but there is no water")
    func isolated() {
        for rule in [ReleaseRule.first, .coincidence(count: 2, scope: .floor)] {
            var building = Building(Example.plan(rule: rule), key: .off)
            building.hearAll()
            building.ask(.silence)
            building.forgetLog()
            building.fire(101)
            building.fire(102)
            #expect(building.events.contains(.alarm(101, 1)))
            #expect(building.events.contains(.alarm(102, 1)))
            let withheld = building.events.filter {
                if case .releaseWithheld = $0 { true } else { false }
            }
            #expect(withheld.count == 1)
            #expect(building.logic.lamps.fire)
            #expect(building.logic.lamps.sounder)
            #expect(building.logic.floorLamps(0).fire)
            building.pressManual()
            building.pass(.minutes(10))
            building.ask(.reset)
            building.fire(103)
            #expect(building.drives.isEmpty)
        }
    }

    /// What happens before the key is turned off and on again, and whether that opens.
    private struct Turn: CustomTestStringConvertible {
        var name: String
        var opens: Bool
        var rule: ReleaseRule = .first
        var delay: Interval = .zero
        var fireBefore: [UInt32] = []
        var fireWhileOff: [UInt32] = []
        var calmWhileOff: [UInt32] = []
        var disabled = false
        var manual = false
        var testDescription: String { name }
    }

    private static let coincidence = ReleaseRule.coincidence(count: 2, scope: .floor)
    private static let turns: [Turn] = [
        Turn(name: "nothing burns", opens: false),
        Turn(name: "fire before and still", opens: true, fireBefore: [101]),
        Turn(
            name: "fire before, over by now", opens: false, fireBefore: [101],
            calmWhileOff: [101]),
        Turn(name: "fire began while off", opens: true, fireWhileOff: [101]),
        Turn(
            name: "fire came and went while off", opens: false, fireWhileOff: [101],
            calmWhileOff: [101]),
        Turn(
            name: "one fire over, another still", opens: true, fireBefore: [101],
            fireWhileOff: [102], calmWhileOff: [101]),
        Turn(
            name: "with a delay, which was served", opens: true, delay: .seconds(60),
            fireBefore: [101]),
        Turn(
            name: "with a delay, fire began while off", opens: true, delay: .seconds(60),
            fireWhileOff: [101]),
        Turn(
            name: "coincidence before, one still reports", opens: true, rule: coincidence,
            fireBefore: [101, 102], calmWhileOff: [102]),
        Turn(
            name: "coincidence before, none reports", opens: false, rule: coincidence,
            fireBefore: [101, 102], calmWhileOff: [101, 102]),
        Turn(
            name: "coincidence never reached", opens: false, rule: coincidence,
            fireBefore: [101]),
        Turn(
            name: "coincidence reached while off", opens: true, rule: coincidence,
            fireWhileOff: [101, 103]),
        Turn(
            name: "the reporting detector is disabled", opens: false, fireBefore: [101],
            disabled: true),
        Turn(
            name: "the manual release is pressed", opens: true, delay: .seconds(60),
            manual: true),
    ]

    @Test(
        "KEY: back on opens at once if and only if a detector reports fire at that moment",
        arguments: turns)
    private func backOn(turn: Turn) {
        var building = Building(Example.plan(rule: turn.rule, delay: turn.delay))
        building.hearAll()
        for id in turn.fireBefore { building.fire(id) }
        building.live(turn.delay)
        building.keyOff()
        #expect(!building.isOpen())
        for id in turn.fireWhileOff { building.fire(id) }
        for id in turn.calmWhileOff { building.calm(id) }
        if turn.disabled { building.ask(.disable(.detector(101), .minutes(10))) }
        if turn.manual { building.pressManual() }
        building.live(.seconds(5))
        #expect(!building.isOpen())
        building.keyOn()
        #expect(building.isOpen() == turn.opens)
        building.live(.seconds(30))
        #expect(building.isOpen() == turn.opens)
    }

    @Test("KEY: fire after the key came back on opens as ever")
    func fireAfterOn() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.calm(101)
        building.keyOn()
        #expect(!building.isOpen())
        building.fire(101)
        #expect(building.isOpen())
    }

    @Test("KEY: a silent detector does not count as reporting fire when the key comes on")
    func silentAtKeyOn() {
        var building = Building(Example.plan())
        building.fire(101)
        building.keyOff()
        building.pass(.seconds(20))
        #expect(building.detector(101).isSilent)
        building.keyOn()
        #expect(!building.isOpen())
    }

    @Test("KEY: a key of several floors isolates them all and no other floor")
    func sharedKey() {
        var plan = Example.plan(floors: 3)
        plan.floors[1].key = 0
        var building = Building(plan)
        for id: UInt32 in [101, 201, 301] { building.fire(id) }
        #expect(building.openFloors == [0, 1, 2])
        building.keyOff(0)
        #expect(building.openFloors == [2])
        building.live(.seconds(2))
        building.keyOn(0)
        #expect(building.openFloors == [0, 1, 2])
    }

    @Test("KEY: a broken key wire closes nothing and holds nothing shut")
    func brokenWire() {
        for off in [ContactLevel.inactive, .unreadable] {
            var building = Building(Example.plan())
            building.fire(101)
            building.contacts(off: off, on: .unreadable)
            building.pass(.minutes(1))
            #expect(building.isOpen())
            #expect(building.events.contains(.keyFault(key: 0)))
            #expect(building.logic.lamps.fault)
            #expect(!building.logic.lamps.isolated)

            var other = Building(Example.plan())
            other.contacts(off: off, on: .inactive)
            other.pass(.minutes(1))
            other.fire(101)
            #expect(other.isOpen())
        }
    }

    @Test("KEY: a wire that breaks while the key is off counts as on, and opens only on fire")
    func wireBreaksWhileOff() {
        for burning in [false, true] {
            var building = Building(Example.plan(), key: .off)
            building.hearAll()
            if burning { building.fire(101) }
            building.contacts(off: .unreadable, on: .inactive)
            building.pass(.milliseconds(50))
            #expect(building.isOpen() == burning)
            #expect(!building.logic.lamps.isolated)
        }
    }

    // The start

    @Test("KEY: before the key has been read nothing opens; then fire that was heard opens at once")
    func unsettled() {
        var building = Building(Example.plan(), key: .unread)
        building.turnKey(on: true)
        building.fire(101)
        building.pass(.milliseconds(49))
        #expect(!building.isOpen())
        #expect(!building.logic.isArmed)
        building.pass(.milliseconds(1))
        #expect(building.isOpen())
        #expect(building.logic.isArmed)
        #expect(building.events.contains(.armed))
    }

    @Test("KEY: fire that was heard before the key was found off is withheld and opens at key on")
    func unsettledThenOff() {
        var building = Building(Example.plan(delay: .seconds(60)), key: .unread)
        building.turnKey(on: false)
        building.fire(101)
        building.pass(.milliseconds(50))
        #expect(building.drives.isEmpty)
        #expect(building.events.contains(.releaseWithheld(1, .detector(101))))
        building.live(.seconds(5))
        building.keyOn()
        #expect(building.isOpen())
    }

    @Test("RELEASE: a key that nobody can read does not keep its floor shut")
    func keyNeverRead() {
        var building = Building(Example.plan(), key: .unread)
        building.pass(.milliseconds(50))
        building.fire(101)
        #expect(building.isOpen())
    }

    @Test("RELEASE: a key that has not settled holds up its own floors only")
    func otherKeyUnsettled() {
        var building = Building(Example.plan(floors: 2), key: .unread)
        building.turnKey(0, on: true)
        building.pass(.milliseconds(40))
        building.turnKey(1, on: true)
        building.pass(.milliseconds(10))
        building.fire(101)
        building.fire(201)
        #expect(building.openFloors == [0])
        building.pass(.milliseconds(40))
        #expect(building.openFloors == [0, 1])
    }
}
