// One key switch by itself: from contact levels to a position.

import FireLogic
import Testing

/// A key and its clock in milliseconds; collects what changes.
private struct Key {
    var key: KeySwitch
    var changes: [KeySwitch.Change] = []
    let timing = Timing()

    init(twoContacts: Bool = true) {
        key = KeySwitch(hasTwoContacts: twoContacts, at: .zero, timing: timing)
    }

    /// A key that rests in a position since long ago.
    init(at position: KeySwitch.Position, twoContacts: Bool = true) {
        self.init(twoContacts: twoContacts)
        set(off: position == .off ? .active : .inactive, on: position == .off ? .inactive : .active)
        pass(to: 1_000)
        changes.removeAll()
    }

    private(set) var now = 0

    mutating func set(off: ContactLevel? = nil, on: ContactLevel? = nil) {
        let time = Instant.zero + .milliseconds(now)
        if let off { key.read(.off, off, at: time, timing: timing) }
        if let on { key.read(.on, on, at: time, timing: timing) }
    }

    mutating func pass(to end: Int) {
        while now < end {
            now += 1
            var turns = 0
            while key.deadline <= .zero + .milliseconds(now) {
                note(key.advance(to: .zero + .milliseconds(now)))
                turns += 1
                precondition(turns < 10, "the key spins")
            }
        }
    }

    mutating func pass(_ time: Int) { pass(to: now + time) }

    private mutating func note(_ change: KeySwitch.Change) {
        if change != .none { changes.append(change) }
    }
}

private let levels: [ContactLevel] = [.inactive, .active, .unreadable]

@Suite struct KeySwitchTests {
    @Test(
        "KEY: only a clear off isolates; the other eight pairs of levels count as on",
        arguments: levels, levels)
    func contactTable(off: ContactLevel, on: ContactLevel) {
        let isOff = off == .active && on == .inactive
        let agree = isOff || (off == .inactive && on == .active)
        for from in [KeySwitch.Position.unsettled, .on, .off] {
            var key = from == .unsettled ? Key() : Key(at: from)
            key.set(off: off, on: on)
            key.pass(49)
            #expect(key.key.position == from, "before the debounce time")
            key.pass(1)
            #expect(key.key.position == (isOff ? .off : .on), "from \(from)")
            #expect(!key.key.isFaulty)
            key.pass(3_000)
            #expect(key.key.isFaulty == !agree)
            #expect(key.changes.filter { $0 == .fault }.count == (agree ? 0 : 1))
        }
    }

    @Test("KEY: with one contact only its active level isolates", arguments: levels)
    func oneContactTable(off: ContactLevel) {
        for from in [KeySwitch.Position.unsettled, .on, .off] {
            var key =
                from == .unsettled
                ? Key(twoContacts: false) : Key(at: from, twoContacts: false)
            key.set(off: off)
            key.pass(3_000)
            #expect(key.key.position == (off == .active ? .off : .on))
            #expect(key.key.isFaulty == (off == .unreadable))
        }
    }

    @Test(
        "KEY: contacts that nobody could read count as on after the debounce time, and as a fault")
    func neverRead() {
        var key = Key()
        #expect(key.key.position == .unsettled)
        key.pass(to: 49)
        #expect(key.key.position == .unsettled)
        key.pass(to: 50)
        #expect(key.key.position == .on)
        key.pass(to: 1_999)
        #expect(!key.key.isFaulty)
        key.pass(to: 2_000)
        #expect(key.key.isFaulty)
        #expect(key.changes == [.turnedOn, .fault])
    }

    @Test("KEY: a turn that takes its time between the contacts is one turn and no fault")
    func slowTurn() {
        var key = Key(at: .on)
        key.set(on: .inactive)
        key.pass(1_500)
        #expect(key.changes.isEmpty)
        key.set(off: .active)
        key.pass(100)
        #expect(key.changes == [.turnedOff])
        key.set(off: .inactive)
        key.pass(100)
        key.set(on: .active)
        key.pass(5_000)
        #expect(key.changes == [.turnedOff, .turnedOn])
    }

    @Test("KEY: bounce shorter than 50 ms turns nothing")
    func bounce() {
        for position in [KeySwitch.Position.on, .off] {
            var key = Key(at: position)
            for _ in 0..<20 {
                key.set(
                    off: position == .on ? .active : .inactive,
                    on: position == .on ? .inactive : .active)
                key.pass(49)
                key.set(
                    off: position == .on ? .inactive : .active,
                    on: position == .on ? .active : .inactive)
                key.pass(60)
            }
            key.pass(5_000)
            #expect(key.key.position == position)
            #expect(key.changes.isEmpty)
        }
    }

    @Test("KEY: a turn that bounces counts once, 50 ms after the last bounce")
    func bouncyTurn() {
        var key = Key(at: .on)
        for _ in 0..<5 {
            key.set(off: .active, on: .inactive)
            key.pass(3)
            key.set(off: .inactive, on: .active)
            key.pass(3)
        }
        key.set(off: .active, on: .inactive)
        key.pass(49)
        #expect(key.changes.isEmpty)
        key.pass(1)
        #expect(key.changes == [.turnedOff])
        key.pass(5_000)
        #expect(key.changes == [.turnedOff])
    }

    @Test(
        "KEY: a broken key wire closes nothing: every broken wire of a key that is on leaves it on",
        arguments: levels)
    func brokenWire(broken: ContactLevel) {
        for contact in [KeyContact.off, .on] {
            var key = Key(at: .on)
            switch contact {
            case .off: key.set(off: broken)
            case .on: key.set(on: broken)
            }
            key.pass(10_000)
            #expect(key.key.position == .on)
            #expect(!key.changes.contains(.turnedOff))
            let healthy: ContactLevel = contact == .off ? .inactive : .active
            #expect(key.key.isFaulty == (broken != healthy))
        }
    }

    @Test("TOLD: contacts that agree again end the fault, once")
    func repair() {
        var key = Key(at: .on)
        key.set(on: .inactive)
        key.pass(2_000)
        #expect(key.changes == [.fault])
        key.pass(60_000)
        key.set(on: .active)
        key.pass(60_000)
        #expect(key.changes == [.fault, .repaired])
        #expect(!key.key.isFaulty)
    }

    @Test("RELEASE: a key that chatters from the start counts as on and as a fault after 2 s")
    func chatterAtStart() {
        for twoContacts in [true, false] {
            var key = Key(twoContacts: twoContacts)
            while key.now < 4_000 {
                key.set(off: .active, on: .inactive)
                key.pass(10)
                key.set(off: .inactive, on: .active)
                key.pass(10)
            }
            #expect(key.key.position == .on)
            #expect(key.changes == [.turnedOn, .fault])
        }
    }

    @Test("KEY: a contact that chatters for 2 s is a fault and turns nothing")
    func chatter() {
        for position in [KeySwitch.Position.on, .off] {
            for twoContacts in [true, false] {
                var key = Key(at: position, twoContacts: twoContacts)
                for _ in 0..<200 {
                    key.set(off: .active, on: .inactive)
                    key.pass(10)
                    key.set(off: .inactive, on: .active)
                    key.pass(10)
                }
                #expect(key.key.position == position)
                #expect(key.changes == [.fault])
                key.set(
                    off: position == .off ? .active : .inactive,
                    on: position == .off ? .inactive : .active)
                key.pass(1_000)
                #expect(key.changes == [.fault, .repaired])
            }
        }
    }
}
