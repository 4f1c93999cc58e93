// What people and misfortune can do to the building: set fire, turn keys, press buttons, cut and
// stick things. The terminal view and the scenario player call these and nothing else.

import FireLogic

extension Building {
    static let press = Interval.milliseconds(300)

    // MARK: Fire

    /// Sets fire to the room of the detector at `position`.
    package func ignite(detector position: Int) {
        rooms.ignite(nearDetector: position)
        let room = rooms.rooms[rooms.roomOfDetector[position]]
        tell("fire breaks out in \(room.name) of \(plan.floors[room.floor].name)")
    }

    package func extinguish(floor: Int) {
        rooms.extinguish(floor: floor)
        tell("people put out the fire on \(plan.floors[floor].name)")
    }

    /// Holds a can of test smoke under the detector, or takes it away.
    package func setTestSmoke(_ present: Bool, detector position: Int) {
        detectors[position].forced = present
        show(position)
    }

    // MARK: Wires and buses

    package func setBusFault(_ fault: BusFault, bus: Int) throws(SimulationError) {
        try buses[bus].setFault(fault)
        switch fault {
        case .none: tell("bus \(plan.buses[bus].name) is whole again")
        case .babbling: tell("something babbles on bus \(plan.buses[bus].name)")
        case .cut: tell("bus \(plan.buses[bus].name) is cut")
        }
    }

    package func setValveStuck(_ stuck: Bool, floor: Int) {
        valves[floor].isStuck = stuck
        tell("the valve of \(plan.floors[floor].name) \(stuck ? "sticks" : "moves again")")
    }

    package func setFeedbackBroken(_ broken: Bool, floor: Int) {
        valves[floor].feedbackIsBroken = broken
        showFeedback(floor)
        tell("the limit switch of \(plan.floors[floor].name) \(broken ? "is off" : "works again")")
    }

    // MARK: Keys

    package func turnKey(_ key: Int, on: Bool) {
        guard keys[key].isOn != on else { return }
        keys[key].isOn = on
        keys[key].isTurning = true
        driveKey(key)
        tell("someone turns key \(plan.keys[key].name) \(on ? "on" : "off")")
        loop.after(SimulatedKey.travel) { [weak self] in
            self?.keys[key].isTurning = false
            self?.driveKey(key)
        }
    }

    package func setKeyWire(_ contact: KeyContact, broken: Bool, key: Int) {
        switch contact {
        case .off: keys[key].offWireIsBroken = broken
        case .on: keys[key].onWireIsBroken = broken
        }
        driveKey(key)
        let name = plan.keys[key].name
        tell("the wire of key \(name)'s \(contact) contact is \(broken ? "broken" : "mended")")
    }

    /// The key's cam comes loose, or is fixed. Each jump of the contacts is over at once, far
    /// below any debounce time.
    package func setKeyRattles(_ rattles: Bool, key: Int) {
        guard keys[key].rattles != rattles else { return }
        keys[key].rattles = rattles
        tell("key \(plan.keys[key].name) \(rattles ? "rattles" : "is quiet again")")
        if rattles { rattle(key) }
    }

    private func rattle(_ key: Int) {
        guard keys[key].rattles else { return }
        keys[key].isOn.toggle()
        driveKey(key)
        keys[key].isOn.toggle()
        driveKey(key)
        let pause = Int.random(in: 3...15, using: &random)
        loop.after(.milliseconds(pause)) { [weak self] in self?.rattle(key) }
    }

    // MARK: Buttons

    /// Presses and lets go after a moment. False: there is no such button.
    @discardableResult
    package func press(_ button: PanelButton) -> Bool {
        guard let line = plan.panel.line(of: button) else { return false }
        chips.setActive(line, true)
        loop.after(Self.press) { [weak self] in
            self?.chips.setActive(line, false)
        }
        return true
    }

    /// Presses the floor's manual release and lets go after a moment. False: there is none.
    @discardableResult
    package func pressManualRelease(floor: Int) -> Bool {
        guard let line = plan.floors[floor].manualRelease else { return false }
        chips.setActive(line, true)
        tell("someone presses the manual release of \(plan.floors[floor].name)")
        loop.after(Self.press) { [weak self] in
            self?.chips.setActive(line, false)
        }
        return true
    }
}

extension SitePlan {
    /// Every GPIO line of the site.
    package var allLines: [GpioLine] {
        var lines: [GpioLine?] = []
        for floor in floors {
            lines += [
                floor.valve.output, floor.valve.feedback, floor.manualRelease, floor.fireLamp,
                floor.faultLamp, floor.openLamp,
            ]
        }
        for key in keys { lines += [key.offContact, key.onContact] }
        for detector in detectors {
            switch detector.source {
            case .contact(let line): lines.append(line)
            case .pulse(let alarm, let heartbeat): lines += [alarm, heartbeat]
            case .modbus, .network: break
            }
        }
        lines += [
            panel.powerLamp, panel.fireLamp, panel.faultLamp, panel.isolatedLamp, panel.testLamp,
            panel.sounder, panel.heartbeat, panel.silenceButton, panel.resetButton,
            panel.lampTestButton,
        ]
        return lines.compactMap { $0 }
    }
}
