// The bell beside the rings: wakes the one thread that takes from them. See Handover.swift.

import CLinux
import Glibc
import Synchronization

/// Wakes one thread (eventfd). Many ring, one answers. Between two answers only the
/// first ring costs a system call.
package final class Doorbell: Sendable {
    /// Becomes readable when the bell was rung: for epoll and poll, level-triggered.
    package let descriptor: Int32
    private let rung = Atomic<Bool>(false)

    /// Throws when the process or the system is out of descriptors (eventfd).
    package init() throws(DoorbellError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if descriptor < 0 { throw DoorbellError(errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// After something was put where the other will look. Any thread.
    package func ring() {
        // The exchange orders the ring's new value before the answer, see there.
        if rung.exchange(true, ordering: .acquiringAndReleasing) { return }
        var one: UInt64 = 1
        // Cannot fail but by EAGAIN when the count is at its end: then it is readable anyway.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Called when `descriptor` is readable, and before looking into the rings: a
    /// value that comes after the look then rings anew, so none is left lying.
    package func answer() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        _ = rung.exchange(false, ordering: .acquiringAndReleasing)
    }
}

extension Doorbell {
    /// Sleeps until the bell was rung or `milliseconds` are over (-1: without limit), and answers it.
    package func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        answer()
    }
}

/// eventfd failed.
package struct DoorbellError: Error, Hashable, Sendable {
    package let errno: Int32
}
