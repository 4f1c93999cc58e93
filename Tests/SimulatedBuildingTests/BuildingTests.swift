// The building by itself, without a controller: what it does with its lines, registers and people.

import FieldDevices
import FireLogic
import Glibc
import Testing

@testable import SimulatedBuilding

/// Two floors: a contact, a pulse, a register and a network detector on the first, a contact on
/// the second; one key with two contacts.
func testPlan() -> SitePlan {
    func line(_ offset: Int, activeLow: Bool = false, _ bias: GpioLine.Bias = .pullDown) -> GpioLine
    {
        GpioLine(chip: 0, offset: offset, activeLow: activeLow, bias: bias)
    }
    func detector(_ id: UInt32, floor: Int, _ source: DetectorSource) -> DetectorPlan {
        DetectorPlan(
            id: DetectorID(rawValue: id), name: "", floor: floor, zone: floor,
            period: .milliseconds(200), limit: .seconds(2), source: source)
    }
    let point = ModbusPoint(unit: 3, table: .inputRegister, address: 4, test: .atLeast(700))
    let broken = ModbusPoint(unit: 3, table: .inputRegister, address: 5, test: .bit(2))
    var plan = SitePlan(
        name: "test", chips: [ChipPlan(path: "/dev/gpiochip0")],
        buses: [
            BusPlan(
                name: "a",
                link: .rtu(device: "/dev/x", baud: 19200, parity: .even, stopBits: 1),
                responseTimeout: .milliseconds(200))
        ],
        keys: [KeyPlan(name: "k", offContact: line(0), onContact: line(1))],
        floors: [
            FloorPlan(
                id: FloorID(rawValue: 1), name: "one",
                valve: ValvePlan(output: line(2), feedback: line(3)), key: 0,
                manualRelease: line(4, activeLow: true, .pullUp)),
            FloorPlan(
                id: FloorID(rawValue: 2), name: "two", valve: ValvePlan(output: line(5)), key: 0),
        ],
        zones: [ZonePlan(name: "hall", floor: 0), ZonePlan(name: "attic", floor: 1)],
        detectors: [
            detector(11, floor: 0, .contact(line(6, activeLow: true, .pullUp))),
            detector(12, floor: 0, .pulse(alarm: line(7), heartbeat: line(8))),
            detector(13, floor: 0, .modbus(bus: 0, alarm: point, fault: broken)),
            detector(14, floor: 0, .network),
            detector(21, floor: 1, .contact(line(9))),
        ])
    plan.panel.heartbeat = line(10)
    plan.panel.resetButton = line(11)
    return plan
}

@Suite struct BuildingTests {
    let loop: SimLoop
    let directory: TemporaryDirectory
    let building: Building

    init() throws {
        loop = try SimLoop()
        directory = try TemporaryDirectory()
        building = try Building(loop: loop, plan: testPlan(), directory: directory.path)
    }

    private func contact(_ detector: Int) -> Bool {
        guard case .contact(let line) = building.plan.detectors[detector].source else {
            return false
        }
        return building.chips.isActive(line)
    }

    @Test func `smoke reaches every detector of the room and none of another floor`() throws {
        defer { building.close() }
        var signals: [UInt32: Bool] = [:]
        building.sendSignal = { signals[$0.rawValue] = $1 }
        building.ignite(detector: 0)
        #expect(!contact(0))
        let start = SimLoop.now()
        #expect(loop.run(atMost: .seconds(5)) { contact(0) })
        #expect((SimLoop.now() - start).milliseconds >= 900)
        #expect(loop.run(atMost: .seconds(5)) { signals[14] == true })
        #expect(loop.run(atMost: .seconds(3)) { building.detectors[2].alarms })
        #expect(building.buses[0].units[3]?[.inputRegister, 4] == 700)
        #expect(building.chips.isActive(GpioLine(chip: 0, offset: 7)))
        #expect(!contact(4) && !building.detectors[4].alarms)
    }

    @Test func `a pulse detector beats every period until it is silent`() throws {
        defer { building.close() }
        let heartbeat = GpioLine(chip: 0, offset: 8)
        func beats(_ span: Interval) -> Int {
            var count = 0
            var level = building.chips.isActive(heartbeat)
            _ = loop.run(atMost: span) {
                if building.chips.isActive(heartbeat) != level {
                    count += 1
                    level.toggle()
                }
                return false
            }
            return count
        }
        loop.run(for: .milliseconds(250))
        #expect((3...6).contains(beats(.seconds(1))))
        building.setTrouble(.silent, detector: 1)
        #expect(beats(.milliseconds(600)) <= 1)
        building.setTrouble(.none, detector: 1)
        #expect(beats(.seconds(1)) >= 3)
    }

    @Test func `a silent Modbus detector is a dead slave, a faulty one sets its fault bit`() throws
    {
        defer { building.close() }
        building.setTrouble(.silent, detector: 2)
        #expect(building.buses[0].units[3]?.fault == .dead)
        building.setTrouble(.faulty, detector: 2)
        #expect(building.buses[0].units[3]?.fault == SlaveFault.none)
        #expect(building.buses[0].units[3]?[.inputRegister, 5] == 4)
        building.setTrouble(.none, detector: 2)
        #expect(building.buses[0].units[3]?[.inputRegister, 5] == 0)
    }

