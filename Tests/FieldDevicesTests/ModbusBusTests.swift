// What a bus thread promises, against slaves that follow a script.

import FieldDevices
import FireLogic
import Glibc
import Handover
import PlanFile
import Synchronization
import Testing

/// All kinds of link keep the same promises.
enum LinkKind: String, CaseIterable, CustomTestStringConvertible {
    case serial, tcp
    /// TCP with several requests under way.
    case shared

    var testDescription: String { rawValue }

    var outstanding: Int { self == .shared ? 8 : 1 }

    func slave(_ name: String, script: @escaping SlaveScript) -> ScriptedSlave {
        switch self {
        case .serial: .serial(path: TestSite.terminalPath(name), script: script)
        case .tcp, .shared: .tcp(script: script)
        }
    }
}

@Suite("Modbus bus")
struct ModbusBusTests {
    @Test("Values from all four tables are read right", arguments: LinkKind.allCases)
    func tables(kind: LinkKind) throws {
        let slave = kind.slave("tables") { request in
            let values = (request.address..<request.address + request.count)
            switch request.function {
            case 1: return [.init(bytes: request.bits(values.map { $0 == 11 }))]
            case 2: return [.init(bytes: request.bits(values.map { $0 == 22 }))]
            case 3: return [.init(bytes: request.registers(values.map { $0 == 33 ? 500 : 0 }))]
            case 4: return [.init(bytes: request.registers(values.map { $0 == 44 ? 0x8000 : 9 }))]
            default: return []
            }
        }
        let points: [ModbusPoint] = [
            TestSite.point(1, .coil, 11), TestSite.point(1, .coil, 12),
            TestSite.point(1, .discreteInput, 21), TestSite.point(1, .discreteInput, 22),
            TestSite.point(1, .holdingRegister, 33, .atLeast(500)),
            TestSite.point(1, .holdingRegister, 34, .atLeast(500)),
            TestSite.point(1, .inputRegister, 44, .bit(15)),
            TestSite.point(1, .inputRegister, 45, .equals(9)),
            TestSite.point(1, .inputRegister, 46, .atMost(8)),
        ]
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, outstanding: kind.outstanding, points.map { ($0, nil) }), slave)
        #expect(run.wait { _ in points.indices.allSatisfy { run.readings(of: $0).count >= 3 } })
        let expected: [Reading] = [
            .alarm, .normal, .normal, .alarm, .alarm, .normal, .alarm, .alarm, .normal,
        ]
        for (detector, reading) in expected.enumerated() {
            #expect(Set(run.readings(of: detector)) == [reading], "detector \(detector)")
        }
        #expect(run.reports.first == .bus(0, up: true))
        #expect(slave.requests.prefix(4).map(\.count).sorted() == [2, 2, 2, 3])
    }

    @Test("A slave that says it is broken is a fault, and its alarm no fire")
    func faultWins() throws {
        // Detector 0 has both points in one register, detector 1 in two tables.
        let slave = ScriptedSlave.tcp { request in
            [.init(bytes: request.filled(request.function == 3 ? 0x8001 : 1))]
        }
        let site = TestSite.site(
            slave.link,
            [
                (TestSite.point(1), TestSite.point(1, .holdingRegister, 0, .bit(15))),
                (TestSite.point(1, .discreteInput, 5), TestSite.point(1, .coil, 7)),
            ])
        let run = try BusUnderTest(site, slave)
        #expect(run.wait { _ in (0...1).allSatisfy { run.readings(of: $0).count >= 5 } })
        for detector in 0...1 {
            #expect(Set(run.readings(of: detector)) == [.fault(.device)], "\(detector)")
        }
        slave.play { request in [.init(bytes: request.filled(request.function == 1 ? 0 : 1))] }
        #expect(run.wait { _ in (0...1).allSatisfy { run.readings(of: $0).last == .alarm } })
    }

    @Test("An address that a slave refuses is a fault of its detector alone")
    func refusal() throws {
        let slave = ScriptedSlave.tcp { request in
            let asked = request.address..<request.address + request.count
            if asked.contains(3) { return [.init(bytes: request.refusal(2))] }
            return [.init(bytes: request.registers(asked.map { $0 == 6 ? 1 : 0 }))]
        }
        let points = (0...7).map { TestSite.point(1, .holdingRegister, UInt16($0)) }
        let run = try BusUnderTest(TestSite.site(slave.link, points.map { ($0, nil) }), slave)
        #expect(run.wait { _ in (0...7).allSatisfy { run.readings(of: $0).count >= 3 } })
        for detector in 0...7 {
            let expected: Reading =
                detector == 3 ? .fault(.invalid) : detector == 6 ? .alarm : .normal
            #expect(Set(run.readings(of: detector)) == [expected], "\(detector)")
        }
    }

    @Test(
        "LIVE: an exception tells a fault of the device, of the plan, or nothing",
        arguments: [
            (UInt8(4), Reading?.some(.fault(.device))), (1, .fault(.invalid)), (5, nil), (6, nil),
            (11, nil),
        ])
    func exceptions(code: UInt8, expected: Reading?) throws {
        let slave = ScriptedSlave.tcp { request in [.init(bytes: request.refusal(code))] }
        let run = try BusUnderTest(TestSite.site(slave.link, [(TestSite.point(1), nil)]), slave)
        #expect(run.wait { _ in slave.requests.count >= 3 })
        run.run(0.1)
        #expect(Set(run.readings(of: 0)) == Set([expected].compactMap { $0 }))
    }

    @Test("LIVE: what does not answer is not reported", arguments: LinkKind.allCases)
    func silent(kind: LinkKind) throws {
        let slave = kind.slave("silent") { request in
            request.unit == 1 ? [.init(bytes: request.filled(0))] : []
        }
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, outstanding: kind.outstanding,
                [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(
            run.wait { _ in
                run.readings(of: 0).count >= 10 && run.bus.counters.snapshot.missed >= 1
            })
        #expect(run.readings(of: 1).isEmpty)
    }

    @Test("Eight dead slaves of 32 do not slow the others", arguments: LinkKind.allCases)
    func deadSlaves(kind: LinkKind) throws {
        let slave = kind.slave("dead") { request in
            request.unit % 4 == 0 ? [] : [.init(bytes: request.filled(0))]
        }
        // A dead slave costs 500 ms: if each were asked in each cycle, a cycle would take 4 s.
        let site = TestSite.site(
            slave.link, timeout: .milliseconds(500), period: .milliseconds(500),
            outstanding: kind.outstanding, (1...32).map { (TestSite.point($0), nil) })
        let run = try BusUnderTest(site, slave)
        #expect(
            run.wait { _ in (0...31).allSatisfy { $0 % 4 == 3 || !run.readings(of: $0).isEmpty } })
        #expect(run.wait { _ in Set(slave.requests.map(\.unit).filter { $0 % 4 == 0 }).count == 8 })
        run.forget()
        slave.forget()
        let live = (0...31).filter { $0 % 4 != 3 }
        #expect(run.wait { _ in live.allSatisfy { run.readings(of: $0).count >= 12 } })
        // A live slave is asked once a cycle, so that its readings count the cycles.
        let cycles = live.map { run.readings(of: $0).count }.max() ?? 0
        let probes = slave.requests.filter { $0.unit % 4 == 0 }.count
        #expect(probes <= cycles + 1, "\(probes) probes in \(cycles) cycles")
        #expect(run.readings(of: 3).isEmpty)
    }

    @Test("RELEASE: a dead slave that comes back is heard again", arguments: LinkKind.allCases)
    func comesBack(kind: LinkKind) throws {
        let slave = kind.slave("back") { request in [.init(bytes: request.filled(0))] }
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, outstanding: kind.outstanding,
                [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(run.wait { _ in run.readings(of: 1).count >= 2 })
        slave.play { request in request.unit == 2 ? [] : [.init(bytes: request.filled(0))] }
        #expect(run.wait { _ in run.bus.counters.snapshot.missed >= 3 })
        run.forget()
        slave.play { request in [.init(bytes: request.filled(1))] }
        #expect(run.wait { _ in run.readings(of: 1).count >= 3 })
        #expect(Set(run.readings(of: 1)) == [.alarm])
        #expect(!run.reports.contains(.bus(0, up: false)))
    }

    @Test(
        "A bus on which all slaves fall silent is down, and up with the first answer",
        arguments: LinkKind.allCases)
    func allSilent(kind: LinkKind) throws {
        let slave = kind.slave("all") { request in [.init(bytes: request.filled(0))] }
        let run = try BusUnderTest(
            TestSite.site(
                slave.link, outstanding: kind.outstanding,
                [(TestSite.point(1), nil), (TestSite.point(2), nil)]), slave)
        #expect(run.wait { $0.contains(.bus(0, up: true)) })
        slave.play { _ in [] }
        #expect(run.wait { $0.contains(.bus(0, up: false)) })
        run.forget()
        slave.play { request in [.init(bytes: request.filled(1))] }
        #expect(run.wait { _ in (0...1).allSatisfy { run.readings(of: $0).count >= 2 } })
        #expect(run.reports.first == .bus(0, up: true))
        #expect(run.reports.count { if case .bus = $0 { true } else { false } } == 1)
    }

    @Test("A TCP peer that is killed is a bus that is down; started again it is up")
    func killed() throws {
        let slave = ScriptedSlave.tcp { request in [.init(bytes: request.filled(0))] }
        guard case .tcp(_, let port) = slave.link else { return }
        let run = try BusUnderTest(TestSite.site(slave.link, [(TestSite.point(1), nil)]), slave)
        #expect(run.wait { _ in run.readings(of: 0).count >= 2 })
        slave.stop()
        #expect(run.wait { $0.last == .bus(0, up: false) })
        run.forget()
        let other = ScriptedSlave.tcp(port: port) { request in [.init(bytes: request.filled(1))] }
        #expect(run.wait { _ in run.readings(of: 0).contains(.alarm) })
        #expect(run.reports.first == .bus(0, up: true))
        other.stop()
    }

    @Test("A connection that is only cut is made again without the bus being down")
    func cut() throws {
        let slave = ScriptedSlave.tcp { request in [.init(bytes: request.filled(0))] }
        let run = try BusUnderTest(TestSite.site(slave.link, [(TestSite.point(1), nil)]), slave)
        for _ in 0..<3 {
            #expect(run.wait { _ in run.readings(of: 0).count >= 2 })
            slave.hangUp()
            let opened = run.bus.counters.snapshot.opened
            #expect(run.wait { _ in run.bus.counters.snapshot.opened > opened })
            run.forget()
        }
        #expect(run.wait { _ in run.readings(of: 0).count >= 2 })
        #expect(!run.reports.contains(.bus(0, up: false)))
    }

    @Test("A serial adapter that vanishes is a bus that is down; plugged in again it is up")
    func unplugged() throws {
        let path = TestSite.terminalPath("unplugged")
        let slave = ScriptedSlave.serial(path: path) { [.init(bytes: $0.filled(0))] }
        let run = try BusUnderTest(TestSite.site(slave.link, [(TestSite.point(1), nil)]), slave)
        #expect(run.wait { _ in run.readings(of: 0).count >= 2 })
        slave.stop()
        #expect(run.wait { $0.last == .bus(0, up: false) })
        run.forget()
        let other = ScriptedSlave.serial(path: path) { [.init(bytes: $0.filled(1))] }
        #expect(run.wait { _ in run.readings(of: 0).contains(.alarm) })
        #expect(run.reports.first == .bus(0, up: true))
        other.stop()
    }

    @Test("A port that another program holds is not taken from it")
    func claimed() throws {
        let slave = ScriptedSlave.serial(path: TestSite.terminalPath("claimed"), parity: .none) {
            [.init(bytes: $0.filled(0))]
        }
        let site = TestSite.site(slave.link, [(TestSite.point(1), nil)])
        let first = try BusUnderTest(site, slave)
        #expect(first.wait { _ in first.readings(of: 0).count >= 2 })
        let second = try BusUnderTest(site, slave)
        #expect(second.wait { $0 == [.bus(0, up: false)] })
        #expect(second.bus.counters.snapshot.failure == EWOULDBLOCK)
        first.bus.stop()
        #expect(second.wait { _ in second.readings(of: 0).count >= 2 })
    }

    @Test("BOUNDED: the thread ends at once, idle, waiting for an answer or for a connection")
    func stops() throws {
        let idle = ScriptedSlave.tcp { [.init(bytes: $0.filled(0))] }
        let mute = ScriptedSlave.tcp { _ in [] }
        let links = [
            idle.link, mute.link, .tcp(host: "192.0.2.1", port: 502), .tcp(host: "::1", port: 1),
            .rtu(device: "/nonexistent/device", baud: 9_600, parity: .none, stopBits: 1),
        ]
        for link in links {
            let run = try BusUnderTest(
                TestSite.site(
                    link, timeout: .seconds(30), period: .seconds(60), [(TestSite.point(1), nil)]))
            run.run(0.2)
            let start = ContinuousClock.now
            run.bus.stop()
            // Half of what it would wait for an answer; a busy machine needs a second.
            #expect(ContinuousClock.now - start < .seconds(15), "\(link)")
        }
        idle.stop()
        mute.stop()
    }

    @Test("What no time can heal is said when the bus is made")
    func impossible() throws {
        func error(of link: BusPlan.Link) throws -> ModbusError? {
            let bell = try Doorbell()
            let site = TestSite.site(link, [(TestSite.point(1), nil)])
            do throws(ModbusError) {
                _ = try ModbusBus(plan: site, bus: 0, bell: bell)
                return nil
            } catch { return error }
        }
        #expect(try error(of: .tcp(host: "example.org", port: 502)) == .address)
        let odd = BusPlan.Link.rtu(device: "/dev/ttyS0", baud: 12_345, parity: .even, stopBits: 1)
        #expect(try error(of: odd) == .baud(12_345))
    }
}
