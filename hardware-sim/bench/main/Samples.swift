// Durations that were measured, and what is said of them.

import FireLogic

struct Samples {
    private var sorted: [Int64] = []

    var count: Int { sorted.count }

    mutating func add(_ span: Interval) { sorted.append(span.nanoseconds) }

    mutating func add(_ others: Samples) { sorted += others.sorted }

    /// In microseconds.
    var mean: Double {
        Double(sorted.reduce(0, +)) / Double(max(1, sorted.count)) / 1e3
    }

    /// p50, p99, p99.9 and the largest, in microseconds (nearest rank).
    func summary() -> Summary {
        let all = sorted.sorted()
        func rank(_ share: Double) -> Double {
            guard !all.isEmpty else { return .nan }
            let place = Int((share * Double(all.count)).rounded(.up)) - 1
            return Double(all[max(0, min(place, all.count - 1))]) / 1e3
        }
        return Summary(
            p50: rank(0.5), p99: rank(0.99), p999: rank(0.999), max: rank(1), count: all.count)
    }

    struct Summary {
        var p50: Double
        var p99: Double
        var p999: Double
        var max: Double
        var count: Int
    }
}
