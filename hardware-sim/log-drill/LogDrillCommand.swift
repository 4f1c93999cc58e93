// What the command line asks for: many lives, or one in words.

import Glibc
import LogDrill

enum LogDrillCommand {
    static func run(_ arguments: [String]) -> Int32 {
        var options: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if ["--crashes", "--seed", "--life", "--per-life", "--write", "--media"].contains(name),
                let value = rest.popFirst()
            {
                options[name] = value
            } else if ["-v", "--strict", "--grown"].contains(name) {
                options[name] = ""
            } else {
                print("log-drill: \(name) is no option")
                return 2
            }
        }
        if let directory = options["--write"] { return LogDrillWriter.run(directory) }
        let first = options["--seed"].flatMap { UInt64($0) } ?? 1
        if let faults = options["--media"].flatMap({ Int($0) }) {
            return damageMany(faults, from: first, isVerbose: options["-v"] != nil)
        }
        let perLife = options["--per-life"].flatMap { Int($0) } ?? LogDrill.crashesPerLife
        if let seed = options["--life"].flatMap({ UInt64($0) }) {
            let life = LogLife(seed: seed, isGrown: options["--grown"] != nil)
            life.judgesAlways = options["--strict"] != nil
            return live(life, perLife, isVerbose: options["-v"] != nil)
        }
        return liveMany(
            options["--crashes"].flatMap { Int($0) } ?? 50_000, from: first, perLife)
    }

    /// Damages many logs, each in many ways.
    private static func damageMany(_ faults: Int, from first: UInt64, isVerbose: Bool) -> Int32 {
        let start = clock()
        var figures = MediaDrill.Figures()
        var failures = 0
        var seed = first
        while figures.tried < faults && failures < 20 {
            let drill = MediaDrill(seed: seed)
            if isVerbose { drill.tell = { print($0) } }
            drill.run(faults: min(LogDrill.faultsPerLog, faults - figures.tried))
            figures += drill.figures
            if let violation = drill.violations.first {
                failures += 1
                print("\(violation)\n    \(LogDrill.replayMedia(seed))")
                fflush(nil)
            }
            seed += 1
        }
        for line in figures.lines { print(line) }
        let spent = Double((clock() - start) / 1_000) / 1_000
        print(
            "log-drill: \(failures == 0 ? "0 wrong, all noticed, " : "")\(failures) damaged logs "
                + "failed, \(spent) s of processor")
        return failures == 0 ? 0 : 1
    }

    private static func live(_ life: LogLife, _ crashes: Int, isVerbose: Bool) -> Int32 {
        if isVerbose { life.tell = { print($0) } }
        life.run(crashes: crashes)
        for line in life.figures.lines { print(line) }
        for violation in life.violations { print(violation) }
        return life.violations.isEmpty ? 0 : 1
    }

    private static func liveMany(_ crashes: Int, from first: UInt64, _ perLife: Int) -> Int32 {
        let start = clock()
        var figures = LogDrillFigures()
        var failures = 0
        var seed = first
        print("log-drill: \(crashes) crash points from seed \(first)")
        while figures.crashes < crashes && failures < 20 {
            let isGrown = LogDrill.isGrown(seed)
            let life = LogLife(seed: seed, isGrown: isGrown)
            life.run(crashes: min(perLife, crashes - figures.crashes))
            figures += life.figures
            if let violation = life.violations.first {
                failures += 1
                print("\(violation)\n    \(LogDrill.replay(seed, perLife, isGrown: isGrown))")
                fflush(nil)
            }
            seed += 1
        }
        for line in figures.lines { print(line) }
        let spent = Double((clock() - start) / 1_000) / 1_000
        print(
            "log-drill: \(failures == 0 ? "0 records lost, " : "")\(failures) lives failed, "
                + "\(spent) s of processor, "
                + "\(Int(Double(figures.crashes) / max(spent, 0.001))) crash points/s")
        return failures == 0 ? 0 : 1
    }
}
