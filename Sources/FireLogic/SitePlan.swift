// What is built where: the checked, compiled form of a site file. Plain data; `SiteFile` makes it
// from YAML, `PlanFile` turns it into bytes and back, everything else reads it.
// Positions (`floor: Int`, `zone: Int`, `key: Int`, `bus: Int`, `chip: Int`) are indexes into the
// arrays of the same plan.

package struct SitePlan: Equatable, Sendable {
    package var name: String
    package var chips: [ChipPlan]
    package var buses: [BusPlan]
    package var keys: [KeyPlan]
    package var floors: [FloorPlan]
    package var zones: [ZonePlan]
    /// Sorted by floor position, then by id: the detectors of one floor stand together.
    package var detectors: [DetectorPlan]
    package var panel: PanelPlan
    /// What operators may ask for through the gateway. Empty by default: the panel decides.
    package var remote: RemoteRights
    /// A gateway belongs to the site: its silence is a fault.
    package var expectsGateway = false

    package init(
        name: String, chips: [ChipPlan] = [], buses: [BusPlan] = [], keys: [KeyPlan] = [],
        floors: [FloorPlan] = [], zones: [ZonePlan] = [], detectors: [DetectorPlan] = [],
        panel: PanelPlan = PanelPlan(), remote: RemoteRights = []
    ) {
        self.name = name
        self.chips = chips
        self.buses = buses
        self.keys = keys
        self.floors = floors
        self.zones = zones
        self.detectors = detectors
        self.panel = panel
        self.remote = remote
    }
}

/// A GPIO chip, for example `/dev/gpiochip0`.
package struct ChipPlan: Equatable, Sendable {
    package var path: String
    package init(path: String) { self.path = path }
}

/// One line of a GPIO chip and its electrical meaning.
package struct GpioLine: Hashable, Sendable {
    package enum Bias: UInt8, Hashable, Sendable, CaseIterable {
        case asIs, disabled, pullUp, pullDown
    }

    // Ten thousand lines are held in memory: the numbers are stored in the size they need.
    private var chipNumber: Int32
    private var lineOffset: Int32

    package var chip: Int {
        get { Int(chipNumber) }
        set { chipNumber = Int32(clamping: newValue) }
    }
    /// 0 to `Limits.linesPerChip - 1`.
    package var offset: Int {
        get { Int(lineOffset) }
        set { lineOffset = Int32(clamping: newValue) }
    }
    /// The line is active when its voltage is low.
    package var activeLow: Bool
    package var bias: Bias

    package init(chip: Int, offset: Int, activeLow: Bool = false, bias: Bias = .asIs) {
        chipNumber = Int32(clamping: chip)
        lineOffset = Int32(clamping: offset)
        self.activeLow = activeLow
        self.bias = bias
    }
}

/// One floor: its release rule, its valve, its key and its own lamps.
package struct FloorPlan: Equatable, Sendable {
    package var id: FloorID
    package var name: String
    package var rule: ReleaseRule
    /// 0 to 60 s in whole seconds, counted down in view; a manual release skips it.
    package var delay: Interval
    package var valve: ValvePlan
    /// Position of the key that isolates this floor; several floors may share one.
    package var key: Int
    package var manualRelease: GpioLine?
    package var fireLamp: GpioLine?
    package var faultLamp: GpioLine?
    package var openLamp: GpioLine?

    package init(
        id: FloorID, name: String, rule: ReleaseRule = .first, delay: Interval = .zero,
        valve: ValvePlan, key: Int, manualRelease: GpioLine? = nil, fireLamp: GpioLine? = nil,
        faultLamp: GpioLine? = nil, openLamp: GpioLine? = nil
    ) {
        self.id = id
        self.name = name
        self.rule = rule
        self.delay = delay
        self.valve = valve
        self.key = key
        self.manualRelease = manualRelease
        self.fireLamp = fireLamp
        self.faultLamp = faultLamp
        self.openLamp = openLamp
    }
}

/// When detectors release a floor.
package enum ReleaseRule: Hashable, Sendable {
    /// One detector is enough.
    case first
    /// `count` (2 or more) detectors of the scope must agree. A dead or disabled member lowers
    /// the count, never below 1.
    case coincidence(count: Int, scope: Scope)

    package enum Scope: UInt8, Hashable, Sendable { case floor, zone }
}

/// One electric valve's lines.
package struct ValvePlan: Equatable, Sendable {
    /// Active means open.
    package var output: GpioLine
    /// Limit or pressure switch; active means seen open.
    package var feedback: GpioLine?

    package init(output: GpioLine, feedback: GpioLine? = nil) {
        self.output = output
        self.feedback = feedback
    }
}

/// The panel's key switch. Active `on` contact: in service. Active `off` contact: isolated.
/// With one contact only, `off` is the wired one, so that a broken wire reads as "on".
package struct KeyPlan: Equatable, Sendable {
    package var name: String
    package var offContact: GpioLine
    package var onContact: GpioLine?

    package init(name: String, offContact: GpioLine, onContact: GpioLine? = nil) {
        self.name = name
        self.offContact = offContact
        self.onContact = onContact
    }
}

