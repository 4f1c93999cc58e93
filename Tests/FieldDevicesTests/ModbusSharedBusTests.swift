// A bus thread with several requests under way, against slaves and gateways that answer out of
// order, in pieces, late, twice, one at a time or not at all. Every odd unit burns, no even one
// does: a reading that went to the wrong detector shows.

import FieldDevices
import FireLogic
import Glibc
import PlanFile
import Synchronization
import Testing

@Suite("Modbus bus with several requests under way")
struct ModbusSharedBusTests {
    static let units = UInt8(1)...24

    static func run(
        _ slave: ScriptedSlave, outstanding: Int = 8, timeout: Interval = .milliseconds(200)
    ) throws -> BusUnderTest {
        try BusUnderTest(
            TestSite.site(
                slave.link, timeout: timeout, outstanding: outstanding,
                units.map { (TestSite.point($0), nil) }), slave)
    }

    static func answer(_ request: SlaveRequest) -> [UInt8] {
        request.registers([UInt16(request.unit & 1)])
    }

    /// Waits until every detector was read so often, and holds the readings to the truth.
    static func expectAll(_ run: BusUnderTest, _ count: Int, seconds: Double = 60) {
        let heard = run.wait(seconds) { _ in
            units.allSatisfy { run.readings(of: Int($0) - 1).count >= count }
        }
        #expect(heard, "\(run.bus.counters.snapshot)")
        for unit in units {
            let expected: Set<Reading> = unit & 1 == 1 ? [.alarm] : [.normal]
            #expect(Set(run.readings(of: Int(unit) - 1)) == expected, "unit \(unit)")
        }
    }

    @Test("Answers out of order reach each its own detector, and many are under way at once")
    func outOfOrder() throws {
        let chance = Mutex(SplitMix(state: 11))
        let slave = ScriptedSlave.tcp { request in
            let delay = chance.withLock { Int.random(in: 0...20, using: &$0) }
            return [.init(delay: .milliseconds(delay), bytes: Self.answer(request))]
        }
        let run = try Self.run(slave)
        Self.expectAll(run, 5)
        let counters = run.bus.counters.snapshot
        // On a busy machine an answer may come when nobody waits for it any more.
        #expect(counters.garbled == 0 && counters.foreign <= counters.missed)
    }

