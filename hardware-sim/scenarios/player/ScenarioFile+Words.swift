// The words of a scenario. Each case below is one action or expectation with its fields; `floor`
// and `detector` are the site's own numbers, `bus` its name.

import FireLogic
import SimulatedBuilding
import Yams

extension ScenarioFile {
    static let actions = [
        "fire", "extinguish", "smoke", "silence", "break", "chatter", "mend", "bus", "slave",
        "key", "key-cam", "key-wire", "valve", "feedback", "press", "manual-release", "controller",
        "operator",
    ]
    static let expectations = [
        "valve", "command", "driven", "lamp", "floor-lamp", "sounder", "detector", "controller",
        "paced", "burning", "event",
    ]

    /// The one word of `{word: value}`.
    private static func single(
        _ node: Node, _ what: String, _ choices: [String]
    ) throws(ScenarioError) -> (word: String, value: Node) {
        guard let mapping = node.mapping, mapping.count == 1, let pair = mapping.first else {
            throw ScenarioError(node, "give exactly one \(what): {\(what): {…}}.")
        }
        let word = pair.key.string ?? ""
        guard choices.contains(word) else {
            throw ScenarioError.unknown(what, word, in: choices, at: pair.key)
        }
        return (word, pair.value)
    }

    static func action(_ node: Node, plan: SitePlan) throws(ScenarioError) -> Scenario.Action {
        let (word, value) = try single(node, "action", actions)
        func fields(_ known: String...) throws(ScenarioError) -> ScenarioFields {
            try ScenarioFields(value, of: word, known: known)
        }
        switch word {
        case "fire":
            // {detector: 21, floor: 2}; the floor is for the reader and must be right.
            let fields = try fields("floor", "detector")
            return .fire(detector: try detector(fields, plan))
        case "extinguish":
            return .extinguish(floor: try fields("floor").required("floor").floor(plan))
        case "smoke":
            // {detector: 21, is: there | gone}: a can of test smoke under one detector.
            let fields = try fields("detector", "is")
            let present = try fields.required("is").either("is", "there", "gone")
            return .smoke(
                detector: try fields.required("detector").detector(plan), present: present)
        case "silence", "break", "chatter", "mend":
            // {detector: 21}
            let troubles: [String: SimulatedDetector.Trouble] = [
                "silence": .silent, "break": .faulty, "chatter": .chattering,
            ]
            let detector = try fields("detector").required("detector").detector(plan)
            return .trouble(troubles[word] ?? .none, detector: detector)
        case "bus":
            // {name: basement, is: cut | babbling | whole}
            let fields = try fields("name", "is")
            let fault = try fields.required("is").choice("is", BusWord.self)
            return .bus(fault.fault, bus: try fields.required("name").bus(plan))
        case "slave":
            // {bus: basement, unit: 3, is: dead | late | lying | garbled | cut-short | refusing | whole}
            let fields = try fields("bus", "unit", "is")
            let fault = try fields.required("is").choice("is", SlaveWord.self)
            let unit = try fields.required("unit").number("unit", 0...255)
            return .slave(
                fault.fault, bus: try fields.required("bus").bus(plan), unit: UInt8(unit))
        case "key":
            // {floor: 2, turn: off | on}
            let fields = try fields("floor", "turn")
            let floor = try fields.required("floor").floor(plan)
            return .key(
                plan.floors[floor].key, on: try fields.required("turn").either("turn", "on", "off"))
        case "key-cam":
            // {floor: 2, is: loose | fixed}: loose, both contacts jump all the time.
            let fields = try fields("floor", "is")
            let floor = try fields.required("floor").floor(plan)
            return .keyRattles(
                plan.floors[floor].key, try fields.required("is").either("is", "loose", "fixed"))
        case "key-wire":
            // {floor: 2, contact: off | on, is: broken | whole}
            let fields = try fields("floor", "contact", "is")
            let floor = try fields.required("floor").floor(plan)
            let on = try fields.required("contact").either("contact", "on", "off")
            return .keyWire(
                plan.floors[floor].key, on ? .on : .off,
                broken: try fields.required("is").either("is", "broken", "whole"))
        case "valve":
            // {floor: 2, is: stuck | free}
            let fields = try fields("floor", "is")
            return .valveStuck(
                try fields.required("is").either("is", "stuck", "free"),
                floor: try fields.required("floor").floor(plan))
        case "feedback":
            // {floor: 2, is: broken | whole}
            let fields = try fields("floor", "is")
            return .feedbackBroken(
                try fields.required("is").either("is", "broken", "whole"),
                floor: try fields.required("floor").floor(plan))
        case "press":
            // {button: silence | reset | lamp-test}
            let node = try fields("button").required("button")
            let button = try node.choice("button", ButtonWord.self).button
            guard plan.panel.line(of: button) != nil else {
                throw ScenarioError(node, "the site's panel has no such button. Choose another.")
            }
            return .press(button)
        case "manual-release":
            // {floor: 2}
            let node = try fields("floor").required("floor")
            let floor = try node.floor(plan)
            guard plan.floors[floor].manualRelease != nil else {
                throw ScenarioError(node, "this floor has no manual release. Choose another.")
            }
            return .manualRelease(floor: floor)
        case "controller":
            // {is: killed}: kill -9; it starts again by itself.
            _ = try fields("is").required("is").either("is", "killed", "killed")
            return .killController
        default:
            return .request(try operation(value, plan: plan))
        }
    }

