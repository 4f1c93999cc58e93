// How long a life is unless it is said, and how to live it again.

package enum LogDrill {
    package static let crashesPerLife = 40

    /// Media faults of one log.
    package static let faultsPerLog = 100

    package static func replayMedia(_ seed: UInt64) -> String {
        "log-drill --media \(faultsPerLog) --seed \(seed) -v"
    }

    /// Whether the many lives of a drill have one that begins with a log at its cap from this seed.
    package static func isGrown(_ seed: UInt64) -> Bool { seed % 3 == 0 }

    package static func replay(_ seed: UInt64, _ crashes: Int, isGrown: Bool = false) -> String {
        "log-drill --life \(seed) --per-life \(crashes)\(isGrown ? " --grown" : "") -v"
    }
}
