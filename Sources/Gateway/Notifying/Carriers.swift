// The threads that wait on mail servers and the modem. Each takes one task at a time from its queue and
// brings the outcome back; what it waits on holds up nobody else.

import Glibc
import NIOConcurrencyHelpers
import Notifications

/// Something that carries messages. One thread has it.
protocol Carrier: AnyObject {
    func carry(_ delivery: NotifyDelivery) -> NotifyOutcome
    /// Whether messages would go out now.
    func check() -> NotifyOutcome
    /// Between two tasks: waits for a moment for what comes in, and gives it.
    func listen() -> [Heard]
}

/// Something that came in.
enum Heard: Sendable {
    case text(from: String, String)
    /// The network gave up an SMS that it had taken: what it held, where that is known, and one sentence
    /// for people.
    case givenUp(Message?, to: String, String)
}

/// Tasks for the threads of one channel.
final class CarrierQueue: Sendable {
    private struct Waiting {
        var tasks: [NotifyTask] = []
        var isStopped = false
    }

    private let waiting = NIOLockedValueBox(Waiting())
    /// Tasks or the end.
    private let bell = ConditionLock(value: false)
    private let idle = NIOLockedValueBox(0)

    /// Threads that wait for a task; each that is given one by `put` waits no more.
    var idleCount: Int { idle.withLockedValue { $0 } }

    func put(_ task: NotifyTask) {
        idle.withLockedValue { $0 -= 1 }
        waiting.withLockedValue { $0.tasks.append(task) }
        ring()
    }

    func stop() {
        waiting.withLockedValue { $0.isStopped = true }
        ring()
    }

    private func ring() {
        bell.lock()
        bell.unlock(withValue: true)
    }

    func isIdle() { idle.withLockedValue { $0 += 1 } }

    var isStopped: Bool { waiting.withLockedValue { $0.isStopped } }

    /// The next task; nil: none in `seconds`, or the end.
    func take(seconds: Double) -> NotifyTask? {
        let isRung = bell.lock(whenValue: true, timeoutSeconds: seconds)
        let (task, isMore) = waiting.withLockedValue { waiting -> (NotifyTask?, Bool) in
            let task = waiting.tasks.isEmpty ? nil : waiting.tasks.removeFirst()
            return (task, !waiting.tasks.isEmpty || waiting.isStopped)
        }
        if isRung { bell.unlock(withValue: isMore) }
        return task
    }
}

/// Starts a thread for one carrier. `make` is called on it.
func startCarrier(
    _ channel: Way, _ queue: CarrierQueue, _ make: @escaping @Sendable () -> any Carrier,
    bring: @escaping @Sendable (Way, UInt64, NotifyOutcome) -> Void,
    hear: @escaping @Sendable ([Heard]) -> Void
) {
    _ = startThread {
        let carrier = make()
        queue.isIdle()
        while !queue.isStopped {
            switch queue.take(seconds: channel == .sms ? 0.05 : 5) {
            case .send(let delivery):
                let outcome = carrier.carry(delivery)
                queue.isIdle()
                bring(channel, delivery.token, outcome)
            case .check(let token):
                let outcome = carrier.check()
                queue.isIdle()
                bring(channel, token, outcome)
            case nil:
                let heard = carrier.listen()
                if !heard.isEmpty { hear(heard) }
            }
        }
    }
}

/// A way to people: NIO has another thing of the name.
typealias Way = Notifications.Channel
