// One detector by itself: what each reading makes of each state, when a level counts, and when
// silence is concluded.

import FireLogic
import Testing

/// A detector with a debounce time of 10 ms and a limit of 10 s, and its clock in milliseconds.
private struct Contact {
    var detector = Detector(deadline: .zero + Example.limit)
    var now: Instant = .zero
    var debounce: Interval = .milliseconds(10)

    mutating func hear(_ reading: Reading, at milliseconds: Int) -> Detector.Change {
        now = .zero + .milliseconds(milliseconds)
        return detector.hear(
            reading, at: now, limit: Example.limit, debounce: debounce, restless: .seconds(1))
    }

    mutating func advance(to milliseconds: Int, bus: Bool = false) -> Detector.Change {
        now = .zero + .milliseconds(milliseconds)
        return detector.advance(
            to: now, limit: Example.limit, silence: bus ? .bus : .silent)
    }
}

/// What a detector can be in before the event of a decision table.
enum Before: String, CaseIterable {
    case unknown, normal, alarm, deviceFault, invalidFault, silent

    fileprivate func make(debounce: Interval = .zero) -> Contact {
        var contact = Contact(debounce: .zero)
        switch self {
        case .unknown: break
        case .normal: _ = contact.hear(.normal, at: 0)
        case .alarm: _ = contact.hear(.alarm, at: 0)
        case .deviceFault: _ = contact.hear(.fault(.device), at: 0)
        case .invalidFault: _ = contact.hear(.fault(.invalid), at: 0)
        case .silent: _ = contact.advance(to: 10_000)
        }
        contact.debounce = debounce
        return contact
    }

    /// The reading that says what is known already.
    var same: Reading? {
        switch self {
        case .unknown, .silent: nil
        case .normal: .normal
        case .alarm: .alarm
        case .deviceFault: .fault(.device)
        case .invalidFault: .fault(.invalid)
        }
    }
}

@Suite struct DetectorTests {
    @Test(
        "RELEASE: an active detector's reading counts at once, whatever it was before",
        arguments: Before.allCases, [Reading.normal, .alarm, .fault(.device), .fault(.invalid)])
    func readingTable(before: Before, reading: Reading) {
        var contact = before.make()
        let change = contact.hear(reading, at: 11_000)
        let expected: Detector.Change =
            if before.same == reading {
                .none
            } else {
                switch reading {
                case .normal: .normal
                case .alarm: .alarm
                case .fault(let reason): .down(.fault(reason))
                case .silent(let cause): .down(.silent(cause))
                }
            }
        #expect(change == expected)
        #expect(contact.detector.reportsFire == (reading == .alarm))
        #expect(contact.detector.deadline == .zero + .milliseconds(21_000))
    }

    @Test(
        "LIVE: every state but silence ends in silence at its limit, not a nanosecond before",
        arguments: Before.allCases)
    func silenceTable(before: Before) {
        var contact = before.make()
        guard before != .silent else {
            #expect(contact.detector.deadline == .never)
            #expect(contact.advance(to: 1_000_000_000) == .none)
            return
        }
        let limit = contact.detector.deadline
        #expect(limit == .zero + .seconds(10))
        let early = contact.detector.advance(
            to: limit + Interval(nanoseconds: -1), limit: Example.limit, silence: .silent)
        #expect(early == .none)
        let change = contact.advance(to: 10_000)
        #expect(change == .down(.silent(before == .unknown ? .neverHeard : .silent)))
        #expect(contact.detector.isSilent)
        #expect(!contact.detector.reportsFire)
    }

    @Test("LIVE: a detector behind a dead bus falls silent because of the bus")
    func silentBus() {
        for before in [Before.unknown, .normal, .alarm] {
            var contact = before.make()
            #expect(contact.advance(to: 10_000, bus: true) == .down(.silent(.bus)))
        }
    }

    @Test("LIVE: hearing the same again moves the limit and changes nothing else")
    func sameAgain() {
        for before in Before.allCases {
            guard let reading = before.same else { continue }
            var contact = before.make()
            #expect(contact.hear(reading, at: 9_999) == .none)
            #expect(contact.detector.deadline == .zero + .milliseconds(19_999))
        }
    }

    @Test("LIVE: what a silent detector said last is not its state any more")
    func staleIsNotShown() {
        var contact = Before.normal.make()
        _ = contact.advance(to: 10_000)
        #expect(contact.detector.state == .silent(.silent))
        #expect(contact.detector.down == .silent(.silent))
        #expect(contact.detector.isLost)
    }

    @Test("RELEASE: a contact's alarm counts when it has held still for the debounce time")
    func debounced() {
        var contact = Before.normal.make(debounce: .milliseconds(10))
        #expect(contact.hear(.alarm, at: 100) == .none)
        #expect(contact.detector.deadline == .zero + .milliseconds(110))
        #expect(contact.advance(to: 109) == .none)
        #expect(contact.advance(to: 110) == .alarm)
        #expect(contact.detector.reportsFire)
    }

