// The demo without a terminal: events as lines on standard output, commands as lines on standard
// input in the words of a scenario, for example `fire: {detector: 102}`; and scenarios, played
// unattended.

import FireLogic
import Glibc
import ScenarioPlayer
import SimulatedBuilding

enum DemoLines {
    /// Prints at once, whatever standard output is.
    static func say(_ line: String) {
        var line = line + "\n"
        line.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private static func print(_ event: DemoEvent) {
        let teller = event.teller == .building ? "building  " : "controller"
        say("\(event.time) \(teller) \(event.sentence)")
    }

    /// Runs until a signal ends it, or for `seconds`.
    static func run(_ session: DemoSession, signals: DemoSignals, seconds: Int?) {
        let loop = session.loop
        session.told = print
        say(
            "\(session.building.plan.name), a simulated building; type for example:  "
                + "fire: {detector: \(session.building.plan.detectors.first?.id.rawValue ?? 0)}")
        signals.watch(on: loop) { if $0 != SIGWINCH { loop.stop() } }
        if let seconds { loop.after(.seconds(seconds)) { loop.stop() } }
        var rest: [UInt8] = []
        loop.watch(STDIN_FILENO) {
            var buffer = [UInt8](repeating: 0, count: 1_024)
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return loop.unwatch(STDIN_FILENO) }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                command(String(decoding: rest[..<end], as: UTF8.self), session)
                rest.removeSubrange(...end)
            }
            // A line longer than any command is none.
            if rest.count > 4_096 { rest = [] }
        }
        loop.run()
    }

    private static func command(_ line: String, _ session: DemoSession) {
        if line.allSatisfy(\.isWhitespace) { return }
        do throws(ScenarioError) {
            let action = try ScenarioFile.action(line, plan: session.building.plan)
            ScenarioPlayer.act(action, on: session)
        } catch {
            say("not understood: \(error.message)")
        }
    }

    /// Plays `scenario`; true when every expectation held.
    static func play(
        _ scenario: Scenario, on session: DemoSession, signals: DemoSignals
    ) -> Bool {
        let loop = session.loop
        let player = ScenarioPlayer(scenario, on: session) { time, mark, words in
            say("\(column(time)) \(pad(mark, 10)) \(words)")
        }
        session.told = { [unowned player] event in
            let teller = event.teller == .building ? "building" : "controller"
            say("\(column(player.time)) \(pad(teller, 10)) \(event.sentence)")
        }
        var wasStopped = false
        signals.watch(on: loop) { if $0 != SIGWINCH { wasStopped = true } }
        say("scenario: \(scenario.name) (seed \(scenario.seed))")
        player.start(on: loop)
        while !player.isOver && !wasStopped {
            _ = loop.run(atMost: .seconds(1)) { player.isOver || wasStopped }
        }
        if player.failures > 0 && session.snapshot == nil {
            say("the controller's last words: \(session.controllerLog())")
        }
        return player.failures == 0 && player.isOver
    }

    private static func column(_ time: Interval?) -> String {
        guard let time else { return pad("start", 9) }
        let hundredths = time.milliseconds / 10
        let fraction = hundredths % 100
        let text = "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
