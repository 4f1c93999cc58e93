// Moves plain values from a bus thread to the control loop: a bounded ring for one producer and
// one consumer, and the bell that wakes the loop. Neither side ever waits for the other, takes a
// lock or allocates (promises RELEASE and BOUNDED). It decides nothing: what happens to a value
// that finds the ring full is the producer's business, see `ModbusOutbox`.

import CLinux
import Glibc
import Synchronization

/// A ring of `capacity` values. `offer` belongs to one thread, `take` to one other.
///
/// Unchecked, because the compiler cannot see that the two counters part the slots: those in
/// `taken ..< written` belong to the consumer, all others to the producer.
package final class Handover<Element: Sendable>: @unchecked Sendable {
    package let capacity: Int
    private let mask: UInt64
    private let slots: UnsafeMutablePointer<Element>
    private let bell: Doorbell
    /// Values ever offered; only the producer writes it.
    private let written = Atomic<UInt64>(0)
    /// Values ever taken; only the consumer writes it.
    private let taken = Atomic<UInt64>(0)

    /// `capacity` is rounded up to a power of two, 2 to 65,536. All rings that wake the same loop
    /// share one `bell`.
    package init(capacity wanted: Int, bell: Doorbell) {
        var capacity = 2
        while capacity < min(wanted, 65_536) { capacity *= 2 }
        self.capacity = capacity
        self.bell = bell
        mask = UInt64(capacity - 1)
        slots = .allocate(capacity: capacity)
    }

    deinit {
        while take() != nil {}
        slots.deallocate()
    }

    /// Puts `element` behind all others and rings the bell. False: the ring is full and the
    /// element is not in it. Producer's thread only.
    package func offer(_ element: Element) -> Bool {
        let position = written.load(ordering: .relaxed)
        if position &- taken.load(ordering: .acquiring) > mask { return false }
        (slots + Int(position & mask)).initialize(to: element)
        written.store(position &+ 1, ordering: .releasing)
        bell.ring()
        return true
    }

    /// The oldest value, or nil when there is none. Consumer's thread only.
    package func take() -> Element? {
        let position = taken.load(ordering: .relaxed)
        if position == written.load(ordering: .acquiring) { return nil }
        let element = (slots + Int(position & mask)).move()
        taken.store(position &+ 1, ordering: .releasing)
        return element
    }
}

/// Wakes the control loop (eventfd). Many threads ring, one answers. Between two answers only the
/// first ring costs a system call.
package final class Doorbell: Sendable {
    /// Becomes readable when the bell was rung: for the loop's epoll, level-triggered.
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

    /// After something was put where the loop will look. Any thread.
    package func ring() {
        // The exchange orders the ring's new value before the loop's answer, see there.
        if rung.exchange(true, ordering: .acquiringAndReleasing) { return }
        var one: UInt64 = 1
        // Cannot fail but by EAGAIN when the count is at its end: then it is readable anyway.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Called by the loop when `descriptor` is readable, and before it looks into the rings: a
    /// value that comes after the look then rings anew, so none is left lying.
    package func answer() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        _ = rung.exchange(false, ordering: .acquiringAndReleasing)
    }
}

/// eventfd failed.
package struct DoorbellError: Error, Hashable, Sendable {
    package let errno: Int32
}
