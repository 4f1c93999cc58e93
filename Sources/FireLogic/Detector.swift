// One detector: what it last said, whether it still speaks, whether its alarm is latched.
// It decides nothing about valves; `Floor` does.

package struct Detector: Hashable, Sendable {
    /// What is known of the surroundings now.
    package enum State: Hashable, Sendable {
        /// Not heard since the start; a fault when `deadline` passes.
        case unknown(deadline: Instant)
        case normal(deadline: Instant)
        case alarm(deadline: Instant)
        case faulty(FaultReason, deadline: Instant)
        case silent(SilenceCause)
    }

    /// A change that others must hear of.
    package enum Change: Hashable, Sendable {
        case none
        case alarm
        case normal
        case down(DownCause)
    }

    package private(set) var state: State
    /// Shown as fire until an authorised reset.
    package private(set) var alarmLatched = false
    /// Has reported fire since the key last came on and since the last reset: speaks for release.
    package private(set) var votes = false
    /// nil while enabled.
    package private(set) var disabledUntil: Instant?
    /// Answered in the walk test that runs.
    package private(set) var tested = false
    /// What it reports now came as the answer to a walk test: no fire.
    private var reportIsTest = false

    /// A contact's level since it last moved, until it has held still for long enough; also when
    /// it moved back to where it was, so that a contact that never rests is noticed.
    private var candidate: Reading?
    private var candidateAt: Instant = .never
    private var restlessSince: Instant = .never
    /// Silent behind a bus that carries again: its own silence when it is not heard by then.
    private var awaitedUntil: Instant = .never

    package init(deadline: Instant) {
        state = .unknown(deadline: deadline)
    }

    package var isEnabled: Bool { disabledUntil == nil }
    package var isSilent: Bool {
        if case .silent = state { true } else { false }
    }
    /// Reports fire at this moment.
    package var reportsFire: Bool {
        if case .alarm = state { true } else { false }
    }
    /// What the surroundings are held to be; nil while nothing is known.
    package var reading: Reading? {
        switch state {
        case .unknown, .silent: nil
        case .normal: .normal
        case .alarm: .alarm
        case .faulty(let reason, _): .fault(reason)
        }
    }
    package var down: DownCause? {
        switch state {
        case .silent(let cause): .silent(cause)
        case .faulty(let reason, _): .fault(reason)
        case .unknown, .normal, .alarm: nil
        }
    }
    /// Cannot be counted on to confirm a fire.
    package var isLost: Bool { !isEnabled || down != nil }

    /// The next moment at which `advance` has something to do.
    package var deadline: Instant {
        min(candidateAt, deadlineOfState, disabledUntil ?? .never)
    }

    private var deadlineOfState: Instant {
        switch state {
        case .unknown(let deadline), .normal(let deadline), .alarm(let deadline),
            .faulty(_, let deadline):
            deadline
        // Only then is something done about it: a deadline that nothing moves would be due for ever.
        case .silent(.bus): awaitedUntil
        case .silent: .never
        }
    }

    /// Its bus carries again. True when it was silent because of the bus.
    package mutating func busIsBack(at now: Instant, limit: Interval) -> Bool {
        guard state == .silent(.bus) else { return false }
        awaitedUntil = now + limit
        return true
    }

    /// The detector spoke, or was read.
    package mutating func hear(
        _ reading: Reading, at now: Instant, limit: Interval, debounce: Interval,
        restless: Interval
    ) -> Change {
        extendDeadline(to: now + limit)
        if debounce == .zero || candidate == nil && says(reading) {
            return settle(on: reading, deadline: now + limit)
        }
        let isLate = now >= candidateAt
        if candidate == reading {
            return isLate ? settle(on: reading, deadline: now + limit) : .none
        }
        // A candidate that was replaced after its time was not chatter: nobody looked.
        if restlessSince == .never || isLate { restlessSince = now }
        let since = restlessSince
        let isRestless = now >= since + restless
        let change = isRestless ? settle(on: .fault(.line), deadline: now + limit) : .none
        // Also in a fault the latest level is kept: it counts as soon as the contact rests.
        candidate = reading
        candidateAt = now + debounce
        restlessSince = since
        return change
    }

    /// Time passed: accepts a level that held still, or concludes silence.
    package mutating func advance(
        to now: Instant, limit: Interval, silence: SilenceCause
    ) -> Change {
        if let reading = candidate, now >= candidateAt {
            let change = settle(on: reading, deadline: candidateAt + limit)
            if change != .none { return change }
        }
        switch state {
        case .unknown(let deadline) where now >= deadline:
            return fallSilent(silence == .bus ? .bus : .neverHeard)
        case .normal(let deadline) where now >= deadline,
            .alarm(let deadline) where now >= deadline,
            .faulty(_, let deadline) where now >= deadline:
            return fallSilent(silence)
        case .silent(.bus) where now >= awaitedUntil:
            awaitedUntil = .never
            return silence == .bus ? .none : fallSilent(silence)
        case .unknown, .normal, .alarm, .faulty, .silent:
            return .none
        }
    }

    package mutating func latchAlarm() {
        reportIsTest = false
        alarmLatched = true
        votes = true
    }

    package mutating func markTested() {
        reportIsTest = true
        tested = true
    }

    /// An authorised reset: forgets the alarm; the caller looks again at once.
    package mutating func clearAlarm() {
        alarmLatched = false
        votes = false
    }

    /// The key came on: only what is reported at this moment speaks for release.
    package mutating func recount() {
        votes = alarmLatched && reportsFire && isEnabled && !reportIsTest
    }

    package mutating func disable(until: Instant) {
        disabledUntil = until
        votes = false
    }

    package mutating func enable() {
        disabledUntil = nil
    }

    package mutating func beginTest() {
        tested = false
    }

    /// The same detector with all its times moved: rules depend on spans only, which lets the
    /// exhaustive exploration tell states apart.
    package func moved(by span: Interval) -> Detector {
        var copy = self
        copy.extendDeadline(to: deadlineOfState.moved(by: span))
        copy.awaitedUntil = awaitedUntil.moved(by: span)
        copy.candidateAt = candidateAt.moved(by: span)
        copy.restlessSince = restlessSince.moved(by: span)
        copy.disabledUntil = disabledUntil?.moved(by: span)
        return copy
    }

    /// For a replay, which does not see each repeated reading: heard until `deadline`.
    mutating func assumeHeard(until deadline: Instant) {
        extendDeadline(to: deadline)
        if isSilent { awaitedUntil = deadline }
    }

    /// For a replay, which does not see a contact move: at rest with `reading` since `time`.
    mutating func assumeRest(_ reading: Reading, since time: Instant) {
        candidate = reading
        candidateAt = time
    }

    private func says(_ reading: Reading) -> Bool {
        switch (state, reading) {
        case (.normal, .normal), (.alarm, .alarm): true
        case (.faulty(let mine, _), .fault(let reason)): mine == reason
        case (.unknown, _), (.normal, _), (.alarm, _), (.faulty, _), (.silent, _): false
        }
    }

    private mutating func extendDeadline(to deadline: Instant) {
        switch state {
        case .unknown: state = .unknown(deadline: deadline)
        case .normal: state = .normal(deadline: deadline)
        case .alarm: state = .alarm(deadline: deadline)
        case .faulty(let reason, _): state = .faulty(reason, deadline: deadline)
        case .silent: break
        }
    }

    /// The reading counts. What it was before the contact moved is no change.
    private mutating func settle(on reading: Reading, deadline: Instant) -> Change {
        forgetCandidate()
        awaitedUntil = .never
        if says(reading) { return .none }
        reportIsTest = false
        switch reading {
        case .normal:
            state = .normal(deadline: deadline)
            return .normal
        case .alarm:
            state = .alarm(deadline: deadline)
            return .alarm
        case .fault(let reason):
            state = .faulty(reason, deadline: deadline)
            return .down(.fault(reason))
        case .silent(let cause):
            return fallSilent(cause)
        }
    }

    private mutating func fallSilent(_ cause: SilenceCause) -> Change {
        forgetCandidate()
        awaitedUntil = .never
        reportIsTest = false
        state = .silent(cause)
        return .down(.silent(cause))
    }

    private mutating func forgetCandidate() {
        candidate = nil
        candidateAt = .never
        restlessSince = .never
    }
}
