// The clocks as this module needs them: the boot clock for order and age, the wall clock for
// stamps only.

import ControlLoop
import FireLogic
import Glibc

package enum BootTime {
    /// clock_gettime(CLOCK_BOOTTIME).
    package static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// clock_gettime(CLOCK_REALTIME), milliseconds since 1970 UTC; may jump.
    package static var wallMilliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Which start of the machine this is; zero where the kernel does not say.
    package static var bootID: BootID {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return BootID(head: 0, tail: 0) }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 36)
        guard read(descriptor, &text, text.count) == text.count else {
            return BootID(head: 0, tail: 0)
        }
        var words: [UInt64] = [0, 0]
        var digits = 0
        for byte in text {
            guard
                let digit = Unicode.Scalar(byte).properties.numericType == nil
                    ? (97...102).contains(byte) ? UInt64(byte - 87) : nil
                    : UInt64(byte - 48)
            else { continue }
            words[digits / 16] = words[digits / 16] << 4 | digit
            digits += 1
            if digits == 32 { break }
        }
        return BootID(head: words[0], tail: words[1])
    }
}
