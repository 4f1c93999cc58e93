// All output lines of a site: valves, lamps, sounder, heartbeat. It drives what it is told. Each
// valve has a request of its own, so that one line that cannot be had touches no other floor.

import FireLogic
import Glibc

package struct GpioOutputLines<Chips: GpioChips> {
    private struct Output {
        var plan: GpioLine
        var request: Chips.Outputs?
    }

    private let chips: Chips
    private let plan: SitePlan
    private var valves: [Output]
    private var panel: [PanelLine: Output] = [:]
    private var floorLamps: [[Output?]]

    private enum PanelLine: Hashable, CaseIterable {
        case power, fire, fault, isolated, test, sounder, heartbeat
    }

    /// Requests every valve's line, or goes on with the one that was taken over: a valve starts with
    /// `command(floor)`. Lamps are requested when they are first lit.
    package init(plan: SitePlan, chips: Chips, command: (Int) -> ValveCommand) {
        self.chips = chips
        self.plan = plan
        valves = plan.floors.map { Output(plan: $0.valve.output) }
        floorLamps = plan.floors.map { floor in
            [floor.fireLamp, floor.faultLamp, floor.openLamp].map { line in
                line.map { Output(plan: $0) }
            }
        }
        let wired: [(PanelLine, GpioLine?)] = [
            (.power, plan.panel.powerLamp), (.fire, plan.panel.fireLamp),
            (.fault, plan.panel.faultLamp), (.isolated, plan.panel.isolatedLamp),
            (.test, plan.panel.testLamp), (.sounder, plan.panel.sounder),
            (.heartbeat, plan.panel.heartbeat),
        ]
        for (name, line) in wired {
            if let line { panel[name] = Output(plan: line) }
        }
        for floor in valves.indices {
            valves[floor].request = requestValve(floor, active: command(floor) == .open)
        }
    }

    /// Hands over what could not be handed over at once.
    package func tend() { chips.tend() }

    /// Whether a valve line that nobody holds yet is found open. nil: it cannot be told.
    package static func foundOpen(_ floor: Int, plan: SitePlan, chips: Chips) -> Bool? {
        let line = plan.floors[floor].valve.output
        return try? chips.asFound(path: plan.chips[line.chip].path, line: line)
    }

    /// False: the line could not be had or did not take the command.
    package mutating func drive(floor: Int, _ command: ValveCommand) -> Bool {
        let active = command == .open
        if let succeeded = Self.setHeld(&valves[floor], active) { return succeeded }
        valves[floor].request = requestValve(floor, active: active)
        return valves[floor].request != nil
    }

    package mutating func light(_ lamps: PanelLamps) -> Bool {
        var succeeded = true
        succeeded = set(.power, lamps.power) && succeeded
        succeeded = set(.fire, lamps.fire) && succeeded
        succeeded = set(.fault, lamps.fault) && succeeded
        succeeded = set(.isolated, lamps.isolated) && succeeded
        succeeded = set(.test, lamps.test) && succeeded
        succeeded = set(.sounder, lamps.sounder) && succeeded
        return succeeded
    }

    package mutating func light(floor: Int, _ lamps: FloorLamps) -> Bool {
        var succeeded = true
        for (place, lit) in [lamps.fire, lamps.fault, lamps.open].enumerated() {
            guard var output = floorLamps[floor][place] else { continue }
            succeeded = Self.set(&output, lit, chips, plan) && succeeded
            floorLamps[floor][place] = output
        }
        return succeeded
    }

    package mutating func heartbeat(_ level: Bool) {
        _ = set(.heartbeat, level)
    }

    private mutating func set(_ name: PanelLine, _ active: Bool) -> Bool {
        guard var output = panel[name] else { return true }
        defer { panel[name] = output }
        return Self.set(&output, active, chips, plan)
    }

    /// Sets a line; one that is not held is requested with the level that it must have.
    private static func set(
        _ output: inout Output, _ active: Bool, _ chips: Chips, _ plan: SitePlan
    ) -> Bool {
        if let succeeded = setHeld(&output, active) { return succeeded }
        output.request = try? chips.outputs(
            path: plan.chips[output.plan.chip].path, lines: [output.plan], initial: [active])
        return output.request != nil
    }

    /// Sets a line that is held; nil: it is not, or no longer.
    private static func setHeld(_ output: inout Output, _ active: Bool) -> Bool? {
        guard let request = output.request else { return nil }
        do {
            try request.set(0, active: active)
            return true
        } catch {
            // Letting go of a line can move it, so only a chip that is gone is let go of: it may
            // come back, and then the line is taken anew.
            guard error.errno == ENODEV else { return false }
            output.request = nil
            return nil
        }
    }

    private func requestValve(_ floor: Int, active: Bool) -> Chips.Outputs? {
        let line = valves[floor].plan
        return try? chips.valve(
            path: plan.chips[line.chip].path, line: line, floor: plan.floors[floor].id,
            initial: active)
    }
}
