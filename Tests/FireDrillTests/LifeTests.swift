// Whole simulated lives, from seeds: each must keep every promise, and be the same when lived again.

import FireDrill
import Testing

/// Whole lives of small buildings. `make test` lives 10,000 more in a release build.
@Suite struct LifeTests {
    @Test(
        "RELEASE, QUIET, LATCH, KEY, LIVE and BOUNDED hold in every tick of a life",
        arguments: 0..<4)
    func lives(part: Int) {
        for seed in UInt64(1 + 50 * part)...UInt64(50 + 50 * part) {
            var life = Life(seed: seed)
            life.run(steps: FireDrill.steps)
            #expect(
                life.violations.isEmpty,
                "\(life.violations): \(FireDrill.replay(seed, steps: FireDrill.steps))")
        }
    }

    @Test("One seed is one life: living it again gives the same")
    func replay() {
        var first = Life(seed: 42)
        var second = Life(seed: 42)
        first.run(steps: FireDrill.steps)
        second.run(steps: FireDrill.steps)
        #expect(first.ticks == second.ticks)
        #expect(first.starts == second.starts)
        #expect(first.now == second.now)
    }
}
