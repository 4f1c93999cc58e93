// What goes into the log: one case for each signal, decision, command, feedback, key turn and
// fault (promise RECORD). Plain values of fixed size; `ControlLoop/Topics.swift` says which topic,
// key and text each becomes.

package enum Record: Hashable, Sendable {
    case signal(DetectorID, Reading)

    case alarm(DetectorID, FloorID)
    case tested(DetectorID, FloorID)
    case detectorDown(DetectorID, FloorID, DownCause)
    case detectorBack(DetectorID, FloorID)
    case bus(Int, up: Bool)

    case releasePending(FloorID, ReleaseCause, delay: Interval)
    case releaseWithdrawn(FloorID)
    /// The release rule was fulfilled while the key was off: no water.
    case releaseWithheld(FloorID, ReleaseCause)
    case valve(FloorID, ValveCommand, ValveCause)
    case valveConfirmed(FloorID, ValveCommand)
    case valveFault(FloorID, ValveFault)
    case valveRepaired(FloorID)

    case isolated(FloorID)
    case inService(FloorID)
    case keyFault(key: Int)
    case keyRepaired(key: Int)
    case manualRelease(FloorID, pressed: Bool)
    case manualReleaseFault(FloorID, present: Bool)

    case disabled(DetectorID, OperatorName, Interval)
    case enabled(DetectorID, OperatorName)
    case walkTestStarted(FloorID, OperatorName, Interval)
    case walkTestEnded(FloorID, OperatorName)
    case silenced(OperatorName)
    case reset(OperatorName)
    case refused(OperatorRequest, RequestOutcome)
    case button(PanelButton)

    case systemFault(SystemFault, present: Bool)
    case started(planChecksum: UInt32)
    case armed
    case signalsDropped(Int)

    // What the rules were given, before what follows from it: with these a replay decides again.

    /// An observation that changed something. A reading is told once its detector has settled on it.
    case told(Event)
    case asked(OperatorRequest)
    /// Time has passed, and something followed from it.
    case timePassed
    /// A contact held still, or did not in time, which is why something follows from time.
    case rested(Rest)

    /// An input of the rules rather than an outcome: for the replay, not for people.
    package var isInput: Bool {
        switch self {
        case .told, .asked, .timePassed, .rested: true
        default: false
        }
    }
}

/// What a wired contact came to rest at. Chatter before it is not recorded: a loose wire must not
/// fill the log.
package enum Rest: Hashable, Sendable {
    case reading(detector: Int, Reading)
    /// `isStill`: held still for the debounce time; `isLate`: has not come to rest in agreement.
    case key(Int, off: ContactLevel, on: ContactLevel, isStill: Bool, isLate: Bool)
    case manualRelease(floor: Int, ContactLevel)
    case button(PanelButton, ContactLevel)
}

/// Why a detector does not protect at the moment.
package enum DownCause: Hashable, Sendable {
    case silent(SilenceCause)
    case fault(FaultReason)
}

/// Who asked for water.
package enum ReleaseCause: Hashable, Sendable {
    /// The detector whose alarm fulfilled the release rule.
    case detector(DetectorID)
    case manual
}

/// What a valve is told to be; what it is seen to be is `Valve.Feedback`.
package enum ValveCommand: UInt8, Hashable, Sendable { case closed, open }

/// Why a valve line was driven.
package enum ValveCause: Hashable, Sendable {
    case release(ReleaseCause)
    /// Turned off at the panel by a human. The only cause with which a valve is ever closed.
    case key
    /// Not confirmed in time, or the line did not take it: driven again, this many times so far.
    case again(Int)
    /// Open before the program started; open now.
    case remembered
}

/// What is wrong with a valve. Numbers are stored: only add.
package enum ValveFault: UInt8, Hashable, Sendable {
    /// Commanded open; the feedback does not see it open.
    case notConfirmedOpen
    /// Commanded closed; the feedback sees it open.
    case notConfirmedClosed
    /// The line did not take the command.
    case notDriven
}

/// What the logic wants done, in order. The control loop owns one and empties it every time, so
/// that the signal path allocates nothing.
package struct Decisions: Sendable {
    package struct Drive: Hashable, Sendable {
        package var floor: Int
        package var command: ValveCommand
    }

    package private(set) var drives: [Drive] = []
    package private(set) var records: [Record] = []
    /// Positions of detectors of which something may have changed, for display.
    package private(set) var touched: [Int] = []
    /// All detectors may have changed.
    package private(set) var touchedAll = false
    private var isTimeTold = false

    package init() {
        drives.reserveCapacity(Limits.floors)
        records.reserveCapacity(1_024)
        touched.reserveCapacity(1_024)
    }

    package mutating func touch(detector: Int) {
        touched.append(detector)
    }

    package mutating func touchAll() {
        touchedAll = true
    }

    package mutating func drive(floor: Int, _ command: ValveCommand) {
        drives.append(Drive(floor: floor, command: command))
    }

    package mutating func record(_ record: Record) {
        records.append(record)
    }

    /// The passing of time is recorded once, before the first thing that follows from it.
    mutating func timeBegins() {
        isTimeTold = false
    }

    mutating func tellTime() {
        guard !isTimeTold else { return }
        isTimeTold = true
        records.append(.timePassed)
    }

    package mutating func removeAll() {
        drives.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
        touchedAll = false
    }
}
