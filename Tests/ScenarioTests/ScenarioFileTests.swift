// Scenario files that are wrong: one message each, with its place and what to do.

import FireLogic
import Testing

@testable import ScenarioPlayer

private func plan() -> SitePlan {
    func line(_ offset: Int) -> GpioLine { GpioLine(chip: 0, offset: offset) }
    return SitePlan(
        name: "s", chips: [ChipPlan(path: "/dev/gpiochip0")],
        buses: [
            BusPlan(
                name: "east", link: .tcp(host: "127.0.0.1", port: 1502),
                responseTimeout: .milliseconds(200))
        ], keys: [KeyPlan(name: "k", offContact: line(0))],
        floors: [
            FloorPlan(
                id: FloorID(rawValue: -1), name: "cellar", valve: ValvePlan(output: line(1)),
                key: 0)
        ],
        detectors: [
            DetectorPlan(
                id: DetectorID(rawValue: 7), name: "d", floor: 0, period: .seconds(1),
                limit: .seconds(3), source: .contact(line(2)))
        ])
}

/// The message for a scenario with these steps; the first step is line 4.
private func complaint(_ steps: String) -> String {
    complaint(whole: "name: n\nsite: s.yaml\nsteps:\n\(steps)\n")
}

private func complaint(whole text: String) -> String {
    do throws(ScenarioError) {
        _ = try ScenarioFile.read(text) { _ in plan() }
        return "none"
    } catch {
        return error.text(path: "f")
    }
}

@Suite struct ScenarioFileTests {
    static let wrong: [(steps: String, says: String)] = [
        (
            "- {at: 1s, do: {fier: {detector: 7}}}",
            "f:4:17: unknown action 'fier'. Did you mean 'fire'? Possible: fire, extinguish, "
                + "smoke, silence, break, chatter, mend, bus, slave, key, key-cam, key-wire, valve, "
                + "feedback, press, manual-release, controller, operator."
        ),
        (
            "- {at: 1s, do: {fire: {detector: 8}}}",
            "f:4:34: the site has no detector 8. It has: 7."
        ),
        (
            "- {at: 1s, do: {extinguish: {floor: 2}}}",
            "f:4:37: the site has no floor 2. It has: -1."
        ),
        (
            "- {at: 1s, do: {bus: {name: eats, is: cut}}}",
            "f:4:29: unknown bus 'eats'. Did you mean 'east'? Possible: east."
        ),
        (
            "- {at: 1s, do: {bus: {name: east, is: broken}}}",
            "f:4:39: unknown is 'broken'. Possible: cut, babbling, whole."
        ),
        (
            "- {at: 1s, do: {fire: {detecter: 7}}}",
            "f:4:24: unknown field of fire 'detecter'. Did you mean 'detector'? Possible: "
                + "floor, detector."
        ),
        ("- {at: 1s, do: {fire: {floor: -1}}}", "f:4:23: fire has no 'detector'. Add detector: …"),
        (
            "- {at: 1s, do: {press: {button: reset}}}",
            "f:4:33: the site's panel has no such button. Choose another."
        ),
        (
            "- {at: 1s, do: {manual-release: {floor: -1}}}",
            "f:4:41: this floor has no manual release. Choose another."
        ),
        (
            "- {at: soon, do: {fire: {detector: 7}}}",
            "f:4:8: at must be a time such as 2s, 500ms or 1.5s, up to 10m."
        ),
        (
            "- {at: 1s, by: 2s, expect: {sounder: {is: on}}}",
            "f:4:3: a step needs exactly one of 'at', 'by', 'always' and 'never'."
        ),
        (
            "- {by: 1s, do: {fire: {detector: 7}}}",
            "f:4:16: 'do' goes with 'at' and without 'expect'."
        ),
        (
            "- {at: 2s, do: {fire: {detector: 7}}}\n- {at: 1s, do: {fire: {detector: 7}}}",
            "f:5:8: steps with 'at' must stand in order of time."
        ),
        (
            "- {at: 2s, do: {fire: {detector: 7}}}\n- {by: 2s, expect: {sounder: {is: on}}}",
            "f:5:8: 'by' must be later than what stands before it."
        ),
        (
            "- {at: 2s, do: {fire: {detector: 7}}}",
            "f:4:1: the scenario expects nothing. Add a step with 'expect'."
        ),
        (
            "- {by: 2s, expect: {valve: {floor: -1, is: ajar}}}",
            "f:4:44: unknown is 'ajar'. Possible: open, shut."
        ),
        (
            "- {by: 2s, expect: {valve: {floor: -1, is: open}, sounder: {is: on}}}",
            "f:4:20: give exactly one expectation: {expectation: {…}}."
        ),
        (
            "- {by: 2s, expect: {driven: {floor: -1, times: 0}}}",
            "f:4:48: times must be a whole number from 1 to 100."
        ),
    ]

    @Test(arguments: wrong.indices)
    func `what is wrong is said once, with its place and what to do`(index: Int) {
        let (steps, says) = Self.wrong[index]
        #expect(complaint(steps) == says)
    }

    @Test func `a file that is no scenario at all is refused in words`() {
        #expect(
            complaint(whole: "")
                == "f:1:1: there is nothing here. Write a scenario: name, site and steps.")
        #expect(complaint(whole: "a: [").hasPrefix("f:2:1: this is not YAML: "))
        #expect(
            complaint(whole: "- 1")
                == "f:1:1: the scenario needs fields: {name: …, site: …, seed: …, "
                + "released-outputs: …, steps: …}.")
        #expect(complaint(whole: "nmae: x\n").hasPrefix("f:1:1: unknown field of the scenario"))
    }

    @Test func `times, windows and open ends are read as they stand`() throws {
        let text = """
            name: n
            site: s.yaml
            seed: 9
            steps:
              - {at: 500ms, do: {fire: {detector: 7, floor: -1}}}
              - {by: 1.5s, expect: {valve: {floor: -1, is: open}}}
              - {always: , expect: {sounder: {is: off}}}
              - {never: , from: 1s, until: 0.1m, expect: {event: {says: "x"}}}
            """
        let scenario = try ScenarioFile.read(text) { _ in plan() }.scenario
        #expect(scenario.seed == 9)
        #expect(scenario.steps.map(\.at.milliseconds) == [500, 500, 0, 1000])
        #expect(scenario.end == .seconds(6))
        guard case .expect(_, .always(let until)) = scenario.steps[2].content else {
            Issue.record("the third step is no 'always'")
            return
        }
        #expect(until == .seconds(6))
        #expect(scenario.steps[0].words == "fire detector 7, floor -1")
    }

    @Test func `no bytes make the reader trap (seed 3)`() {
        var random = SystemSeed(state: 3)
        let pieces = [
            "name: x\n", "site: s\n", "steps:\n", "- at: 1s\n", "  do: {fire: {detector: 7}}\n",
            "  expect: {valve: {floor: -1, is: open}}\n", "- by: ", "[", "{", "}", ": ", "é", "\t",
            "- {always: , expect: {sounder: {is: on}}}\n", "&a ", "*a ", "2s", "!!int ", "|\n",
        ]
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...12, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            _ = complaint(whole: text)
        }
    }
}

/// A small seeded generator (xorshift).
private struct SystemSeed: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
