// What the ring between two threads promises.

import Glibc
import Handover
import TestSupport
import Testing

@Suite("Handover")
struct HandoverTests {
    @Test("Values come out once and in the order in which they went in")
    func order() throws {
        let ring = Handover<Int>(capacity: 4, bell: try Doorbell())
        for round in 0..<10 {
            for value in 0..<3 { #expect(ring.offer(round * 3 + value)) }
            for value in 0..<3 { #expect(ring.take() == round * 3 + value) }
            #expect(ring.take() == nil)
        }
    }

    @Test("BOUNDED: a full ring refuses, and takes again when there is room")
    func full() throws {
        let ring = Handover<Int>(capacity: 3, bell: try Doorbell())
        #expect(ring.capacity == 4)
        for value in 0..<4 { #expect(ring.offer(value)) }
        #expect(!ring.offer(4))
        #expect(ring.take() == 0)
        #expect(ring.offer(5))
        #expect(!ring.offer(6))
        #expect([ring.take(), ring.take(), ring.take(), ring.take()] == [1, 2, 3, 5])
        #expect(ring.take() == nil)
    }

    @Test("The bell is readable from the first value on until it is answered")
    func bell() throws {
        let bell = try Doorbell()
        let ring = Handover<Int>(capacity: 8, bell: bell)
        #expect(!Self.isReadable(bell))
        #expect(ring.offer(1))
        #expect(Self.isReadable(bell))
        #expect(ring.offer(2))
        bell.answer()
        #expect(!Self.isReadable(bell))
        #expect(ring.offer(3))
        #expect(Self.isReadable(bell))
    }

    @Test("RELEASE: with two threads at full speed nothing is lost, torn, doubled or left unrung")
    func race() throws {
        let bell = try Doorbell()
        let rings = [
            Handover<Pair>(capacity: 16, bell: bell), Handover<Pair>(capacity: 16, bell: bell),
        ]
        let count: UInt64 = 100_000
        let threads = rings.map { ring in
            TestThread {
                var next: UInt64 = 0
                while next < count {
                    if ring.offer(Pair(next)) { next += 1 } else { sched_yield() }
                }
            }
        }
        var expected: [UInt64] = [0, 0]
        while expected.contains(where: { $0 < count }) {
            // Only the bell tells when to look: a missing ring ends in this time-out.
            guard Self.isReadable(bell, milliseconds: 20_000) else {
                Issue.record("no bell after \(expected) values")
                break
            }
            bell.answer()
            for index in rings.indices {
                while let pair = rings[index].take() {
                    if pair.value != expected[index] || !pair.isWhole {
                        Issue.record("took \(pair) instead of \(expected[index])")
                        return
                    }
                    expected[index] += 1
                }
            }
        }
        #expect(expected == [count, count])
        for thread in threads { thread.join() }
    }

    /// Two words that belong together.
    struct Pair: Sendable {
        let value: UInt64
        let shadow: UInt64
        init(_ value: UInt64) {
            self.value = value
            shadow = ~value
        }
        var isWhole: Bool { shadow == ~value }
    }

    static func isReadable(_ bell: Doorbell, milliseconds: Int32 = 0) -> Bool {
        var entry = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) == 1
    }
}