    /// {request: walk-test | end-walk-test | disable | enable | reset | silence,
    ///  floor: 2 or detector: 21, minutes: 10}
    private static func operation(
        _ node: Node, plan: SitePlan
    ) throws(ScenarioError) -> OperatorRequest.Operation {
        let fields = try ScenarioFields(
            node, of: "operator", known: ["request", "floor", "detector", "minutes"])
        let minutes = try fields.optional("minutes")?.number("minutes", 1...480) ?? 10
        func floor() throws(ScenarioError) -> FloorID {
            plan.floors[try fields.required("floor").floor(plan)].id
        }
        func target() throws(ScenarioError) -> OperatorRequest.Target {
            if let node = fields.optional("detector") {
                return .detector(plan.detectors[try node.detector(plan)].id)
            }
            return .floor(try floor())
        }
        switch try fields.required("request").choice("request", RequestWord.self) {
        case .walkTest: return .startWalkTest(try floor(), .minutes(minutes))
        case .endWalkTest: return .stopWalkTest(try floor())
        case .disable: return .disable(try target(), .minutes(minutes))
        case .enable: return .enable(try target())
        case .reset: return .reset
        case .silence: return .silence
        }
    }

    private static func detector(
        _ fields: ScenarioFields, _ plan: SitePlan
    ) throws(ScenarioError) -> Int {
        let position = try fields.required("detector").detector(plan)
        guard let node = fields.optional("floor") else { return position }
        let floor = try node.floor(plan)
        guard plan.detectors[position].floor == floor else {
            let right = plan.floors[plan.detectors[position].floor].id.rawValue
            throw ScenarioError(
                node, "this detector is on floor \(right). Correct the floor or the detector.")
        }
        return position
    }

    static func expectation(
        _ node: Node, plan: SitePlan
    ) throws(ScenarioError) -> Scenario.Expectation {
        let (word, value) = try single(node, "expectation", expectations)
        func fields(_ known: String...) throws(ScenarioError) -> ScenarioFields {
            try ScenarioFields(value, of: word, known: known)
        }
        switch word {
        case "valve":
            // {floor: 2, is: open | shut}: where the valve really is.
            let fields = try fields("floor", "is")
            return .valve(
                floor: try fields.required("floor").floor(plan),
                open: try fields.required("is").either("is", "open", "shut"))
        case "command":
            // {floor: 2, is: open | closed}: the controller's output.
            let fields = try fields("floor", "is")
            return .command(
                floor: try fields.required("floor").floor(plan),
                open: try fields.required("is").either("is", "open", "closed"))
        case "driven":
            // {floor: 2, times: 3}: written "open" at least so often.
            let fields = try fields("floor", "times")
            return .driven(
                floor: try fields.required("floor").floor(plan),
                times: try fields.required("times").number("times", 1...100))
        case "lamp":
            // {name: power | fire | fault | isolated | test, is: on | off}
            let fields = try fields("name", "is")
            return .lamp(
                try fields.required("name").choice("name", PanelLamp.self),
                lit: try fields.required("is").either("is", "on", "off"))
        case "floor-lamp":
            // {floor: 2, name: fire | fault | open, is: on | off}
            let fields = try fields("floor", "name", "is")
            return .floorLamp(
                floor: try fields.required("floor").floor(plan),
                try fields.required("name").choice("name", Scenario.FloorLamp.self),
                lit: try fields.required("is").either("is", "on", "off"))
        case "sounder":
            // {is: on | off}
            return .sounder(try fields("is").required("is").either("is", "on", "off"))
        case "detector":
            // {id: 21, is: unknown | normal | alarm | fault | silent}
            let fields = try fields("id", "is")
            return .detector(
                try fields.required("id").detector(plan),
                try fields.required("is").choice("is", Scenario.DetectorWord.self))
        case "controller":
            // {is: armed | dead}
            return .controller(
                try fields("is").required("is").choice("is", Scenario.ControllerWord.self))
        case "paced":
            // {bus: east}: no request has come before 3.5 characters of silence.
            return .paced(bus: try fields("bus").required("bus").bus(plan))
        case "burning":
            // {floor: 2, is: yes | no}
            let fields = try fields("floor", "is")
            return .burning(
                floor: try fields.required("floor").floor(plan),
                try fields.required("is").either("is", "yes", "no"))
        default:
            // {says: "opens in 3 s"}: part of an event's sentence.
            return .event(try fields("says").required("says").text("says"))
        }
    }
}

private enum BusWord: String, CaseIterable {
    case cut, babbling, whole

    var fault: BusFault {
        switch self {
        case .cut: .cut
        case .babbling: .babbling
        case .whole: .none
        }
    }
}

private enum SlaveWord: String, CaseIterable {
    case dead, late, lying, garbled, cutShort = "cut-short", refusing, whole

    var fault: SlaveFault {
        switch self {
        case .dead: .dead
        case .late: .late(.milliseconds(700))
        case .lying: .wrongValues
        case .garbled: .wrongCheck
        case .cutShort: .truncated
        case .refusing: .exception(4)
        case .whole: .none
        }
    }
}

private enum ButtonWord: String, CaseIterable {
    case silence, reset, lampTest = "lamp-test"

    var button: PanelButton {
        switch self {
        case .silence: .silence
        case .reset: .reset
        case .lampTest: .lampTest
        }
    }
}

private enum RequestWord: String, CaseIterable {
    case walkTest = "walk-test", endWalkTest = "end-walk-test"
    case disable, enable, reset, silence
}
