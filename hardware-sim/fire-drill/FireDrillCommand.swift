// What the command line asks for: one life in words, many lives, or the exploration.

import FireDrill
import FireLogic
import Glibc

enum FireDrillCommand {
    /// No exploration may grow beyond so many states: one that does is stopped, and that fails.
    private static let stateLimit = 2_000_000

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
        var replayed = 0
        for seed in first..<(first + count) {
            var life = Life(seed: seed)
            life.run(steps: steps)
            ticks += life.ticks
            starts += life.starts
            replayed += life.replayed
            guard let violation = life.violations.first else { continue }
            failures += 1
            fflush(nil)
            print("\(violation)\n    \(FireDrill.replay(seed, steps: steps))")
            if failures == 20 { break }
        }
        let spent = seconds(since: start)
        print(
            "fire-drill: \(count) seeds, \(ticks) ticks, \(starts) starts, \(failures) failed, "
                + "\(replayed) records decided again by replay, \(spent) s of processor, \(Int(Double(count) / max(spent, 0.001))) seeds/s")
        return failures == 0 ? 0 : 1
    }

    private static func explore(_ filter: String) -> Int32 {
        let sites = Exploration.all.filter { filter.isEmpty || $0.name.contains(filter) }
        if sites.isEmpty {
            print("fire-drill: no exploration is called \(filter)")
            return 2
        }
        var failures = 0
        var total = ExplorationResult()
        let start = clock()
        print(
            row("exploration", "states", "transitions", "seconds", "openings", "closings", "closed")
        )
        for site in sites {
            let begin = clock()
            var explorer = Explorer<SiteLogic>(site)
            let result = explorer.run(limit: stateLimit)
            total.states += result.states
            total.transitions += result.transitions
            total.openings += result.openings
            total.closings += result.closings
            total.closingsByKey += result.closingsByKey
            print(row(site.name, result, seconds(since: begin)))
            if !tell(result, site) { failures += 1 }
            fflush(nil)
        }
        print(row("all", total, seconds(since: start)))
        print(
            failures == 0
                ? "every reachable state was visited, every promise was kept in each"
                : "fire-drill: \(failures) of \(sites.count) explorations failed")
        return failures == 0 ? 0 : 1
    }

    /// Says what is wrong with an exploration; true when nothing is.
    private static func tell(_ result: ExplorationResult, _ site: Exploration) -> Bool {
        for violation in result.violations { print("    \(violation)") }
        for action in result.path { print("        \(action)") }
        if !result.violations.isEmpty { return false }
        if !result.isComplete {
            print("    \(site.name): stopped at \(stateLimit) states, not all were visited")
        }
        if result.closings != result.closingsByKey {
            print("    \(site.name): a valve was closed, and not by the key")
        }
        return result.isComplete && result.closings == result.closingsByKey
    }

    private static func row(_ name: String, _ result: ExplorationResult, _ time: Double) -> String {
        let others = result.closings - result.closingsByKey
        return row(
            name, "\(result.states)", "\(result.transitions)", "\(time)", "\(result.openings)",
            "\(result.closings)", others == 0 ? "all by the key" : "\(others) not by the key")
    }

    private static func row(_ name: String, _ columns: String...) -> String {
        var line = name + String(repeating: " ", count: max(0, 40 - name.count))
        for column in columns.dropLast() {
            line += String(repeating: " ", count: max(1, 12 - column.count)) + column
        }
        guard let remark = columns.last, !remark.isEmpty else { return line }
        return line + "  " + remark
    }

    /// Processor time, so that a busy machine does not change the figure.
    private static func seconds(since start: clock_t) -> Double {
        Double((clock() - start) / 1000) / 1000
    }
}
