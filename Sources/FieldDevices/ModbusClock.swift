// The boot clock as the bus threads read it. They alone call it; the logic gets time as an
// argument. It never looks at wall time.

import FireLogic
import Glibc

enum ModbusClock {
    /// Now (clock_gettime with CLOCK_BOOTTIME).
    static var now: Instant {
        var time = timespec()
        // Cannot fail: the clock exists since Linux 2.6.39.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Sleeps until `instant`; returns at once when it is past (clock_nanosleep, absolute). For
    /// the few milliseconds between frames only: nothing interrupts it.
    static func sleep(until instant: Instant) {
        if instant <= now { return }
        var time = timespec()
        time.tv_sec = Int(instant.nanoseconds / 1_000_000_000)
        time.tv_nsec = Int(instant.nanoseconds % 1_000_000_000)
        while clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    /// Waits until one of two descriptors is readable or `instant` has come (poll, to the
    /// millisecond, never early). -1 as `first` waits for `second` alone.
    static func wait(_ first: Int32, _ second: Int32, until instant: Instant) -> Wake {
        wait(first, Int16(POLLIN), second, until: instant)
    }

    /// The same, until `first` is writable.
    static func waitWritable(_ first: Int32, _ second: Int32, until instant: Instant) -> Wake {
        wait(first, Int16(POLLOUT), second, until: instant)
    }

    private static func wait(
        _ first: Int32, _ events: Int16, _ second: Int32, until instant: Instant
    ) -> Wake {
        var entries = (
            pollfd(fd: first, events: events, revents: 0),
            pollfd(fd: second, events: Int16(POLLIN), revents: 0)
        )
        return withUnsafeMutablePointer(to: &entries) { pair in
            pair.withMemoryRebound(to: pollfd.self, capacity: 2) { entries in
                while true {
                    let left = (instant - now).nanoseconds
                    let milliseconds = max(0, min((left + 999_999) / 1_000_000, 60_000))
                    let count = poll(entries, 2, Int32(milliseconds))
                    if count == 0 && milliseconds == 60_000 { continue }
                    if count < 0 && errno == EINTR { continue }
                    if count < 0 { return .broken(errno) }
                    if entries[1].revents != 0 { return .second }
                    if entries[0].revents & events != 0 { return .first }
                    if entries[0].revents != 0 { return .broken(EIO) }
                    return .time
                }
            }
        }
    }

    enum Wake: Equatable {
        case first, second, time
        /// The first descriptor hung up, or poll failed with this errno.
        case broken(Int32)
    }
}
