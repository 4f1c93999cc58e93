// Sources of detectors, above all Modbus points. Every mistake has its message.
// The site that the changes apply to stands in Site.swift.

import FireLogic
import Testing

@testable import SiteFile

@Suite struct SourceReadingTests {
    @Test("A source that does not exist is refused")
    func unknownSource() {
        #expect(
            Site.findings([11: "  - {id: 1, floor: 1, zone: hall, source: mqtt}"]) == [
                "site.yaml:11:43: the source of detector 1 cannot be \"mqtt\"; write "
                    + "\"network\", a line such as io0/17, or a Modbus point"
            ])
        #expect(
            Site.findings([
                11: "  - {id: 1, floor: 1, zone: hall, source: {alarm: io/10}, period: 1s}"
            ]) == [
                "site.yaml:11:43: the source of detector 1 has no heartbeat; write \"{alarm: "
                    + "CHIP/LINE, heartbeat: CHIP/LINE}\""
            ])
        #expect(
            Site.findings([11: "  - {id: 1, floor: 1, zone: hall, source: {}}"]) == [
                "site.yaml:11:43: detector 1 has no bus; write \"bus: NAME\" with one of east",
                "site.yaml:11:43: detector 1 has no unit; write \"unit: NUMBER\", the slave's "
                    + "address",
                "site.yaml:11:43: detector 1 has no Modbus address; write one of coil, input, "
                    + "holding, input-register",
            ])
    }

    @Test("A Modbus detector without a bus, or with an unknown one, is refused")
    func bus() {
        #expect(
            Site.findings([12: "  - {id: 2, floor: 2, source: {unit: 3, input: 4}}"]) == [
                "site.yaml:12:31: detector 2 has no bus; write \"bus: NAME\" with one of east"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: est, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:37: unknown bus \"est\"; did you mean \"east\"?"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: roof, unit: 3, input: 4}}"
            ]) == [
                "site.yaml:12:37: unknown bus \"roof\"; write one of east"
            ])
        #expect(
            Site.findings([3: "# none", 4: ""]) == [
                "site.yaml:12:37: unknown bus \"east\"; declare it under \"buses\""
            ])
    }

    @Test("Units out of range are refused")
    func units() {
        #expect(
            Site.findings([12: "  - {id: 2, floor: 2, source: {bus: east, input: 4}}"]) == [
                "site.yaml:12:31: detector 2 has no unit; write \"unit: NUMBER\", the slave's "
                    + "address"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 0, input: 4}}"
            ]) == [
                "site.yaml:12:49: unit 0 is out of range; write 1 to 247"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 248, input: 4}}"
            ]) == [
                "site.yaml:12:49: unit 248 is out of range; write 1 to 247"
            ])
        #expect(
            Site.findings([
                4: "  east: {tcp: 192.0.2.1}",
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 256, input: 4}}",
            ]) == [
                "site.yaml:12:49: unit 256 is out of range; write 0 to 255"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: three, input: 4}}"
            ]) == [
                "site.yaml:12:49: unit \"three\" is not a number; write 1 to 247"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4, fault: {unit: 0, "
                    + "input: 5}}}"
            ]) == [
                "site.yaml:12:76: unit 0 is out of range; write 1 to 247"
            ])
    }

    @Test("Modbus addresses and tests")
    func addresses() {
        #expect(
            Site.findings([12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3}}"]) == [
                "site.yaml:12:31: detector 2 has no Modbus address; write one of coil, input, "
                    + "holding, input-register"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4, coil: 5}}"
            ]) == [
                "site.yaml:12:52: detector 2 has coil and input; keep one of them"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 65536}}"
            ]) == [
                "site.yaml:12:59: input 65536 is out of range; write 0 to 65535"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4, bit: 1}}"
            ]) == [
                "site.yaml:12:62: a coil or an input is on or off and needs no test; remove "
                    + "\"bit\""
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, holding: 4}}"
            ]) == [
                "site.yaml:12:31: detector 2 does not say when its register means yes; write "
                    + "one of bit, at-least, at-most, equals"
            ])
        #expect(
            Site.findings([
                12: "  - {id: 2, floor: 2, source: {bus: east, unit: 3, holding: 4, bit: 16}}"
            ]) == [
                "site.yaml:12:69: bit 16 is out of range; write 0 to 15"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, holding: 4, bit: 1, "
                    + "equals: 2}}"
            ]) == [
                "site.yaml:12:72: detector 2 has bit and equals; keep one of them"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, holding: 4, at-least: "
                    + "65536}}"
            ]) == [
                "site.yaml:12:74: at-least 65536 is out of range; write 0 to 65535"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4, fault: {holding: "
                    + "5}}}"
            ]) == [
                "site.yaml:12:69: the fault of detector 2 does not say when its register means "
                    + "yes; write one of bit, at-least, at-most, equals"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4, fault: {bus: "
                    + "east, input: 5}}}"
            ]) == [
                "site.yaml:12:70: unknown key \"bus\" in the fault of detector 2; write one of "
                    + "unit, coil, input, holding, input-register, bit, at-least, at-most, equals"
            ])
    }

    @Test("Ranges must fit the number of ids")
    func ranges() {
        #expect(
            Site.findings([
                12: "  - {ids: 2-9, floor: 2, source: {bus: east, unit: 3, input: 0-6}}"
            ]) == [
                "site.yaml:12:34: 7 Modbus points for 8 detectors; units × addresses × bits "
                    + "must be as many as there are ids"
            ])
        #expect(
            Site.findings([
                12: "  - {ids: 2-9, floor: 2, source: {bus: east, unit: 3-4, input: 0-7}}"
            ]) == [
                "site.yaml:12:34: 16 Modbus points for 8 detectors; units × addresses × bits "
                    + "must be as many as there are ids"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {ids: 2-9, floor: 2, source: {bus: east, unit: 3-4, input: 0-3, fault: "
                    + "{input: 4-6}}}"
            ]) == [
                "site.yaml:12:76: 3 fault points for 4 detectors of each unit; write one for "
                    + "all, or one for each"
            ])
        #expect(
            Site.findings([12: "  - {ids: 2-9, floor: 2, source: io/20-26}"]) == [
                "site.yaml:12:34: \"io/20-26\" is 7 lines for 8 detectors; write as many lines "
                    + "as there are ids"
            ])
        #expect(
            Site.findings([
                12:
                    "  - {id: 2, floor: 2, source: {bus: east, unit: 3, holding: 1, bit: 0-1}}"
            ]) == [
                "site.yaml:12:31: 2 Modbus points for 1 detector; units × addresses × bits "
                    + "must be as many as there are ids"
            ])
    }

    private func points(_ source: String, ids: String) throws -> [DetectorSource] {
        let plan = try Site.plan([12: "  - {ids: \(ids), floor: 2, source: \(source)}"])
        return plan.detectors.dropFirst().map(\.source)
    }

    @Test("Units, addresses and bits of a range are counted along, bits first")
    func counting() throws {
        let sources = try points(
            "{bus: east, unit: 3-4, holding: 7-8, bit: 1-2, fault: {input: 9}}", ids: "2-9")
        var expected: [DetectorSource] = []
        for unit: UInt8 in 3...4 {
            for address: UInt16 in 7...8 {
                for bit: UInt16 in 1...2 {
                    expected.append(
                        .modbus(
                            bus: 0,
                            alarm: ModbusPoint(
                                unit: unit, table: .holdingRegister, address: address,
                                test: .bit(bit)),
                            fault: ModbusPoint(
                                unit: unit, table: .discreteInput, address: 9, test: .bit(0))))
                }
            }
        }
        #expect(sources == expected)
    }

    @Test("A fault point is that of its detector, of its unit, or one for all")
    func faults() throws {
        func faults(_ fault: String) throws -> [ModbusPoint?] {
            try points("{bus: east, unit: 3-4, input: 0-1, fault: \(fault)}", ids: "2-5").map {
                guard case .modbus(_, _, let fault) = $0 else { return nil }
                return fault
            }
        }
        func input(_ unit: UInt8, _ address: UInt16) -> ModbusPoint {
            ModbusPoint(unit: unit, table: .discreteInput, address: address, test: .bit(0))
        }
        #expect(
            try faults("{input: 8-9}") == [input(3, 8), input(3, 9), input(4, 8), input(4, 9)])
        #expect(try faults("{input: 8}") == [input(3, 8), input(3, 8), input(4, 8), input(4, 8)])
        #expect(try faults("{unit: 9, input: 8}") == Array(repeating: input(9, 8), count: 4))
        #expect(
            try faults("{unit: 9, input: 0-3}")
                == [input(9, 0), input(9, 1), input(9, 2), input(9, 3)])
    }

    @Test("Every test of a register")
    func tests() throws {
        let tests: [(String, ModbusPoint.Test)] = [
            ("bit: 15", .bit(15)), ("at-least: 400", .atLeast(400)), ("at-most: 0", .atMost(0)),
            ("equals: 65535", .equals(.max)),
        ]
        for (text, test) in tests {
            let point = ModbusPoint(unit: 3, table: .inputRegister, address: 7, test: test)
            #expect(
                try points("{bus: east, unit: 3, input-register: 7, \(text)}", ids: "2-2")
                    == [.modbus(bus: 0, alarm: point, fault: nil)])
        }
    }

    @Test("Lines of pulses and their options")
    func pulses() throws {
        let plan = try Site.plan([
            12: "  - {ids: 2-3, floor: 2, period: 5s, source: "
                + "{alarm: io/20-21, heartbeat: {line: io/30-31, active: low, bias: pull-up}}}"
        ])
        let expected = (0..<2).map {
            DetectorSource.pulse(
                alarm: GpioLine(chip: 0, offset: 20 + $0),
                heartbeat: GpioLine(chip: 0, offset: 30 + $0, activeLow: true, bias: .pullUp))
        }
        #expect(plan.detectors.dropFirst().map(\.source) == expected)
    }
}
