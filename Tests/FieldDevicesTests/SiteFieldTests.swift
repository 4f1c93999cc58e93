// What the field tells the rules that no device said.

import ControlLoop
import FireLogic
import Glibc
import Handover
import StatusFeed
import Testing

@testable import FieldDevices

@Suite struct SiteFieldTests {
    @Test("TOLD: a cell of the plan in memory that flips is a fault")
    func flippedCell() throws {
        let plan = GpioInputLinesTests.plan
        let chips = FakeChips()
        let poller = try Poller()
        let now = BootClock.now
        var field = SiteField(
            plan: plan, poller: poller,
            inputLines: GpioInputLines(plan: plan, chips: chips, poller: poller, at: now),
            outputLines: GpioOutputLines(plan: plan, chips: chips) { _ in .closed }, buses: [],
            bell: try Doorbell(),
            socket: InputSocket(
                path: "no/such/folder", plan: plan, poller: poller, at: now),
            latches: nil, startFaults: [], at: now)
        defer { field.stop() }
        func isFound(within rounds: Int) -> Bool {
            for _ in 0..<rounds {
                var inputs: [Input] = []
                field.read(into: &inputs)
                if inputs.contains(.event(.systemFault(.memory, present: true))) { return true }
                usleep(100_000)
            }
            return false
        }
        #expect(!isFound(within: 12))
        plan.detectors.withUnsafeBytes { bytes in
            // What a cell does that flips: nobody wrote.
            guard let start = bytes.baseAddress else { return }
            UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(to: UInt8.self)[0] ^= 4
        }
        #expect(isFound(within: 600))
    }
}
