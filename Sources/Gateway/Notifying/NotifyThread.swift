// The thread of the notifications: it has the engine and its own readers of the logs. What is to be
// appended goes through the event loop to the broker, which answers; what is to be sent goes to the
// carriers' threads. It sleeps until a log may have grown, something has come back, or a moment is over.
//
//   LogWatcher, Broker ─ wake ─► step ─► jobs ─► event loop ─► Broker.derive ─► answer ─┐
//          ▲                       └──► tasks ─► CarrierQueue ─► Carrier ─► outcome ────┤
//          └────────────────────────────────────────────────────────────────────────────┘

import EventLog
import Glibc
import KafkaServer
import NIOConcurrencyHelpers
import NIOCore
import Notifications
import StatusFeed

final class NotifyThread: Sendable {
    typealias Engine = NotifyEngine<ServedNotifyLog>

    /// Something for the engine.
    private enum News: Sendable {
        case answer(UInt64, Result<[AppendResult], AppendError>)
        case outcome(Way, UInt64, NotifyOutcome)
        case heard(Heard)
        case look(String, @Sendable (Engine.Receipt) -> Void)
        case link(String, @Sendable (Engine.Receipt) -> Void)
        case panel(episode: String, who: String)
        case seen(String)
    }

    /// What is due is seen to so often at least.
    private static let beat = 0.25
    /// Logs that grow all the time are looked at so often at most, in milliseconds.
    private static let glance: Int64 = 20
    /// Between two writings of the status, in milliseconds.
    private static let statusEvery: Int64 = 1_000

    private let settings: NotifySettings
    private let loop: any EventLoop
    private let desk: NIOLoopBound<Desk>
    private let bell = ConditionLock(value: false)
    private let ended = ConditionLock(value: false)
    private let inbound = NIOLockedValueBox<(news: [News], isStopped: Bool)>(([], false))
    private let reported = NIOLockedValueBox<GatewayReport>([])
    private let queues: [Way: CarrierQueue] = [
        .email: CarrierQueue(), .sms: CarrierQueue(),
    ]

    init(
        _ settings: NotifySettings, service: String, safety: String?, loop: any EventLoop,
        desk: NIOLoopBound<Desk>
    ) {
        self.settings = settings
        self.loop = loop
        self.desk = desk
        let secret = NotifyFiles.secret(settings.secretFile)
        let isStarted = startThread { [self] in
            var engine = Engine(
                settings.plan, log: ServedNotifyLog(service: service, safety: safety),
                boot: BoardClock.bootID, secret: secret, seed: .random(in: .min ... .max),
                limits: settings.limits)
            startCarriers(engine.codes)
            run(&engine)
            leave()
            ended.lock()
            ended.unlock(withValue: true)
        }
        if !isStarted {
            ended.lock()
            ended.unlock(withValue: true)
        }
    }

    /// A log may have grown. From any thread.
    func wake() {
        bell.lock()
        bell.unlock(withValue: true)
    }

    /// Nothing is appended or sent any more that was not handed over before. Waits for the engine's
    /// thread, not for those that wait on a server.
    func stop() {
        inbound.withLockedValue { $0.isStopped = true }
        wake()
        ended.lock(whenValue: true)
        ended.unlock()
        for queue in queues.values { queue.stop() }
    }

    // From HTTP

    /// What a link stands for. Changes nothing.
    func look(_ token: String) async -> Engine.Receipt {
        await withCheckedContinuation { continuation in
            put(.look(token) { continuation.resume(returning: $0) })
        }
    }

    func acknowledge(_ token: String) async -> Engine.Receipt {
        await withCheckedContinuation { continuation in
            put(.link(token) { continuation.resume(returning: $0) })
        }
    }

    /// `who` has acknowledged an event of this episode at the panel in a browser.
    func acknowledge(episode: String, by who: String) { put(.panel(episode: episode, who: who)) }

    /// `who` has seen what could not be delivered.
    func markSeen(by who: String) { put(.seen(who)) }

    private func put(_ news: News) {
        let isStopped = inbound.withLockedValue { inbound in
            if !inbound.isStopped { inbound.news.append(news) }
            return inbound.isStopped
        }
        if isStopped {
            switch news {
            case .look(_, let reply), .link(_, let reply): reply(.unknown)
            case .answer, .outcome, .heard, .panel, .seen: break
            }
        }
        wake()
    }

    /// Whoever still waits for an answer gets one.
    private func leave() {
        let left = inbound.withLockedValue { inbound in
            defer { inbound.news = [] }
            return inbound.news
        }
        for case .look(_, let reply) in left { reply(.unknown) }
        for case .link(_, let reply) in left { reply(.unknown) }
    }

    // The thread

