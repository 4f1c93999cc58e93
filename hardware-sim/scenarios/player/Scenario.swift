// A scenario: what happens to a building when, and what must be true by when. Plain data with all
// names already found in the site's plan; `ScenarioFile` reads it, `ScenarioPlayer` plays it.

import FireLogic
import SimulatedBuilding

package struct Scenario: Sendable {
    package var name: String
    package var seed: UInt64
    /// A valve's line holds its level when the controller dies, as with a latching relay.
    package var outputsHold: Bool
    /// Path of the site file, as written, seen from the scenario's folder.
    package var site: String
    package var steps: [Step]

    package struct Step: Sendable {
        package enum Content: Sendable {
            case act(Action)
            case expect(Expectation, When)
        }

        /// Seconds are counted from the moment when the controller is first armed.
        package var at: Interval
        package var content: Content
        /// The step in words, from the file.
        package var words: String
        package var line: Int
    }

    /// When an expectation must hold. `Step.at` is the start.
    package enum When: Sendable {
        /// At the step's time itself.
        case now
        /// At some moment between the step's time and this one.
        case by(Interval)
        /// At every moment between the step's time and this one.
        case always(until: Interval)
        /// At no moment between the step's time and this one.
        case never(until: Interval)
    }

    package enum Action: Sendable {
        case fire(detector: Int)
        case extinguish(floor: Int)
        case smoke(detector: Int, present: Bool)
        case trouble(SimulatedDetector.Trouble, detector: Int)
        case bus(BusFault, bus: Int)
        case slave(SlaveFault, bus: Int, unit: UInt8)
        case key(Int, on: Bool)
        case keyRattles(Int, Bool)
        case keyWire(Int, KeyContact, broken: Bool)
        case valveStuck(Bool, floor: Int)
        case feedbackBroken(Bool, floor: Int)
        case press(PanelButton)
        case manualRelease(floor: Int)
        case killController
        case request(OperatorRequest.Operation)
    }

    package enum Expectation: Sendable {
        case valve(floor: Int, open: Bool)
        case command(floor: Int, open: Bool)
        /// Written "open" so many times since it was last closed, or more.
        case driven(floor: Int, times: Int)
        case lamp(PanelLamp, lit: Bool)
        case floorLamp(floor: Int, FloorLamp, lit: Bool)
        case sounder(Bool)
        case detector(Int, DetectorWord)
        case controller(ControllerWord)
        /// No request on the bus has come too early since the start.
        case paced(bus: Int)
        case burning(floor: Int, Bool)
        /// The controller has told of an event whose sentence contains this.
        case event(String)
    }

    package enum FloorLamp: String, CaseIterable, Sendable { case fire, fault, open }

    /// What the controller shows of a detector.
    package enum DetectorWord: String, CaseIterable, Sendable {
        case unknown, normal, alarm, fault, silent
    }

    package enum ControllerWord: String, CaseIterable, Sendable { case armed, dead }

    /// When the last step is over.
    package var end: Interval {
        steps.map { step in
            guard case .expect(_, let when) = step.content else { return step.at }
            switch when {
            case .now: return step.at
            case .by(let end): return end
            case .always(let until), .never(let until): return max(until, step.at)
            }
        }.max() ?? .zero
    }
}

/// What a scenario acts on and looks at: the building with its controller.
package protocol ScenarioStage: AnyObject {
    var building: Building { get }
    var controllerIsArmed: Bool { get }
    var controllerIsRunning: Bool { get }
    func killController()
    func request(_ operation: OperatorRequest.Operation)
    /// What the controller shows of the detector at this position; nil while it shows nothing.
    func shown(detector: Int) -> Scenario.DetectorWord?
    /// Whether the controller has told of an event like this.
    func hasHeard(_ text: String) -> Bool
}
