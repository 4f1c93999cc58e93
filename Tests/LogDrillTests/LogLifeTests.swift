// Lives of a log on a disk that dies at any call, from seeds: nothing that was acknowledged is lost,
// and the drill finds what is planted. `make test` has 50,000 crashes more, in a release build.

import EventLog
import SimulatedDisk
import Testing

@testable import LogDrill

@Suite struct LogLifeTests {
    @Test(
        "RECORD, LIVE and BOUNDED hold after every crash of a log's life", arguments: 0..<4)
    func lives(part: Int) {
        for seed in UInt64(1 + 4 * part)...UInt64(4 + 4 * part) {
            let life = LogLife(seed: seed)
            life.run(crashes: LogDrill.crashesPerLife)
            #expect(
                life.violations.isEmpty,
                "\(life.violations): \(LogDrill.replay(seed, LogDrill.crashesPerLife))")
        }
    }

    // A torn sector that held one bit, reads that failed while a segment was freed, a segment given
    // up right before the power went, and once more where the spare could not be read.
    @Test(
        "Lives that once broke a promise keep it",
        arguments: [
            17_538, 100_384, 100_961, 101_765, 102_501, 200_447, 200_761, 201_005, 202_591,
            501_101, 9_013_095, 30_001_828, 80_001_911,
        ] as [UInt64])
    func brokenOnce(seed: UInt64) {
        let life = LogLife(seed: seed)
        life.run(crashes: LogDrill.crashesPerLife)
        #expect(
            life.violations.isEmpty,
            "\(life.violations): \(LogDrill.replay(seed, LogDrill.crashesPerLife))")
    }

    // The first three find that frames were written behind a segment whose successor may have been
    // there, the next that closing frames took the room for freeing a segment, the last two that a log
    // full of vital records refuses everything.
    @Test(
        "RECORD, LIVE and BOUNDED hold in lives that begin with a log at its cap",
        arguments: [
            40_000_362, 40_000_593, 40_000_908, 3_762, 20_670, 21_453, 1_089, 30_001_113,
            30_004_149,
        ] as [UInt64])
    func grown(seed: UInt64) {
        let life = LogLife(seed: seed, isGrown: true)
        life.run(crashes: LogDrill.crashesPerLife)
        #expect(life.figures.segmentsFreed > 0)
        #expect(
            life.violations.isEmpty,
            "\(life.violations): \(LogDrill.replay(seed, LogDrill.crashesPerLife, isGrown: true))")
    }

    @Test("One seed is one life: living it again gives the same")
    func replay() {
        let first = LogLife(seed: 42)
        let second = LogLife(seed: 42)
        first.run(crashes: 40)
        second.run(crashes: 40)
        #expect(first.figures.disk == second.figures.disk)
        #expect(first.figures.acknowledged == second.figures.acknowledged)
        #expect(first.violations == second.violations)
    }

    @Test("A disk that lies about what it synced is found out", arguments: LyingDisk.allCases)
    func plantedDisk(lie: LyingDisk) {
        var found: UInt64?
        for seed in 1...200 as ClosedRange<UInt64> where found == nil {
            let life = LogLife(seed: seed)
            life.plant(lie)
            life.run(crashes: LogDrill.crashesPerLife)
            if !life.violations.isEmpty { found = seed }
        }
        print("log drill: \(lie) found with seed \(found.map { "\($0)" } ?? "none")")
        #expect(found != nil, "\(lie)")
    }
}
