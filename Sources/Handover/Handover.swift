// Moves plain values from one thread to another, from a bus to the control loop and from there to
// the log's writers: a bounded ring for one producer and one consumer, and the bell that wakes the
// consumer. Neither side ever waits for the other, takes a lock or allocates (promises RELEASE and
// BOUNDED). It decides nothing: what happens to a value that finds the ring full is the producer's
// business, see `ModbusOutbox` and `RecordJournal`.

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

    /// `capacity` is rounded up to a power of two, 2 to 65,536. All rings with one consumer
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

    /// Values that wait; exact for either side as long as the other stands still.
    package var count: Int {
        Int(written.load(ordering: .acquiring) &- taken.load(ordering: .acquiring))
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
