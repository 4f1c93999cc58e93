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
        /// What was held up may be tried again.
        var isAgain = false
    }

    /// True: there is something to look at.
    private let bell = ConditionLock(value: false)
    /// True: the thread needs the event loop no more.
    private let ended = ConditionLock(value: false)
    private let inbound = NIOLockedValueBox(Inbound())
    private let loop: any EventLoop
    private let desk: NIOLoopBound<Desk>

    init(
        _ rules: [StreamRule], service: String, safety: String?, volatile: String?,
        loop: any EventLoop, desk: NIOLoopBound<Desk>
    ) {
        self.loop = loop
        self.desk = desk
        let isStarted = startThread { [self] in
            let engine = StreamEngine(
                rules,
                topics: ServedTopics(
                    service: ServedLog(path: service), safety: safety.map { ServedLog(path: $0) },
                    volatile: volatile.map { ServedLog(path: $0) }))
            var isTimed = false
            while let news = sleep() {
                for answer in news.answers { engine.answered(answer.token, answer.result) }
                if news.isAgain { isTimed = false }
                engine.look()
                guard let transactions = transactions() else { break }
                send(engine.next(transactions, again: news.isAgain), engine.takeNotices())
                guard engine.isHeldUp, !isTimed else { continue }
                isTimed = true
                _ = loop.scheduleTask(in: Self.patience) {
                    self.inbound.withLockedValue { $0.isAgain = true }
                    self.wake()
                }
            }
            end()
        }
        if !isStarted { end() }
    }

    /// A log may have grown. From any thread.
    func wake() {
        bell.lock()
        bell.unlock(withValue: true)
    }

    /// Nothing is appended any more that was not handed over before. Waits for the thread.
    func stop() {
        inbound.withLockedValue { $0.isStopped = true }
        wake()
        ended.lock(whenValue: true)
        ended.unlock()
    }

    /// What the broker knows of transactions now; nil: there is no broker any more.
    private func transactions() -> Transactions? {
        try? loop.submit { self.desk.value.broker.transactions }.wait()
    }

    private func end() {
        ended.lock()
        ended.unlock(withValue: true)
    }

    /// What has come, perhaps nothing but the bell; nil: it is to end.
    private func sleep() -> Inbound? {
        bell.lock(whenValue: true)
        bell.unlock(withValue: false)
        return inbound.withLockedValue { inbound in
            if inbound.isStopped { return nil }
            let news = inbound
            inbound.answers = []
            inbound.isAgain = false
            return news
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

/// Runs `body` on a thread of its own; false: none can be made.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
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
    guard code == 0 else {
        unsafe context.release()
        return false
    }
    pthread_detach(thread)
    return true
}
