// The plan in memory, and cells of it that flip.

import FireLogic
import TestSupport
import Testing

@testable import PlanFile

@Suite struct PlanGuardTests {
    private static func round(_ guarded: inout PlanGuard) -> Bool {
        while true {
            if let isWhole = guarded.piece() { return isWhole }
        }
    }

    @Test("TOLD: any bit that flips in the tables of the plan in memory is found within a round")
    func flips() {
        var (numbers, seed) = SeededNumbers.printed("plan in memory")
        let plan = Example.plan()
        var guarded = PlanGuard(plan, at: .zero)
        #expect(Self.round(&guarded) && Self.round(&guarded))
        func flip<Element>(_ elements: [Element]) {
            elements.withUnsafeBytes { bytes in
                // What a cell does that flips: nobody wrote.
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &numbers)
                guard let start = bytes.baseAddress else { return }
                let cell = UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(
                    to: UInt8.self)
                cell[place] ^= bit
                #expect(!Self.round(&guarded), "seed \(seed)")
                cell[place] ^= bit
                #expect(Self.round(&guarded), "seed \(seed)")
            }
        }
        for _ in 0..<50 {
            flip(plan.detectors)
            flip(plan.floors)
            flip(plan.keys)
            flip(plan.buses)
            flip(plan.zones)
            flip(plan.chips)
        }
    }

    @Test("BOUNDED: a round over the largest plan ends within ten minutes")
    func largest() {
        var plan = Example.plan()
        let detector = plan.detectors[0]
        plan.detectors = Array(repeating: detector, count: Limits.detectors)
        plan.floors = Array(repeating: plan.floors[0], count: Limits.floors)
        plan.keys = Array(repeating: plan.keys[0], count: Limits.keys)
        plan.zones = Array(repeating: plan.zones[0], count: Limits.zones)
        var guarded = PlanGuard(plan, at: .zero)
        var now = Instant.zero
        while guarded.look(at: now) == nil { now = guarded.deadline }
        #expect(now - .zero < .minutes(10))
        print("a round over the largest plan: \((now - .zero).milliseconds / 1_000) s")
    }
}
