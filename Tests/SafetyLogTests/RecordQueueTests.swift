// The queue between the control loop and the journal's thread: order, bound, and the wake-up that
// must not be lost.

import ControlLoop
import FireLogic
import Glibc
import Testing

@testable import SafetyLog

@Suite struct RecordQueueTests {
    private static func entry(_ number: Int) -> RecordQueue.Entry {
        RecordQueue.Entry(
            words: Record.signalsDropped(number).words, stamp: Sample.stamp(number))
    }

    @Test("BOUNDED: a full queue refuses, and takes again in order once there is room")
    func bound() {
        let queue = RecordQueue(capacity: 8)
        for number in 0..<8 { #expect(queue.offer(Self.entry(number))) }
        #expect(!queue.offer(Self.entry(8)) && queue.count == 8)
        #expect(queue.take()?.words.record == .signalsDropped(0))
        #expect(queue.offer(Self.entry(8)))
        for number in 1...8 {
            #expect(queue.take()?.words.record == .signalsDropped(number))
        }
        #expect(queue.take() == nil && queue.count == 0)
    }

    @Test("RECORD: between two threads nothing is lost, doubled, mixed up or left lying")
    func stress() {
        let queue = RecordQueue(capacity: 64)
        let total = 200_000
        final class Seen: @unchecked Sendable {
            var wrong = 0
            var count = 0
            var longestSleep = 0
        }
        let seen = Seen()
        let consumer = TestThread {
            while seen.count < total {
                while let entry = queue.take() {
                    if entry.words.record != .signalsDropped(seen.count)
                        || entry.stamp != Sample.stamp(seen.count)
                    {
                        seen.wrong += 1
                    }
                    seen.count += 1
                }
                if seen.count == total { break }
                let before = BootTime.now
                queue.wait(milliseconds: 2_000)
                let slept = Int((BootTime.now - before).milliseconds)
                seen.longestSleep = max(seen.longestSleep, slept)
            }
        }
        var sent = 0
        while sent < total {
            if queue.offer(Self.entry(sent)) { sent += 1 } else { sched_yield() }
        }
        consumer.join()
        #expect(seen.wrong == 0 && seen.count == total)
        // A lost wake-up shows as a sleep to its end with entries waiting.
        #expect(seen.longestSleep < 1_900, "slept \(seen.longestSleep) ms beside a full queue")
    }
}

/// A plain thread whose end can be waited for.
final class TestThread: @unchecked Sendable {
    private var thread = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(&thread, nil, runTestThread, context)
        precondition(status == 0)
    }

    fileprivate func run() { body() }
    func join() { pthread_join(thread, nil) }
}

private func runTestThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<TestThread>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
