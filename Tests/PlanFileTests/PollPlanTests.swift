// What `PollPlan` promises to the bus thread and to `standpipe check`.

import FireLogic
import PlanFile
import Testing

@Suite("Poll plan")
struct PollPlanTests {
    static let rtu = BusPlan.Link.rtu(device: "/dev/null", baud: 19_200, parity: .even, stopBits: 1)

    @Test("Adjacent discrete inputs of one unit become one request")
    func adjacent() {
        let plan = Self.plan((0..<16).map { Self.input(unit: 3, address: 40 + $0) })
        #expect(plan.requests.count == 1)
        #expect(plan.requests.first?.address == 40)
        #expect(plan.requests.first?.count == 16)
        #expect(plan.requests.first?.uses.map(\.offset) == Array(0..<16))
        #expect(plan.requests.first?.uses.map(\.detector) == Array(0..<16))
    }

    @Test("Points of different units, tables or periods never share a request")
    func apart() {
        let plan = Self.plan([
            Self.input(unit: 1, address: 0), Self.input(unit: 2, address: 1),
            Self.point(unit: 1, .coil, 1), Self.point(unit: 1, .inputRegister, 1),
            Self.point(unit: 1, .holdingRegister, 1),
        ])
        #expect(plan.requests.count == 5)
        let periods = PollPlan(
            plan: Self.site([
                Self.detector(0, alarm: Self.input(unit: 1, address: 0), period: .seconds(1)),
                Self.detector(1, alarm: Self.input(unit: 1, address: 1), period: .seconds(5)),
                Self.detector(2, alarm: Self.input(unit: 1, address: 2), period: .seconds(1)),
            ]), bus: 0)
        #expect(periods.requests.map(\.period) == [.seconds(1), .seconds(5)])
        #expect(periods.requests.map(\.count) == [3, 1])
    }

    @Test(
        "A gap is bridged as long as it costs no more than a second request",
        arguments: [(19_200, 10, 1), (19_200, 11, 2), (115_200, 24, 1), (115_200, 25, 2)])
    func gap(baud: Int, unused: Int, requests: Int) {
        let link = BusPlan.Link.rtu(device: "/dev/null", baud: baud, parity: .even, stopBits: 1)
        let points = [0, 1 + unused].map { Self.point(unit: 1, .holdingRegister, $0) }
        #expect(Self.plan(points, link: link).requests.count == requests)
    }

    @Test("A request never asks for more than 125 registers or 2,000 bits")
    func capacity() {
        let tcp = BusPlan.Link.tcp(host: "127.0.0.1", port: 502)
        let registers = (0..<126).map { Self.point(unit: 1, .holdingRegister, $0) }
        #expect(Self.plan(registers, link: tcp).requests.map(\.count) == [125, 1])
        let bits = (0..<2_001).map { Self.point(unit: 1, .coil, $0) }
        #expect(Self.plan(bits, link: tcp).requests.map(\.count) == [2_000, 1])
        let last = [Self.point(unit: 1, .coil, 65_535), Self.point(unit: 1, .coil, 65_534)]
        #expect(Self.plan(last, link: tcp).requests.map(\.count) == [2])
    }

    @Test("Two detectors may look at the same register, and a detector twice")
    func shared() {
        let status = ModbusPoint(unit: 1, table: .holdingRegister, address: 7, test: .bit(0))
        let broken = ModbusPoint(unit: 1, table: .holdingRegister, address: 7, test: .bit(15))
        let plan = PollPlan(
            plan: Self.site([
                Self.detector(0, alarm: status, fault: broken),
                Self.detector(1, alarm: status),
            ]), bus: 0)
        #expect(plan.requests.count == 1)
        #expect(plan.requests.first?.count == 1)
        #expect(plan.requests.first?.uses.count == 3)
    }

    @Test("Requests with fault points are asked first")
    func faultsFirst() {
        let plan = PollPlan(
            plan: Self.site([
                Self.detector(0, alarm: Self.input(unit: 1, address: 0)),
                Self.detector(
                    1, alarm: Self.input(unit: 1, address: 1),
                    fault: Self.point(unit: 9, .inputRegister, 0)),
            ]), bus: 0)
        #expect(plan.requests.map { $0.carries(.fault) } == [true, false])
    }

