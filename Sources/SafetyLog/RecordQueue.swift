// The bounded queue between the control loop and the journal's thread: one producer, one consumer,
// no lock, no allocation. `eventfd` wakes the consumer.

import CLinux
import ControlLoop
import Glibc
import Synchronization

package final class RecordQueue: @unchecked Sendable {
    package struct Entry: Sendable {
        package var words: RecordWords
        package var stamp: Stamp
    }

    private let slots: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private let head = Atomic<Int>(0)
    private let tail = Atomic<Int>(0)
    private let wake: Int32

    package init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a power of two")
        self.capacity = capacity
        slots = .allocate(capacity: capacity)
        wake = clinux_eventfd()
        precondition(wake >= 0, "the system has no eventfd left at start")
    }

    deinit {
        slots.deallocate()
        close(wake)
    }

    package var count: Int {
        tail.load(ordering: .acquiring) - head.load(ordering: .acquiring)
    }

    /// Called by the producer only. False: full.
    package func offer(_ entry: Entry) -> Bool {
        let end = tail.load(ordering: .relaxed)
        let waiting = end - head.load(ordering: .acquiring)
        guard waiting < capacity else { return false }
        (slots + (end & (capacity - 1))).initialize(to: entry)
        // Sequentially consistent, here and in `take`: either the consumer sees the new tail before
        // it sleeps, or its last head is seen here and it is woken.
        tail.store(end + 1, ordering: .sequentiallyConsistent)
        if head.load(ordering: .sequentiallyConsistent) == end { signal() }
        return true
    }

    /// Called by the consumer only.
    package func take() -> Entry? {
        let start = head.load(ordering: .relaxed)
        guard start < tail.load(ordering: .sequentiallyConsistent) else { return nil }
        let entry = (slots + (start & (capacity - 1))).pointee
        head.store(start + 1, ordering: .sequentiallyConsistent)
        return entry
    }

    /// Sleeps until something was offered to an empty queue, or `signal` was called, or
    /// `milliseconds` have passed.
    package func wait(milliseconds: Int32) {
        var descriptor = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return }
        _ = clinux_take(wake)
    }

    package func signal() {
        clinux_wake(wake)
    }
}
