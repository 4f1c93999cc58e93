// What the command line asks for: many lives of consumer groups, or one in words.

import Glibc
import GroupDrill

enum GroupDrillCommand {
    static func run(_ arguments: [String]) -> Int32 {
        var options: [String: UInt64] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard ["--seeds", "--seed", "--life"].contains(name),
                let value = rest.popFirst().flatMap({ UInt64($0) })
            else {
                print("group-drill: [--seeds COUNT] [--seed FIRST], or --life SEED")
                return 2
            }
            options[name] = value
        }
        if let seed = options["--life"] { return live(seed) }
        return liveMany(options["--seeds"] ?? 10_000, from: options["--seed"] ?? 1)
    }

    private static func live(_ seed: UInt64) -> Int32 {
        let life = GroupLife(seed: seed)
        life.tell = { print($0) }
        life.run()
        for violation in life.violations { print(violation) }
        return life.violations.isEmpty ? 0 : 1
    }

    private static func liveMany(_ seeds: UInt64, from first: UInt64) -> Int32 {
        let start = clock()
        var failures = 0
        var events = 0
        var answers = 0
        print("group-drill: \(seeds) lives from seed \(first)")
        for seed in first..<first + seeds where failures < 20 {
            let life = GroupLife(seed: seed)
            life.run()
            events += life.events
            answers += life.answered
            if let violation = life.violations.first {
                failures += 1
                print("\(violation)\n    group-drill --life \(seed)")
                fflush(nil)
            }
        }
        let spent = Double((clock() - start) / 1_000) / 1_000
        print(
            "group-drill: \(failures) lives failed, \(events) events, \(answers) answers, "
                + "\(spent) s of processor")
        return failures == 0 ? 0 : 1
    }
}
