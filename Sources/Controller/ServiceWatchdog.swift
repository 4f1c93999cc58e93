// Tells systemd that the controller is ready and, with every whole tick, that it lives
// (sd_notify(3)). Without systemd it does nothing.

import ControlLoop
import FieldDevices
import FireLogic
import Glibc

struct ServiceWatchdog {
    /// A day: longer is no watchdog, and zero would keep the loop from sleeping.
    private static let longestMicroseconds: Int64 = 86_400_000_000

    private let socket = ServiceSocket()
    /// Half of WATCHDOG_USEC; nil when systemd watches nothing.
    private var every: Interval?
    private var feedAt: Instant = .zero

    init() {
        guard socket != nil else { return }
        if let text = getenv("WATCHDOG_USEC"), let microseconds = Int64(String(cString: text)),
            (1...Self.longestMicroseconds).contains(microseconds)
        {
            every = Interval(nanoseconds: microseconds * 1_000 / 2)
        }
    }

    /// The latest moment for the next tick, so that the watchdog is fed in time.
    var nextDeadline: Instant { every == nil ? .never : feedAt }

    func ready() {
        _ = socket?.send("READY=1")
    }

    /// Feeds the watchdog only after a tick that passed all its stages.
    mutating func feed(isComplete: Bool, at now: Instant) {
        guard let every, isComplete, now >= feedAt else { return }
        _ = socket?.send("WATCHDOG=1")
        feedAt = now + every
    }
}
