// How long a life is unless it is said, and how to live it again.

package enum FireDrill {
    package static let steps = 60

    package static func replay(_ seed: UInt64, steps: Int) -> String {
        "fire-drill --seed \(seed) --steps \(steps) -v"
    }
}
