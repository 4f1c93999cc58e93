// The drills' own random numbers: xoshiro256**, seeded through splitmix64. The same seed gives the
// same life on every machine and with every Swift version, which the standard library's
// algorithms on top of a generator do not promise.

package struct Random: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var state = seed
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        words = (next(), next(), next(), next())
    }

    package mutating func next() -> UInt64 {
        let result = Self.rotate(words.1 &* 5, by: 7) &* 9
        let t = words.1 << 17
        words.2 ^= words.0
        words.3 ^= words.1
        words.1 ^= words.2
        words.0 ^= words.3
        words.2 ^= t
        words.3 = Self.rotate(words.3, by: 45)
        return result
    }

    /// 0 to `bound - 1`.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0)
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    package mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True in `parts` of `whole` cases.
    package mutating func chance(_ parts: Int, in whole: Int) -> Bool { below(whole) < parts }

    package mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    /// The position of one of `weights`, each as likely as it is heavy.
    package mutating func pick(weights: [Int]) -> Int {
        var rest = below(weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return weights.count - 1
    }

    package static func == (a: Random, b: Random) -> Bool { a.words == b.words }
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    private static func rotate(_ x: UInt64, by count: UInt64) -> UInt64 {
        (x << count) | (x >> (64 - count))
    }
}
