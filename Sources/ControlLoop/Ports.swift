// What the control loop needs of the world. The controller implements these with real devices
// (`Controller/Wiring.swift` connects them), FireDrill with simulated ones. None may block.

import FireLogic

/// Something that came in: an observation, or a person's wish through the gateway.
package enum Input: Hashable, Sendable {
    case event(Event)
    /// `ticket` finds the asker again for the answer.
    case request(OperatorRequest, ticket: Ticket)
    /// A network detector's signal, acknowledged once it has been taken.
    case signal(detector: Int, Reading, ticket: Ticket)
}

/// Where an answer goes: a connection, and which of its messages.
package struct Ticket: Hashable, Sendable {
    package var connection: Int32
    package var message: UInt32

    package init(connection: Int32, message: UInt32) {
        self.connection = connection
        self.message = message
    }
}

/// Detectors, key, buttons and feedback come in; valves and lamps go out.
package protocol Field {
    /// Appends what waits, oldest first, at most a bounded number; the rest stays for the next
    /// tick. Faults of devices come as events too.
    mutating func read(into inputs: inout [Input])

    /// Drives a valve line. False: the line did not take it. True is no proof that water flows.
    mutating func drive(floor: Int, _ command: ValveCommand) -> Bool

    /// Lights the panel; false when an output failed.
    mutating func light(_ lamps: PanelLamps) -> Bool
    mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool

    /// Sets the line whose toggling keeps the hardware's fault lamp dark.
    mutating func heartbeat(_ level: Bool)

    /// Answers a request or acknowledges a signal; an asker that is gone or slow is dropped.
    mutating func answer(_ ticket: Ticket, _ outcome: RequestOutcome)
}

/// When a record came to be: boot clock for order and age, wall clock for people.
package struct Stamp: Hashable, Sendable {
    package var boot: Instant
    /// Milliseconds since 1970 UTC, as the board believes.
    package var wallMilliseconds: Int64

    package init(boot: Instant, wallMilliseconds: Int64) {
        self.boot = boot
        self.wallMilliseconds = wallMilliseconds
    }
}

/// The way into the log: a bounded queue in front of a writer that may be slow.
package protocol Journal {
    /// Queues one record. False: there was no room. Normal signals are refused first, so that
    /// alarms and valve records still find room.
    mutating func append(_ record: Record, _ stamp: Stamp) -> Bool

    var health: JournalHealth { get }
}

/// Whether records reach the disk.
package enum JournalHealth: UInt8, Hashable, Sendable {
    case good
    /// Nothing has reached the disk for a while although something waits.
    case stalled
    /// A write or sync failed.
    case failed
}

/// Where the state is shown to other programs. Never held up by a reader.
package protocol StatusSink {
    mutating func begin(at stamp: Stamp)
    mutating func show(detector: Int, _ logic: SiteLogic)
    mutating func show(_ record: Record, _ stamp: Stamp)
    mutating func finish(_ logic: SiteLogic)
}

/// The board's clocks: one for every timer, one for people to read.
package protocol Clock {
    /// The boot clock.
    var now: Instant { get }
    /// Milliseconds since 1970 UTC; may jump.
    var wallMilliseconds: Int64 { get }
}
