// Slaves that answer late, for others, in pieces or with noise: whatever a bus says, no detector
// ever gets the reading of another, and no noise is a fire.

import FieldDevices
import FireLogic
import Glibc
import PlanFile
import Synchronization
import TestSupport
import Testing

@Suite("Modbus late and wrong answers")
struct ModbusLateTests {
    /// Four detectors whose answers all look alike: one register each, far apart so that each
    /// has a request of its own. Only the last burns.
    static let addresses: [UInt16] = [0, 1_000, 2_000, 3_000]

    static func site(_ kind: LinkKind, _ link: BusPlan.Link, units: [UInt8]) -> SitePlan {
        let points = zip(units, addresses).map { TestSite.point($0, .holdingRegister, $1) }
        return TestSite.site(
            link, timeout: .milliseconds(60), outstanding: kind.outstanding,
            points.map { ($0, nil) })
    }

    static func answer(_ request: SlaveRequest) -> [UInt8] {
        request.registers([request.address == 3_000 ? 1 : 0])
    }

    @Test(
        "QUIET: an answer that comes late is never taken for that of another detector",
        arguments: LinkKind.allCases, [[UInt8(1), 2, 3, 4], [1, 1, 1, 1]])
    func late(kind: LinkKind, units: [UInt8]) throws {
        let chance = Mutex(SplitMix(state: 7))
        let slave = kind.slave("late\(units[1])") { request in
            // One answer in four is late: by less than a poll, or by several.
            let turn = chance.withLock { Int.random(in: 0..<8, using: &$0) }
            let delay: Interval =
                turn == 0 ? .milliseconds(75) : turn == 1 ? .milliseconds(400) : .zero
            return [.init(delay: delay, bytes: Self.answer(request))]
        }
        let run = try BusUnderTest(Self.site(kind, slave.link, units: units), slave)
        let heard = run.wait(60) { _ in (0...3).allSatisfy { run.readings(of: $0).count >= 4 } }
        #expect(heard, "\((0...3).map { run.readings(of: $0).count })")
        for detector in 0...3 {
            let expected: Set<Reading> = detector == 3 ? [.alarm] : [.normal]
            #expect(Set(run.readings(of: detector)) == expected, "detector \(detector)")
        }
        #expect(run.bus.counters.snapshot.missed > 0)
    }

    /// What a slave may do wrong with the frame of an answer.
    enum Crime: String, CaseIterable {
        case wrongUnit, wrongFunction, wrongTransaction, wrongChecksum, tooShort, tooLong
        case truncated, noise, nothing, byteCountLies, twice, exceptionOfAnother
    }

    @Test(
        "QUIET: a frame that is not the answer is no reading, and the next answer is read right",
        arguments: Crime.allCases, LinkKind.allCases)
    func crimes(crime: Crime, kind: LinkKind) throws {
        let isHonest = Atomic<Bool>(false)
        let slave = kind.slave("crime-\(crime)") { request in
            if isHonest.load(ordering: .relaxed) || request.unit != 1 {
                return [.init(bytes: request.filled(0))]
            }
            return Self.commit(crime, request).map { SlaveBytes(bytes: $0) }
        }
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, timeout: .milliseconds(100), outstanding: kind.outstanding,
                [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(run.wait { _ in run.readings(of: 1).count >= 5 })
        if crime != .twice { #expect(run.readings(of: 0).isEmpty) }
        #expect(Set(run.readings(of: 1)) == [.normal])
        isHonest.store(true, ordering: .relaxed)
        #expect(run.wait { _ in run.readings(of: 0).count >= 3 })
        #expect(Set(run.readings(of: 0)) == [.normal])
        #expect(!run.reports.contains(.bus(0, up: false)))
    }

    /// Frames whose every value would be a fire if they were believed.
    static func commit(_ crime: Crime, _ request: SlaveRequest) -> [[UInt8]] {
        let fire = request.registers([0xFFFF])
        var other = request
        switch crime {
        case .wrongUnit: return [request.asUnit(9).registers([0xFFFF])]
        case .wrongFunction:
            other.function = 4
            return [other.registers([0xFFFF])]
        case .wrongTransaction:
            if other.transaction == nil { return [] }
            other.transaction = 0xABCD
            return [other.registers([0xFFFF])]
        case .wrongChecksum:
            return request.transaction == nil
                ? [Array(fire.dropLast()) + [fire[fire.count - 1] ^ 1]] : []
        case .tooShort: return [request.frame([request.function, 0])]
        case .tooLong: return [request.registers([0xFFFF, 0xFFFF])]
        case .truncated: return [Array(fire.dropLast(2))]
        case .noise: return [(0..<40).map { UInt8(truncatingIfNeeded: $0 &* 77 &+ 13) }]
        case .nothing: return []
        case .byteCountLies: return [request.frame([request.function, 200, 0xFF, 0xFF])]
        case .twice: return [request.filled(0), fire, fire]
        case .exceptionOfAnother: return [request.asUnit(7).refusal(2)]
        }
    }

    @Test("One fault isolates one slave: a slave that drips its answer does not hold the others")
    func drip() throws {
        let slave = ScriptedSlave.serial(path: TestSite.terminalPath("drip")) { request in
            if request.unit != 1 { return [.init(bytes: request.filled(0))] }
            // Claims 200 bytes and sends one every 15 ms: 3 s in all.
            let frame = [request.unit, request.function, 200] + [UInt8](repeating: 0xFF, count: 20)
            return frame.map { .init(delay: .milliseconds(15), bytes: [$0]) }
        }
        let run = try BusUnderTest(
            TestSite.site(slave.link, [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(run.wait { _ in run.readings(of: 1).count >= 10 })
        #expect(run.readings(of: 0).isEmpty)
        let counters = run.bus.counters.snapshot
        #expect(counters.garbled > 0, "the bus gave up before the slave did")
    }

    @Test("QUIET: a bus that babbles all the time says nothing, and is heard when it stops")
    func babble() throws {
        let slave = ScriptedSlave.serial(path: TestSite.terminalPath("babble")) { _ in
            [.init(bytes: (0..<60).map { _ in UInt8.random(in: 0...255) })]
        }
        let isStopping = Atomic<Bool>(false)
        let babbler = TestThread { [slave] in
            while !isStopping.load(ordering: .relaxed) {
                slave.babble((0..<5).map { _ in UInt8.random(in: 0...255) })
                usleep(3_000)
            }
        }
        let run = try BusUnderTest(
            TestSite.site(slave.link, [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(run.wait { $0.contains(.bus(0, up: false)) })
        #expect(run.readings(of: 0).isEmpty && run.readings(of: 1).isEmpty)
        isStopping.store(true, ordering: .relaxed)
        babbler.join()
        slave.play { [.init(bytes: $0.filled(0))] }
        #expect(run.wait { _ in run.readings(of: 1).count >= 3 })
        #expect(Set(run.readings(of: 1)) == [.normal])
    }
}
