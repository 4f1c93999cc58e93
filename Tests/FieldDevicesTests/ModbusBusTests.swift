// What a bus thread promises, against slaves that follow a script.

import FieldDevices
import FireLogic
import Glibc
import PlanFile
import Synchronization
import Testing

/// Both kinds of link keep the same promises.
enum LinkKind: String, CaseIterable, CustomTestStringConvertible {
    case serial, tcp

    var testDescription: String { rawValue }

    func slave(_ name: String, script: @escaping SlaveScript) -> ScriptedSlave {
        switch self {
        case .serial: .serial(path: TestSite.terminalPath(name), script: script)
        case .tcp: .tcp(script: script)
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
        let run = try BusUnderTest(TestSite.site(slave.link, points.map { ($0, nil) }))
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
}
