// A running `ModbusBus` and all that it has reported.

import FieldDevices
import FireLogic
import Glibc
import Handover
import PlanFile
import Testing

final class BusUnderTest {
    let bus: ModbusBus
    private let bell: Doorbell
    private(set) var reports: [BusReport] = []

    private let slave: ScriptedSlave?

    /// Keeps `slave` alive as long as the bus and stops it after the bus.
    init(_ site: SitePlan, _ slave: ScriptedSlave? = nil) throws {
        self.slave = slave
        bell = try Doorbell()
        bus = try ModbusBus(plan: site, bus: 0, bell: bell)
        try bus.start()
    }

    deinit {
        bus.stop()
        slave?.stop()
    }

    /// Takes reports until `done` says so; false after `seconds`.
    @discardableResult
    func wait(_ seconds: Double = 60, until done: ([BusReport]) -> Bool) -> Bool {
        let end = ContinuousClock.now + .milliseconds(Int64(seconds * 1_000))
        while true {
            take()
            if done(reports) { return true }
            if ContinuousClock.now >= end { return false }
            var entry = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, 20)
        }
    }

    /// Takes reports for so long.
    func run(_ seconds: Double) { wait(seconds) { _ in false } }

    func forget() {
        take()
        reports.removeAll()
    }

    func readings(of detector: Int) -> [Reading] {
        reports.compactMap {
            if case .reading(detector, let reading) = $0 { return reading }
            return nil
        }
    }

    private func take() {
        bell.answer()
        while let report = bus.reports.take() { reports.append(report) }
    }
}

/// Plans to test with.
enum TestSite {
    static func point(
        _ unit: UInt8, _ table: ModbusPoint.Table = .holdingRegister, _ address: UInt16 = 0,
        _ test: ModbusPoint.Test = .bit(0)
    ) -> ModbusPoint {
        ModbusPoint(unit: unit, table: table, address: address, test: test)
    }

    /// One detector a pair of points, all on one bus.
    static func site(
        _ link: BusPlan.Link, timeout: Interval = .milliseconds(200),
        period: Interval = .milliseconds(100), limit: Interval = .seconds(10),
        outstanding: Int = 1,
        _ points: [(alarm: ModbusPoint, fault: ModbusPoint?)]
    ) -> SitePlan {
        SitePlan(
            name: "test",
            buses: [
                BusPlan(
                    name: "bus", link: link, responseTimeout: timeout, outstanding: outstanding)
            ],
            detectors: points.enumerated().map { index, points in
                DetectorPlan(
                    id: DetectorID(rawValue: UInt32(index + 1)), name: "d\(index)", floor: 0,
                    period: period, limit: limit,
                    source: .modbus(bus: 0, alarm: points.alarm, fault: points.fault))
            })
    }

    /// A name for a pseudo-terminal that no other test uses.
    static func terminalPath(_ name: String) -> String {
        "/tmp/standpipe-test-\(getpid())-\(name)"
    }
}
