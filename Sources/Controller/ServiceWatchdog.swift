// Tells systemd that the controller is ready and, with every whole tick, that it lives
// (sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names). Without systemd it does
// nothing.

import ControlLoop
import FireLogic
import Glibc

struct ServiceWatchdog {
    /// A day: longer is no watchdog, and zero would keep the loop from sleeping.
    private static let longestMicroseconds: Int64 = 86_400_000_000

    private var descriptor: Int32 = -1
    private var address = sockaddr_un()
    private var length: socklen_t = 0
    /// Half of WATCHDOG_USEC; nil when systemd watches nothing.
    private var every: Interval?
    private var feedAt: Instant = .zero

    init() {
        guard let name = getenv("NOTIFY_SOCKET") else { return }
        var path = Array(String(cString: name).utf8)
        guard let first = path.first, path.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return }
        // An abstract socket begins with a zero byte, written as @.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if let text = getenv("WATCHDOG_USEC"), let microseconds = Int64(String(cString: text)),
            (1...Self.longestMicroseconds).contains(microseconds)
        {
            every = Interval(nanoseconds: microseconds * 1_000 / 2)
        }
    }

    /// The latest moment for the next tick, so that the watchdog is fed in time.
    var nextDeadline: Instant { every == nil ? .never : feedAt }

    mutating func ready() {
        send("READY=1")
    }

    /// Feeds the watchdog only after a tick that passed all its stages.
    mutating func feed(isComplete: Bool, at now: Instant) {
        guard let every, isComplete, now >= feedAt else { return }
        send("WATCHDOG=1")
        feedAt = now + every
    }

    private mutating func send(_ message: String) {
        guard descriptor >= 0 else { return }
        let bytes = Array(message.utf8)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
