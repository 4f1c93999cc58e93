// The work of one bus thread: opens the link, polls by the schedule, hands the readings over and
// says whether the bus is up. It owns all that it touches but the ring, the counters and the stop
// descriptor. It must never wait for the control loop, and never invent a reading: what does not
// answer is not reported, and the fire logic finds it silent (promise LIVE).

import FireLogic
import PlanFile

struct ModbusPoller: ~Copyable {
    /// A point of a request, with the detector's position among those of this bus.
    private struct Use {
        let local: Int
        let role: PollRequest.Use.Role
        let offset: Int
        let point: ModbusPoint
        /// The reading is due after this point: every alarm point, and fault points whose alarm
        /// point stands in another request.
        let speaks: Bool
    }

    private var link: ModbusLink
    private var schedule: ModbusSchedule
    private var judge: ModbusJudge
    private var outbox: ModbusOutbox
    private var reopening = ModbusBackoff()
    /// By request of the schedule.
    private var uses: [[Use]] = []
    private let counters: ModbusCounters
    private let stop: Int32
    private let isSerial: Bool
    /// Positions of the bus's detectors by position in the plan.
    private let locals: [Int: Int]
    private var isUp: Bool?
    private var reopenAt = Instant.zero
    private var heardAt = Instant.zero

    /// `bus` is a position in `plan.buses`.
    init(
        plan: SitePlan, bus: Int, ring: Handover<BusReport>, counters: ModbusCounters, stop: Int32
    ) throws(ModbusError) {
        let link = try ModbusLink(plan.buses[bus], stop: stop)
        self.init(plan: plan, bus: bus, link: link, ring: ring, counters: counters, stop: stop)
    }

    private init(
        plan: SitePlan, bus: Int, link: consuming ModbusLink, ring: Handover<BusReport>,
        counters: ModbusCounters, stop: Int32
    ) {
        let polls = PollPlan(plan: plan, bus: bus)
        let detectors = ModbusBus.detectors(of: bus, in: plan)
        self.link = link
        if case .rtu = plan.buses[bus].link { isSerial = true } else { isSerial = false }
        schedule = ModbusSchedule(
            polls.requests, timeout: plan.buses[bus].responseTimeout, isSerial: isSerial,
            now: ModbusClock.now)
        judge = ModbusJudge(detectors.map { plan.detectors[$0] })
        outbox = ModbusOutbox(ring: ring, bus: bus, detectors: detectors)
        var locals: [Int: Int] = [:]
        for (local, detector) in detectors.enumerated() { locals[detector] = local }
        self.locals = locals
        self.counters = counters
        self.stop = stop
        for request in polls.requests { uses.append(Self.uses(of: request, locals: locals)) }
    }

    /// Polls until `stop` becomes readable.
    mutating func run() {
        while step() {}
        link.close()
    }

    /// False: the thread is to stop.
    private mutating func step() -> Bool {
        let now = ModbusClock.now
        counters.beat(at: now)
        counters.noteDropped(outbox.dropped, foreign: link.foreign)
        outbox.retry()
        if !link.isOpen { return reopen(at: now) }
        noticeSilence(at: now)
        if !link.isOpen { return true }
        switch schedule.next(at: now) {
        case .wait(let instant): return pause(until: instant, at: now)
        case .poll(let job, let timeout): return poll(job, timeout: timeout, startedAt: now)
        }
    }

    /// Waits, but comes by for the heartbeat and for what the outbox holds.
    private func pause(until instant: Instant, at now: Instant) -> Bool {
        let longest = outbox.isEmpty ? ModbusLimits.idle : ModbusLimits.outboxRetry
        let end = min(instant, now + longest)
        if end - now > .milliseconds(2) {
            // Wakes up to a millisecond before the end; the rest is slept exactly.
            let early = Instant(nanoseconds: end.nanoseconds - 1_000_000)
            if ModbusClock.wait(-1, stop, until: early) == .second { return false }
        }
        ModbusClock.sleep(until: end)
        return true
    }

