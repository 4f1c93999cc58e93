// The thread of the streams. It reads and sifts on its own, with readers of its own, so that a long
// backlog holds nobody up; what is to be appended goes through the event loop to the broker, which
// answers. It sleeps until a log may have grown or an answer has come.

import EventLog
import Glibc
import KafkaServer
import NIOConcurrencyHelpers
import NIOCore
import Streams

final class StreamThread: Sendable {
    /// Between two tries of an append that was refused.
    private static let patience = TimeAmount.seconds(1)

    private struct Inbound {
        var answers: [(token: UInt64, result: Result<[AppendResult], AppendError>)] = []
        var isStopped = false
    }

    /// True: there is something to look at.
    private let bell = ConditionLock(value: false)
    private let inbound = NIOLockedValueBox(Inbound())
    private let loop: any EventLoop
    private let desk: NIOLoopBound<Desk>

    init(
        _ rules: [StreamRule], service: String, safety: String?, volatile: String?,
        loop: any EventLoop, desk: NIOLoopBound<Desk>
    ) {
        self.loop = loop
        self.desk = desk
        startThread { [self] in
            let engine = StreamEngine(
                rules,
                topics: ServedTopics(
                    service: ServedLog(path: service), safety: safety.map { ServedLog(path: $0) },
                    volatile: volatile.map { ServedLog(path: $0) }))
            while let answers = sleep() {
                for answer in answers { engine.answered(answer.token, answer.result) }
                send(engine.next(), engine.takeNotices())
                if engine.isHeldUp { _ = loop.scheduleTask(in: Self.patience) { self.wake() } }
            }
        }
    }

    /// A log may have grown. From any thread.
    func wake() {
        bell.lock()
        bell.unlock(withValue: true)
    }

    /// Nothing is appended any more that was not handed over before.
    func stop() {
        inbound.withLockedValue { $0.isStopped = true }
        wake()
    }

    /// The answers that have come, perhaps none; nil: it is to end.
    private func sleep() -> [(token: UInt64, result: Result<[AppendResult], AppendError>)]? {
        bell.lock(whenValue: true)
        bell.unlock(withValue: false)
        return inbound.withLockedValue { inbound in
            if inbound.isStopped { return nil }
            let answers = inbound.answers
            inbound.answers = []
            return answers
        }
    }

    private func send(_ jobs: [StreamEngine.Job], _ notices: [StreamEngine.Notice]) {
        if jobs.isEmpty, notices.isEmpty { return }
        loop.execute { [self] in
            desk.value.act { broker in
                for notice in notices {
                    broker.audit(
                        AuditEntry(
                            .streamSkipped, detail: "stream \(notice.stream): \(notice.text)"))
                }
                for job in jobs {
                    broker.derive(job.steps) { [self] result in
                        inbound.withLockedValue { $0.answers.append((job.token, result)) }
                        wake()
                    }
                }
            }
        }
    }
}

/// Runs `body` on a thread of its own; where none can be made it does not run, as the machine has none
/// to give.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Box(body) as AnyObject)
    let code = unsafe pthread_create(
        &thread, nil,
        { context in
            unsafe context.map {
                let box = unsafe Unmanaged<AnyObject>.fromOpaque($0).takeRetainedValue()
                (box as? Box)?.body()
            }
            return nil
        }, unsafe context.toOpaque())
    if code == 0 { pthread_detach(thread) } else { unsafe context.release() }
}
