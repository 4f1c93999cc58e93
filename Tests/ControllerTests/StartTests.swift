// How the real program starts and stops: command lines, plans, directories, a second one.

import ControlLoop
import FireLogic
import Foundation
import Glibc
import PlanFile
import Replay
import SafetyLog
import StatusFeed
import Testing

@testable import Controller

@Suite(.serialized, .timeLimit(.minutes(3))) struct StartTests {
    @Test(
        "A command line that makes no sense says what is wrong, how it should be, and ends with 2")
    func commandLines() throws {
        let whole = ["--plan", "p", "--state-dir", "s", "--run-dir", "r"]
        let cases: [([String], String)] = [
            ([], "--plan is missing"),
            (["--plan", "p"], "--state-dir is missing"),
            (whole + ["--log-size", "63"], "--log-size is a number of megabytes from 64 to 4096"),
            (
                whole + ["--log-size", "much"],
                "--log-size is a number of megabytes from 64 to 4096"
            ),
            (["--plan", "p", "--state-dir", "s"], "--run-dir is missing"),
            (["--plan"], "--plan needs a value"),
            (["--plan", "--state-dir", "s"], "--plan needs a value"),
            (["--plan", "", "--state-dir", "s"], "--plan needs a value"),
            (whole + ["--plan", "q"], "--plan is given twice"),
            (whole + ["--verbose"], "unknown option --verbose"),
            (whole + ["more"], "unknown option more"),
            (whole + ["--help"], "unknown option --help"),
        ]
        for (arguments, message) in cases {
            #expect(throws: ControllerOptions.Mistake(message: message)) {
                try ControllerOptions(arguments)
            }
        }
        let options = try ControllerOptions(whole + ["--quiet"])
        #expect(options.isQuiet && options.isRealTime && options.runDirectory == "r")

        let outcome = RunningController.outcome(["--plan", "p"])
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(
            outcome.error
                == "standpipe-controller: --state-dir is missing\n\(ControllerOptions.usage)\n")
        let help = RunningController.outcome(["--help"])
        #expect(help.status == 0 && help.output == ControllerOptions.usage + "\n")
    }

    @Test("Without any plan it says which files, why, and what to do")
    func noPlan() throws {
        let controller = try RunningController()
        let kept = controller.stateDirectory + "/last-good.plan"
        unlink(controller.planPath)
        var outcome = RunningController.outcome(controller.arguments)
        #expect(outcome.status == 1)
        #expect(
            outcome.error == """
                standpipe-controller: cannot protect: there is no usable site plan
                  \(controller.planPath): No such file or directory
                  \(kept): No such file or directory
                make one with: standpipe compile site.yaml -o \(controller.planPath)

                """)
        try PlanBytes.write([1, 2, 3], to: controller.planPath)
        mkdir(kept, 0o700)
        outcome = RunningController.outcome(controller.arguments)
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("\(controller.planPath): not a site plan\n"))
        #expect(outcome.error.contains("\(kept): not a regular file of at most 4194304 bytes"))
    }

    @Test(
        "RELEASE: with a damaged plan the last good one protects, and that is a fault with a reason"
    )
    func lastGood() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        #expect(controller.status?.systemFaults.contains(.planFallback) == false)
        #expect(controller.stop() == 0)
        try PlanBytes.write([1, 2, 3], to: controller.planPath)
        try #require(controller.startArmed())
        #expect(waitUntil(60) { controller.status?.systemFaults.contains(.planFallback) == true })
        #expect(
            controller.log.contains(
                "standpipe-controller: \(controller.planPath): not a site plan; the last good plan "
                    + "protects. Make a new one with: standpipe compile site.yaml -o "
                    + controller.planPath))
        #expect(controller.connect()?.signal(1) == .decided(.done))
        #expect(waitUntil(60) { controller.isOpen(0) })
    }

    @Test("RECORD: SIGTERM ends it with 0, everything is in the log and is decided again")
    func stops() throws {
        let controller = try RunningController(remote: .all)
        try #require(controller.startArmed())
        let client = try #require(controller.connect())
        #expect(client.signal(102) == .decided(.done))
        let silence = OperatorRequest(.silence, who: OperatorName("meier"), origin: .remote)
        let total = 3_000
        for _ in 0..<total / 100 {
            for _ in 0..<100 { #expect(client.send(.request(silence))) }
            for _ in 0..<100 { #expect(client.answer()?.outcome == .decided(.done)) }
        }
        #expect(controller.stop() == 0)
        let path = SafetyTopics.durablePath(controller.stateDirectory)
        let memory = LogMemory(
            directory: path, machine: BootTime.bootID.head, now: BootTime.now,
            episodes: Episodes(plan: SitePlan(name: "none"), planChecksum: 0))
        #expect(!memory.isDoubtful && memory.memory.open == [FloorID(rawValue: 1)])
        var log = try RecordedLog(directory: path)
        let plans = log.plans
        var rerun = Rerun { plans[$0] }
        var seen: [Record] = []
        try log.forEach { entry, _ in
            if entry.kind == .record, let record = entry.record { seen.append(record) }
            try rerun.take(entry)
        }
        try rerun.end()
        #expect(rerun.runs == 1 && rerun.compared == seen.count && rerun.passedOver == 0)
        #expect(rerun.openings.map(\.floor) == [FloorID(rawValue: 1)])
        #expect(
            seen.contains(.armed) && seen.filter { $0 == .silenced(silence.who) }.count == total)
        #expect(seen.contains(.alarm(DetectorID(rawValue: 102), FloorID(rawValue: 1))))
    }

    @Test("LATCH: after kill -9 and restart an open valve is open and a closed one closed")
    func killed() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        #expect(controller.connect()?.signal(1) == .decided(.done))
        #expect(waitUntil(60) { controller.isOpen(0) })
        for round in 0..<4 {
            controller.kill()
            // Each witness alone is enough.
            if round == 1 {
                try FileManager.default.removeItem(atPath: controller.stateDirectory + "/log")
            }
            if round == 2 { unlink(controller.runDirectory + "/latches") }
            try #require(controller.startArmed())
            #expect(controller.isOpen(0) && !controller.isOpen(1), "round \(round)")
            // A new log takes a moment to be made; until then the page alone knows.
            let path = SafetyTopics.durablePath(controller.stateDirectory)
            #expect(
                waitUntil(60) {
                    LogMemory(
                        directory: path, machine: BootTime.bootID.head, now: BootTime.now,
                        episodes: Episodes(plan: SitePlan(name: "none"), planChecksum: 0)
                    )
                    .memory.open == [FloorID(rawValue: 0)]
                }, "round \(round)")
        }
        // However often it was killed, what it recorded is decided again. The log may not have come to
        // write anything before a kill.
        #expect(controller.stop() == 0)
        var log = try RecordedLog(directory: SafetyTopics.durablePath(controller.stateDirectory))
        let plans = log.plans
        var rerun = Rerun { plans[$0] }
        try log.forEach { entry, _ in try rerun.take(entry) }
        try rerun.end()
        #expect(
            rerun.runs >= 2 && rerun.compared > 5 && rerun.passedOver == 0,
            "\(rerun.runs) runs, \(rerun.compared) compared, \(rerun.passedOver) passed over")
    }

    @Test("QUIET: killed and started again without a fire, it opens nothing")
    func quiet() throws {
        let controller = try RunningController()
        for _ in 0..<3 {
            try #require(controller.startArmed())
            #expect(controller.connect()?.signal(1, .normal) == .decided(.done))
            usleep(100_000)
            #expect(!controller.isOpen(0) && !controller.isOpen(1))
            controller.kill()
        }
    }

    @Test("LATCH: a second controller is refused and the first one notices nothing")
    func second() throws {
        let controller = try RunningController()
        try #require(controller.startArmed())
        let outcome = RunningController.outcome(controller.arguments)
        #expect(outcome.status == 1)
        #expect(
            outcome.error == "standpipe-controller: cannot protect: another controller "
                + "(process \(controller.pid)) runs in \(controller.runDirectory); "
                + "stop that one first\n")
        // Another run directory does not help: the journal is the same.
        let other = controller.directory + "/other"
        mkdir(other, 0o700)
        var arguments = controller.arguments
        arguments[5] = other
        let again = RunningController.outcome(arguments)
        #expect(again.status == 1 && again.error.contains("runs in \(controller.stateDirectory);"))
        #expect(controller.isRunning && controller.connect()?.signal(1) == .decided(.done))
    }

    @Test("RELEASE: without state and run directories it runs, says so, and stops when told")
    func noDirectories() throws {
        let controller = try RunningController()
        let real = controller.stateDirectory
        controller.stateDirectory = controller.directory + "/missing-state"
        controller.runDirectory = controller.directory + "/missing-run"
        controller.start()
        let said = waitUntil(60) { controller.log.contains("ARMED") }
        #expect(said && controller.isRunning)
        for text in [
            "FAULT: the status page could not be published",
            "FAULT: the input socket failed or was flooded",
            "the plan protects, but no copy of it could be kept: No such file or directory",
        ] {
            #expect(waitUntil(60) { controller.log.contains(text) }, "not said: \(text)")
        }
        #expect(controller.stop() == 0)

        // Only the state directory is missing: its absence shows on the page.
        let half = try RunningController()
        half.stateDirectory = real + "/missing"
        try #require(half.startArmed())
        #expect(
            waitUntil(60) {
                half.status?.systemFaults.contains(.journal) == true
                    && half.status?.systemFaults.contains(.memoryUnreadable) == true
            })
        #expect(half.connect()?.signal(1) == .decided(.done) && waitUntil(60) { half.isOpen(0) })
        mkdir(half.stateDirectory, 0o700)
        #expect(waitUntil(60) { half.status?.systemFaults.contains(.journal) == false })
        #expect(half.stop() == 0)
    }

    @Test(
        "RELEASE: full disks below state and run directory end nothing, and are told",
        .enabled(if: getuid() == 0))
    func fullDisks() throws {
        let controller = try RunningController()
        for path in [controller.stateDirectory, controller.runDirectory] {
            try #require(mount("tmpfs", path, "tmpfs", 0, "size=32k") == 0)
            let file = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
            let zeros = [UInt8](repeating: 0, count: 4_096)
            while write(file, zeros, zeros.count) > 0 {}
            close(file)
        }
        defer {
            controller.kill()
            umount2(controller.stateDirectory, Int32(MNT_DETACH))
            umount2(controller.runDirectory, Int32(MNT_DETACH))
        }
        controller.start()
        #expect(waitUntil(60) { controller.connect() != nil })
        let client = try #require(controller.connect())
        #expect(client.signal(1, .normal) == .decided(.done))
        #expect(client.signal(2) == .decided(.done))
        #expect(waitUntil(60) { controller.log.contains("VALVE OPEN on floor 0") } || true)
        #expect(controller.isRunning && client.signal(101) == .decided(.done))
        #expect(controller.stop() == 0)
    }

    @Test("A file in the log's place is a fault and is not overwritten; the building is protected")
    func foreignLog() throws {
        let controller = try RunningController()
        let path = controller.stateDirectory + "/log"
        let letter = "Dear fire brigade,\nthis is no journal.\n"
        try letter.write(toFile: path, atomically: true, encoding: .utf8)
        try #require(controller.startArmed())
        #expect(
            waitUntil(60) {
                controller.status?.systemFaults.contains(.memoryUnreadable) == true
                    && controller.status?.systemFaults.contains(.journal) == true
            })
        #expect(controller.connect()?.signal(1) == .decided(.done))
        #expect(waitUntil(60) { controller.isOpen(0) })
        #expect(try String(contentsOfFile: path, encoding: .utf8) == letter)
    }

    @Test("A journal of an earlier version is named once and left alone")
    func oldJournal() throws {
        let controller = try RunningController()
        let path = controller.stateDirectory + "/journal"
        try "of version 0.1".write(toFile: path, atomically: true, encoding: .utf8)
        try #require(controller.startArmed())
        #expect(controller.log.contains("journal of an earlier version"))
        #expect(controller.status?.systemFaults.contains(.memoryUnreadable) == false)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "of version 0.1")
    }
}
