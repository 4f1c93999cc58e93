// A building in memory for the tests of the rules: a plan made to order, a clock that is moved by
// hand, valve lines that remember how they were driven, and the log as a list. No rule lives here.

import FireLogic

/// Names and plans that tests share.
enum Example {
    static func line(_ offset: Int) -> GpioLine { GpioLine(chip: 0, offset: offset) }

    static let limit: Interval = .seconds(10)

    /// Floors 1, 2, … with `detectors` detectors each; detector 203 is the third of floor 2.
    /// Every detector speaks over the network (no debounce) unless `contacts` is asked for.
    static func plan(
        floors: Int = 1, detectors: Int = 3, rule: ReleaseRule = .first, delay: Interval = .zero,
        zones: [Int?] = [], feedback: Bool = false, sharedKey: Bool = false,
        oneContact: Bool = false, contacts: Bool = false, bus: Bool = false,
        remote: RemoteRights = []
    ) -> SitePlan {
        var plan = SitePlan(name: "Test", remote: remote)
        if bus {
            plan.buses = [
                BusPlan(
                    name: "bus", link: .tcp(host: "127.0.0.1", port: 502),
                    responseTimeout: .milliseconds(100))
            ]
        }
        let zonesOfFloor = Set(zones.compactMap { $0 }).count
        for floor in 0..<floors {
            let key = sharedKey ? 0 : floor
            if key == plan.keys.count {
                plan.keys.append(
                    KeyPlan(
                        name: "key", offContact: line(0), onContact: oneContact ? nil : line(1)))
            }
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor + 1)), name: "Floor", rule: rule,
                    delay: delay,
                    valve: ValvePlan(output: line(2), feedback: feedback ? line(3) : nil),
                    key: key, manualRelease: line(4)))
            for zone in 0..<zonesOfFloor {
                plan.zones.append(ZonePlan(name: "zone \(zone)", floor: floor))
            }
            for index in 0..<detectors {
                let zone = index < zones.count ? zones[index] : nil
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32((floor + 1) * 100 + index + 1)),
                        name: "Detector", floor: floor,
                        zone: zone.map { $0 + floor * zonesOfFloor }, period: .seconds(1),
                        limit: limit, debounce: contacts ? .milliseconds(10) : .zero,
                        source: contacts
                            ? .contact(line(5))
                            : bus
                                ? .modbus(
                                    bus: 0,
                                    alarm: ModbusPoint(
                                        unit: 1, table: .coil, address: 0, test: .bit(0)),
                                    fault: nil)
                                : .network))
            }
        }
        return plan
    }
}

/// How a test starts.
enum KeyAtStart { case on, off, unread }

struct Building {
    var logic: SiteLogic
    private(set) var now: Instant
    /// How each valve line stands, and whether it takes a command at all.
    private(set) var lines: [ValveCommand]
    var linesWork: [Bool]
    /// Every record since the start, and each drive of a line.
    private(set) var log: [Record] = []
    private(set) var drives: [Decisions.Drive] = []
    /// What a restart would remember.
    private(set) var memory: Memory
    private var decisions = Decisions()

    /// Starts a building; with its key on (or off) it is ready for signals at once.
    init(
        _ plan: SitePlan, memory: Memory = Memory(), timing: Timing = Timing(),
        key: KeyAtStart = .on, at start: Instant = Instant(nanoseconds: 1_000_000_000_000)
    ) {
        now = start
        self.memory = memory
        logic = SiteLogic(
            plan: plan, planChecksum: 7, memory: memory, timing: timing, at: start,
            into: &decisions)
        lines = logic.floors.map(\.valve.command)
        linesWork = plan.floors.map { _ in true }
        carryOut()
        guard key != .unread else { return }
        for index in plan.keys.indices { turnKey(index, on: key == .on) }
        pass(timing.keyDebounce)
    }

    // What happens

    mutating func tell(_ event: Event) {
        logic.handle(event, at: now, into: &decisions)
        carryOut()
        logic.advance(to: now, into: &decisions)
        carryOut()
    }

    /// Several observations in one tick.
    mutating func tell(together events: [Event]) {
        for event in events {
            logic.handle(event, at: now, into: &decisions)
            carryOut()
        }
        logic.advance(to: now, into: &decisions)
        carryOut()
    }

    @discardableResult
    mutating func ask(
        _ operation: OperatorRequest.Operation, origin: OperatorRequest.Origin = .panel
    ) -> RequestOutcome {
        let request = OperatorRequest(operation, who: OperatorName("ann"), origin: origin)
        let outcome = logic.request(request, at: now, into: &decisions)
        carryOut()
        return outcome
    }

