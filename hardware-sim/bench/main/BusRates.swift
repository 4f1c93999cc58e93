// Lines 2 and 3: how much of a bus our master uses, and how often it comes by when slaves are dead.

import BenchLines
import CLinux
import FieldDevices
import FireLogic
import Glibc
import PlanFile
import Handover

/// A running master of ours and what it reads.
final class BusUnderTest {
    private let bus: ModbusBus
    private let bell: Doorbell

    /// `isRealTime`: the thread runs as on a board, else as an ordinary one like a peer's.
    init(_ plan: SitePlan, isRealTime: Bool) throws {
        bell = try Doorbell()
        bus = try ModbusBus(plan: plan, bus: 0, bell: bell)
        if isRealTime { Machine.setPriority(39, inherits: true) }
        defer { Machine.setPriority(Machine.ownPriority) }
        try bus.start()
    }

    deinit { bus.stop() }

    var answers: UInt64 { bus.counters.snapshot.answers }
    var misses: UInt64 { bus.counters.snapshot.missed }

    /// Takes what comes for so long; `each` gets the detector of every reading.
    func take(for span: Interval, _ each: (Int) -> Void = { _ in }) {
        let end = Machine.now + span
        while Machine.now < end {
            var entry = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, 20)
            bell.answer()
            while let report = bus.reports.take() {
                if case .reading(let detector, _) = report { each(detector) }
            }
        }
    }

    /// Answers a second over `span`, after a second of running in. What comes is thrown away once
    /// a millisecond, so that the bus and not this is measured.
    func rate(over span: Interval) -> Double {
        discard(for: .seconds(1))
        let before = answers
        let begin = Machine.now
        discard(for: span)
        return Double(answers - before) / (Machine.now - begin).seconds
    }

    private func discard(for span: Interval) {
        let end = Machine.now + span
        while Machine.now < end {
            Machine.sleep(.milliseconds(1))
            while bus.reports.take() != nil {}
        }
    }
}

enum BusRates {
    /// One detector a slave, `count` values each.
    static func plan(
        _ link: BusPlan.Link, units: ClosedRange<Int>, table: ModbusPoint.Table, period: Interval,
        timeout: Interval = .milliseconds(200)
    ) -> SitePlan {
        var plan = SitePlan(name: "bus")
        plan.buses = [BusPlan(name: "bus", link: link, responseTimeout: timeout)]
        for unit in units {
            let point = ModbusPoint(unit: UInt8(unit), table: table, address: 0, test: .bit(0))
            plan.detectors.append(
                DetectorPlan(
                    id: DetectorID(rawValue: UInt32(unit)), name: "\(unit)", floor: 0,
                    period: period, limit: .seconds(10),
                    source: .modbus(bus: 0, alarm: point, fault: nil)))
        }
        return plan
    }

    /// Polls of one register, as fast as the bus lets them.
    static func measureRtu(_ directory: String, into table: inout Table) {
        for baud in [9_600, 19_200, 115_200] {
            let name = "Modbus RTU, \(Table.text(Double(baud))) baud"
            do {
                let path = directory + "/tty"
                let slaves = try Slaves.startRtu(path: path, baud: baud, count: 8, dead: [])
                defer { slaves.end() }
                let link = BusPlan.Link.rtu(device: path, baud: baud, parity: .even, stopBits: 1)
                let plan = plan(
                    link, units: 1...8, table: .holdingRegister, period: .milliseconds(1))
                let polls = PollPlan(plan: plan, bus: 0)
                let limit = 1 / polls.wireTime(of: polls.requests[0]).seconds
                let bus = try BusUnderTest(plan, isRealTime: true)
                let rate = bus.rate(over: .seconds(6))
                table.add(
                    name, 100 * rate / limit, "% of bus", digits: 1, goal: ">= 95",
                    beside: "\(Table.text(rate, 1)) of \(Table.text(limit, 1)) polls/s",
                    isOk: rate >= 0.95 * limit)
            } catch {
                table.add(failed: name, "\(error)")
            }
        }
    }

    /// 32 slaves of which 8 are dead: the time between two readings of a live one, from the start on.
    static func measureDeadSlaves(_ directory: String, into table: inout Table) {
        measureDead(Array(25...32), "the last 8", directory, into: &table)
        measureDead((1...8).map { 4 * $0 }, "every fourth", directory, into: &table)
    }

