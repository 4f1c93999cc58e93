// The notifications at work: reads the events of the controller, makes messages of them, says which goes
// out next and what to append to the log. It has no thread, no socket and no clock: whoever has them
// calls `step` when a log may have grown and a few times a second, hands the appends to the service log
// and each outcome to `answered`, and lets workers carry what `task` gives.
//
//   notifications ─► fire group ─► messages + commit ─┐
//                └─► rest group ─► digest + commit ───┴► emails, sms ─► task ─► worker ─► finished
//                                                             ▲                              │
//                                                             └ attempt + 1, or .failed ◄────┘
//
// Every step is one append, on the disk as a whole or not at all. What is kept here besides is what a
// new start finds again in the logs.
//
// +Setup makes topics and gives each queue a partition, +Router makes messages, +Outbox writes down what
// became of them, +Acknowledge takes acknowledgements.

package import EventLog

package struct NotifyEngine<Log: NotifyLog> {
    /// What an append was for.
    enum Purpose {
        case setup
        case fire(next: Int64, log: String)
        case rest(next: Int64, log: String, at: Int64?)
        /// Of a lane: these are done then, perhaps as they stand again at the end.
        case finish(Channel, lane: Int, [Int64], comesBack: Bool)
        /// The partition is nobody's any more.
        case release(Channel, lane: Int)
        case acknowledge
        /// Something goes to `.failed` that was done before.
        case givenUp
        case seen(Channel, Int64)

        var isRouting: Bool {
            switch self {
            case .fire, .rest: true
            case .setup, .finish, .release, .acknowledge, .givenUp, .seen: false
            }
        }
    }

    struct Waiting {
        var steps: [AppendStep]
        var purpose: Purpose
    }

    /// How far a group has read the events.
    struct Place {
        var log: String
        var next: Int64
        /// What its commit says, or will say.
        var committed: Int64
        /// There is no such commit yet.
        var isNew = false
        var isWaiting = false
    }

    let plan: NotifyPlan
    let log: Log
    let limits: NotifyLimits
    package let codes: Codes
    /// The id of this boot.
    let boot: String
    var jitter: Jitter

    var outboxes: [Channel: Outbox] = [:]
    var isReady = false
    var fire: Place?
    var rest: Place?
    /// There were no events at all when this looked first: the first ones are new.
    var hasSeenNone = false
    var gathering = Gathering()
    /// When the last digest was handed over, by the boot clock.
    var lastDigest: Int64?
    var testDay: Int64?
    var lastTest: Int64?
    var acknowledgements = Acknowledgements()
    /// Of fire, the newest last.
    var episodes: [String] = []
    /// Episodes that a recipient of an escalation was sent, as `EPISODE NAME`.
    var escalated: [String] = []
    var failedSeen: [Channel: (end: Int64, seen: Int64)] = [:]

    private var jobs: [NotifyJob] = []
    private(set) var waiting: [UInt64: Waiting] = [:]
    /// Refused; to be tried again at a time of the boot clock.
    private var refused: [(at: Int64, entry: Waiting)] = []
    /// Since when appends are refused, by the boot clock.
    private(set) var refusedSince: Int64?
    private(set) var refusal: AppendError?
    var lastToken: UInt64 = 0
    /// An append was too large for the log: messages are made small from then on.
    private(set) var isTight = false
    private var notices: [String] = []

    /// `seed` makes pauses a little different; `secret` see `Codes`.
    package init(
        _ plan: NotifyPlan, log: Log, boot: String, secret: [UInt8], seed: UInt64,
        limits: NotifyLimits = NotifyLimits()
    ) {
        self.plan = plan
        self.log = log
        self.limits = limits
        self.boot = boot
        codes = Codes(secret: secret)
        jitter = Jitter(seed: seed)
    }

    /// Looks at the logs and gives what is to be appended now. Each job has to be answered.
    package mutating func step(_ time: NotifyTime) -> [NotifyJob] {
        log.refresh()
        retry(time)
        if !isReady { setUp(time) }
        if isReady {
            route(time)
            for channel in Channel.allCases where outboxes[channel] != nil {
                load(channel, time)
                settle(channel, time)
            }
        }
        return takeJobs()
    }

    mutating func takeJobs() -> [NotifyJob] {
        defer { jobs = [] }
        return jobs
    }

    /// The outcome of a job.
    package mutating func answered(
        _ token: UInt64, _ outcome: Result<[AppendResult], AppendError>, _ time: NotifyTime
    ) {
        guard let entry = waiting.removeValue(forKey: token) else { return }
        switch outcome {
        case .success(let results):
            if refused.isEmpty {
                refusedSince = nil
                refusal = nil
            }
            succeeded(entry.purpose, results, time)
        case .failure(.topicExists):
            succeeded(entry.purpose, [], time)
        case .failure(.tooLarge) where !isTight && entry.purpose.isRouting:
            isTight = true
            notice("an append was too large for the gateway's log; messages are made small")
            routeAgain(entry.purpose)
        case .failure(let error):
            refusedSince = refusedSince ?? time.boot
            refusal = error
            refused.append((time.boot + limits.appendRetry, entry))
        }
    }

    private mutating func retry(_ time: NotifyTime) {
        guard refused.contains(where: { $0.at <= time.boot }) else { return }
        let due = refused.filter { $0.at <= time.boot }
        refused.removeAll { $0.at <= time.boot }
        for (_, entry) in due { append(entry.steps, entry.purpose) }
    }

    mutating func append(_ steps: [AppendStep], _ purpose: Purpose) {
        lastToken += 1
        waiting[lastToken] = Waiting(steps: steps, purpose: purpose)
        jobs.append(NotifyJob(token: lastToken, steps: steps))
    }

    /// Nothing is under way to the log.
    var isQuiet: Bool { waiting.isEmpty && refused.isEmpty }

    private mutating func succeeded(
        _ purpose: Purpose, _ results: [AppendResult], _ time: NotifyTime
    ) {
        switch purpose {
        case .setup, .acknowledge, .givenUp, .release: break
        case .fire(let next, let log):
            fire = Place(log: log, next: next, committed: next)
        case .rest(let next, let log, let at):
            guard rest?.log == log else { break }
            rest?.committed = next
            rest?.isWaiting = false
            rest?.isNew = false
            if let at { lastDigest = max(lastDigest ?? at, at) }
        case .finish(let channel, let lane, let offsets, let comesBack):
            outboxes[channel]?.lanes[lane].isAppending = false
            outboxes[channel]?.lanes[lane].finish(offsets)
            if comesBack, case .offsets(let base, let count, _)? = results.first {
                outboxes[channel]?.lanes[lane].needs = base + Int64(count)
            }
        case .seen(let channel, let offset):
            failedSeen[channel]?.seen = offset
        }
    }

    /// Notes something that people should know.
    package mutating func notice(_ text: String) {
        if notices.count < 64 { notices.append(text) }
    }

    /// What people should know of this since the last call.
    package mutating func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }
}
