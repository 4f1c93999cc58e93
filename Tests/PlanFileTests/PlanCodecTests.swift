// The plan's file format: what goes in comes out, and nothing that is not a plan is taken.

import CRC32C
import FireLogic
import Testing

@testable import PlanFile

@Suite struct PlanCodecTests {
    private func error(of change: (inout SitePlan) -> Void) -> PlanField? {
        var plan = Example.plan()
        change(&plan)
        do throws(PlanError) {
            _ = try PlanCodec.encode(plan)
            return nil
        } catch {
            guard case .wrong(let field, _) = error else { return nil }
            return field
        }
    }

    private func decodeError(_ file: [UInt8]) -> PlanError? {
        do throws(PlanError) {
            _ = try PlanCodec.decode(file)
            return nil
        } catch {
            return error
        }
    }

    @Test("A plan comes back from its file as it was, and the file is always the same")
    func roundTrip() throws {
        let plan = Example.plan()
        let file = try PlanCodec.encode(plan)
        #expect(try PlanCodec.decode(file) == plan)
        #expect(try PlanCodec.encode(plan) == file)
        #expect(PlanCodec.checksum(of: file) == CRC32C.checksum(of: file.dropLast(4)))
    }

    @Test("The smallest plan has one key and one floor")
    func smallest() throws {
        var plan = SitePlan(name: "x", chips: [ChipPlan(path: "/dev/gpiochip0")])
        plan.keys = [KeyPlan(name: "k", offContact: GpioLine(chip: 0, offset: 0))]
        #expect(throws: PlanError.wrong(.count, offset: 22)) { try PlanCodec.encode(plan) }
        plan.floors = [
            FloorPlan(
                id: FloorID(rawValue: 1), name: "1",
                valve: ValvePlan(output: GpioLine(chip: 0, offset: 1_023)), key: 0)
        ]
        #expect(try PlanCodec.decode(PlanCodec.encode(plan)) == plan)
    }

    @Test("A file cut anywhere is damaged, or no plan at all")
    func cut() throws {
        let file = try PlanCodec.encode(Example.plan())
        for length in 0..<file.count {
            let expected: PlanError = length < 8 ? .notAPlan : .damaged
            #expect(decodeError(Array(file.prefix(length))) == expected)
        }
    }

    @Test("Any single flipped bit is noticed")
    func flips() throws {
        let file = try PlanCodec.encode(Example.plan())
        for bit in 0..<file.count * 8 {
            var flipped = file
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(decodeError(flipped) == (bit < 64 ? .notAPlan : .damaged))
        }
    }

    @Test("A whole plan of a newer version is told apart from a damaged one")
    func version() throws {
        var file = try PlanCodec.encode(Example.plan())
        file[8] = 4
        #expect(decodeError(file) == .damaged)
        #expect(decodeError(Example.sealed(file)) == .version(4))
        file[8] = 0
        #expect(decodeError(Example.sealed(file)) == .version(0))
        #expect("\(PlanError.version(4))" == "plan format version 4, this program knows 1 to 3")
    }

