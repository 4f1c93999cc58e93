// A small plan with one of everything, for the tests of this folder, and a way to damage its file.

import CRC32C
import FireLogic

@testable import PlanFile

enum Example {
    static func plan() -> SitePlan {
        var next = 0
        func line(_ chip: Int = 0, low: Bool = false) -> GpioLine {
            defer { next += 1 }
            return GpioLine(
                chip: chip, offset: next, activeLow: low, bias: low ? .pullUp : .asIs)
        }
        var plan = SitePlan(name: "Musterhaus, Zürich")
        plan.chips = [ChipPlan(path: "/dev/gpiochip0"), ChipPlan(path: "/dev/gpiochip1")]
        plan.buses = [
            BusPlan(
                name: "east",
                link: .rtu(
                    device: "/dev/serial/by-id/usb-East", baud: 19_200, parity: .even,
                    stopBits: 1), responseTimeout: .milliseconds(200)),
            BusPlan(
                name: "roof", link: .tcp(host: "192.0.2.7", port: 502),
                responseTimeout: .seconds(1), outstanding: 8),
        ]
        plan.keys = [
            KeyPlan(name: "main", offContact: line(), onContact: line()),
            KeyPlan(name: "lab", offContact: line(1, low: true)),
        ]
        var ground = FloorPlan(
            id: FloorID(rawValue: 0), name: "Ground",
            rule: .coincidence(count: 2, scope: .zone), delay: .seconds(30),
            valve: ValvePlan(output: line(), feedback: line()), key: 0)
        ground.manualRelease = line(low: true)
        ground.fireLamp = line()
        ground.faultLamp = line()
        ground.openLamp = line()
        plan.floors = [
            FloorPlan(
                id: FloorID(rawValue: -1), name: "Cellar",
                valve: ValvePlan(output: line()), key: 1),
            ground,
        ]
        plan.zones = [ZonePlan(name: "hall", floor: 1)]
        plan.panel.powerLamp = line(1)
        plan.panel.faultLamp = line(1)
        plan.panel.heartbeat = line(1)
        plan.panel.resetButton = line(1, low: true)
        plan.panel.powerFault = line(1, low: true)
        plan.expectsGateway = true
        plan.remote = [.silence, .walkTest]
        plan.detectors = detectors(line: { line() })
        return plan
    }

    private static func detectors(line: () -> GpioLine) -> [DetectorPlan] {
        func detector(
            _ id: UInt32, floor: Int, zone: Int? = nil, period: Interval = .seconds(1),
            debounce: Interval = .zero, _ source: DetectorSource
        ) -> DetectorPlan {
            DetectorPlan(
                id: DetectorID(rawValue: id), name: "Room \(id)", floor: floor, zone: zone,
                period: period, limit: .seconds(30), debounce: debounce, source: source)
        }
        let alarm = ModbusPoint(
            unit: 3, table: .inputRegister, address: 7, test: .atLeast(400))
        let fault = ModbusPoint(unit: 3, table: .holdingRegister, address: 9, test: .bit(15))
        return [
            detector(20, floor: 0, period: .seconds(5), .network),
            detector(21, floor: 0, .modbus(bus: 0, alarm: alarm, fault: fault)),
            detector(
                4, floor: 1, zone: 0, period: .milliseconds(500), debounce: .milliseconds(10),
                .contact(line())),
            detector(
                5, floor: 1, zone: 0, period: .seconds(10), .pulse(alarm: line(), heartbeat: line())
            ),
            detector(
                6, floor: 1, zone: 0,
                .modbus(
                    bus: 1,
                    alarm: ModbusPoint(unit: 0, table: .coil, address: 0xFFFF, test: .bit(0)),
                    fault: nil)),
        ]
    }

    /// `file` with a length and a checksum that fit its bytes, so that a test reaches what stands
    /// behind them.
    static func sealed(_ file: [UInt8]) -> [UInt8] {
        guard file.count >= 20 else { return file }
        var file = file
        let length = UInt32(truncatingIfNeeded: file.count)
        for index in 0..<4 { file[12 + index] = UInt8(truncatingIfNeeded: length >> (index * 8)) }
        let crc = CRC32C.checksum(of: file.dropLast(4))
        for index in 0..<4 {
            file[file.count - 4 + index] = UInt8(truncatingIfNeeded: crc >> (index * 8))
        }
        return file
    }
}
