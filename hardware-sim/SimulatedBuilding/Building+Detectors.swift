// How each kind of detector says what it senses: a contact, a pulsing pair of lines, registers of
// a Modbus slave, a message. Called when a detector's senses or troubles change, and by the timers
// of those that speak by themselves.

import FireLogic

extension Building {
    /// Starts the detectors that speak by themselves, each at a moment of its own.
    func startDetectors() {
        for (position, detector) in plan.detectors.enumerated() {
            show(position)
            switch detector.source {
            case .contact, .modbus: continue
            case .pulse, .network: break
            }
            let first = Int64.random(in: 0...detector.period.nanoseconds, using: &random)
            loop.every(detector.period, first: Interval(nanoseconds: first)) { [weak self] in
                self?.speak(position)
                return self != nil
            }
        }
    }

    private func speak(_ position: Int) {
        guard detectors[position].trouble != .silent else { return }
        switch plan.detectors[position].source {
        case .pulse(_, let heartbeat):
            detectors[position].beat.toggle()
            chips.setActive(heartbeat, detectors[position].beat)
        case .network:
            sendSignal(plan.detectors[position].id, detectors[position].alarms)
        case .contact, .modbus:
            break
        }
    }

    /// Brings the detector's senses and troubles to its lines, registers or messages.
    func show(_ position: Int) {
        let detector = detectors[position]
        switch plan.detectors[position].source {
        case .contact(let line):
            if detector.trouble == .silent {
                chips.breakWire(line)
            } else if detector.trouble != .chattering {
                chips.setActive(line, detector.alarms)
            }
        case .pulse(let alarm, let heartbeat):
            guard detector.trouble != .silent else {
                chips.breakWire(alarm)
                chips.breakWire(heartbeat)
                return
            }
            if detector.trouble != .chattering { chips.setActive(alarm, detector.alarms) }
            chips.setActive(heartbeat, detector.beat)
        case .modbus(let bus, let alarm, let fault):
            buses[bus].update(alarm.unit) { $0.set(alarm, true: detector.alarms) }
            if let fault {
                buses[bus].update(fault.unit) {
                    $0.set(fault, true: detector.trouble == .faulty)
                }
            }
        case .network:
            speak(position)
        }
    }

    /// What goes wrong with the detector from now on. A silent Modbus detector takes its whole
    /// slave with it.
    package func setTrouble(_ trouble: SimulatedDetector.Trouble, detector position: Int) {
        let old = detectors[position].trouble
        guard trouble != old else { return }
        detectors[position].trouble = trouble
        if case .modbus(let bus, let alarm, _) = plan.detectors[position].source,
            old == .silent || trouble == .silent
        {
            setSlaveFault(trouble == .silent ? .dead : .none, bus: bus, unit: alarm.unit)
        }
        show(position)
        if trouble == .chattering { chatter(position) }
    }

    /// What goes wrong with one slave. Detectors on it are silent with a dead slave.
    package func setSlaveFault(_ fault: SlaveFault, bus: Int, unit: UInt8) {
        buses[bus].update(unit) { $0.fault = fault }
        for (position, detector) in plan.detectors.enumerated() {
            guard case .modbus(bus, let alarm, _) = detector.source, alarm.unit == unit else {
                continue
            }
            if fault == .dead {
                detectors[position].trouble = .silent
            } else if detectors[position].trouble == .silent {
                detectors[position].trouble = .none
            }
        }
    }

    /// Bounces the contact until the trouble ends. Each bounce is over before anything else can
    /// happen, so that not even a busy machine makes one as long as the debounce time.
    private func chatter(_ position: Int) {
        let line: GpioLine
        switch plan.detectors[position].source {
        case .contact(let contact): line = contact
        case .pulse(let alarm, _): line = alarm
        case .modbus, .network: return
        }
        guard detectors[position].trouble == .chattering else { return show(position) }
        chips.setActive(line, !detectors[position].alarms)
        chips.setActive(line, detectors[position].alarms)
        let pause = Int.random(in: 1...4, using: &random)
        loop.after(.milliseconds(pause)) { [weak self] in self?.chatter(position) }
    }
}

extension ModbusUnit {
    /// Gives the point a value that fulfils its test, or one that does not. Other bits of the
    /// register stay.
    mutating func set(_ point: ModbusPoint, true fulfilled: Bool) {
        let old = self[point.table, point.address]
        let new: UInt16
        switch point.test {
        case .bit(let bit):
            let mask = UInt16(1) << bit
            new = fulfilled ? old | mask : old & ~mask
        case .atLeast(let bound):
            new = fulfilled ? bound : bound / 2
        case .atMost(let bound):
            new = fulfilled ? bound : max(bound, UInt16.max / 2 - 1) + 1
        case .equals(let value):
            new = fulfilled ? value : value ^ 1
        }
        self[point.table, point.address] = new
    }
}