    /// The file of a plan without what version 3 brought, as version 2 has it.
    private func versionTwo(_ plan: SitePlan) throws -> [UInt8] {
        var file = try PlanCodec.encode(plan)
        // The last of the panel's lines, which is not there: behind the only reset button's.
        let detectors = try #require(
            file.indices.first { file[$0...].starts(with: [20, 0, 0, 0, 7] + Array("Room".utf8)) })
        #expect(file[detectors - 1] == 0)
        file.remove(at: detectors - 1)
        let gateway = 16 + 12 + 1 + plan.name.utf8.count + 1
        #expect(file[gateway] == 0 && file[gateway - 1] == plan.remote.rawValue)
        file.remove(at: gateway)
        file[8] = 2
        return file
    }

    @Test("A plan of version 2 is read, without a gateway and a power fault")
    func versionTwo() throws {
        var plan = Example.plan()
        #expect(plan.expectsGateway && plan.panel.powerFault != nil)
        plan.expectsGateway = false
        plan.panel.powerFault = nil
        #expect(try PlanCodec.decode(Example.sealed(try versionTwo(plan))) == plan)
    }

    @Test("A plan of version 1 is read, with one request under way at once")
    func versionOne() throws {
        var plan = Example.plan()
        plan.expectsGateway = false
        plan.panel.powerFault = nil
        var file = try versionTwo(plan)
        // The byte behind the address and the port of the only TCP bus.
        let host = Array("192.0.2.7".utf8)
        let start = try #require(file.indices.first { file[$0...].starts(with: host) })
        #expect(file[start + host.count + 2] == 8)
        file.remove(at: start + host.count + 2)
        file[8] = 1
        plan.buses[1].outstanding = 1
        #expect(try PlanCodec.decode(Example.sealed(file)) == plan)
    }

    @Test("BOUNDED: 1 to 16 requests may be under way on TCP, one on a serial line")
    func outstanding() {
        func error(_ bus: Int, _ count: Int) -> PlanField? {
            self.error { $0.buses[bus].outstanding = count }
        }
        #expect(error(1, 0) == .outstanding && error(1, 17) == .outstanding)
        #expect(error(1, 256) == .outstanding && error(1, -1) == .outstanding)
        #expect(error(1, 1) == nil && error(1, 16) == nil)
        #expect(error(0, 2) == .lost && error(0, 0) == .lost)
    }

    @Test("BOUNDED: a plan file with an absurd count is refused at the count")
    func counts() throws {
        let file = try PlanCodec.encode(Example.plan())
        for table in 0..<6 {
            var absurd = file
            absurd[16 + table * 2] = 0xFF
            absurd[17 + table * 2] = 0xFF
            #expect(
                decodeError(Example.sealed(absurd)) == .wrong(.count, offset: 16 + table * 2))
        }
        #expect(
            decodeError([UInt8](repeating: 0, count: Limits.planBytes + 1))
                == .size(bytes: Limits.planBytes + 1))
    }

    @Test("BOUNDED: the fullest plan fits into the largest file")
    func fullest() throws {
        var plan = Example.plan()
        let name = String(repeating: "n", count: Limits.nameBytes)
        plan.zones = Array(repeating: ZonePlan(name: name, floor: 0), count: Limits.zones)
        plan.floors = (0..<Limits.floors).map {
            FloorPlan(
                id: FloorID(rawValue: Int16($0)), name: name,
                valve: ValvePlan(output: GpioLine(chip: 1, offset: 500 + $0)), key: 0)
        }
        let point = ModbusPoint(unit: 1, table: .coil, address: 1, test: .bit(0))
        plan.detectors = (0..<Limits.detectors).map {
            DetectorPlan(
                id: DetectorID(rawValue: UInt32($0)), name: name, floor: $0 / 64, zone: nil,
                period: .seconds(1), limit: .seconds(10),
                source: .modbus(bus: 0, alarm: point, fault: point))
        }
        let file = try PlanCodec.encode(plan)
        #expect(file.count < Limits.planBytes)
        #expect(try PlanCodec.decode(file) == plan)
        plan.detectors.append(plan.detectors[0])
        #expect(throws: PlanError.wrong(.count, offset: 26)) { try PlanCodec.encode(plan) }
    }

    @Test("A plan with bytes behind its end is refused")
    func trailing() throws {
        var file = try PlanCodec.encode(Example.plan())
        file.insert(0, at: file.count - 4)
        #expect(decodeError(Example.sealed(file)) == .wrong(.end, offset: file.count - 5))
    }

    @Test("Positions outside their tables are refused")
    func positions() {
        #expect(error { $0.floors[0].key = 2 } == .key)
        #expect(error { $0.zones[0].floor = 2 } == .floor)
        #expect(error { $0.detectors[4].floor = 2 } == .floor)
        #expect(error { $0.detectors[4].zone = 1 } == .zone)
        #expect(error { $0.keys[0].offContact.chip = 2 } == .line)
        #expect(error { $0.keys[0].offContact.offset = 1_024 } == .line)
        #expect(
            error {
                let point = ModbusPoint(unit: 1, table: .coil, address: 0, test: .bit(0))
                $0.detectors[1].source = .modbus(bus: 2, alarm: point, fault: nil)
            } == .bus)
        #expect(error { $0.floors[0].key = -1 } == .lost)
    }

    @Test("A zone of another floor is refused")
    func foreignZone() {
        #expect(error { $0.detectors[0].zone = 0 } == .zone)
    }

    @Test("QUIET: a GPIO line that two things use is refused")
    func lineTwice() {
        #expect(error { $0.panel.sounder = $0.floors[1].valve.output } == .lineUsedTwice)
        #expect(error { $0.keys[1].onContact = $0.keys[0].onContact } == .lineUsedTwice)
        #expect(error { $0.chips[1].path = $0.chips[0].path } == .path)
    }

    @Test("Ids and floor numbers are unique, detectors sorted by floor and id")
    func order() {
        #expect(error { $0.detectors.swapAt(0, 1) } == .detectorOrder)
        #expect(error { $0.detectors.swapAt(1, 2) } == .detectorOrder)
        #expect(error { $0.detectors[4].id = $0.detectors[3].id } == .detectorOrder)
        #expect(error { $0.detectors[4].id = $0.detectors[1].id } == .detectorOrder)
        #expect(error { $0.floors[1].id = $0.floors[0].id } == .floorUsedTwice)
    }

    @Test("LIVE: periods, limits and debounce times out of range are refused")
    func times() {
        #expect(error { $0.detectors[1].limit = .seconds(101) } == .time)
        #expect(error { $0.detectors[1].limit = .milliseconds(1_999) } == .time)
        #expect(error { $0.detectors[1].limit = .milliseconds(2_000) } == nil)
        #expect(error { $0.detectors[1].period = .milliseconds(99) } == .time)
        #expect(error { $0.detectors[1].period = Interval(nanoseconds: .max) } == .time)
        #expect(error { $0.detectors[1].debounce = .milliseconds(1) } == .time)
        #expect(error { $0.detectors[2].debounce = .milliseconds(51) } == .time)
        #expect(error { $0.detectors[0].period = .seconds(2) } == .time)
        #expect(error { $0.detectors[3].period = .seconds(2) } == .time)
        #expect(error { $0.floors[0].delay = .seconds(61) } == .delay)
        #expect(error { $0.floors[0].delay = .milliseconds(1_500) } == .delay)
        #expect(error { $0.buses[0].responseTimeout = .seconds(6) } == .responseTimeout)
    }

    @Test("A coincidence that its members cannot reach is refused")
    func coincidence() {
        #expect(error { $0.floors[1].rule = .coincidence(count: 1, scope: .zone) } == .coincidence)
        #expect(error { $0.floors[1].rule = .coincidence(count: 4, scope: .zone) } == .coincidence)
        #expect(error { $0.floors[1].rule = .coincidence(count: 3, scope: .floor) } == nil)
        #expect(error { $0.floors[1].rule = .coincidence(count: 4, scope: .floor) } == .coincidence)
        #expect(error { $0.floors[0].rule = .coincidence(count: 2, scope: .zone) } == .coincidence)
    }

    @Test("Buses and points that do not exist are refused")
    func modbus() {
        func set(_ unit: UInt8, _ table: ModbusPoint.Table, _ test: ModbusPoint.Test) -> PlanField?
        {
            error {
                let point = ModbusPoint(unit: unit, table: table, address: 0, test: test)
                $0.detectors[1].source = .modbus(bus: 0, alarm: point, fault: nil)
            }
        }
        #expect(set(247, .holdingRegister, .bit(15)) == nil)
        #expect(set(0, .holdingRegister, .bit(15)) == .point)
        #expect(set(248, .holdingRegister, .bit(15)) == .point)
        #expect(set(1, .holdingRegister, .bit(16)) == .point)
        #expect(set(1, .coil, .bit(1)) == .point)
        #expect(set(1, .discreteInput, .equals(1)) == .point)
        func link(_ link: BusPlan.Link) -> PlanField? { error { $0.buses[1].link = link } }
        #expect(link(.tcp(host: "plc.example", port: 502)) == .host)
        #expect(link(.tcp(host: "::1", port: 0)) == .host)
        #expect(link(.rtu(device: "/dev/x", baud: 9_601, parity: .none, stopBits: 1)) == .baud)
        #expect(link(.rtu(device: "/dev/x", baud: 9_600, parity: .none, stopBits: 3)) == .stopBits)
        #expect(
            link(
                .rtu(
                    device: "/dev/serial/by-id/usb-East", baud: 9_600, parity: .none, stopBits: 1))
                == .path)
    }

    @Test("Names are 1 to 64 bytes of UTF-8 without control characters")
    func names() {
        #expect(error { $0.name = "" } == .text)
        for control in ["\u{1B}[2J", "\u{1F}", "\u{7F}", "\u{80}", "\u{9F}"] {
            #expect(error { $0.name = "a" + control } == .text)
        }
        #expect(error { $0.name = "a ~\u{A0}ü" } == nil)
        #expect(error { $0.name = String(repeating: "é", count: 32) } == nil)
        #expect(error { $0.name = String(repeating: "é", count: 33) } == .text)
        #expect(error { $0.chips[0].path = String(repeating: "p", count: 256) } == .lost)
    }

    @Test("A detector's position is found by its id")
    func lookup() {
        let plan = Example.plan()
        let lookup = DetectorLookup(plan: plan)
        for (position, detector) in plan.detectors.enumerated() {
            #expect(lookup.position(of: detector.id) == position)
        }
        for id: UInt32 in [0, 3, 7, 19, 22, .max] {
            #expect(lookup.position(of: DetectorID(rawValue: id)) == nil)
        }
        let empty = SitePlan(name: "x")
        #expect(DetectorLookup(plan: empty).position(of: DetectorID(rawValue: 1)) == nil)
    }
}
