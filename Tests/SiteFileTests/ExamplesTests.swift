// The examples that installers start from, as they stand in deploy/examples.

import FireLogic
import PlanFile
import Testing

@testable import SiteFile

enum Example {
    /// The bytes of deploy/examples/`name`.
    static func bytes(_ name: String) throws -> [UInt8] {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return try PlanBytes.read(parts.joined(separator: "/") + "/deploy/examples/" + name)
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
}
