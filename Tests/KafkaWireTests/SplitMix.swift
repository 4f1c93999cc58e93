// The random numbers of these tests.

import Glibc

/// Random numbers from a printed seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension SplitMix {
    /// A new seed, printed with what it is for; STANDPIPE_FUZZ_SEED plays a printed one again.
    static func printed(_ name: String) -> SplitMix {
        let seed = environment("STANDPIPE_FUZZ_SEED") ?? UInt64.random(in: 0 ... .max)
        print("\(name): seed \(seed)")
        return SplitMix(state: seed)
    }

    static func environment(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Changes, removes, adds or repeats some bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &self)
        switch Int.random(in: 0..<6, using: &self) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &self) ?? 0
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
        case 4: bytes.removeSubrange(place...)
        default:
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &self))
            bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        }
    }
}
