// What a restart of the program does to open episodes. The rules start anew: a detector that was down
// is unknown, and if it speaks they have no reason to say that it is back. So an episode is carried
// over, and ends with the first thing that shows its subject good again: a reading, a level, a key at
// rest, the statement that a fault is not there; or at `armed` where everything was tried by then.

import FireLogic

extension Episodes {
    struct Incoming: Sendable {
        var left: Int
        var checksum: UInt32
        var open: [Episode.Subject: Episode] = [:]
        var answered: [FloorID: Set<DetectorID>] = [:]
    }

    /// What has been tried, or said, by the time at which the program is armed.
    private static let knownWhenArmed: Set<SystemFault> = [
        .planFallback, .memoryUnreadable, .journal, .recordsLost, .memoryLock, .realTime,
        .panelOutput, .gpio, .statusPage, .inputSocket, .memory, .keptLines,
    ]

    // The log

    /// What the log holds, in its order.
    package mutating func take(_ entry: LogEntry) {
        switch entry.kind {
        case .memoryAtStart, .memoryOnTheWay, .remembered: return
        case .episodes:
            incoming = Incoming(
                left: Int(entry.number),
                checksum: UInt32(truncatingIfNeeded: entry.words.words.0))
        case .episode:
            guard var coming = incoming, coming.left > 0 else { return }
            coming.left -= 1
            coming.take(entry.words)
            incoming = coming
        case .record:
            incoming = nil
            guard let record = entry.record else { return }
            _ = take(record, entry.stamp, number: entry.number, machine: entry.machine)
        }
        // Half of one, whose writer was killed, does not count.
        guard let whole = incoming, whole.left == 0 else { return }
        incoming = nil
        open = whole.open
        answered = whole.answered
        runChecksum = whole.checksum
    }

    /// The entries that say which episodes are open: a head and one each.
    package func entries(machine: UInt64, _ stamp: Stamp) -> [LogEntry] {
        var words: [RecordWords] = []
        for (_, episode) in open.sorted(by: { $0.key.order < $1.key.order }) {
            // Silent for now behind something else: the next start finds out anew.
            if episode.isHidden { continue }
            words.append(episode.words)
        }
        for (floor, detectors) in answered.sorted(by: { $0.key < $1.key }) {
            for id in detectors.sorted() { words.append(.answered(id, floor)) }
        }
        let checksum = UInt64(runChecksum ?? planChecksum)
        let head = LogEntry(
            kind: .episodes, number: UInt32(words.count), machine: machine, stamp: stamp,
            words: RecordWords((checksum, 0, 0, 0, 0)))
        return [head]
            + words.enumerated().map {
                LogEntry(
                    kind: .episode, number: UInt32($0.offset), machine: machine, stamp: stamp,
                    words: $0.element)
            }
    }

    // The start

    mutating func begin(_ checksum: UInt32) {
        for (subject, episode) in open {
            if episode.isHidden {
                open[subject] = nil
            } else if case .fire = subject {
                // Both are told again at the start if they are still so.
                open[subject]?.isPressed = false
                open[subject]?.isOpen = false
            } else {
                open[subject]?.isCarried = true
                // It may have been told or not: whatever comes next of it is.
                open[subject]?.heldUntil = .never
            }
        }
        nextDue = .never
        openValves = []
        idleButtons = []
        leaveOut(checksum)
        runChecksum = checksum
    }

    /// Sets aside what the plan of this run does not have. Buses and keys go by their position,
    /// which in another plan means another one.
    private mutating func leaveOut(_ checksum: UInt32) {
        let isOther = runChecksum != nil && runChecksum != checksum
        let isOurs = checksum == planChecksum
        let floors = Set(plan.floors.map(\.id))
        let named = open.keys.contains { $0.isOfDetector }
        let detectors = named ? Set(plan.detectors.map(\.id)) : []
        for (subject, episode) in open {
            let isGone: Bool
            switch subject {
            case .bus, .key: isGone = isOther
            case .detector(let id), .disablement(let id): isGone = isOurs && !detectors.contains(id)
            case .system: isGone = false
            case .fire(let floor), .valve(let floor), .isolation(let floor),
                .manualRelease(let floor), .walkTest(let floor):
                isGone = isOurs && !floors.contains(floor)
            }
            guard isGone else { continue }
            open[subject] = nil
            if let floor = subject.floor { answered[floor] = nil }
            former.append(episode)
        }
    }

