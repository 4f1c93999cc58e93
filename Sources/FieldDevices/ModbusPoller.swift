// The work of one bus thread: opens the link, polls by the schedule, as many requests at once as
// the window lets it, hands the readings over and says whether the bus is up. It owns all that it touches but the ring, the counters and the stop
// descriptor. It must never wait for the control loop, and never invent a reading: what does not
// answer is not reported, and the fire logic finds it silent (promise LIVE).

import FireLogic
import Handover
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

    private let link: any ModbusLink
    private var window: ModbusWindow
    private var schedule: ModbusSchedule
    private var judge: ModbusJudge
    private var outbox: ModbusOutbox
    private var reopening = ModbusBackoff()
    /// By request of the schedule.
    private var uses: [[Use]] = []
    private let counters: ModbusCounters
    private let stop: Int32
    /// Positions of the bus's detectors by position in the plan.
    private let locals: [Int: Int]
    private var isUp: Bool?
    private var reopenAt = Instant.zero
    private var heardAt = Instant.zero

    /// `bus` is a position in `plan.buses`.
    init(
        plan: SitePlan, bus: Int, ring: Handover<BusReport>, counters: ModbusCounters, stop: Int32
    ) throws(ModbusError) {
        let link: any ModbusLink
        switch plan.buses[bus].link {
        case .rtu: link = try ModbusSerialLink(plan.buses[bus], stop: stop)
        case .tcp(let host, let port):
            link = try ModbusTcpLink(host: host, port: port, stop: stop)
        }
        self.init(plan: plan, bus: bus, link: link, ring: ring, counters: counters, stop: stop)
    }

    private init(
        plan: SitePlan, bus: Int, link: any ModbusLink, ring: Handover<BusReport>,
        counters: ModbusCounters, stop: Int32
    ) {
        let polls = PollPlan(plan: plan, bus: bus)
        let detectors = ModbusBus.detectors(of: bus, in: plan)
        self.link = link
        let isSerial = if case .rtu = plan.buses[bus].link { true } else { false }
        let range = Limits.outstanding
        window = ModbusWindow(
            most: isSerial
                ? 1 : min(max(plan.buses[bus].outstanding, range.lowerBound), range.upperBound))
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
        let due = askWhatIsDue(at: now)
        if link.outstanding == 0 { return pause(until: due, at: now) }
        if !link.wait(until: comeBy(due, at: now)) { return false }
        takeWhatCame(at: ModbusClock.now)
        return true
    }

    /// Returns when the next request is due; never when something must end first.
    private mutating func askWhatIsDue(at now: Instant) -> Instant {
        while link.outstanding < window.size {
            switch schedule.next(at: now) {
            case .wait(let instant): return instant
            case .poll(let job, let timeout):
                link.ask(job, schedule.request(of: job), timeout: timeout, at: now)
            }
        }
        return .never
    }

    private mutating func takeWhatCame(at now: Instant) {
        while let event = link.next(at: now) {
            switch event {
            case .ended(let end): settle(end, at: now)
            case .lost(let failure):
                counters.linkFailed(failure)
                // Opened anew at once, or later if this goes on.
                hangUp(at: now)
                return
            }
        }
    }

    /// `instant`, but earlier for the heartbeat and for what the outbox holds.
    private func comeBy(_ instant: Instant, at now: Instant) -> Instant {
        min(instant, now + (outbox.isEmpty ? ModbusLimits.idle : ModbusLimits.outboxRetry))
    }

    private func pause(until instant: Instant, at now: Instant) -> Bool {
        let end = comeBy(instant, at: now)
        if end - now > .milliseconds(2) {
            // Wakes up to a millisecond before the end; the rest is slept exactly.
            let early = Instant(nanoseconds: end.nanoseconds - 1_000_000)
            if ModbusClock.wait(-1, stop, until: early) == .second { return false }
        }
        ModbusClock.sleep(until: end)
        return true
    }

    // Answers.

    private mutating func settle(_ end: ModbusEnd, at now: Instant) {
        counters.count(end.outcome, at: now)
        switch end.outcome {
        case .values(let data):
            hear(at: now)
            window.answered()
            schedule.answered(end.job, latency: end.latency, at: now)
            report(end.job, data: data, at: now)
        case .refusal(let code):
            hear(at: now)
            refuse(end, code: code, at: now)
        case .silent, .garbled:
            // Of a slave that is being probed it says nothing about the gateway.
            if end.isShared && schedule.isAlive(end.job) {
                window.crowded(askedAt: end.askedAt, now: now)
            }
            schedule.missed(end.job, cost: now - end.askedAt, at: now)
        }
    }

    private mutating func report(
        _ job: Int, data: UnsafePointer<UInt8>, at now: Instant
    ) {
        let table = schedule.request(of: job).table
        for use in uses[job] {
            let value = ModbusFrame.value(data, offset: use.offset, table: table)
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

    /// Exceptions (application protocol V1.1b3, chapter 7). 5 and 6: busy, ask again; at once, when
    /// others were asked meanwhile, and fewer at a time. 10 and 11: a gateway says that the slave
    /// behind it does not answer. 1, 2 and 3: the slave does not have what was asked for; perhaps
    /// only a part of it, so the request is split down to the address that is refused, and its
    /// neighbours are read on.
    private mutating func refuse(_ end: ModbusEnd, code: UInt8, at now: Instant) {
        let job = end.job
        if code == 6 && end.isShared {
            window.crowded(askedAt: end.askedAt, now: now)
            schedule.interrupted(job, at: now)
            return
        }
        window.answered()
        switch code {
        case 5, 6:
            schedule.answered(job, latency: end.latency, at: now)
        case 10, 11:
            schedule.missed(job, cost: now - end.askedAt, at: now)
        case 1, 2, 3:
            if schedule.split(job, latency: end.latency, at: now) {
                uses[job] = Self.uses(of: schedule.request(of: job), locals: locals)
                uses.append(
                    Self.uses(of: schedule.request(of: schedule.count - 1), locals: locals))
                return
            }
            schedule.answered(job, latency: end.latency, at: now)
            noteRefusal(job, code: code, at: now)
        default:
            schedule.answered(job, latency: end.latency, at: now)
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
        if now - heardAt >= ModbusLimits.linkSilence { hangUp(at: now) }
    }

    /// What was outstanding is nobody's fault, and asked again.
    private mutating func hangUp(at now: Instant) {
        link.close()
        while let job = link.giveUp() {
            counters.countInterrupted()
            schedule.interrupted(job, at: now)
        }
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
