// One life of a gateway that tells people, from a seed: events come, ways fail, the gateway is killed
// at any step, the power goes, the wall clock jumps. Afterwards all that people got is judged.

import DrillRandom
import EventLog
import Streams

@testable import Notifications

struct NotifyLife {
    struct Receipt {
        var recipient: String
        var channel: Channel
        var message: Message
        /// How often the gateway had been killed.
        var kills: Int
    }

    /// What a worker holds.
    private struct Work {
        var channel: Channel
        var token: UInt64
        /// The outcome, once it has happened out there.
        var outcome: NotifyOutcome?
        var delivery: NotifyDelivery?
    }

    let logs = SimulatedLogs()
    var plan: NotifyPlan
    var random: Random
    var time = NotifyTime(boot: 5_000, wall: 1_770_000_000_000)
    var boots = 1
    var kills = 0
    var receipts: [Receipt] = []
    /// Ways that are closed now.
    var closed: Set<Channel> = []
    /// Whose address is refused for good.
    let bad: Set<String>
    /// In parts of a hundred.
    var failures = 30
    private let limits: NotifyLimits
    private(set) var engine: NotifyEngine<SimulatedLogs>
    private var jobs: [NotifyJob] = []
    private var answers: [(UInt64, Result<[AppendResult], AppendError>)] = []
    private var work: [Work] = []

    init(
        seed: UInt64, _ plan: NotifyPlan, bad: Set<String> = [],
        limits: NotifyLimits = NotifyLimits()
    ) {
        random = Random(seed: seed)
        self.limits = limits
        self.plan = plan
        self.bad = bad
        logs.begin()
        engine = Self.engine(plan, logs, limits, boot: 1, seed: seed)
    }

    private static func engine(
        _ plan: NotifyPlan, _ logs: SimulatedLogs, _ limits: NotifyLimits, boot: Int, seed: UInt64
    ) -> NotifyEngine<SimulatedLogs> {
        NotifyEngine(
            plan, log: logs, boot: "boot-\(boot)", secret: Array(1...32), seed: seed,
            limits: limits)
    }

    static func plan(after: Int? = nil) -> NotifyPlan {
        var plan = NotifyPlan(site: "Mill")
        plan.recipients = [
            Recipient(name: "Ana García", email: "ana@mill", phone: "+34600111222"),
            Recipient(
                name: "Ben", email: "ben@mill",
                patterns: ["floor.#", "bus.#"].compactMap { KeyPattern($0) }),
            Recipient(
                name: "Boss", phone: "+34600111333",
                patterns: ["floor.*.detector.*.fire"].compactMap { KeyPattern($0) }, after: after),
            Recipient(name: "Gone", email: "gone@mill"),
        ]
        return plan
    }

    // What happens

    mutating func pass(_ milliseconds: Int64) {
        time.boot += milliseconds
        time.wall += milliseconds
    }

    mutating func event(_ key: String, _ fields: String) {
        logs.event(key, "{\(fields)}", wall: time.wall)
    }

    /// The gateway dies; what it had under way is half done or not at all.
    mutating func kill(power: Bool = false) {
        kills += 1
        if power {
            boots += 1
            time.boot = Int64(random.below(60_000))
        }
        jobs = []
        answers = []
        work = []
        engine = Self.engine(plan, logs, limits, boot: boots, seed: random.next())
    }

    /// One thing that goes on in the gateway, whichever.
    mutating func act() {
        switch random.below(6) {
        case 0: jobs += engine.step(time)
        case 1: append()
        case 2: answer()
        case 3: take()
        case 4: carry()
        default: bring()
        }
    }

    private mutating func append() {
        guard !jobs.isEmpty else { return }
        let job = jobs.removeFirst()
        answers.append((job.token, logs.apply(job.steps)))
    }

    private mutating func answer() {
        guard !answers.isEmpty else { return }
        let (token, result) = answers.removeFirst()
        engine.answered(token, result, time)
    }

    private mutating func take() {
        for channel in Channel.allCases {
            switch engine.task(channel, time) {
            case nil: break
            case .send(let delivery):
                work.append(
                    Work(channel: channel, token: delivery.token, outcome: nil, delivery: delivery))
            case .check(let token):
                work.append(Work(channel: channel, token: token, outcome: nil, delivery: nil))
            }
        }
    }

    /// The message is out there, or not; the gateway does not know yet.
    private mutating func carry() {
        guard let place = work.firstIndex(where: { $0.outcome == nil }) else { return }
        let one = work[place]
        guard !closed.contains(one.channel) else {
            work[place].outcome = random.chance(1, in: 5) ? .configuration("no") : .path("down")
            return
        }
        guard let delivery = one.delivery else {
            work[place].outcome = .sent
            return
        }
        if bad.contains(delivery.recipient.name) {
            work[place].outcome = .rejected("550 nobody here")
        } else if random.chance(failures, in: 100) {
            work[place].outcome = random.chance(1, in: 2) ? .later("451 wait") : .path("421 busy")
        } else {
            receipts.append(
                Receipt(
                    recipient: delivery.recipient.name, channel: one.channel,
                    message: delivery.message, kills: kills))
            work[place].outcome = .sent
        }
    }

    private mutating func bring() {
        guard let place = work.firstIndex(where: { $0.outcome != nil }) else { return }
        let one = work.remove(at: place)
        guard let outcome = one.outcome else { return }
        jobs += engine.finished(one.channel, one.token, outcome, time)
    }

    /// All that can be done without time passing.
    mutating func settle() {
        var quiet = 0
        while quiet < 3 {
            let before = (receipts.count, logs.applied)
            jobs += engine.step(time)
            while !jobs.isEmpty { append() }
            while !answers.isEmpty { answer() }
            take()
            while work.contains(where: { $0.outcome == nil }) { carry() }
            while !work.isEmpty { bring() }
            while !jobs.isEmpty { append() }
            while !answers.isEmpty { answer() }
            quiet = before == (receipts.count, logs.applied) ? quiet + 1 : 0
        }
    }

    mutating func run(hours: Int, every milliseconds: Int64) {
        for _ in 0..<Int64(hours) * 3_600_000 / milliseconds {
            pass(milliseconds)
            settle()
        }
    }

    var waiting: Int {
        engine.status(time, notices: []).paths.flatMap(\.queues).reduce(0) { $0 + $1.waiting }
    }

    func failed(_ channel: Channel) -> [Message] {
        logs.records(channel.failedTopic).compactMap { Message($0.value) }
    }

    var status: NotifyStatus { engine.status(time, notices: ["one"]) }

    var flags: NotifyFlags { engine.flags(time) }

    mutating func acknowledge(text: String, from phone: String)
        -> NotifyEngine<SimulatedLogs>.Receipt
    {
        let (receipt, more) = engine.acknowledge(text: text, from: phone, time)
        jobs += more
        return receipt
    }

    mutating func acknowledge(episode: String, by who: String) {
        jobs += engine.acknowledge(episode: episode, by: who, time)
    }

    mutating func acknowledge(token: String) -> NotifyEngine<SimulatedLogs>.Receipt {
        let (receipt, more) = engine.acknowledge(token: token, time)
        jobs += more
        return receipt
    }

    mutating func giveUp(_ message: Message?, to phone: String, _ text: String) {
        jobs += engine.givenUp(message, to: phone, text, time)
    }

    mutating func markSeen() { jobs += engine.markSeen(time) }
}