    /// Moves the clock, stopping at every deadline as the control loop does. A logic that asks to
    /// be woken again and again at the same moment is a fault.
    mutating func pass(_ time: Interval) {
        let end = now + time
        var idle = 0
        while logic.nextDeadline <= end {
            if logic.nextDeadline > now {
                now = logic.nextDeadline
                idle = 0
            }
            idle += 1
            precondition(idle < 100, "the logic spins at \(now)")
            logic.advance(to: now, into: &decisions)
            carryOut()
        }
        now = end
        logic.advance(to: now, into: &decisions)
        carryOut()
    }

    /// The power or the program was gone; the lines and the log are what is left.
    func restarted(
        _ plan: SitePlan? = nil, after time: Interval = .seconds(1), key: KeyAtStart = .on
    ) -> Building {
        Building(plan ?? logic.plan, memory: memory, key: key, at: now + time)
    }

    // Words for what happens

    mutating func fire(_ id: UInt32) { hear(id, .alarm) }
    mutating func calm(_ id: UInt32) { hear(id, .normal) }

    mutating func hear(_ id: UInt32, _ reading: Reading) {
        tell(.reading(detector: position(id), reading))
    }

    /// All detectors but `except` say that all is well.
    mutating func hearAll(except: Set<UInt32> = []) {
        for detector in logic.plan.detectors where !except.contains(detector.id.rawValue) {
            calm(detector.id.rawValue)
        }
    }

    /// Time passes while all detectors but `except` go on as they are, every five seconds.
    mutating func live(_ time: Interval, except: Set<UInt32> = []) {
        let end = now + time
        while now < end {
            pass(min(.seconds(5), end - now))
            for (index, plan) in logic.plan.detectors.enumerated()
            where !except.contains(plan.id.rawValue) {
                let reading: Reading = logic.detectors[index].reportsFire ? .alarm : .normal
                tell(.reading(detector: index, reading))
            }
        }
    }

    mutating func contacts(_ key: Int = 0, off: ContactLevel, on: ContactLevel) {
        tell(.keyContact(key: key, .off, off))
        if logic.plan.keys[key].onContact != nil { tell(.keyContact(key: key, .on, on)) }
    }

    /// Moves the key's contacts; the position follows after the debounce time.
    mutating func turnKey(_ key: Int = 0, on: Bool) {
        contacts(key, off: on ? .inactive : .active, on: on ? .active : .inactive)
    }

    mutating func keyOff(_ key: Int = 0) {
        turnKey(key, on: false)
        pass(logic.timing.keyDebounce)
    }

    mutating func keyOn(_ key: Int = 0) {
        turnKey(key, on: true)
        pass(logic.timing.keyDebounce)
    }

    mutating func press(_ button: PanelButton) {
        tell(.button(button, .inactive))
        tell(.button(button, .active))
        pass(logic.timing.buttonDebounce)
        tell(.button(button, .inactive))
        pass(logic.timing.buttonDebounce)
    }

    mutating func pressManual(floor: Int = 0) {
        tell(.manualRelease(floor: floor, .active))
        pass(logic.timing.manualReleaseDebounce)
    }

    // What is seen

    func position(_ id: UInt32) -> Int {
        guard let found = logic.plan.detectors.firstIndex(where: { $0.id.rawValue == id }) else {
            preconditionFailure("no detector \(id)")
        }
        return found
    }

    func detector(_ id: UInt32) -> Detector { logic.detectors[position(id)] }

    func isOpen(_ floor: Int = 0) -> Bool { lines[floor] == .open }

    var openFloors: [Int] { lines.indices.filter { lines[$0] == .open } }

    mutating func forgetLog() {
        log.removeAll()
        drives.removeAll()
    }

    /// What is in the log apart from the stream of signals.
    var events: [Record] {
        log.filter { if case .signal = $0 { false } else { true } }
    }

    private mutating func carryOut() {
        var next = 0
        while next < decisions.drives.count {
            let drive = decisions.drives[next]
            drives.append(drive)
            if linesWork[drive.floor] { lines[drive.floor] = drive.command }
            logic.handle(
                .driven(floor: drive.floor, succeeded: linesWork[drive.floor]), at: now,
                into: &decisions)
            next += 1
        }
        for record in decisions.records { memory.apply(record, age: .zero) }
        // What the rules were told stands in between; a test says it itself.
        log += decisions.records.filter { !$0.isInput }
        decisions.removeAll()
    }
}

extension FloorID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int16) { self.init(rawValue: value) }
}

extension DetectorID: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt32) { self.init(rawValue: value) }
}

/// Random numbers from a seed that is printed with every failure (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
