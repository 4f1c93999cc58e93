// Lives of many simulated clients, from seeds: `group-drill` lives 10,000 more in a release build.

import GroupDrill
import Testing

@Suite struct GroupLifeTests {
    @Test(
        "BOUNDED: groups of clients that die, dawdle and quarrel keep all their promises",
        arguments: 0..<4 as Range<UInt64>)
    func lives(part: UInt64) {
        for seed in 1 + 25 * part...25 + 25 * part {
            let life = GroupLife(seed: seed)
            life.run()
            #expect(life.violations.isEmpty, "group-drill --life \(seed): \(life.violations)")
        }
    }

    @Test("One seed is one life: living it again gives the same")
    func replay() {
        var told: [[String]] = [[], []]
        for time in told.indices {
            let life = GroupLife(seed: 42)
            life.tell = { told[time].append($0) }
            life.run()
        }
        #expect(told[0] == told[1] && told[0].count > 50)
    }
}
