// Damage at rest: what a rotten disk still gives out is right, what is gone is known to be gone, and
// what was not hit is there. `make test` damages more, in a release build.

import LogDrill
import Testing

@Suite struct MediaDrillTests {
    @Test("RECORD: damage at rest is found, and costs only what was hit", arguments: 0..<3)
    func damage(part: Int) {
        for seed in UInt64(1 + 5 * part)...UInt64(5 + 5 * part) {
            let drill = MediaDrill(seed: seed)
            drill.run(faults: LogDrill.faultsPerLog)
            #expect(
                drill.violations.isEmpty,
                "\(drill.violations): \(LogDrill.replayMedia(seed))")
        }
    }
}
