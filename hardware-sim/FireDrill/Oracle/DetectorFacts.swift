// What one detector has told, in the order in which the controller was handed it, and what people
// have said about it. Nothing here is taken from FireLogic: the oracle keeps its own account.
//
// A detector REPORTS what it told last; a contact with a debounce time reports a level once it
// has been looked at again, unchanged, that long after it moved. A contact that keeps moving for
// the restless time reports nothing: its line is down. A detector that has told nothing for its
// limit is down. Before its first word it reports nothing.
//
// Its report of fire is a TEST while its floor is in a walk test and the report came, or was
// looked at again, in that walk test. It is CREDIBLE when the detector is enabled and the report
// is no test.
//
// A detector SPEAKS for release when it has been credible at some instant since the latest of:
// a reset, its floor's key coming on, its own disablement.

import FireLogic

package enum Answer: UInt8, Hashable, Comparable, Sendable {
    case no
    /// A record about it was torn by a crash: both are right.
    case maybe
    case yes

    package static func < (a: Answer, b: Answer) -> Bool { a.rawValue < b.rawValue }
}

package struct DetectorFacts: Hashable, Sendable {
    package enum Report: UInt8, Hashable, Sendable { case unknown, normal, alarm, down }

    /// nil before the first word.
    private(set) var reported: Reading?
    private(set) var freshUntil: Instant
    private var isMoving = false
    private var level: Reading = .normal
    private var movedAt: Instant = .never
    private var movingSince: Instant = .never

    var isTest = false
    var latched = false
    var speaks = Answer.no
    /// What `speaks` will be remembered as: a count taken again when the key came on leaves no
    /// record, so it may be forgotten in a crash.
    var isOnRecord = true
    var disabledUntil: Instant?
    /// How long the disablement was to last when it was last written down.
    var disabledFor = Interval.zero

    init(limit: Interval, at now: Instant) { freshUntil = now + limit }

    package var report: Report {
        switch reported {
        case nil: .unknown
        case .normal: .normal
        case .alarm: .alarm
        case .fault, .silent: .down
        }
    }
    var isEnabled: Bool { disabledUntil == nil }
    var isCredible: Bool { reported == .alarm && isEnabled && !isTest }
    /// Cannot be counted on to agree with the others.
    var isLost: Bool { !isEnabled || report == .down }

    /// Returns whether the detector newly reports fire.
    mutating func tell(
        _ reading: Reading, at now: Instant, limit: Interval, debounce: Interval, restless: Interval
    ) -> Bool {
        freshUntil = now + limit
        if debounce == .zero { return become(reading) }
        if !isMoving && reading == reported { return false }
        let heldStill = isMoving && now >= movedAt + debounce
        if isMoving && reading == level { return heldStill && become(reading) }
        if !isMoving || heldStill { movingSince = now }
        let since = movingSince
        if now >= since + restless { _ = become(.fault(.line)) }
        isMoving = true
        movingSince = since
        level = reading
        movedAt = now
        return false
    }

    /// Time has come to `now`, the contact did not move. Returns whether fire is newly reported.
    mutating func pass(to now: Instant, limit: Interval, debounce: Interval) -> Bool {
        var isNew = false
        if isMoving && now >= movedAt + debounce {
            if level != reported { freshUntil = max(freshUntil, movedAt + debounce + limit) }
            isNew = become(level)
        }
        return isNew
    }

    /// After `pass` and the look at what it brought: a fire that was reported in time counts, also
    /// when the controller stalled until the detector's limit had passed.
    mutating func passLimit(at now: Instant) {
        if now >= freshUntil && !isSilent { _ = become(.silent(.silent)) }
    }

    private var isSilent: Bool {
        if case .silent = reported { true } else { false }
    }

    private mutating func become(_ reading: Reading) -> Bool {
        isMoving = false
        movedAt = .never
        movingSince = .never
        level = .normal
        guard reading != reported else { return false }
        reported = reading
        isTest = false
        return reading == .alarm
    }

    func moved(by span: Interval) -> DetectorFacts {
        var copy = self
        copy.freshUntil = isSilent ? .never : freshUntil.moved(by: span)
        copy.movedAt = movedAt.moved(by: span)
        copy.movingSince = movingSince.moved(by: span)
        copy.disabledUntil = disabledUntil?.moved(by: span)
        return copy
    }
}