    /// What is over without anyone having said so.
    mutating func endedBeforeArmed(_ place: Place) -> [Notice] {
        var notices: [Notice] = []
        for episode in former.sorted(by: { $0.subject.order < $1.subject.order }) {
            var notice = Notice(episode.subject.ending(on: episode.floor), place.stamp)
            notice.phase = .end
            notice.episode = episode
            notice.seconds = episode.seconds(at: place.stamp, machine: place.machine)
            notice.reason = .gone
            notices.append(notice)
        }
        former = []
        for subject in open.keys.sorted(by: { $0.order < $1.order }) {
            guard let episode = open[subject] else { continue }
            if case .fire(let floor) = subject, episode.isSpent {
                notices.append(end(subject, .manualRelease(floor, pressed: false), place))
            }
            switch subject {
            case .system(let fault) where Self.knownWhenArmed.contains(fault):
                notices += endCarried(subject, place)
            case .manualRelease: notices += endCarried(subject, place)
            case .valve where episode.detail == ValveFault.notDriven.rawValue:
                // The line was driven at the start, and took it.
                notices += endCarried(subject, place)
            default: continue
            }
        }
        return notices
    }

    // What shows that something is good again.

    mutating func seen(_ event: Event, _ place: Place) -> [Notice] {
        guard runChecksum == planChecksum else { return [] }
        switch event {
        case .reading(let detector, let reading): return heard(detector, reading, place)
        case .feedback(let floor, let level):
            guard plan.floors.indices.contains(floor) else { return [] }
            let id = plan.floors[floor].id
            let agrees = level == (openValves.contains(id) ? .active : .inactive)
            return agrees ? endCarried(.valve(id), place) : []
        case .button(let button, let level): return letGo(button, level, place)
        case .systemFault(let fault, present: false): return endCarried(.system(fault), place)
        case .bus, .keyContact, .manualRelease, .driven, .systemFault: return []
        }
    }

    mutating func seen(_ rest: Rest, _ place: Place) -> [Notice] {
        guard runChecksum == planChecksum else { return [] }
        switch rest {
        case .reading(let detector, let reading): return heard(detector, reading, place)
        case .key(let key, let off, let on, let isStill, _):
            guard isStill, plan.keys.indices.contains(key) else { return [] }
            let agree =
                plan.keys[key].onContact == nil
                ? off != .unreadable
                : (off == .active && on == .inactive) || (off == .inactive && on == .active)
            return agree ? endCarried(.key(key), place) : []
        case .button(let button, let level): return letGo(button, level, place)
        case .manualRelease: return []
        }
    }

    private mutating func heard(
        _ detector: Int, _ reading: Reading, _ place: Place
    ) -> [Notice] {
        guard plan.detectors.indices.contains(detector) else { return [] }
        var notices: [Notice] = []
        // Whatever it says, its bus carries it.
        if case .modbus(let bus, _, _) = plan.detectors[detector].source {
            notices += endCarried(.bus(bus), place)
        }
        switch reading {
        case .normal, .alarm: notices += endCarried(.detector(plan.detectors[detector].id), place)
        case .fault, .silent: break
        }
        return notices
    }

    /// A stuck button is free when every button that is wired was seen so.
    private mutating func letGo(
        _ button: PanelButton, _ level: ContactLevel, _ place: Place
    ) -> [Notice] {
        guard level == .inactive else {
            idleButtons.remove(button)
            return []
        }
        idleButtons.insert(button)
        var wired: Set<PanelButton> = []
        if plan.panel.silenceButton != nil { wired.insert(.silence) }
        if plan.panel.resetButton != nil { wired.insert(.reset) }
        if plan.panel.lampTestButton != nil { wired.insert(.lampTest) }
        return idleButtons.isSuperset(of: wired) ? endCarried(.system(.stuckButton), place) : []
    }

    private mutating func endCarried(_ subject: Subject, _ place: Place) -> [Notice] {
        guard let episode = open[subject], episode.isCarried else { return [] }
        let record = subject.ending(on: episode.floor)
        if case .valve(let floor) = subject {
            return [end(subject, within: floor, record, place)]
        }
        return [end(subject, record, place)]
    }
}

extension Episodes.Incoming {
    fileprivate mutating func take(_ words: RecordWords) {
        if let (id, floor) = words.answered {
            answered[floor, default: []].insert(id)
        } else if let episode = Episode(words) {
            open[episode.subject] = episode
        }
    }
}

extension Episode.Subject {
    fileprivate var isOfDetector: Bool {
        switch self {
        case .detector, .disablement: true
        default: false
        }
    }
}

extension RecordWords {
    fileprivate static func answered(_ id: DetectorID, _ floor: FloorID) -> RecordWords {
        let place = UInt64(UInt16(bitPattern: floor.rawValue))
        let kind = UInt64(Episode.Subject.answered)
        return RecordWords((kind | place << 16 | UInt64(id.rawValue) << 32, 0, 0, 0, 0))
    }

    fileprivate var answered: (DetectorID, FloorID)? {
        guard UInt8(truncatingIfNeeded: words.0) == Episode.Subject.answered else { return nil }
        let place = Int16(bitPattern: UInt16(truncatingIfNeeded: words.0 >> 16))
        return (
            DetectorID(rawValue: UInt32(truncatingIfNeeded: words.0 >> 32)),
            FloorID(rawValue: place)
        )
    }
}