    @Test(
        "As many requests are under way as the plan says, and not one more", arguments: [1, 4, 16])
    func limit(outstanding: Int) throws {
        let begun = Mutex<[ContinuousClock.Instant]>([])
        let most = Mutex(0)
        // Each takes 30 ms. The first to each unit comes alone; after them all are overdue.
        let slave = ScriptedSlave.tcp { request in
            let count = begun.withLock { begun -> Int in
                let now = ContinuousClock.now
                begun.removeAll { $0 <= now - .milliseconds(30) }
                begun.append(now)
                return begun.count
            }
            most.withLock { $0 = max($0, count) }
            return [.init(delay: .milliseconds(30), bytes: Self.answer(request))]
        }
        let units = 3 * outstanding
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, timeout: .seconds(2), outstanding: outstanding,
                (0..<units).map { (TestSite.point(UInt8($0 + 1)), nil) }), slave)
        let heard = run.wait { _ in
            (0..<units).allSatisfy { run.readings(of: $0).count >= 5 }
        }
        #expect(heard, "\(run.bus.counters.snapshot)")
        #expect(most.withLock { $0 } == outstanding)
    }

    @Test("Answers that drip in byte by byte are read")
    func drip() throws {
        let slave = ScriptedSlave.tcp { request in
            Self.answer(request).map { .init(delay: .milliseconds(1), bytes: [$0]) }
        }
        let run = try Self.run(slave, timeout: .seconds(30))
        Self.expectAll(run, 3)
        #expect(run.bus.counters.snapshot.garbled == 0)
    }

    /// A gateway that has one request to its slaves at a time, for two milliseconds each.
    static func busyGateway(_ refusal: UInt8?) -> ScriptedSlave {
        let free = Mutex(ContinuousClock.now)
        return ScriptedSlave.tcp { request in
            let isFree = free.withLock { free in
                if .now < free { return false }
                free = .now + .milliseconds(2)
                return true
            }
            if isFree { return [.init(delay: .milliseconds(2), bytes: answer(request))] }
            return refusal.map { [.init(bytes: request.refusal($0))] } ?? []
        }
    }

    @Test(
        "LIVE: a gateway that takes one at a time is asked so, whether it refuses or drops the others",
        arguments: [UInt8?.some(6), nil])
    func oneAtATime(refusal: UInt8?) throws {
        let run = try Self.run(Self.busyGateway(refusal))
        Self.expectAll(run, 3)
        let before = run.bus.counters.snapshot
        run.forget()
        Self.expectAll(run, 10)
        let after = run.bus.counters.snapshot
        let lost = after.missed + after.refusals - before.missed - before.refusals
        #expect(Double(lost) < 0.1 * Double(after.polls - before.polls), "\(before) \(after)")
        #expect(!run.reports.contains(.bus(0, up: false)))
    }

    @Test("QUIET: late, second, missing and misplaced answers never reach another detector")
    func chaos() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let chance = Mutex(SplitMix(state: seed))
        let slave = ScriptedSlave.tcp { request in
            let turn = chance.withLock { Int.random(in: 0..<300, using: &$0) }
            let bytes = Self.answer(request)
            // What must not be believed says the opposite of the truth.
            let lie = request.asUnit(request.unit ^ 1).registers([UInt16(~request.unit & 1)])
            switch turn {
            case 0: return []
            case 1: return [.init(delay: .milliseconds(130), bytes: bytes)]
            case 2: return [.init(bytes: bytes), .init(delay: .milliseconds(3), bytes: bytes)]
            case 3: return [.init(bytes: lie)]
            case 4: return [.init(bytes: Array(bytes.dropLast(turn)))]
            case 5: return [.init(bytes: Array(repeating: 0xA5, count: 9))]
            default: return [.init(delay: .milliseconds(turn / 60), bytes: bytes)]
            }
        }
        let run = try Self.run(slave, timeout: .milliseconds(80))
        let isBad = run.wait(60) { _ in
            let counters = run.bus.counters.snapshot
            return counters.missed > 2 && counters.garbled > 2 && counters.foreign > 2
        }
        #expect(isBad, "seed \(seed): \(run.bus.counters.snapshot)")
        Self.expectAll(run, 5, seconds: 60)
    }

    @Test("A connection that is cut under many requests is made again and all are asked again")
    func cut() throws {
        let slave = ScriptedSlave.tcp { request in
            [.init(delay: .milliseconds(5), bytes: Self.answer(request))]
        }
        let run = try Self.run(slave)
        for _ in 0..<5 {
            Self.expectAll(run, 2)
            slave.hangUp()
            let opened = run.bus.counters.snapshot.opened
            #expect(run.wait { _ in run.bus.counters.snapshot.opened > opened })
            run.forget()
        }
        Self.expectAll(run, 2)
        #expect(!run.reports.contains(.bus(0, up: false)))
    }

    @Test("One fault isolates one slave: a dead one does not keep the others from being read")
    func dead() throws {
        let slave = ScriptedSlave.tcp { request in [.init(bytes: Self.answer(request))] }
        let run = try Self.run(slave, timeout: .milliseconds(500))
        Self.expectAll(run, 2)
        slave.play { request in request.unit == 7 ? [] : [.init(bytes: Self.answer(request))] }
        slave.forget()
        #expect(run.wait { _ in slave.requests.contains { $0.unit == 7 } })
        run.forget()
        slave.forget()
        let others = Self.units.filter { $0 != 7 }.map { Int($0) - 1 }
        #expect(run.wait { _ in others.allSatisfy { run.readings(of: $0).count >= 30 } })
        // Who waits for it reads the others once a probe.
        let probes = slave.requests.count { $0.unit == 7 }
        #expect(probes <= 10, "\(probes) in 30 periods")
        #expect(run.readings(of: 6).isEmpty)
    }
}
