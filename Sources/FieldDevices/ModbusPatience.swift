// How long an answer of one slave is waited for: less than the bus's own time-out, when the slave
// usually answers fast. `ModbusSchedule` keeps one for each slave. Pure.

import FireLogic

struct ModbusPatience {
    /// Its slowest recent answer; nil before the first.
    private var slowest: Interval?

    func timeout(atMost longest: Interval) -> Interval {
        guard let slowest else { return longest }
        let enough = Interval(nanoseconds: 4 * slowest.nanoseconds) + ModbusLimits.patience
        return min(longest, enough)
    }

    /// The slowest answer is forgotten slowly: by 1/64 with each faster one.
    mutating func note(_ latency: Interval) {
        let before = slowest ?? .zero
        slowest = max(latency, Interval(nanoseconds: before.nanoseconds - before.nanoseconds / 64))
    }
}
