// Reads a scenario from YAML:
//
//     name: a fire on floor 2 opens its valve and no other
//     site: ../../deploy/examples/small.yaml
//     seed: 7                                   (optional)
//     released-outputs: hold                    (or fall; what a valve's line does when the
//                                                controller dies; optional)
//     steps:
//       - at: 2s
//         do: {fire: {floor: 2, detector: 21}}
//       - by: 6s                                 (true at some moment until then)
//         expect: {valve: {floor: 2, is: open}}
//       - at: 7s                                 (true at that moment)
//         expect: {lamp: {name: fire, is: on}}
//       - always:                                (true all the time; `never` likewise)
//         from: 1s                               (optional, as is `until`)
//         expect: {valve: {floor: 1, is: shut}}
//
// `by` begins at the last `at` above it. The actions and expectations are listed, each with its
// fields, in ScenarioFile+Words.swift. It reads nothing but the text that it is given.

import FireLogic
import SimulatedBuilding
import Yams

package enum ScenarioFile {
    /// One action, as it stands behind `do:`; for commands that are typed.
    package static func action(
        _ text: String, plan: SitePlan
    ) throws(ScenarioError) -> Scenario.Action {
        try action(try compose(text), plan: plan)
    }

    private static func compose(_ text: String) throws(ScenarioError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ScenarioError(
                    line: 1, column: 1,
                    "there is nothing here. Write a scenario: name, site and steps.")
            }
            return node
        } catch let error as ScenarioError {
            throw error
        } catch let error as YamlError {
            throw ScenarioError(error)
        } catch {
            throw ScenarioError(line: 1, column: 1, "this cannot be read: \(error)")
        }
    }

    /// `loadSite` turns the path in the file into a plan; its own error is shown with the place of
    /// `site:`.
    package static func read(
        _ text: String, loadSite: (String) throws -> SitePlan
    ) throws(ScenarioError) -> (scenario: Scenario, plan: SitePlan) {
        let root = try compose(text)
        let fields = try ScenarioFields(
            root, of: "the scenario", known: ["name", "site", "seed", "released-outputs", "steps"])
        let siteNode = try fields.required("site")
        let site = try siteNode.text("site")
        let plan: SitePlan
        do {
            plan = try loadSite(site)
        } catch {
            throw ScenarioError(siteNode, "the site cannot be used: \(error)")
        }
        let seed = try fields.optional("seed").map { node throws(ScenarioError) in
            try node.number("seed", 0...Int.max)
        }
        let holds = try fields.optional("released-outputs").map { node throws(ScenarioError) in
            try node.either("released-outputs", "hold", "fall")
        }
        var scenario = Scenario(
            name: try fields.required("name").text("name"), seed: UInt64(seed ?? 1),
            outputsHold: holds ?? true, site: site,
            steps: [])
        let stepsNode = try fields.required("steps")
        guard let steps = stepsNode.sequence, !steps.isEmpty else {
            throw ScenarioError(stepsNode, "steps must be a list of '- at: …' and '- by: …'.")
        }
        var last = Interval.zero
        for node in steps {
            let step = try Self.step(node, plan: plan, last: last)
            if node.mapping?["at"] != nil { last = step.at }
            scenario.steps.append(step)
        }
        guard scenario.steps.contains(where: \.isExpectation) else {
            throw ScenarioError(
                stepsNode, "the scenario expects nothing. Add a step with 'expect'.")
        }
        scenario.settleOpenEnds()
        return (scenario, plan)
    }

    private static func step(
        _ node: Node, plan: SitePlan, last: Interval
    ) throws(ScenarioError) -> Scenario.Step {
        let fields = try ScenarioFields(
            node, of: "a step",
            known: ["at", "by", "always", "never", "from", "until", "do", "expect"])
        let kinds = ["at", "by", "always", "never"].filter { fields.optional($0) != nil }
        guard kinds.count == 1, let kind = kinds.first else {
            throw ScenarioError(
                node, "a step needs exactly one of 'at', 'by', 'always' and 'never'.")
        }
        let line = node.mark?.line ?? 1
        if let action = fields.optional("do") {
            guard kind == "at", fields.optional("expect") == nil else {
                throw ScenarioError(action, "'do' goes with 'at' and without 'expect'.")
            }
            let at = try fields.required("at").time("at")
            guard at >= last else {
                throw ScenarioError(
                    try fields.required("at"), "steps with 'at' must stand in order of time.")
            }
            return Scenario.Step(
                at: at, content: .act(try Self.action(action, plan: plan)), words: action.words,
                line: line)
        }
        let node = try fields.required("expect")
        let expectation = try Self.expectation(node, plan: plan)
        let from = try fields.optional("from")?.time("from")
        let until = try fields.optional("until")?.time("until")
        let start: Interval
        let when: Scenario.When
        switch kind {
        case "at":
            start = try fields.required("at").time("at")
            when = .now
        case "by":
            let byNode = try fields.required("by")
            let end = try byNode.time("by")
            start = from ?? last
            guard end > start else {
                throw ScenarioError(byNode, "'by' must be later than what stands before it.")
            }
            when = .by(end)
        case "always":
            start = from ?? .zero
            when = .always(until: until ?? .zero)
        default:
            start = from ?? .zero
            when = .never(until: until ?? .zero)
        }
        return Scenario.Step(
            at: start, content: .expect(expectation, when), words: node.words, line: line)
    }
}

extension Scenario.Step {
    package var isExpectation: Bool {
        if case .expect = content { true } else { false }
    }
}

extension Scenario {
    /// "Always" and "never" without `until` last as long as the scenario.
    fileprivate mutating func settleOpenEnds() {
        let end = end
        for position in steps.indices {
            guard case .expect(let expectation, let when) = steps[position].content else {
                continue
            }
            switch when {
            case .always(until: .zero):
                steps[position].content = .expect(expectation, .always(until: end))
            case .never(until: .zero):
                steps[position].content = .expect(expectation, .never(until: end))
            case .now, .by, .always, .never:
                break
            }
        }
    }
}