    @Test("RELEASE: a contact that is read as alarm twice over the debounce time counts")
    func polledContact() {
        var contact = Before.normal.make(debounce: .milliseconds(10))
        #expect(contact.hear(.alarm, at: 100) == .none)
        #expect(contact.hear(.alarm, at: 105) == .none)
        #expect(contact.hear(.alarm, at: 110) == .alarm)
    }

    @Test("QUIET: a pulse shorter than the debounce time is no alarm", arguments: Before.allCases)
    func shortPulse(before: Before) {
        guard before != .alarm else { return }
        var contact = before.make(debounce: .milliseconds(10))
        let start = 20_000
        _ = contact.hear(before.same ?? .normal, at: start - 1_000)
        _ = contact.advance(to: start - 990)
        let state = contact.detector.reportsFire
        #expect(contact.hear(.alarm, at: start) == .none)
        for time in start..<start + 9 { #expect(contact.advance(to: time) == .none) }
        #expect(contact.hear(.normal, at: start + 9) == .none)
        for time in stride(from: start + 10, to: start + 100, by: 1) {
            #expect(contact.advance(to: time) != .alarm)
        }
        #expect(!contact.detector.reportsFire)
        #expect(state == contact.detector.reportsFire)
    }

    @Test(
        "LIVE: a contact that never holds still for a second is a fault of its line",
        arguments: Before.allCases)
    func chatter(before: Before) {
        var contact = before.make(debounce: .milliseconds(10))
        var faultAt: Int?
        let start = before == .silent ? 11_000 : 1_000
        var time = start
        while time < start + 2_000 {
            for reading in [Reading.alarm, .normal] {
                let changes = [contact.advance(to: time), contact.hear(reading, at: time)]
                #expect(!changes.contains(.alarm))
                if changes.contains(.down(.fault(.line))), faultAt == nil { faultAt = time }
                time += 3
            }
        }
        #expect(contact.detector.down == .fault(.line))
        #expect((start + 1_000...start + 1_020).contains(faultAt ?? 0), "fault at \(faultAt ?? 0)")
        // Once it holds still it is believed again.
        #expect(contact.hear(.alarm, at: start + 2_100) == .none)
        #expect(contact.advance(to: start + 2_110) == .alarm)
    }

    @Test("LIVE: a contact that bounces now and then is no fault")
    func rareBounce() {
        var contact = Before.normal.make(debounce: .milliseconds(10))
        for second in 1...100 {
            #expect(contact.hear(.alarm, at: second * 1_000) == .none)
            #expect(contact.hear(.normal, at: second * 1_000 + 2) == .none)
            #expect(contact.advance(to: second * 1_000 + 12) == .none)
        }
        #expect(contact.detector.down == nil)
    }

    @Test("LIVE: a late look at a contact is not taken for chatter")
    func stall() {
        var contact = Before.normal.make(debounce: .milliseconds(10))
        #expect(contact.hear(.alarm, at: 1_000) == .none)
        // Nobody looked for three seconds.
        #expect(contact.hear(.normal, at: 4_000) == .none)
        #expect(contact.advance(to: 4_010) == .none)
        #expect(contact.detector.down == nil)
    }

    @Test("LATCH: an alarm stays latched through normal, fault and silence until a reset")
    func latched() {
        var contact = Before.alarm.make()
        contact.detector.latchAlarm()
        for reading in [Reading.normal, .fault(.device), .alarm, .normal] {
            _ = contact.hear(reading, at: 100)
            #expect(contact.detector.alarmLatched)
            #expect(contact.detector.votes)
        }
        _ = contact.advance(to: 20_000)
        #expect(contact.detector.alarmLatched)
        #expect(contact.detector.votes)
        contact.detector.clearAlarm()
        #expect(!contact.detector.alarmLatched)
        #expect(!contact.detector.votes)
    }

    @Test("KEY: after the key only a detector that reports fire at that moment votes")
    func recountTable() {
        for before in Before.allCases {
            for latched in [false, true] {
                for enabled in [false, true] {
                    var contact = before.make()
                    if latched { contact.detector.latchAlarm() }
                    if !enabled { contact.detector.disable(until: .never) }
                    contact.detector.recount()
                    #expect(
                        contact.detector.votes == (before == .alarm && latched && enabled),
                        "\(before), latched \(latched), enabled \(enabled)")
                }
            }
        }
    }

    @Test("RELEASE: a detector is lost to coincidence when it is silent, faulty or disabled")
    func lostTable() {
        for before in Before.allCases {
            var contact = before.make()
            let isDown = [.deviceFault, .invalidFault, .silent].contains(before)
            #expect(contact.detector.isLost == isDown)
            #expect((contact.detector.down != nil) == isDown)
            contact.detector.disable(until: .never)
            #expect(contact.detector.isLost)
            #expect(!contact.detector.isEnabled)
            contact.detector.enable()
            #expect(contact.detector.isLost == isDown)
        }
    }
}
