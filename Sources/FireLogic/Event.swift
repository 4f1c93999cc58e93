// What the fire logic is told. Every case is an observation; none is an order to a valve.

package enum Event: Hashable, Sendable {
    /// A detector spoke or was read. `Reading.silent` is never told: the logic concludes it.
    case reading(detector: Int, Reading)
    case bus(Int, up: Bool)
    case keyContact(key: Int, KeyContact, ContactLevel)
    case feedback(floor: Int, ContactLevel)
    case manualRelease(floor: Int, ContactLevel)
    case button(PanelButton, ContactLevel)
    /// Whether the valve line of `floor` took the last command that was driven.
    case driven(floor: Int, succeeded: Bool)
    case systemFault(SystemFault, present: Bool)
}

/// The level of a wired contact, with `activeLow` already taken into account.
package enum ContactLevel: UInt8, Hashable, Sendable {
    case inactive, active
    /// The line could not be read.
    case unreadable
}

/// The two contacts of a key switch; with one wired it is `off`.
package enum KeyContact: UInt8, Hashable, Sendable { case off, on }

/// The buttons of the panel.
package enum PanelButton: UInt8, Hashable, Sendable, CaseIterable { case silence, reset, lampTest }

/// Faults of the program and its board rather than of a detector, valve or key. Numbers are stored:
/// only add.
package enum SystemFault: UInt8, Hashable, Sendable, CaseIterable {
    /// The site plan was damaged or missing; the last good one protects.
    case planFallback
    /// The remembered state could not be read; valve lines were kept as found.
    case memoryUnreadable
    /// The log refused or failed to write.
    case journal
    /// Records had to be dropped because the log did not keep up.
    case recordsLost
    /// mlockall was refused: a page fault can delay the loop.
    case memoryLock
    /// SCHED_FIFO was refused: other programs can delay the loop.
    case realTime
    /// A panel output could not be driven.
    case panelOutput
    /// A GPIO chip could not be opened or read.
    case gpio
    /// The status page could not be published.
    case statusPage
    /// The input socket could not be opened, or more came than was allowed.
    case inputSocket
    /// A panel button or its wire is stuck.
    case stuckButton
    /// The gateway says: no e-mail can be sent; no SMS can be sent; a message reached nobody, and no
    /// human has seen that yet; its own log refuses records.
    case mail, sms, undelivered, gatewayLog
    /// The gateway says nothing although one is expected: nobody is told anything.
    case gateway
    /// The power supply's own supervision reports a fault of mains or battery.
    case power
    /// The plan in memory is no longer the one that was loaded.
    case memory
    /// What was kept over a restart as a valve's line is none of this plan, or was none; it was let
    /// go of.
    case keptLines

    /// Told by somebody outside, who is heard of only some time after the start. That it is absent is
    /// news then, once: a fault that was told before the start is over.
    package var isFromOutside: Bool {
        switch self {
        case .mail, .sms, .undelivered, .gatewayLog, .gateway, .power: true
        case .planFallback, .memoryUnreadable, .journal, .recordsLost, .memoryLock, .realTime,
            .panelOutput, .gpio, .statusPage, .inputSocket, .stuckButton, .memory, .keptLines:
            false
        }
    }
}

/// A person's wish, from the panel or through the gateway.
package struct OperatorRequest: Hashable, Sendable {
    package enum Origin: UInt8, Hashable, Sendable { case panel, remote }

    package enum Operation: Hashable, Sendable {
        case silence
        case reset
        case disable(Target, Interval)
        case enable(Target)
        case startWalkTest(FloorID, Interval)
        case stopWalkTest(FloorID)
    }

    package enum Target: Hashable, Sendable {
        case detector(DetectorID)
        /// Position in the plan.
        case zone(Int)
        case floor(FloorID)
    }

    package var operation: Operation
    package var who: OperatorName
    package var origin: Origin

    package init(_ operation: Operation, who: OperatorName, origin: Origin) {
        self.operation = operation
        self.who = who
        self.origin = origin
    }
}

/// What became of a person's wish.
package enum RequestOutcome: UInt8, Hashable, Sendable {
    case done
    /// The site does not allow this request through the gateway.
    case notAllowed
    /// No such detector, zone or floor.
    case unknownTarget
    /// The time asked for is outside its limits.
    case outOfRange
    /// A walk test cannot be ended by hand while a detector of the floor still reports fire:
    /// ending it would release the floor.
    case detectorInAlarm
}