    private mutating func poll(_ job: Int, timeout: Interval, startedAt start: Instant) -> Bool {
        let outcome = link.exchange(schedule.request(of: job), timeout: timeout)
        let now = ModbusClock.now
        counters.count(outcome, at: now)
        switch outcome {
        case .values(let data):
            hear(at: now)
            schedule.answered(job, latency: link.latency, at: now)
            report(job, data: data, at: now)
        case .refusal(let code):
            hear(at: now)
            refuse(job, code: code, cost: now - start, at: now)
        case .silent:
            schedule.missed(job, cost: now - start, at: now)
        case .garbled:
            schedule.missed(job, cost: now - start, at: now)
            // Out of step: only a new connection is certain to begin with a whole frame.
            if !isSerial { link.close() }
        case .lost:
            schedule.interrupted(job, at: now)
            // Opened anew at once, or later if this goes on.
            link.close()
        case .stopped:
            return false
        }
        return true
    }

    // Answers.

    private mutating func report(_ job: Int, data: Int, at now: Instant) {
        let table = schedule.request(of: job).table
        for use in uses[job] {
            let value = ModbusFrame.value(link.frame + data, offset: use.offset, table: table)
            judge.note(use.role, of: use.local, holds: use.point.holds(value), at: now)
        }
        speak(job, at: now)
    }

    private mutating func speak(_ job: Int, at now: Instant) {
        for use in uses[job] where use.speaks {
            if let reading = judge.reading(of: use.local, after: use.role, at: now) {
                outbox.report(reading, local: use.local)
            }
        }
    }

    /// Exceptions (application protocol V1.1b3, chapter 7). 5 and 6: busy, ask again. 10 and 11: a
    /// gateway says that the slave behind it does not answer. 1, 2 and 3: the slave does not have
    /// what was asked for; perhaps only a part of it, so the request is split down to the address
    /// that is refused, and its neighbours are read on.
    private mutating func refuse(_ job: Int, code: UInt8, cost: Interval, at now: Instant) {
        switch code {
        case 5, 6:
            schedule.answered(job, latency: link.latency, at: now)
        case 10, 11:
            schedule.missed(job, cost: cost, at: now)
        case 1, 2, 3:
            if schedule.split(job, latency: link.latency, at: now) {
                uses[job] = Self.uses(of: schedule.request(of: job), locals: locals)
                uses.append(
                    Self.uses(of: schedule.request(of: schedule.count - 1), locals: locals))
                return
            }
            schedule.answered(job, latency: link.latency, at: now)
            noteRefusal(job, code: code, at: now)
        default:
            schedule.answered(job, latency: link.latency, at: now)
            noteRefusal(job, code: code, at: now)
        }
    }

    private mutating func noteRefusal(_ job: Int, code: UInt8, at now: Instant) {
        for use in uses[job] {
            judge.note(use.role, of: use.local, refusal: code, at: now)
        }
        speak(job, at: now)
    }

    private static func uses(of request: PollRequest, locals: [Int: Int]) -> [Use] {
        var withAlarm: Set<Int> = []
        for use in request.uses where use.role == .alarm { withAlarm.insert(use.detector) }
        return request.uses.compactMap { use in
            guard let local = locals[use.detector] else { return nil }
            return Use(
                local: local, role: use.role, offset: use.offset, point: use.point,
                speaks: use.role == .alarm || !withAlarm.contains(use.detector))
        }
    }

    // The link.

    private mutating func reopen(at now: Instant) -> Bool {
        if now < reopenAt { return pause(until: reopenAt, at: now) }
        let failure = link.open()
        let after = ModbusClock.now
        reopenAt = after + reopening.next()
        if failure == 0 {
            counters.linkOpened()
            heardAt = after
            schedule.reopened(at: after)
        } else {
            counters.linkFailed(failure)
            setUp(false)
        }
        return true
    }

    private mutating func hear(at now: Instant) {
        heardAt = now
        reopening.reset()
        reopenAt = now
        setUp(true)
    }

    private mutating func noticeSilence(at now: Instant) {
        guard let since = schedule.silentSince else { return }
        if now - since >= ModbusLimits.busSilence { setUp(false) }
        // A peer that vanished without a word, an adapter that hangs: begin anew.
        if now - heardAt >= ModbusLimits.linkSilence { link.close() }
    }

    private mutating func setUp(_ up: Bool) {
        if isUp == up { return }
        isUp = up
        outbox.report(up: up)
    }
}

/// The time between attempts to open a link: none before the first, then ever more.
struct ModbusBackoff {
    private var attempts = 0

    mutating func next() -> Interval {
        attempts += 1
        let factor = Int64(1) << Int64(min(attempts - 1, 20))
        return min(
            Interval(nanoseconds: ModbusLimits.reopenDelay.nanoseconds * factor),
            ModbusLimits.longestReopenDelay)
    }

    mutating func reset() { attempts = 0 }
}
