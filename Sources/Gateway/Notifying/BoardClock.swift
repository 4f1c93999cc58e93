// The clocks of this board: the boot clock for all that waits, the wall clock and the local time for
// texts and hours.

import Glibc
import Notifications

enum BoardClock {
    static var now: NotifyTime {
        var boot = timespec()
        var wall = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        let milliseconds = Int64(wall.tv_sec) * 1_000 + Int64(wall.tv_nsec) / 1_000_000
        return NotifyTime(
            boot: Int64(boot.tv_sec) * 1_000 + Int64(boot.tv_nsec) / 1_000_000,
            wall: milliseconds, utcOffset: utcOffset(milliseconds))
    }

    /// What local time is ahead of UTC at a time in milliseconds since 1970, in seconds; 0 where the
    /// C library cannot say (localtime_r).
    @Sendable static func utcOffset(_ wall: Int64) -> Int {
        var seconds = time_t(wall / 1_000)
        var parts = unsafe tm()
        guard unsafe localtime_r(&seconds, &parts) != nil else { return 0 }
        return unsafe parts.tm_gmtoff
    }

    /// The id of this boot: another one means that the boot clock began anew.
    static var bootID: String {
        let bytes = NotifyFiles.read("/proc/sys/kernel/random/boot_id", upTo: 64) ?? []
        let text = String(decoding: bytes, as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
        return text.isEmpty ? "unknown" : text
    }
}
