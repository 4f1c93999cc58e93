// What the command line asks for: one life in words, many lives, or the exploration.

import FireDrill
import FireLogic
import Glibc

enum FireDrillCommand {
    /// States that one exploration visits at most; one that is larger says that it was stopped.
    private static let stateLimit = 60_000

    static func run(_ arguments: [String]) -> Int32 {
        var options: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if ["--seed", "--seeds", "--from", "--steps"].contains(name),
                let value = rest.popFirst()
            {
                options[name] = value
            } else if ["explore", "--explore"].contains(name) {
                options["--explore"] = ""
            } else if name == "-v" {
                options[name] = ""
            } else if options["--explore"] != nil {
                options["--explore"] = name
            } else {
                print("fire-drill: \(name) is no option")
                return 2
            }
        }
        let steps = options["--steps"].flatMap { Int($0) } ?? FireDrill.steps
        if let filter = options["--explore"] { return explore(filter) }
        if let seed = options["--seed"].flatMap({ UInt64($0) }) {
            return live(seed, steps: steps, isVerbose: options["-v"] != nil)
        }
        return liveMany(
            options["--seeds"].flatMap { UInt64($0) } ?? 10_000,
            from: options["--from"].flatMap { UInt64($0) } ?? 1, steps: steps)
    }

    private static func live(_ seed: UInt64, steps: Int, isVerbose: Bool) -> Int32 {
        var life = Life(seed: seed)
        if isVerbose { life.tell = { print($0) } }
        life.run(steps: steps)
        for violation in life.violations { print(violation) }
        print("seed \(seed): \(life.steps) steps, \(life.ticks) ticks, \(life.starts) starts")
        return life.violations.isEmpty ? 0 : 1
    }

    private static func liveMany(_ count: UInt64, from first: UInt64, steps: Int) -> Int32 {
        let start = clock()
        var ticks = 0
        var starts = 0
        var failures = 0
        for seed in first..<(first + count) {
            var life = Life(seed: seed)
            life.run(steps: steps)
            ticks += life.ticks
            starts += life.starts
            guard let violation = life.violations.first else { continue }
            failures += 1
            fflush(nil)
            print("\(violation)\n    \(FireDrill.replay(seed, steps: steps))")
            if failures == 20 { break }
        }
        let spent = seconds(since: start)
        print(
            "fire-drill: \(count) seeds, \(ticks) ticks, \(starts) starts, \(failures) failed, "
                + "\(spent) s of processor, \(Int(Double(count) / max(spent, 0.001))) seeds/s")
        return failures == 0 ? 0 : 1
    }

    private static func explore(_ filter: String) -> Int32 {
        var hasFailed = false
        var states = 0
        var transitions = 0
        let start = clock()
        for site in Exploration.all where filter.isEmpty || site.name.contains(filter) {
            let begin = clock()
            var explorer = Explorer<SiteLogic>(site)
            let result = explorer.run(limit: stateLimit)
            states += result.states
            transitions += result.transitions
            print(
                "\(site.name): \(result.states) states\(result.isComplete ? "" : " (stopped)"), \(result.transitions) transitions, "
                    + "\(result.openings) openings, \(result.closings) closings of which "
                    + "\(result.closingsByKey) by the key, \(seconds(since: begin)) s")
            for violation in result.violations { print("    \(violation)") }
            for action in result.path { print("        \(action)") }
            fflush(nil)
            hasFailed = hasFailed || !result.violations.isEmpty
        }
        print("all: \(states) states, \(transitions) transitions, \(seconds(since: start)) s")
        return hasFailed ? 1 : 0
    }

    /// Processor time, so that a busy machine does not change the figure.
    private static func seconds(since start: clock_t) -> Double {
        Double((clock() - start) / 1000) / 1000
    }
}
