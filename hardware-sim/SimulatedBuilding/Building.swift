// A whole building on one thread: rooms that burn, detectors of every kind, valves, keys and a
// panel, made from any site plan. The terminal view and the scenario player act on it and look at
// it; the controller, another process, knows it by lines, buses and sockets only. Nothing in here
// knows what the controller thinks, and nothing opens or closes a valve but its output line.

import FireLogic

package final class Building {
    package struct Options: Sendable {
        package var seed: UInt64 = 1
        package var releasedOutputs = SimulatedChips.Released.holds
        package init() {}
    }

    static let tick = Interval.milliseconds(50)

    package let loop: SimLoop
    /// The plan for the controller: as given, with the devices and ports of this simulation.
    package private(set) var plan: SitePlan
    /// Positions of each floor's detectors; they stand together in the plan.
    package let detectorsOfFloor: [Range<Int>]
    package let chips: SimulatedChips
    package let buses: [any SlaveBus]
    package internal(set) var rooms: Rooms
    package internal(set) var detectors: [SimulatedDetector]
    package internal(set) var valves: [SimulatedValve]
    package internal(set) var keys: [SimulatedKey]
    package internal(set) var panel = SimulatedPanel()
    /// Floor lamps that are lit.
    package internal(set) var floorLamps: [FloorLamps]
    /// Called with a sentence when something happens that a person in the building would notice.
    package var tell: (String) -> Void = { _ in }
    /// Called at every change of a valve's output line, however short.
    package var outputChanged: () -> Void = {}
    /// Sends a network detector's signal; set by whoever knows the controller's input socket.
    package var sendSignal: (DetectorID, _ alarm: Bool) -> Void = { _, _ in }
    var random: SeededRandom
    private var lastTick: Instant
    private var isClosed = false

    /// Takes sockets, pseudo-terminals and ports below `directory`.
    package init(
        loop: SimLoop, plan given: SitePlan, directory: String, options: Options = Options()
    ) throws(SimulationError) {
        self.loop = loop
        random = SeededRandom(seed: options.seed)
        var plan = given
        chips = try SimulatedChips(
            loop: loop, socketPath: directory + "/gpio",
            chips: plan.chips.enumerated().map { ($1.path, Self.lineCount(plan, chip: $0)) },
            released: options.releasedOutputs)
        buses = try Self.makeBuses(&plan, loop: loop, directory: directory, seed: options.seed)
        self.plan = plan
        detectorsOfFloor = plan.floors.indices.map { floor in
            let first = plan.detectors.firstIndex { $0.floor == floor } ?? 0
            let end = plan.detectors[first...].firstIndex { $0.floor != floor }
            let isEmpty =
                !plan.detectors.indices.contains(first) || plan.detectors[first].floor != floor
            return isEmpty ? 0..<0 : first..<(end ?? plan.detectors.count)
        }
        rooms = Rooms(plan: plan, seed: options.seed)
        detectors = plan.detectors.map { _ in SimulatedDetector() }
        valves = plan.floors.map { _ in SimulatedValve() }
        keys = plan.keys.map { _ in SimulatedKey() }
        floorLamps = plan.floors.map { _ in FloorLamps(fire: false, fault: false, open: false) }
        lastTick = SimLoop.now()
        wireInputs()
        watchOutputs()
        startDetectors()
        loop.every(Self.tick) { [weak self] in self?.pass() ?? false }
    }

    package func close() {
        isClosed = true
        chips.close()
        for bus in buses { bus.close() }
    }

    /// Path of the socket for `SimGpioChips`.
    package static func gpioSocket(in directory: String) -> String { directory + "/gpio" }

    // MARK: Making

    private static func makeBuses(
        _ plan: inout SitePlan, loop: SimLoop, directory: String, seed: UInt64
    ) throws(SimulationError) -> [any SlaveBus] {
        var buses: [any SlaveBus] = []
        for position in plan.buses.indices {
            let units = units(of: plan, bus: position)
            let busSeed = seed &+ UInt64(position)
            switch plan.buses[position].link {
            case .rtu(_, let baud, let parity, let stopBits):
                let path = directory + "/bus-\(position)"
                buses.append(
                    try RtuSlaveBus(
                        loop: loop, linkPath: path, baud: baud, parity: parity,
                        stopBits: stopBits, units: units, seed: busSeed))
                plan.buses[position].link = .rtu(
                    device: path, baud: baud, parity: parity, stopBits: stopBits)
            case .tcp:
                let bus = try TcpSlaveBus(loop: loop, units: units, seed: busSeed)
                buses.append(bus)
                plan.buses[position].link = .tcp(host: "127.0.0.1", port: bus.port)
            }
        }
        return buses
    }

    private static func units(of plan: SitePlan, bus: Int) -> [UInt8: ModbusUnit] {
        var units: [UInt8: ModbusUnit] = [:]
        for detector in plan.detectors {
            guard case .modbus(bus, let alarm, let fault) = detector.source else { continue }
            for point in [alarm, fault].compactMap({ $0 }) {
                units[point.unit, default: ModbusUnit()].set(point, true: false)
            }
        }
        return units
    }

    private static func lineCount(_ plan: SitePlan, chip: Int) -> Int {
        let last = plan.allLines.filter { $0.chip == chip }.map(\.offset).max() ?? 0
        return min(Limits.linesPerChip, (last / 8 + 1) * 8)
    }

    private func wireInputs() {
        for line in plan.allLines { chips.wire(line) }
        for floor in plan.floors {
            if let line = floor.manualRelease { chips.setActive(line, false) }
            if let line = floor.valve.feedback { chips.setActive(line, false) }
        }
        for button in PanelButton.allCases {
            if let line = plan.panel.line(of: button) { chips.setActive(line, false) }
        }
        for key in keys.indices { driveKey(key) }
    }

    private func watchOutputs() {
        for (position, floor) in plan.floors.enumerated() {
            chips.watch(floor.valve.output) { [unowned self] active, byController in
                commandValve(position, open: active, byController: byController)
            }
            watchLamp(floor.fireLamp) { [unowned self] in floorLamps[position].fire = $0 }
            watchLamp(floor.faultLamp) { [unowned self] in floorLamps[position].fault = $0 }
            watchLamp(floor.openLamp) { [unowned self] in floorLamps[position].open = $0 }
        }
        for lamp in PanelLamp.allCases {
            watchLamp(plan.panel.line(of: lamp)) { [unowned self] lit in
                if lit { panel.outputs.insert(lamp) } else { panel.outputs.remove(lamp) }
            }
        }
        watchLamp(plan.panel.sounder) { [unowned self] in panel.sounds = $0 }
        panel.heartbeatIsWired = plan.panel.heartbeat != nil
        var level = false
        watchLamp(plan.panel.heartbeat) { [unowned self] new in
            if new != level { panel.lastBeat = SimLoop.now() }
            level = new
        }
    }

    private func watchLamp(_ line: GpioLine?, _ change: @escaping (Bool) -> Void) {
        guard let line else { return }
        chips.watch(line) { active, _ in change(active) }
    }

    // MARK: Time

    private func pass() -> Bool {
        guard !isClosed else { return false }
        let now = SimLoop.now()
        let seconds = Double((now - lastTick).nanoseconds) / 1e9
        lastTick = now
        for floor in valves.indices where valves[floor].pass(seconds: seconds) {
            showFeedback(floor)
            let name = plan.floors[floor].name
            if valves[floor].isOpen { tell("water flows on \(name)") }
            if valves[floor].isShut { tell("the valve of \(name) is shut") }
        }
        let burning = plan.floors.indices.filter { rooms.isBurning(floor: $0) }
        for detector in rooms.pass(seconds: seconds, water: { valves[$0].isOpen }) {
            detectors[detector].smells = rooms.smells(detector: detector)
            show(detector)
        }
        for floor in burning where !rooms.isBurning(floor: floor) {
            tell("the fire on \(plan.floors[floor].name) is out")
        }
        return true
    }

    private func commandValve(_ floor: Int, open: Bool, byController: Bool) {
        if open {
            valves[floor].openWrites += byController ? 1 : 0
        } else {
            valves[floor].openWrites = 0
        }
        guard open != valves[floor].commandedOpen else { return }
        valves[floor].commandedOpen = open
        outputChanged()
        if !byController { tell("the output of \(plan.floors[floor].name)'s valve was let go") }
    }

    func showFeedback(_ floor: Int) {
        guard let line = plan.floors[floor].valve.feedback else { return }
        if valves[floor].feedbackIsBroken {
            chips.breakWire(line)
        } else {
            chips.setActive(line, valves[floor].isOpen)
        }
    }

    func driveKey(_ key: Int) {
        let contacts: [(GpioLine?, Bool?)] = [
            (plan.keys[key].offContact, keys[key].offContact),
            (plan.keys[key].onContact, keys[key].onContact),
        ]
        for (line, level) in contacts {
            guard let line else { continue }
            if let level { chips.setActive(line, level) } else { chips.breakWire(line) }
        }
    }
}
