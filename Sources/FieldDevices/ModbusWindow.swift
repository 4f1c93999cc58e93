// Decides how many requests may be under way on one connection. The plan names the most; a gateway
// that can do less refuses or drops what is too much, and gets fewer: half as many, down to one, and
// one more after a run of answers. Each setback doubles that run, so that a gateway that takes one at a
// time loses ever fewer requests to further trials. Pure.

import FireLogic

package struct ModbusWindow {
    private static let shortestRun = 64
    private static let longestRun = 65_536

    private let most: Int
    /// Requests that may be under way now.
    package private(set) var size: Int
    private var run = shortestRun
    private var answers = 0
    private var shrunkAt = Instant.zero

    /// `most` is 1 or more; it begins with all of them.
    package init(most: Int) {
        self.most = most
        size = most
    }

    /// A request was answered.
    package mutating func answered() {
        if size == most && run == Self.shortestRun { return }
        answers += 1
        if answers < run { return }
        answers = 0
        if size < most {
            size += 1
        } else {
            run = Self.shortestRun
        }
    }

    /// A request that shared the connection was refused as too much, or got no answer. Those that
    /// were asked before the last time say the same thing again.
    package mutating func crowded(askedAt: Instant, now: Instant) {
        answers = 0
        if size == 1 || askedAt < shrunkAt { return }
        size /= 2
        shrunkAt = now
        run = min(2 * run, Self.longestRun)
    }
}
