// Plays a scenario in real time on a stage: acts when it is time, looks at every expectation every
// few milliseconds, and says how each ended. Time counts from the moment when the controller is
// first armed, so that a slow machine's start is not part of the scenario.

import FireLogic
import SimulatedBuilding

package final class ScenarioPlayer {
    static let lookEvery = Interval.milliseconds(10)
    /// A controller that is not armed by then never will be.
    static let armingLimit = Interval.seconds(20)
    /// A look that comes so much later than it should: this machine did other things meanwhile, and
    /// what a scenario says of time may be its fault. A scenario that failed says so, for whoever
    /// plays it to play it again.
    static let stall = Interval.milliseconds(150)

    private enum Verdict {
        case open
        case held
        case failed
    }

    private let scenario: Scenario
    private let stage: any ScenarioStage
    private let tell: (_ time: Interval?, _ mark: String, _ words: String) -> Void
    private var verdicts: [Verdict]
    private var nextAction = 0
    private let startedAt = SimLoop.now()
    private var armedAt: Instant?
    private var lastLook = SimLoop.now()
    private var longestStall = Interval.zero
    /// Set when everything has been played.
    package private(set) var isOver = false
    package private(set) var failures = 0

    /// `tell` gets one line an action, expectation and result; `time` is nil before arming.
    package init(
        _ scenario: Scenario, on stage: any ScenarioStage,
        tell: @escaping (_ time: Interval?, _ mark: String, _ words: String) -> Void
    ) {
        self.scenario = scenario
        self.stage = stage
        self.tell = tell
        verdicts = scenario.steps.map { _ in .open }
    }

    package func start(on loop: SimLoop) {
        // A flicker of an output may be shorter than the time between two looks.
        stage.building.outputChanged = { [weak self] in self?.judgeAll() }
        loop.every(Self.lookEvery, first: .zero) { [weak self] in
            self?.look()
            return self?.isOver == false
        }
    }

    /// Time of the scenario; nil before the controller was armed.
    package var time: Interval? { armedAt.map { SimLoop.now() - $0 } }

    private func look() {
        let now = SimLoop.now()
        longestStall = max(longestStall, now - lastLook)
        lastLook = now
        if armedAt == nil { awaitArming() }
        guard let time, !isOver else { return }
        for (position, step) in scenario.steps.enumerated() {
            guard case .act(let action) = step.content, verdicts[position] == .open,
                step.at <= time
            else { continue }
            verdicts[position] = .held
            tell(time, "do", step.words)
            act(action)
        }
        judgeAll()
        if time >= scenario.end && !verdicts.contains(where: { $0 == .open }) { finish(time) }
    }

    private func judgeAll() {
        guard let time, !isOver else { return }
        for (position, step) in scenario.steps.enumerated() {
            guard case .expect(let expectation, let when) = step.content else { continue }
            judge(position, expectation, when, at: time)
        }
    }

    private func awaitArming() {
        if stage.controllerIsArmed {
            armedAt = SimLoop.now()
        } else if SimLoop.now() - startedAt > Self.armingLimit {
            tell(nil, "FAILED", "the controller was not armed within 20 s")
            failures = 1
            isOver = true
        }
    }

    private func judge(
        _ position: Int, _ expectation: Scenario.Expectation, _ when: Scenario.When,
        at time: Interval
    ) {
        let step = scenario.steps[position]
        guard verdicts[position] == .open, step.at <= time else { return }
        let holds = holds(expectation)
        switch when {
        case .now:
            settle(position, holds, time, "\(step.words)")
        case .by(let end):
            if holds || time > end {
                settle(position, holds, time, "\(step.words) (by \(end.shortText))")
            }
        case .always(let until):
            if !holds || time > until {
                settle(position, holds, time, "always: \(step.words)")
            }
        case .never(let until):
            if holds || time > until {
                settle(position, !holds, time, "never: \(step.words)")
            }
        }
    }

    private func settle(_ position: Int, _ held: Bool, _ time: Interval, _ words: String) {
        verdicts[position] = held ? .held : .failed
        if held {
            tell(time, "ok", words)
        } else {
            failures += 1
            tell(time, "FAILED", "\(words) [line \(scenario.steps[position].line)]")
        }
    }

    private func finish(_ time: Interval) {
        isOver = true
        if failures > 0 && longestStall >= Self.stall {
            tell(time, "stalled", "this machine stood still for \(longestStall.milliseconds) ms")
        }
        let count = scenario.steps.count(where: \.isExpectation)
        let mark = failures == 0 ? "ok" : "FAILED"
        tell(time, mark, "\(scenario.name): \(count - failures) of \(count) expectations held")
    }

    // MARK: Acting

    private func act(_ action: Scenario.Action) {
        if let trouble = Self.act(action, on: stage) {
            failures += 1
            tell(time, "FAILED", trouble)
        }
    }

    /// Does what the action says. Returns what went wrong with the simulation itself, if anything.
    @discardableResult
    package static func act(_ action: Scenario.Action, on stage: any ScenarioStage) -> String? {
        let building = stage.building
        switch action {
        case .fire(let detector): building.ignite(detector: detector)
        case .extinguish(let floor): building.extinguish(floor: floor)
        case .smoke(let detector, let present):
            building.setTestSmoke(present, detector: detector)
        case .trouble(let trouble, let detector):
            building.setTrouble(trouble, detector: detector)
        case .bus(let fault, let bus):
            do {
                try building.setBusFault(fault, bus: bus)
            } catch {
                return error.description
            }
        case .slave(let fault, let bus, let unit):
            building.setSlaveFault(fault, bus: bus, unit: unit)
        case .key(let key, let on): building.turnKey(key, on: on)
        case .keyRattles(let key, let rattles): building.setKeyRattles(rattles, key: key)
        case .keyWire(let key, let contact, let broken):
            building.setKeyWire(contact, broken: broken, key: key)
        case .valveStuck(let stuck, let floor): building.setValveStuck(stuck, floor: floor)
        case .feedbackBroken(let broken, let floor):
            building.setFeedbackBroken(broken, floor: floor)
        case .press(let button): building.press(button)
        case .manualRelease(let floor): building.pressManualRelease(floor: floor)
        case .killController: stage.killController()
        case .request(let operation): stage.request(operation)
        }
        return nil
    }

    // MARK: Looking

    private func holds(_ expectation: Scenario.Expectation) -> Bool {
        let building = stage.building
        let now = SimLoop.now()
        switch expectation {
        case .valve(let floor, let open):
            return open ? building.valves[floor].isOpen : building.valves[floor].isShut
        case .command(let floor, let open):
            return building.valves[floor].commandedOpen == open
        case .driven(let floor, let times):
            return building.valves[floor].openWrites >= times
        case .lamp(let lamp, let lit):
            return building.panel.isLit(lamp, at: now) == lit
        case .floorLamp(let floor, let lamp, let lit):
            let lamps = building.floorLamps[floor]
            switch lamp {
            case .fire: return lamps.fire == lit
            case .fault: return lamps.fault == lit
            case .open: return lamps.open == lit
            }
        case .sounder(let on):
            return building.panel.sounds == on
        case .detector(let detector, let word):
            return stage.shown(detector: detector) == word
        case .controller(.armed):
            return stage.controllerIsArmed
        case .controller(.dead):
            return !stage.controllerIsRunning
        case .paced(let bus):
            return building.buses[bus].crowdedCount == 0
        case .burning(let floor, let burning):
            return building.rooms.isBurning(floor: floor) == burning
        case .event(let text):
            return stage.hasHeard(text)
        }
    }
}

extension Interval {
    /// "2 s", "0.5 s".
    package var shortText: String {
        let tenths = (milliseconds + 50) / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
