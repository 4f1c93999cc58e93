// What must be remembered across a restart, folded from the records of the log. The log gives the
// records back in order; the result tells the logic how to start.

package struct Memory: Equatable, Sendable {
    /// A disablement or walk test that has not ended. `left` is measured from the restart.
    package struct Timed: Equatable, Sendable {
        package var who: OperatorName
        package var left: Interval
    }

    package private(set) var open: Set<FloorID> = []
    package private(set) var established: Set<FloorID> = []
    /// Latched alarms; true: also speaks for release.
    package private(set) var alarms: [DetectorID: Bool] = [:]
    package private(set) var disabled: [DetectorID: Timed] = [:]
    package private(set) var walkTests: [FloorID: Timed] = [:]
    /// Ended while nothing ran to write it down: the start does, or a later power cut, after which
    /// no age is known, would bring them back.
    package private(set) var endedDisablements: Set<DetectorID> = []
    package private(set) var endedWalkTests: Set<FloorID> = []
    /// Closed by the key as the latch page knows, open as the log does: a crash lay between. The
    /// start writes it down, or a later power cut, which empties the page, would open the valve.
    package private(set) var closedUnrecorded: Set<FloorID> = []
    private var isolated: Set<FloorID> = []
    private var floorOf: [DetectorID: FloorID] = [:]

    package init() {}

    /// What another witness knows better than the log: the latch page, or the line as found.
    package mutating func remember(_ floor: FloorID, open isOpen: Bool) {
        if isOpen {
            open.insert(floor)
        } else if open.contains(floor) {
            apply(.valve(floor, .closed, .key), age: .zero)
            closedUnrecorded.insert(floor)
        }
    }

    /// Folds one record. `age` is how long ago it was written, nil when a power cut lies between.
    package mutating func apply(_ record: Record, age: Interval?) {
        switch record {
        case .valve(let floor, .open, let cause):
            open.insert(floor)
            closedUnrecorded.remove(floor)
            if case .release = cause { established.insert(floor) }
        case .valve(let floor, .closed, .remembered):
            // Only `records` says so, of a floor that the key has closed.
            open.remove(floor)
            closedUnrecorded.insert(floor)
        case .valve(let floor, .closed, let cause):
            open.remove(floor)
            closedUnrecorded.remove(floor)
            if cause == .key {
                established.insert(floor)
                forgetVotes(floor)
            }
        case .releasePending(let floor, _, _):
            established.insert(floor)
        case .releaseWithheld(let floor, _):
            established.insert(floor)
        case .alarm(let detector, let floor):
            floorOf[detector] = floor
            alarms[detector] = !isolated.contains(floor)
        case .isolated(let floor):
            isolated.insert(floor)
            forgetVotes(floor)
        case .inService(let floor):
            isolated.remove(floor)
        case .reset:
            alarms.removeAll()
            floorOf.removeAll()
            established.removeAll()
        case .disabled(let detector, let who, let time):
            disabled[detector] = Self.timed(who, time, age: age)
            if disabled[detector] == nil {
                endedDisablements.insert(detector)
            } else {
                endedDisablements.remove(detector)
            }
            if alarms[detector] != nil { alarms[detector] = false }
        case .enabled(let detector, _):
            disabled[detector] = nil
            endedDisablements.remove(detector)
        case .walkTestStarted(let floor, let who, let time):
            walkTests[floor] = Self.timed(who, time, age: age)
            if walkTests[floor] == nil {
                endedWalkTests.insert(floor)
            } else {
                endedWalkTests.remove(floor)
            }
        case .walkTestEnded(let floor, _):
            walkTests[floor] = nil
            endedWalkTests.remove(floor)
        case .signal, .tested, .detectorDown, .detectorBack, .bus, .releaseWithdrawn,
            .valveConfirmed, .valveFault, .valveRepaired, .keyFault, .keyRepaired,
            .manualRelease, .manualReleaseFault, .silenced, .refused, .button, .systemFault,
            .started, .armed, .signalsDropped, .told, .asked, .timePassed, .rested:
            break
        }
    }

    /// Time has passed while the program ran: what ends by itself comes nearer.
    package mutating func age(by span: Interval) {
        guard span > .zero else { return }
        for (detector, timed) in disabled {
            if let left = Self.rest(of: timed, after: span) {
                disabled[detector] = left
            } else {
                disabled[detector] = nil
                endedDisablements.insert(detector)
            }
        }
        for (floor, timed) in walkTests {
            if let left = Self.rest(of: timed, after: span) {
                walkTests[floor] = left
            } else {
                walkTests[floor] = nil
                endedWalkTests.insert(floor)
            }
        }
    }

    private static func rest(of timed: Timed, after span: Interval) -> Timed? {
        guard timed.left > span else { return nil }
        let left = Interval(nanoseconds: timed.left.nanoseconds - span.nanoseconds)
        return Timed(who: timed.who, left: left)
    }

    /// Records that, folded in this order, give the same memory: what the log says at each start
    /// and now and then. A disablement is written with what is left of it.
    package func records() -> [Record] {
        var result: [Record] = []
        for floor in established.sorted() where !open.contains(floor) {
            result.append(.releaseWithheld(floor, .manual))
        }
        for (detector, votes) in alarms.sorted(by: { $0.key < $1.key }) where !votes {
            result.append(.alarm(detector, floorOf[detector] ?? FloorID(rawValue: 0)))
        }
        for floor in Set(floorOf.values).union(isolated).sorted() {
            result.append(.isolated(floor))
            if !isolated.contains(floor) { result.append(.inService(floor)) }
        }
        // Before the alarms that vote: a disablement takes a vote back.
        for (detector, timed) in disabled.sorted(by: { $0.key < $1.key }) {
            result.append(.disabled(detector, timed.who, timed.left))
        }
        for detector in endedDisablements.sorted() {
            result.append(.disabled(detector, .timer, .zero))
        }
        for (detector, votes) in alarms.sorted(by: { $0.key < $1.key }) where votes {
            result.append(.alarm(detector, floorOf[detector] ?? FloorID(rawValue: 0)))
        }
        for floor in open.sorted() {
            let isEstablished = established.contains(floor)
            result.append(.valve(floor, .open, isEstablished ? .release(.manual) : .remembered))
        }
        for floor in closedUnrecorded.sorted() where !open.contains(floor) {
            result.append(.valve(floor, .closed, .remembered))
        }
        for (floor, timed) in walkTests.sorted(by: { $0.key < $1.key }) {
            result.append(.walkTestStarted(floor, timed.who, timed.left))
        }
        for floor in endedWalkTests.sorted() {
            result.append(.walkTestStarted(floor, .timer, .zero))
        }
        return result
    }

    /// The key went off: what was reported before speaks for release no more.
    private mutating func forgetVotes(_ floor: FloorID) {
        for (detector, _) in alarms where floorOf[detector] == floor {
            alarms[detector] = false
        }
    }

    /// What is left of `time`; nil when it is over. Never more than `time`.
    private static func timed(_ who: OperatorName, _ time: Interval, age: Interval?) -> Timed? {
        var left = time
        if let age {
            guard age < time else { return nil }
            if age > .zero { left = Interval(nanoseconds: time.nanoseconds - age.nanoseconds) }
        } else {
            left = min(time, Limits.disablementAfterPowerCut)
        }
        return left > .zero ? Timed(who: who, left: left) : nil
    }
}