    private func startCarriers(_ codes: Codes) {
        let texts = TextMaker(
            site: settings.plan.site, codes: codes,
            acknowledgeURL: settings.plan.acknowledgeURL, utcOffset: BoardClock.utcOffset)
        let bring: @Sendable (Way, UInt64, NotifyOutcome) -> Void = { [self] in
            put(.outcome($0, $1, $2))
        }
        let hear: @Sendable ([Heard]) -> Void = { [self] in
            for one in $0 { put(.heard(one)) }
        }
        if let mail = settings.plan.mail, let queue = queues[.email] {
            let patience = settings.mailPatience
            for _ in 0..<settings.limits.mailsUnderway {
                startCarrier(
                    .email, queue, { MailCarrier(mail, texts, patience: patience) }, bring: bring,
                    hear: hear)
            }
        }
        if let sms = settings.plan.sms, let queue = queues[.sms] {
            let (memory, hurry) = (settings.pinMemory, settings.modemHurry)
            startCarrier(
                .sms, queue, { ModemCarrier(sms, texts, pinMemory: memory, hurry: hurry) },
                bring: bring,
                hear: hear)
        }
    }

    private func run(_ engine: inout Engine) {
        var notices: [String] = []
        var written: Int64 = .min
        var looked: Int64 = 0
        while var news = sleep() {
            if news.isEmpty, BoardClock.now.boot < looked + Self.glance {
                usleep(UInt32(Self.glance) * 1_000)
                guard let more = takeNews() else { break }
                news = more
            }
            looked = BoardClock.now.boot
            var jobs: [NotifyJob] = []
            for one in news { jobs += take(one, &engine) }
            let time = BoardClock.now
            jobs += engine.step(time)
            send(jobs)
            for (channel, queue) in queues {
                while queue.idleCount > 0, let task = engine.task(channel, time) { queue.put(task) }
            }
            let fresh = engine.takeNotices()
            audit(fresh.map { AuditEntry(.notTold, detail: $0) })
            for one in fresh where notices.last != one { notices.append(one) }
            notices = Array(notices.suffix(20))
            report(engine.flags(time).report)
            if time.boot - Self.statusEvery >= written || !fresh.isEmpty {
                written = time.boot
                NotifyFiles.write(
                    engine.status(time, notices: notices).bytes, to: settings.statusFile,
                    mode: 0o640)
            }
        }
    }

    private func take(_ news: News, _ engine: inout Engine) -> [NotifyJob] {
        let time = BoardClock.now
        switch news {
        case .answer(let token, let result):
            engine.answered(token, result, time)
            return []
        case .outcome(let channel, let token, let outcome):
            return engine.finished(channel, token, outcome, time)
        case .heard(.givenUp(let message, let phone, let text)):
            return engine.givenUp(message, to: phone, text, time)
        case .heard(.text(let from, let text)):
            let (receipt, jobs) = engine.acknowledge(text: text, from: from, time)
            noteAcknowledged(receipt, "by SMS")
            return jobs
        case .look(let token, let reply):
            reply(engine.look(token: token))
            return []
        case .link(let token, let reply):
            let (receipt, jobs) = engine.acknowledge(token: token, time)
            noteAcknowledged(receipt, "by link")
            reply(receipt)
            return jobs
        case .panel(let episode, let who):
            return engine.acknowledge(episode: episode, by: who, time)
        case .seen(let who):
            audit([AuditEntry(.undeliveredSeen, user: who)])
            return engine.markSeen(time)
        }
    }

    private func noteAcknowledged(_ receipt: Engine.Receipt, _ way: String) {
        guard case .done(let episode, let who) = receipt else { return }
        audit([AuditEntry(.acknowledged, user: who, detail: "\(episode) \(way)")])
    }

    private func audit(_ entries: [AuditEntry]) {
        if entries.isEmpty { return }
        let lines = entries.map { ($0.event, $0.user, $0.detail) }
        loop.execute { [self] in
            desk.value.act { broker in
                for (event, user, detail) in lines {
                    broker.audit(AuditEntry(event, user: user, detail: detail))
                }
            }
        }
    }

    /// For the controller's fault lamp; the heartbeat takes it along.
    private func report(_ report: GatewayReport) {
        let isNew = reported.withLockedValue { last in
            defer { last = report }
            return last != report
        }
        if isNew { loop.execute { [self] in desk.value.troubles = report } }
    }

    private func send(_ jobs: [NotifyJob]) {
        if jobs.isEmpty { return }
        loop.execute { [self] in
            desk.value.act { broker in
                for job in jobs {
                    broker.derive(job.steps) { [self] in put(.answer(job.token, $0)) }
                }
            }
        }
    }

    /// What has come, perhaps nothing; nil: it is to end.
    private func sleep() -> [News]? {
        if bell.lock(whenValue: true, timeoutSeconds: Self.beat) { bell.unlock(withValue: false) }
        return takeNews()
    }

    private func takeNews() -> [News]? {
        inbound.withLockedValue { inbound in
            if inbound.isStopped { return nil }
            defer { inbound.news = [] }
            return inbound.news
        }
    }
}
