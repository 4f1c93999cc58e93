// Random and damaged bytes from a printed seed.

import TestSupport

extension SeededNumbers {
    /// New numbers, whose printed seed STANDPIPE_FUZZ_SEED plays again.
    static func new(_ name: String) -> SeededNumbers { printed(name).0 }

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