    @Test func `a key breaks before it makes, and a broken wire leaves its line to the pull`() {
        defer { building.close() }
        let off = GpioLine(chip: 0, offset: 0)
        let on = GpioLine(chip: 0, offset: 1)
        #expect(building.chips.isActive(on) && !building.chips.isActive(off))
        building.turnKey(0, on: false)
        #expect(!building.chips.isActive(on) && !building.chips.isActive(off))
        loop.run(for: .milliseconds(200))
        #expect(!building.chips.isActive(on) && building.chips.isActive(off))
        building.setKeyWire(.off, broken: true, key: 0)
        #expect(!building.chips.isActive(on) && !building.chips.isActive(off))
    }

    @Test func `a valve travels after its output, shows it, puts the fire out, or sticks`() throws {
        defer { building.close() }
        let path = directory.path + "/gpio"
        let outcome = Outcome<Void>()
        startThread {
            outcome.finish {
                let chips = try SimGpioChips(socketPath: path)
                let outputs = try chips.outputs(
                    path: "/dev/gpiochip0",
                    lines: [GpioLine(chip: 0, offset: 2), GpioLine(chip: 0, offset: 5)],
                    initial: [false, false])
                usleep(300_000)
                try outputs.set(0, active: true)
                try outputs.set(1, active: true)
                usleep(300_000)
                withExtendedLifetime(outputs) {}
            }
        }
        building.setValveStuck(true, floor: 1)
        building.ignite(detector: 0)
        let feedback = GpioLine(chip: 0, offset: 3)
        #expect(loop.run(atMost: .seconds(5)) { building.valves[0].commandedOpen })
        #expect(building.valves[0].openWrites == 1 && !building.chips.isActive(feedback))
        #expect(loop.run(atMost: .seconds(5)) { building.chips.isActive(feedback) })
        // The process is gone; the output holds.
        #expect(outcome.isDone || loop.run(atMost: .seconds(2)) { outcome.isDone })
        #expect(loop.run(atMost: .seconds(12)) { !building.rooms.isBurning(floor: 0) })
        #expect(building.valves[0].isOpen)
        #expect(building.valves[1].commandedOpen && building.valves[1].isShut)
    }

    @Test func `the fault lamp lights by itself when the heartbeat stays away`() {
        var panel = SimulatedPanel()
        panel.heartbeatIsWired = true
        panel.lastBeat = Instant(nanoseconds: 1_000_000_000)
        #expect(!panel.isLit(.fault, at: Instant(nanoseconds: 2_900_000_000)))
        #expect(panel.isLit(.fault, at: Instant(nanoseconds: 3_100_000_000)))
        building.close()
    }

    @Test func `chatter and rattle are edges without end, and rest where they were`() throws {
        defer { building.close() }
        let path = directory.path + "/gpio"
        let outcome = Outcome<[Int]>()
        startThread {
            outcome.finish {
                let chips = try SimGpioChips(socketPath: path)
                let lines = [9, 0, 1].map { GpioLine(chip: 0, offset: $0, bias: .pullDown) }
                let inputs = try chips.inputs(path: "/dev/gpiochip0", lines: lines)
                var counts = [0, 0, 0]
                for _ in 0..<500 {
                    var edges: [GpioEdge] = []
                    try inputs.readEdges(0, into: &edges)
                    for edge in edges { counts[edge.index] += 1 }
                    usleep(2_000)
                }
                return counts
            }
        }
        #expect(loop.run(atMost: .seconds(5)) { building.chips.holderCount == 1 })
        building.setTrouble(.chattering, detector: 4)
        building.setKeyRattles(true, key: 0)
        #expect(loop.run(atMost: .seconds(20)) { outcome.isDone })
        let counts = try outcome.get()
        #expect(counts[0] > 100 && counts[1] > 40 && counts[2] > 40, "\(counts)")
        building.setTrouble(.none, detector: 4)
        building.setKeyRattles(false, key: 0)
        #expect(!contact(4) && building.keys[0].isOn)
        #expect(building.chips.isActive(GpioLine(chip: 0, offset: 1)))
    }

    @Test func `a register that is set for one detector leaves its neighbour's bit alone`() {
        building.close()
        var unit = ModbusUnit()
        func bit(_ number: UInt16) -> ModbusPoint {
            ModbusPoint(unit: 1, table: .inputRegister, address: 0, test: .bit(number))
        }
        unit.set(bit(3), true: true)
        unit.set(bit(5), true: true)
        unit.set(bit(3), true: false)
        #expect(unit[.inputRegister, 0] == 0b10_0000)
        for test in [ModbusPoint.Test.atLeast(1), .atMost(0), .atMost(700), .equals(0), .equals(9)]
        {
            let point = ModbusPoint(unit: 1, table: .inputRegister, address: 1, test: test)
            unit.set(point, true: true)
            #expect(point.holds(unit[.inputRegister, 1]), "\(test)")
            unit.set(point, true: false)
            #expect(!point.holds(unit[.inputRegister, 1]), "\(test)")
        }
    }
}
