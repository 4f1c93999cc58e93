// Decides which request of a bus is sent next, and when. Pure: time is an argument.
//
// Requests are sent in the order of their deadlines. A slave that misses an answer is taken out at
// once and probed instead: one probe at a time, with growing delays, in the pauses between polls
// where there are any, and lost probes may take only a share of the bus. So dead slaves cost the
// live ones next to nothing, however long the time-out (one fault isolates one slave).
// It must never lose a request: each is in the queue, on the bus, or parked with a probed slave.

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
        var isParked = false
    }

    private struct Unit {
        var jobs: [Int] = []
        var isAlive = true
        /// Time-outs since the last answer.
        var misses = 0
        var retryAt = Instant.zero
        /// Its slowest recent answer; nil before the first.
        var slowest: Interval?
        /// A late answer to one of its requests could pass for the answer to another.
        var isAmbiguous = false
    }

    private let timeout: Interval
    private let isSerial: Bool
    private let cycle: Interval
    private var jobs: [Job] = []
    private var units: [Unit] = []
    private var queue = ModbusDeadlines()
    private var probeAllowed = Instant.zero
    /// Requests on the bus.
    private var onBus = 0
    /// The probe on the bus, a request. It is alone there: a slave that is silent or worse may hold
    /// up or spoil the answers of others, who would be blamed for it.
    private var probing: Int?
    private var aliveUnits: Int
    /// Since when every slave has missed its last answer; nil while one has not.
    package private(set) var silentSince: Instant?

    /// `timeout` is what a slave has for its answer at most; `now` is when polling starts.
    package init(_ requests: [PollRequest], timeout: Interval, isSerial: Bool, now: Instant) {
        self.timeout = timeout
        self.isSerial = isSerial
        cycle = min(requests.map(\.period).min() ?? .zero, ModbusLimits.probeCycle)
        var positions: [UInt8: Int] = [:]
        for request in requests {
            let unit = positions[request.unit] ?? units.count
            if unit == units.count {
                positions[request.unit] = unit
                units.append(Unit())
            }
            units[unit].jobs.append(jobs.count)
            jobs.append(Job(request: request, unit: unit, due: now))
        }
        aliveUnits = units.count
        for unit in units.indices { findAmbiguity(of: unit) }
        for job in jobs.indices { queue.insert(job, due: now) }
    }

    /// Whether the slave of `job` has answered the last time, or was not asked yet.
    package func isAlive(_ job: Int) -> Bool { units[jobs[job].unit].isAlive }

    package func request(of job: Int) -> PollRequest { jobs[job].request }

    /// Requests so far; grows by `split` only.
    package var count: Int { jobs.count }

    /// What to do now.
    package mutating func next(at now: Instant) -> Step {
        if probing != nil { return .wait(until: .never) }
        while let (due, job) = queue.first, !units[jobs[job].unit].isAlive {
            queue.removeFirst()
            jobs[job].due = due
            jobs[job].isParked = true
        }
        let poll = queue.first?.due ?? .never
        let probe = nextProbe(before: poll, at: now)
        if let probe, probe.at <= now {
            if onBus > 0 { return .wait(until: .never) }
            let job = probeJob(of: probe.unit)
            probing = job
            onBus += 1
            return .poll(job: job, timeout: timeout)
        }
        if let (due, job) = queue.first, due <= now {
            queue.removeFirst()
            jobs[job].due = due
            onBus += 1
            return .poll(job: job, timeout: patience(of: jobs[job].unit))
        }
        return .wait(until: min(poll, probe?.at ?? .never))
    }

    /// The slave answered `job`, be it with a refusal, `latency` after the request.
    package mutating func answered(_ job: Int, latency: Interval, at now: Instant) {
        _ = leaveBus(job)
        jobs[job].misses = 0
        requeue(job, due: max(jobs[job].due + jobs[job].request.period, now))
        revive(jobs[job].unit, latency: latency, at: now)
    }

    /// No answer to `job`, or none that can be used, after `cost` on the bus.
    package mutating func missed(_ job: Int, cost: Interval, at now: Instant) {
        let unit = jobs[job].unit
        jobs[job].isParked = true
        let wasProbe = leaveBus(job)
        // It was on the way when another found the slave silent, and says nothing new.
        if !units[unit].isAlive && !wasProbe { return }
        units[unit].misses += 1
        let delay = Self.probeDelay(units[unit].misses)
        let hold: Interval =
            isSerial && units[unit].isAmbiguous ? ModbusLimits.latestReply : .zero
        units[unit].retryAt = now + max(delay, hold)
        if units[unit].isAlive {
            // A request that a living slave does not answer is asked ever more rarely.
            jobs[job].misses += 1
            jobs[job].due = now + Self.probeDelay(jobs[job].misses)
            units[unit].isAlive = false
            aliveUnits -= 1
            if aliveUnits == 0 { silentSince = now }
        } else {
            let share = Interval(nanoseconds: cost.nanoseconds * (ModbusLimits.probeShare - 1))
            probeAllowed = now + max(cycle, share)
        }
    }

    /// The link broke under `job`: it is nobody's fault.
    package mutating func interrupted(_ job: Int, at now: Instant) {
        _ = leaveBus(job)
        if units[jobs[job].unit].isAlive {
            requeue(job, due: now)
        } else {
            jobs[job].isParked = true
        }
    }

    /// The link is open again: every slave is asked again soon.
    package mutating func reopened(at now: Instant) {
        askAllAgain(at: now)
    }

    /// The slave refused `job` because of what it asks for. True: it was replaced by two smaller
    /// requests, `job` itself and a new one, the last; false: it asks for one address only, and
    /// `answered` is to be called.
    package mutating func split(_ job: Int, latency: Interval, at now: Instant) -> Bool {
        guard let (low, high) = jobs[job].request.split() else { return false }
        _ = leaveBus(job)
        let unit = jobs[job].unit
        let new = jobs.count
        jobs[job].request = low
        jobs[job].misses = 0
        jobs.append(Job(request: high, unit: unit, due: now))
        units[unit].jobs.append(new)
        units[unit].isAmbiguous = true
        requeue(job, due: now)
        requeue(new, due: now)
        revive(unit, latency: latency, at: now)
        return true
    }

    // Probes.

    /// The silent slave to be probed next, and when. Nil: all are alive.
    private func nextProbe(before poll: Instant, at now: Instant) -> (unit: Int, at: Instant)? {
        if aliveUnits == units.count { return nil }
        var next: (unit: Int, at: Instant)?
        for unit in units.indices where !units[unit].isAlive {
            if next.map({ units[unit].retryAt < $0.at }) ?? true {
                next = (unit, units[unit].retryAt)
            }
        }
        guard var next, aliveUnits > 0 else { return next }
        next.at = max(next.at, probeAllowed)
        let fits = max(next.at, now) + timeout <= poll
        if !fits { next.at = next.at + ModbusLimits.probeForced }
        return next
    }

    /// The parked request of `unit` that was missed least and has waited longest. There is one: the request that a
    /// slave has missed last is parked until the slave is asked for it again.
    private mutating func probeJob(of unit: Int) -> Int {
        var best = units[unit].jobs[0]
        for job in units[unit].jobs where jobs[job].isParked {
            if !jobs[best].isParked
                || (jobs[job].misses, jobs[job].due) < (jobs[best].misses, jobs[best].due)
            {
                best = job
            }
        }
        precondition(jobs[best].isParked, "a silent slave has a parked request")
        jobs[best].isParked = false
        return best
    }

    /// The slave has answered.
    private mutating func revive(_ unit: Int, latency: Interval, at now: Instant) {
        remember(latency, of: unit)
        units[unit].misses = 0
        if units[unit].isAlive { return }
        if aliveUnits == 0 { askAllAgain(at: now) }
        units[unit].isAlive = true
        aliveUnits += 1
        silentSince = nil
        for job in units[unit].jobs where jobs[job].isParked {
            // What has waited longest goes first, else a slave that often misses would be asked
            // for its first request only.
            requeue(job, due: jobs[job].due)
        }
    }

    /// `job` is no longer on the bus. Whether it was a probe.
    private mutating func leaveBus(_ job: Int) -> Bool {
        onBus -= 1
        if probing != job { return false }
        probing = nil
        return true
    }

    private mutating func askAllAgain(at now: Instant) {
        for unit in units.indices where !units[unit].isAlive {
            units[unit].misses = 0
            units[unit].retryAt = now
        }
        probeAllowed = now
    }

    /// 0, then `probeDelay`, doubling up to `longestProbeDelay`.
    private static func probeDelay(_ misses: Int) -> Interval {
        if misses < 2 { return .zero }
        let factor = Int64(1) << Int64(min(misses - 2, 20))
        let delay = Interval(nanoseconds: ModbusLimits.probeDelay.nanoseconds * factor)
        return min(delay, ModbusLimits.longestProbeDelay)
    }

    // Time-outs.

    private func patience(of unit: Int) -> Interval {
        guard let slowest = units[unit].slowest else { return timeout }
        let enough = Interval(nanoseconds: 4 * slowest.nanoseconds) + ModbusLimits.patience
        return min(timeout, enough)
    }

    /// The slowest answer is forgotten slowly: by 1/64 with each faster one.
    private mutating func remember(_ latency: Interval, of unit: Int) {
        let slowest = units[unit].slowest ?? .zero
        units[unit].slowest = max(
            latency, Interval(nanoseconds: slowest.nanoseconds - slowest.nanoseconds / 64))
    }

    private mutating func findAmbiguity(of unit: Int) {
        var tables: Set<ModbusPoint.Table> = []
        for job in units[unit].jobs where !tables.insert(jobs[job].request.table).inserted {
            units[unit].isAmbiguous = true
        }
    }

    private mutating func requeue(_ job: Int, due: Instant) {
        jobs[job].isParked = false
        jobs[job].due = due
        queue.insert(job, due: due)
    }
}