    private static func measureDead(
        _ dead: [Int], _ which: String, _ directory: String, into table: inout Table
    ) {
        let name = "32 slaves, \(which) dead, 19,200 baud"
        do {
            let path = directory + "/tty"
            let slaves = try Slaves.startRtu(path: path, baud: 19_200, count: 32, dead: dead)
            defer { slaves.end() }
            let link = BusPlan.Link.rtu(device: path, baud: 19_200, parity: .even, stopBits: 1)
            let start = Machine.now
            let bus = try BusUnderTest(
                plan(
                    link, units: 1...32, table: .discreteInput, period: .milliseconds(500)),
                isRealTime: true)
            var last: [Instant?] = Array(repeating: nil, count: 32)
            var found = start
            func gaps(over span: Interval) -> Samples.Summary {
                var gaps = Samples()
                bus.take(for: span) { detector in
                    let now = Machine.now
                    if let before = last[detector] { gaps.add(now - before) } else { found = now }
                    last[detector] = now
                }
                // One that is not read again would have no gap else.
                let end = Machine.now
                for case .some(let before) in last { gaps.add(end - before) }
                return gaps.summary()
            }
            func add(_ when: String, _ gaps: Samples.Summary, _ beside: String) {
                table.add(
                    name + ": longest gap, " + when, gaps.max / 1e3, "ms", goal: "< 1,000",
                    beside: beside, isOk: gaps.max < 1e6)
            }
            let first = gaps(over: .seconds(5))
            let probesBefore = bus.misses
            let then = gaps(over: .seconds(25))
            let heard = last.filter { $0 != nil }.count
            guard heard == 32 - dead.count else {
                throw BenchError("\(heard) slaves answered", errno: 0)
            }
            add(
                "first 5 s", first,
                "all live ones read after \(Table.text((found - start).seconds * 1e3)) ms,"
                    + " \(probesBefore) time-outs of 200 ms")
            add(
                "later", then,
                "\(then.count) gaps, p99 \(Table.text(then.p99 / 1e3)) ms,"
                    + " \(bus.misses - probesBefore) lost probes")
        } catch {
            table.add(failed: name, "\(error)")
        }
    }

    /// Polls of one register on loopback, ours beside two peers with the same slave. The peers have
    /// one request outstanding, which is their normal use.
    static func measureTcp(into table: inout Table) {
        let name = "Modbus TCP, polls a second"
        let goal = ">= 5 x pymodbus"
        do {
            let (slave, port) = try Slaves.startTcp()
            defer { slave.end() }
            // In turn, three times, and of each the best: what else the machine does meets all.
            var limit = 0.0
            var ours = [1: 0.0, 8: 0.0, 16: 0.0]
            var mbpoll = 0.0
            var pymodbus = 0.0
            for _ in 0..<3 {
                limit = max(limit, try Peers.rawRate(port: port, seconds: 1))
                for (outstanding, best) in ours {
                    ours[outstanding] = max(best, try ourRate(port, outstanding))
                }
                mbpoll = max(mbpoll, try Peers.mbpollRate(port: port))
                pymodbus = max(pymodbus, try Peers.pymodbusRate(port: port, seconds: 2))
            }
            table.add(
                name + ", pymodbus, 1 outstanding", pymodbus, "1/s", beside: "peer, same slave")
            table.add(name + ", mbpoll, 1 outstanding", mbpoll, "1/s", beside: "peer, same slave")
            for (outstanding, rate) in ours.sorted(by: { $0.key < $1.key }) {
                let isOne = outstanding == 1
                let times = "\(Table.text(rate / pymodbus, 1)) x pymodbus"
                table.add(
                    name + ", ours, \(outstanding) outstanding", rate, "1/s",
                    goal: isOne ? "" : goal,
                    beside: times
                        + (isOne ? ", send and recv alone \(Table.text(limit))" : ""),
                    isOk: isOne ? nil : rate >= 5 * pymodbus)
            }
        } catch {
            table.add(failed: name, "\(error)")
        }
    }

    private static func ourRate(_ port: UInt16, _ outstanding: Int) throws -> Double {
        var plan = plan(
            .tcp(host: "127.0.0.1", port: port), units: 1...247, table: .holdingRegister,
            period: Interval(nanoseconds: 1_000))
        plan.buses[0].outstanding = outstanding
        return try BusUnderTest(plan, isRealTime: false).rate(over: .seconds(2))
    }
}
