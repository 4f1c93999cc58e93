// The examples that installers start from, as they stand in deploy/examples.

import FireLogic
import PlanFile
import Testing

@testable import SiteFile

enum Example {
    /// The bytes of deploy/examples/`name`.
    static func bytes(_ name: String) throws -> [UInt8] {
        try PlanBytes.read(top + "/deploy/examples/" + name)
    }

    /// The pieces of YAML in SITE.md, in their order.
    static func reference() throws -> [String] {
        let bytes = try PlanBytes.read(top + "/Sources/SiteFile/SITE.md")
        let pieces = String(decoding: bytes, as: UTF8.self).split(separator: "```")
        return pieces.compactMap {
            $0.hasPrefix("yaml\n") ? String($0.dropFirst("yaml\n".count)) : nil
        }
    }

    /// The top of the checkout.
    static var top: String {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }
}

@Suite struct ExamplesTests {
    @Test("The small example has no findings and one of every kind")
    func small() throws {
        let check = SiteFile.check(try Example.bytes("small.yaml"))
        #expect(check.findings == [])
        let plan = try #require(check.plan)
        #expect(plan.floors.count == 3 && plan.detectors.count == 12)
        func has(_ test: (DetectorSource) -> Bool) -> Bool {
            plan.detectors.contains { test($0.source) }
        }
        #expect(has { if case .contact = $0 { true } else { false } })
        #expect(has { if case .pulse = $0 { true } else { false } })
        #expect(has { if case .modbus(0, _, _) = $0 { true } else { false } })
        #expect(has { if case .modbus(1, _, _) = $0 { true } else { false } })
        #expect(has { $0 == .network })
        #expect(plan.floors.map(\.rule).contains(.coincidence(count: 2, scope: .zone)))
        #expect(plan.floors.contains { $0.delay > .zero })
        #expect(plan.keys.allSatisfy { $0.onContact != nil } && plan.remote == .all)
    }

    @Test("The big example has no findings, 100 floors and 10,000 detectors")
    func big() throws {
        let check = SiteFile.check(try Example.bytes("big.yaml"))
        #expect(check.findings == [])
        let plan = try #require(check.plan)
        #expect(plan.floors.count == 100 && plan.detectors.count == 10_000)
        let file = try PlanCodec.encode(plan)
        #expect(try PlanCodec.decode(file) == plan)
        #expect(check.loads.allSatisfy { $0.share < BusLoad.comfortable })
    }

    @Test("The site at the head of the reference has no findings")
    func reference() throws {
        let first = try #require(try Example.reference().first)
        let check = SiteFile.check(first)
        #expect(check.findings == [] && check.plan?.detectors.count == 2)
    }

    @Test("The ranges in the reference make the detectors that it says")
    func ranges() throws {
        let ranges = try #require(try Example.reference().first { $0.contains("401-464") })
        let check = SiteFile.check(
            """
            site: Reference
            chips: {io0: /dev/gpiochip0, io1: /dev/gpiochip1}
            buses: {east: {rtu: /dev/ttyE}}
            keys: {main: {off-contact: io0/0}}
            floors: [{number: 2, valve: io0/1}, {number: 3, valve: io0/2}]
            detectors:
            \(ranges)
            """)
        #expect(check.findings == [])
        let plan = try #require(check.plan)
        #expect(plan.detectors.count == 84)
        let fault = ModbusPoint(unit: 2, table: .inputRegister, address: 0, test: .bit(0))
        let alarm = ModbusPoint(unit: 2, table: .discreteInput, address: 0, test: .bit(0))
        #expect(
            plan.detectors.first { $0.id.rawValue == 433 }?.source
                == .modbus(bus: 0, alarm: alarm, fault: fault))
    }

    @Test("The reference explains every key")
    func keys() throws {
        let reference = String(
            decoding: try PlanBytes.read(Example.top + "/Sources/SiteFile/SITE.md"), as: UTF8.self)
        let keys =
            SiteReader.topKeys + SiteReader.busKeys + SiteReader.floorKeys
            + SiteReader.detectorKeys + SiteReader.pointKeys + SiteReader.panelOutputs.map(\.key)
            + SiteReader.panelInputs.map(\.key) + ["off-contact", "on-contact", "feedback"]
        for key in keys {
            #expect(reference.contains("`\(key)`"), "\(key) is missing in SITE.md")
        }
    }
}
