// What the ring between a bus thread and the control loop promises.

import FieldDevices
import FireLogic
import Glibc
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

    @Test("RELEASE: a full ring drops normal readings and keeps alarms and faults")
    func outbox() throws {
        let ring = Handover<BusReport>(capacity: 2, bell: try Doorbell())
        var outbox = ModbusOutbox(ring: ring, bus: 3, detectors: [10, 11, 12])
        outbox.report(.normal, local: 0)
        outbox.report(.normal, local: 1)
        #expect(outbox.isEmpty)
        outbox.report(.normal, local: 2)
        #expect(outbox.dropped == 1)
        outbox.report(.alarm, local: 2)
        outbox.report(.fault(.device), local: 1)
        outbox.report(.alarm, local: 1)
        outbox.report(up: false)
        // Later readings do not take the place of an alarm that the loop has not seen.
        outbox.report(.normal, local: 2)
        outbox.report(.fault(.invalid), local: 2)
        #expect(outbox.dropped == 3)
        #expect(ring.take() == .reading(detector: 10, .normal))
        #expect(ring.take() == .reading(detector: 11, .normal))
        #expect(ring.take() == nil)
        outbox.retry()
        #expect(ring.take() == .bus(3, up: false))
        #expect(ring.take() == .reading(detector: 11, .alarm))
        outbox.retry()
        #expect(ring.take() == .reading(detector: 12, .alarm))
        #expect(outbox.isEmpty)
    }

    @Test("A reading never overtakes one that is held")
    func noOvertaking() throws {
        let ring = Handover<BusReport>(capacity: 2, bell: try Doorbell())
        var outbox = ModbusOutbox(ring: ring, bus: 0, detectors: [0, 1])
        outbox.report(.normal, local: 0)
        outbox.report(.normal, local: 0)
        outbox.report(.alarm, local: 1)
        _ = ring.take()
        outbox.report(.normal, local: 1)
        #expect(ring.take() == .reading(detector: 0, .normal))
        #expect(ring.take() == .reading(detector: 1, .alarm))
        #expect(outbox.dropped == 1)
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