/// A part of a floor whose detectors confirm each other.
package struct ZonePlan: Equatable, Sendable {
    package var name: String
    package var floor: Int
    package init(name: String, floor: Int) {
        self.name = name
        self.floor = floor
    }
}

/// One detector: where it is, how often it speaks, when its silence is a fault.
package struct DetectorPlan: Equatable, Sendable {
    package var id: DetectorID
    package var name: String
    package var floor: Int
    package var zone: Int?
    /// Active: time between two of its messages. Passive: time between two polls.
    package var period: Interval
    /// Silent for longer than this is a fault.
    package var limit: Interval
    /// How long a contact must hold a new level; zero for sources without contacts.
    package var debounce: Interval
    package var source: DetectorSource

    package init(
        id: DetectorID, name: String, floor: Int, zone: Int? = nil, period: Interval,
        limit: Interval, debounce: Interval = .zero, source: DetectorSource
    ) {
        self.id = id
        self.name = name
        self.floor = floor
        self.zone = zone
        self.period = period
        self.limit = limit
        self.debounce = debounce
        self.source = source
    }
}

/// How a detector is wired.
package enum DetectorSource: Hashable, Sendable {
    /// Passive contact, read once a period and at every edge. Active means fire.
    case contact(GpioLine)
    /// Active detector on two lines: every edge of `heartbeat` is a message whose value is the
    /// level of `alarm`; an edge of `alarm` is a message too.
    case pulse(alarm: GpioLine, heartbeat: GpioLine)
    /// Passive, polled over Modbus. `fault` tells that the detector itself is broken.
    case modbus(bus: Int, alarm: ModbusPoint, fault: ModbusPoint?)
    /// Active, its messages come through the gateway (Kafka, MQTT, HTTP).
    case network
}

/// One value in a Modbus slave and what it must look like to be true.
package struct ModbusPoint: Hashable, Sendable {
    package enum Table: UInt8, Hashable, Sendable, CaseIterable {
        case coil, discreteInput, holdingRegister, inputRegister
    }

    package enum Test: Hashable, Sendable {
        /// Bit 0 to 15 of a register; a coil or discrete input has bit 0 only.
        case bit(UInt16)
        case atLeast(UInt16)
        case atMost(UInt16)
        case equals(UInt16)
    }

    /// Slave address, 1 to 247 (RTU) or 0 to 255 (TCP).
    package var unit: UInt8
    package var table: Table
    /// Address in the protocol data unit, counted from 0.
    package var address: UInt16
    package var test: Test

    package init(unit: UInt8, table: Table, address: UInt16, test: Test) {
        self.unit = unit
        self.table = table
        self.address = address
        self.test = test
    }

    /// Whether `value` (a register, or 0 and 1 of a bit table) fulfils the test.
    package func holds(_ value: UInt16) -> Bool {
        switch test {
        case .bit(let position): return value >> position & 1 == 1
        case .atLeast(let bound): return value >= bound
        case .atMost(let bound): return value <= bound
        case .equals(let wanted): return value == wanted
        }
    }
}

/// One Modbus line or one Modbus TCP server.
package struct BusPlan: Equatable, Sendable {
    package enum Link: Hashable, Sendable {
        /// `device` by a stable name, for example `/dev/serial/by-id/…`; 8 data bits.
        case rtu(device: String, baud: Int, parity: Parity, stopBits: Int)
        /// `host` is an IPv4 or IPv6 address in digits: the controller resolves no names.
        case tcp(host: String, port: UInt16)
    }

    package enum Parity: UInt8, Hashable, Sendable, CaseIterable { case none, even, odd }

    package var name: String
    package var link: Link
    /// Time that a slave has for its answer.
    package var responseTimeout: Interval
    /// Requests that may be under way at once. A serial line carries one.
    package var outstanding: Int

    package init(name: String, link: Link, responseTimeout: Interval, outstanding: Int = 1) {
        self.name = name
        self.link = link
        self.responseTimeout = responseTimeout
        self.outstanding = outstanding
    }
}

/// The panel's lamps, sounder and buttons; what is not wired is nil.
package struct PanelPlan: Equatable, Sendable {
    package var powerLamp: GpioLine?
    package var fireLamp: GpioLine?
    package var faultLamp: GpioLine?
    package var isolatedLamp: GpioLine?
    package var testLamp: GpioLine?
    package var sounder: GpioLine?
    /// Toggled every `Limits.heartbeat`; its absence lights the fault lamp in hardware.
    package var heartbeat: GpioLine?
    package var silenceButton: GpioLine?
    package var resetButton: GpioLine?
    package var lampTestButton: GpioLine?
    /// Active while the supervision of mains and battery reports a fault.
    package var powerFault: GpioLine?

    package init() {}
}

/// Operator requests that may come through the gateway. Opening and closing valves is not among
/// them and never will be.
package struct RemoteRights: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let silence = RemoteRights(rawValue: 1)
    package static let reset = RemoteRights(rawValue: 2)
    package static let disable = RemoteRights(rawValue: 4)
    package static let walkTest = RemoteRights(rawValue: 8)
    package static let all: RemoteRights = [.silence, .reset, .disable, .walkTest]
}
