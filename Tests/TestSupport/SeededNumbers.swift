// Numbers that a seed fixes (SplitMix64), so that a failing run of a test can be played again.

import Glibc

package struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }

    /// The seed of `STANDPIPE_FUZZ_SEED`, or a new one; printed either way.
    package static func printed(_ name: String) -> (SeededNumbers, UInt64) {
        let given = getenv("STANDPIPE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("\(name): STANDPIPE_FUZZ_SEED=\(seed)")
        // Before anything can trap.
        fflush(nil)
        return (SeededNumbers(seed: seed), seed)
    }

    /// Seconds that a fuzz test runs.
    package static var seconds: Int {
        getenv("STANDPIPE_FUZZ_SECONDS").flatMap { Int(String(cString: $0)) } ?? 1
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
