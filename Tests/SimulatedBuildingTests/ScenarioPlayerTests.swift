// The scenario player on a building without a controller: it must see what is too short to be seen
// by looking now and then, and judge each kind of expectation at its own time.

import FireLogic
import Glibc
import ScenarioPlayer
import Testing

@testable import SimulatedBuilding

private final class Stage: ScenarioStage {
    let building: Building
    var controllerIsArmed = true
    var controllerIsRunning: Bool { true }
    var words: Set<String> = []

    init(_ building: Building) { self.building = building }

    func killController() {}
    func request(_ operation: OperatorRequest.Operation) {}
    func shown(detector: Int) -> Scenario.DetectorWord? { nil }
    func hasHeard(_ text: String) -> Bool { words.contains(text) }
}

@Suite struct ScenarioPlayerTests {
    let loop: SimLoop
    let directory: TemporaryDirectory
    let building: Building

    init() throws {
        loop = try SimLoop()
        directory = try TemporaryDirectory()
        building = try Building(loop: loop, plan: testPlan(), directory: directory.path)
    }

    /// Plays `steps`; what failed, in words.
    private func play(_ steps: String, before: (Stage) -> Void = { _ in }) throws -> [String] {
        let text = "name: n\nsite: s\nsteps:\n\(steps)\n"
        let scenario = try ScenarioFile.read(text) { _ in testPlan() }.scenario
        let stage = Stage(building)
        before(stage)
        var failed: [String] = []
        let player = ScenarioPlayer(scenario, on: stage) { _, mark, words in
            if mark == "FAILED" { failed.append(words) }
        }
        player.start(on: loop)
        #expect(loop.run(atMost: .seconds(20)) { player.isOver })
        #expect(player.failures == max(0, failed.count - 1))
        return failed
    }

    @Test func `a flicker of an output is seen, however short (LATCH)`() throws {
        defer { building.close() }
        let path = directory.path + "/gpio"
        startThread {
            guard let chips = try? SimGpioChips(socketPath: path) else { return }
            let outputs = try? chips.outputs(
                path: "/dev/gpiochip0", lines: [GpioLine(chip: 0, offset: 2)], initial: [true])
            usleep(700_000)
            try? outputs?.set(0, active: false)
            try? outputs?.set(0, active: true)
            usleep(700_000)
        }
        let failed = try play(
            """
            - {always: , from: 400ms, until: 1s, expect: {command: {floor: 1, is: open}}}
            - {at: 1s, expect: {command: {floor: 1, is: open}}}
            """)
        #expect(failed.first == "always: command floor 1, is open [line 4]")
        #expect(failed.count == 2)
    }

    @Test func `each kind of expectation is judged at its own time`() throws {
        defer { building.close() }
        let failed = try play(
            """
            - {at: 200ms, expect: {event: {says: x}}}
            - {by: 300ms, expect: {event: {says: x}}}
            - {by: 900ms, expect: {event: {says: x}}}
            - {never: , until: 400ms, expect: {event: {says: x}}}
            - {never: , expect: {event: {says: x}}}
            - {always: , from: 700ms, expect: {event: {says: x}}}
            - {always: , expect: {event: {says: x}}}
            """
        ) { stage in
            loop.after(.milliseconds(500)) { stage.words.insert("x") }
        }
        let lines = failed.compactMap { $0.split(separator: "[").last }.dropLast()
        #expect(Set(lines) == ["line 4]", "line 5]", "line 8]", "line 10]"])
    }
}