    @Test("LIVE: every point of every detector of the bus is in exactly one request")
    func complete() {
        var generator = SplitMix(state: 0x5EED)
        var detectors: [DetectorPlan] = []
        for index in 0..<2_000 {
            detectors.append(
                Self.detector(
                    index, bus: Int.random(in: 0...1, using: &generator),
                    alarm: Self.random(&generator),
                    fault: Bool.random(using: &generator) ? Self.random(&generator) : nil,
                    period: .seconds(Int.random(in: 1...2, using: &generator))))
        }
        var site = Self.site(detectors)
        site.buses.append(site.buses[0])
        for bus in 0...1 {
            let plan = PollPlan(plan: site, bus: bus)
            var seen: [Int: [PollRequest.Use]] = [:]
            for request in plan.requests {
                for use in request.uses {
                    seen[use.detector, default: []].append(use)
                    #expect(Int(request.address) + use.offset == Int(use.point.address))
                    #expect(use.offset < request.count)
                    #expect(use.point.unit == request.unit && use.point.table == request.table)
                    #expect(detectors[use.detector].period == request.period)
                }
            }
            for (position, detector) in detectors.enumerated() {
                guard case .modbus(let at, let alarm, let fault) = detector.source else { continue }
                let uses = at == bus ? seen[position, default: []] : []
                let alarms = at == bus ? [alarm] : []
                let faults = at == bus ? [fault].compactMap { $0 } : []
                #expect(uses.filter { $0.role == .alarm }.map(\.point) == alarms)
                #expect(uses.filter { $0.role == .fault }.map(\.point) == faults)
            }
        }
    }

    @Test("Time on the wire counts start, parity and stop bits and two silences")
    func wireTime() throws {
        // 8 + 7 characters and 7 of silence, 11 bits each, at 19,200 baud: 79 polls a second.
        let one = Self.plan([Self.point(unit: 1, .holdingRegister, 0)])
        let time = one.wireTime(of: try #require(one.requests.first))
        #expect(abs(time.nanoseconds - 12_604_167) < 50)
        // 8 + 5 + 1 characters of 10 bits and 3.5 ms at 115,200 baud.
        let fast = Self.plan(
            [Self.input(unit: 1, address: 0)],
            link: .rtu(device: "/dev/null", baud: 115_200, parity: .none, stopBits: 1))
        let short = fast.wireTime(of: try #require(fast.requests.first))
        #expect(abs(short.nanoseconds - 4_715_278) < 50)
    }

    @Test("Load is bus time a second; TCP costs none")
    func load() {
        let points = (1...32).map { Self.point(unit: UInt8($0), .holdingRegister, 0) }
        #expect(abs(Self.plan(points).load - 32 * 0.012_604_167) < 0.000_01)
        #expect(Self.plan(points, link: .tcp(host: "::1", port: 502)).load == 0)
        #expect(Self.plan([]).load == 0)
    }

    @Test("A refused request splits at its widest gap, down to single addresses")
    func split() throws {
        let plan = Self.plan([0, 1, 2, 8, 9].map { Self.point(unit: 1, .holdingRegister, $0) })
        let whole = try #require(plan.requests.first)
        let (low, high) = try #require(whole.split())
        #expect(low.uses.map(\.point.address) == [0, 1, 2] && low.count == 3)
        #expect(high.uses.map(\.point.address) == [8, 9] && high.address == 8 && high.count == 2)
        #expect(high.uses.map(\.offset) == [0, 1])
        var parts = [whole]
        var single: [PollRequest] = []
        while let part = parts.popLast() {
            if let (a, b) = part.split() { parts += [a, b] } else { single.append(part) }
        }
        #expect(single.map(\.count) == [1, 1, 1, 1, 1])
        #expect(Set(single.map(\.address)) == [0, 1, 2, 8, 9])
    }

    // Plans to test with.

    static func point(unit: UInt8, _ table: ModbusPoint.Table, _ address: Int) -> ModbusPoint {
        ModbusPoint(unit: unit, table: table, address: UInt16(address), test: .bit(0))
    }

    static func input(unit: UInt8, address: Int) -> ModbusPoint {
        point(unit: unit, .discreteInput, address)
    }

    static func random(_ generator: inout SplitMix) -> ModbusPoint {
        let table = ModbusPoint.Table.allCases.randomElement(using: &generator) ?? .coil
        return ModbusPoint(
            unit: UInt8.random(in: 1...5, using: &generator), table: table,
            address: UInt16.random(in: 0...900, using: &generator), test: .atLeast(3))
    }

    static func detector(
        _ index: Int, bus: Int = 0, alarm: ModbusPoint, fault: ModbusPoint? = nil,
        period: Interval = .seconds(1)
    ) -> DetectorPlan {
        DetectorPlan(
            id: DetectorID(rawValue: UInt32(index)), name: "d\(index)", floor: 0, period: period,
            limit: .seconds(10), source: .modbus(bus: bus, alarm: alarm, fault: fault))
    }

    static func site(_ detectors: [DetectorPlan], link: BusPlan.Link = rtu) -> SitePlan {
        SitePlan(
            name: "test",
            buses: [BusPlan(name: "bus", link: link, responseTimeout: .milliseconds(100))],
            detectors: detectors)
    }

    static func plan(_ alarms: [ModbusPoint], link: BusPlan.Link = rtu) -> PollPlan {
        let detectors = alarms.enumerated().map { detector($0.offset, alarm: $0.element) }
        return PollPlan(plan: site(detectors, link: link), bus: 0)
    }
}

/// Random numbers from a printed seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
