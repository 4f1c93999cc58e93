// Decides which request of a bus is sent next, and when. Pure: time is an argument.
//
// Living slaves are asked in the order of their deadlines. A slave that was never heard, or that
// missed its last answer, is silent: asking it may cost the whole time-out. Such a request is sent
// only when every poll that it might make late has been sent before it, ahead of its time where
// that is needed. So between two readings of a living slave lies at most one of them, and dead
// slaves cost the live ones next to nothing (one fault isolates one slave). They may take only a
// share of the bus, but for one request each: to a slave that is new, or has just missed.
//
// Slaves that were never heard are therefore asked one after the other, however many requests the
// plan lets be under way: on a TCP connection the first round is slower than those that follow.
//
// A slave that dies costs its patience once, and nobody knows before. Should several die at once,
// those behind them wait for the sum of it: eight at 60 ms keep within a second where the period is
// half of one, and exceed it by as much where it is the whole.
//
// It must never lose a request: each is on the bus, or will be asked for when its slave is.

import FireLogic
import PlanFile

package struct ModbusSchedule {
    package enum Step: Equatable, Sendable {
        /// Send request `job` and wait `timeout` for the first byte of the answer. Report the end
        /// with one of `answered`, `missed`, `interrupted`, `split`.
        case poll(job: Int, timeout: Interval)
        /// Nothing to do before this; with `never`, before a request on the bus has ended.
        case wait(until: Instant)
    }

    private struct Job {
        var request: PollRequest
        let unit: Int
        /// Time-outs of this request while its slave answered others.
        var misses = 0
        var due: Instant
        var askedAt: Instant
        var isOnBus = false
    }

    private struct Unit {
        var jobs: [Int] = []
        /// It answered the last request.
        var isAlive = false
        /// Time-outs since the last answer.
        var misses = 0
        /// It may be asked once without regard to the share of the bus.
        var isFresh = true
        /// When a silent slave is asked again.
        var retryAt: Instant
        /// Until then the answer to an earlier request may come.
        var heldUntil = Instant.zero
        var patience = ModbusPatience()
        /// A late answer to one of its requests could pass for the answer to another.
        var isAmbiguous = false
    }

    private let timeout: Interval
    private let isSerial: Bool
    private let cycle: Interval
    private var jobs: [Job] = []
    /// Every request that waits, by `due`; and old entries of such and others, to be dropped.
    private var queue = ModbusDeadlines()
    private var units: [Unit] = []
    private var aliveUnits = 0
    /// Requests on the bus.
    private var onBus = 0
    /// The request to a silent slave that is on the bus. It is alone there: its slave may hold up
    /// or spoil the answers of others, who would be blamed for it.
    private var probe: Int?
    /// Since when it is the turn of silent slaves; nil: of none. Begins anew with every miss, and
    /// when those that answered took too long together.
    private var turn: Instant?
    /// So long.
    private var spent = Interval.zero
    /// Silent slaves that are not fresh wait for this.
    private var probeAllowed: Instant
    /// Since when every slave has missed its last answer; nil while one has not.
    package private(set) var silentSince: Instant?

    /// `timeout` is what a slave has for its answer at most; `now` is when polling starts.
    package init(_ requests: [PollRequest], timeout: Interval, isSerial: Bool, now: Instant) {
        self.timeout = timeout
        self.isSerial = isSerial
        cycle = min(requests.map(\.period).min() ?? .zero, ModbusLimits.probeCycle)
        probeAllowed = now
        var positions: [UInt8: Int] = [:]
        for request in requests {
            let unit = positions[request.unit] ?? units.count
            if unit == units.count {
                positions[request.unit] = unit
                units.append(Unit(retryAt: now))
            }
            units[unit].jobs.append(jobs.count)
            jobs.append(Job(request: request, unit: unit, due: now, askedAt: now))
        }
        for unit in units.indices { findAmbiguity(of: unit) }
    }

    /// Whether the slave of `job` has answered the last time; false before its first answer.
    package func isAlive(_ job: Int) -> Bool { units[jobs[job].unit].isAlive }

    package func request(of job: Int) -> PollRequest { jobs[job].request }

    /// Requests so far; grows by `split` only.
    package var count: Int { jobs.count }

    /// What to do now.
    package mutating func next(at now: Instant) -> Step {
        if probe != nil { return .wait(until: .never) }
        let silent = nextSilent()
        var latest = now
        if let silent, silent.at <= now {
            // Polls that it might make late go before it, each once.
            if turn == nil { (turn, spent) = (now, .zero) }
            latest = now + timeout + ModbusLimits.frameSlack
        } else {
            turn = nil
        }
        let poll = if let turn { firstDue(notAskedSince: turn) } else { firstDue() }
        if let poll, jobs[poll].due <= latest {
            let patience = units[jobs[poll].unit].patience
            return ask(poll, timeout: patience.timeout(atMost: timeout), at: now)
        }
        if let silent, turn != nil {
            if onBus > 0 { return .wait(until: .never) }
            return ask(leastRecentJob(of: silent.unit), timeout: timeout, at: now)
        }
        return .wait(until: min(poll.map { jobs[$0].due } ?? .never, silent?.at ?? .never))
    }

    /// The slave answered `job`, be it with a refusal, `latency` after the request.
    package mutating func answered(_ job: Int, latency: Interval, at now: Instant) {
        _ = leaveBus(job, at: now)
        jobs[job].misses = 0
        jobs[job].due = max(jobs[job].due + jobs[job].request.period, now)
        enter(job)
        revive(jobs[job].unit, latency: latency, at: now)
    }

    /// No answer to `job`, or none that can be used, after `cost` on the bus.
    package mutating func missed(_ job: Int, cost: Interval, at now: Instant) {
        let unit = jobs[job].unit
        let wasProbe = leaveBus(job, at: now)
        // It was on the way when another found the slave silent, and says nothing new.
        if !units[unit].isAlive && !wasProbe { return }
        turn = nil
        units[unit].misses += 1
        if isSerial && units[unit].isAmbiguous {
            units[unit].heldUntil = now + ModbusLimits.latestReply
        }
        units[unit].retryAt = max(
            now + ModbusLimits.probeDelay(after: units[unit].misses), units[unit].heldUntil)
        units[unit].isFresh = units[unit].isAlive
        if units[unit].isAlive {
            // A request that a living slave does not answer is asked ever more rarely.
            jobs[job].misses += 1
            jobs[job].due = now + ModbusLimits.probeDelay(after: jobs[job].misses)
            units[unit].isAlive = false
            aliveUnits -= 1
        } else {
            let share = Interval(nanoseconds: cost.nanoseconds * (ModbusLimits.probeShare - 1))
            probeAllowed = now + max(cycle, share)
        }
        if silentSince == nil, aliveUnits == 0, units.allSatisfy({ $0.misses > 0 }) {
            silentSince = now
        }
    }

    /// The link broke under `job`: it is nobody's fault.
    package mutating func interrupted(_ job: Int, at now: Instant) {
        if leaveBus(job, at: now) { units[jobs[job].unit].retryAt = now }
        // Behind the others, should it be the request that breaks the link.
        jobs[job].due = now
        // It was not read in this turn.
        turn = nil
        enter(job)
    }

    /// The link is open again: every slave is asked again soon.
    package mutating func reopened(at now: Instant) { askAllAgain(at: now) }

    /// The slave refused `job` because of what it asks for. True: it was replaced by two smaller
    /// requests, `job` itself and a new one, the last; false: it asks for one address only, and
    /// `answered` is to be called.
    package mutating func split(_ job: Int, latency: Interval, at now: Instant) -> Bool {
        guard let (low, high) = jobs[job].request.split() else { return false }
        _ = leaveBus(job, at: now)
        let unit = jobs[job].unit
        jobs[job].request = low
        jobs[job].misses = 0
        jobs[job].due = now
        units[unit].jobs.append(jobs.count)
        units[unit].isAmbiguous = true
        jobs.append(Job(request: high, unit: unit, due: now, askedAt: jobs[job].askedAt))
        enter(job)
        enter(jobs.count - 1)
        revive(unit, latency: latency, at: now)
        return true
    }

    // The choice.

    /// The silent slave to be asked next, and when. Nil: there is none.
    private func nextSilent() -> (unit: Int, at: Instant)? {
        if aliveUnits == units.count { return nil }
        var next: (unit: Int, at: Instant)?
        for unit in units.indices where !units[unit].isAlive {
            let retryAt = units[unit].retryAt
            let isBound = aliveUnits > 0 && !units[unit].isFresh
            let at = isBound ? max(retryAt, probeAllowed) : retryAt
            // Those that wait for the same go in the order in which they came.
            if next.map({ (at, retryAt) < ($0.at, units[$0.unit].retryAt) }) ?? true {
                next = (unit, at)
            }
        }
        return next
    }

    /// The request to a living slave that is due first.
    private mutating func firstDue() -> Int? {
        while let (due, job) = queue.first {
            if isWaiting(job) && jobs[job].due == due { return job }
            queue.removeFirst()
        }
        return nil
    }

    /// The same of those that were last asked before `turn`.
    private func firstDue(notAskedSince turn: Instant) -> Int? {
        var first: Int?
        for job in jobs.indices where jobs[job].askedAt < turn && isWaiting(job) {
            if first.map({ jobs[job].due < jobs[$0].due }) ?? true { first = job }
        }
        return first
    }

    /// A silent slave is asked for all that it has, in turn: it may answer only a part of it.
    private func leastRecentJob(of unit: Int) -> Int {
        var least = units[unit].jobs[0]
        for job in units[unit].jobs where jobs[job].askedAt < jobs[least].askedAt { least = job }
        return least
    }

    private mutating func ask(_ job: Int, timeout: Interval, at now: Instant) -> Step {
        let unit = jobs[job].unit
        // One that is asked ahead of its time is due a period after that, not later.
        jobs[job].due = units[unit].isAlive ? min(jobs[job].due, now) : now
        jobs[job].askedAt = now
        jobs[job].isOnBus = true
        onBus += 1
        if !units[unit].isAlive { probe = job }
        return .poll(job: job, timeout: timeout)
    }

    /// Its slave is alive and it is not on the bus.
    private func isWaiting(_ job: Int) -> Bool {
        units[jobs[job].unit].isAlive && !jobs[job].isOnBus
    }

    /// To be called when `job` begins to wait, if it does.
    private mutating func enter(_ job: Int) {
        if !isWaiting(job) { return }
        queue.insert(job, due: jobs[job].due)
        if queue.count <= 2 * jobs.count { return }
        queue.removeAll()
        for job in jobs.indices where isWaiting(job) { queue.insert(job, due: jobs[job].due) }
    }

    /// Whether it was asked of a silent slave.
    private mutating func leaveBus(_ job: Int, at now: Instant) -> Bool {
        jobs[job].isOnBus = false
        onBus -= 1
        if probe != job { return false }
        probe = nil
        spent = spent + (now - jobs[job].askedAt)
        if spent >= ModbusLimits.longestTurn { turn = nil }
        return true
    }

    // Silent slaves.

    /// The slave has answered.
    private mutating func revive(_ unit: Int, latency: Interval, at now: Instant) {
        units[unit].patience.note(latency)
        units[unit].misses = 0
        if units[unit].isAlive { return }
        if silentSince != nil { askAllAgain(at: now) }
        units[unit].isAlive = true
        for job in units[unit].jobs { enter(job) }
        aliveUnits += 1
        silentSince = nil
    }

    /// In the order in which they would have been asked.
    private mutating func askAllAgain(at now: Instant) {
        turn = nil
        for unit in units.indices where !units[unit].isAlive {
            units[unit].isFresh = true
            units[unit].misses = min(units[unit].misses, 1)
            units[unit].retryAt = max(min(units[unit].retryAt, now), units[unit].heldUntil)
        }
    }

    private mutating func findAmbiguity(of unit: Int) {
        var tables: Set<ModbusPoint.Table> = []
        for job in units[unit].jobs where !tables.insert(jobs[job].request.table).inserted {
            units[unit].isAmbiguous = true
        }
    }
}
