// Names that no other log or topic has. Made once, when a log or a topic is; stored with it.

import CLinux
import Glibc

/// Which log this is, or which topic: 16 bytes that no other has.
package struct LogID: Hashable, Sendable {
    package var head: UInt64
    package var tail: UInt64

    package init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }

    /// One that has not been before. It never waits: a board that has just been switched on may have
    /// no entropy for minutes (getrandom(2), and so Swift's own generator, blocks until it has), and
    /// a log that begins late remembers no valve. /dev/urandom gives what there is; the clocks and
    /// the process tell apart what that may not.
    package static func fresh() -> LogID {
        var hash = SHA256()
        var seed = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &seed) { bytes in
            let file = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
            if file >= 0 {
                _ = read(file, bytes.baseAddress, bytes.count)
                close(file)
            }
            hash.update(UnsafeRawBufferPointer(bytes))
        }
        for clock in [CLOCK_REALTIME, CLOCK_BOOTTIME] {
            var time = timespec()
            clock_gettime(clock, &time)
            withUnsafeBytes(of: time) { hash.update($0) }
        }
        withUnsafeBytes(of: getpid()) { hash.update($0) }
        let words = hash.digest().words
        return LogID(head: words.0, tail: words.1)
    }
}
