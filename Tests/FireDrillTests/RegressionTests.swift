// The shortest form of each mistake that the drill and the exploration have found in the rules.

import FireDrill
import FireLogic
import Testing

/// What the drill and the exploration have found in the rules, each in its shortest form. Times are
/// those of the small sites: a tick is a minute, and every limit and debounce is one tick.
@Suite struct RegressionTests {
    private struct Site {
        var logic: SiteLogic
        var decisions = Decisions()
        var records: [Record] = []
        var now = Instant.zero

        init(_ site: Exploration, memory: Memory = Memory()) {
            logic = SiteLogic(
                plan: site.plan, planChecksum: 0, memory: memory, timing: site.timing, at: now,
                into: &decisions)
            records = decisions.records
            decisions.removeAll()
        }

        mutating func told(_ event: Event) {
            logic.handle(event, at: now, into: &decisions)
            logic.advance(to: now, into: &decisions)
            records += decisions.records
            decisions.removeAll()
        }

        mutating func hear(_ detector: Int, _ reading: Reading) {
            told(.reading(detector: detector, reading))
        }

        mutating func ask(_ operation: OperatorRequest.Operation) -> RequestOutcome {
            let request = OperatorRequest(operation, who: .panel, origin: .panel)
            defer { decisions.removeAll() }
            return logic.request(request, at: now, into: &decisions)
        }

        /// Turns the key and lets it settle, while `detector` goes on reporting fire.
        mutating func turnKey(_ off: ContactLevel, while detector: Int? = nil) {
            told(.keyContact(key: 0, .off, off))
            pass(ticks: 1, while: detector)
        }

        mutating func pass(ticks: Int, while detector: Int? = nil) {
            for _ in 0..<ticks {
                now = now + .minutes(1)
                if let detector {
                    logic.handle(
                        .reading(detector: detector, .alarm), at: now, into: &decisions)
                }
                logic.advance(to: now, into: &decisions)
                records += decisions.records
                decisions.removeAll()
            }
        }

        var isOpen: Bool { logic.floors[0].isOpen }
    }

    private let floor = FloorID(rawValue: 0)
    private let detector = DetectorID(rawValue: 1)

    @Test(
        "KEY: a valve that stayed open over a reset opens again for one detector that reports fire")
    func reopensAfterReset() {
        var site = Site(.walkTest)
        site.turnKey(.inactive)
        site.hear(0, .alarm)
        site.hear(1, .alarm)
        #expect(site.isOpen)
        site.hear(1, .normal)
        #expect(site.ask(.reset) == .done)
        site.turnKey(.active, while: 0)
        #expect(!site.isOpen)
        site.turnKey(.inactive, while: 0)
        #expect(site.isOpen)
    }

    @Test("QUIET: a log that ends with the key's closing does not open the valve at the next start")
    func closedByKeyIsRemembered() {
        var memory = Memory()
        memory.apply(.alarm(detector, floor), age: .zero)
        memory.apply(.valve(floor, .open, .release(.detector(detector))), age: .zero)
        memory.apply(.valve(floor, .closed, .key), age: .zero)
        var site = Site(.keyAndRelease, memory: memory)
        site.turnKey(.inactive)
        #expect(!site.isOpen)
    }

    @Test(
        "QUIET: a latch page that knows of the key's closing does not open the valve at the next start"
    )
    func closedOnTheLatchPageIsRemembered() {
        var memory = Memory()
        memory.apply(.alarm(detector, floor), age: .zero)
        memory.apply(.valve(floor, .open, .release(.detector(detector))), age: .zero)
        memory.remember(floor, open: false)
        var site = Site(.keyAndRelease, memory: memory)
        site.turnKey(.inactive)
        #expect(!site.isOpen)
    }

    @Test("QUIET: a closing that only the latch page knows of is in the log after the next start")
    func closingIsWrittenDown() {
        var log: [Record] = [.alarm(detector, floor), .valve(floor, .open, .release(.manual))]
        var memory = Memory()
        for record in log { memory.apply(record, age: .zero) }
        memory.remember(floor, open: false)
        log += Site(.keyAndRelease, memory: memory).records
        var afterPowerCut = Memory()
        for record in log { afterPowerCut.apply(record, age: nil) }
        #expect(afterPowerCut.open.isEmpty)
    }

    @Test("QUIET: an answer to a walk test does not open the valve when the key comes on")
    func walkTestAndKey() {
        var site = Site(.keyAndRelease)
        site.turnKey(.inactive)
        site.hear(0, .alarm)
        site.hear(0, .normal)
        site.turnKey(.active)
        #expect(site.ask(.startWalkTest(floor, .minutes(60))) == .done)
        site.hear(0, .alarm)
        site.turnKey(.inactive, while: 0)
        #expect(!site.isOpen)
    }

    @Test("RELEASE: a disablement that ended while nothing ran is not brought back by a power cut")
    func endedDisablement() {
        var memory = Memory()
        memory.apply(.disabled(detector, .panel, .minutes(10)), age: .minutes(20))
        memory.apply(.walkTestStarted(floor, .panel, .minutes(10)), age: .minutes(20))
        let site = Site(.keyAndRelease, memory: memory)
        for record in site.records { memory.apply(record, age: nil) }
        var after = Memory()
        after.apply(.disabled(detector, .panel, .minutes(10)), age: nil)
        after.apply(.walkTestStarted(floor, .panel, .minutes(10)), age: nil)
        for record in site.records { after.apply(record, age: nil) }
        #expect(after.disabled.isEmpty)
        #expect(after.walkTests.isEmpty)
    }

    @Test(
        "RELEASE: a contact that chattered into a fault and then rests at fire is fire after its debounce"
    )
    func chatterEndsInFire() {
        var timing = Timing()
        timing.contactRestless = .milliseconds(50)
        var contact = Detector(deadline: .never)
        var now = Instant.zero
        for step in 0..<20 {
            now = now + .milliseconds(5)
            _ = contact.hear(
                step % 2 == 0 ? .normal : .alarm, at: now, limit: .seconds(100),
                debounce: .milliseconds(10), restless: timing.contactRestless)
        }
        #expect(contact.down == .fault(.line))
        let change = contact.advance(
            to: now + .milliseconds(10), limit: .seconds(100), silence: .silent)
        #expect(change == .alarm)
    }
}
