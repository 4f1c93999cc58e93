// Plays every scenario of hardware-sim/scenarios with the real programs, several at a time: each
// is `standpipe demo --scenario FILE`, a building and a controller in real time.

import Foundation
import Testing

/// The programs stand beside the test program.
private let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
private let scenarios = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("hardware-sim/scenarios")

private func scenarioNames() -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: scenarios.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.sorted()
}

/// Lets so many scenarios play at once: they mostly wait.
private actor Places {
    static let shared = Places()
    private var free = 10
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

private struct Played: Sendable {
    var status: Int32
    var output: String
}

/// Runs `standpipe demo` and waits without holding a thread.
private func demo(_ arguments: [String], temporary: URL) async throws -> Played {
    await Places.shared.take()
    let process = Process()
    process.executableURL = products.appendingPathComponent("standpipe")
    process.arguments = ["demo"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
        ["TMPDIR": temporary.path]
    ) { $1 }
    process.standardInput = FileHandle.nullDevice
    let log = temporary.appendingPathComponent("output")
    FileManager.default.createFile(atPath: log.path, contents: nil)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    let status = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do {
            try process.run()
        } catch {
            continuation.resume(throwing: error)
        }
    }
    await Places.shared.give()
    let output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
    try FileManager.default.removeItem(at: log)
    return Played(status: status, output: output)
}

/// A directory for the demo, short enough for sockets, that must be empty at the end.
private func withTemporary<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let name = "sp-\(UUID().uuidString.prefix(8))"
    let directory = URL(fileURLWithPath: "/tmp").appendingPathComponent(name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    let result = try await body(directory)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    return result
}

@Suite struct ScenarioPlayTests {
    @Test(arguments: scenarioNames())
    func `the scenario holds (RELEASE, QUIET, LATCH, KEY, LIVE)`(name: String) async throws {
        try await withTemporary { directory in
            let path = scenarios.appendingPathComponent(name).path
            var played = try await demo(["--scenario", path], temporary: directory)
            // What is said of time is said of a machine that has time. Three times is no excuse.
            for _ in 0..<2 where played.status == 1 && played.output.contains("machine stood still")
            {
                played = try await demo(["--scenario", path], temporary: directory)
            }
            #expect(played.status == 0, "\(played.output)")
        }
    }

    @Test func `there are a dozen scenarios at least`() {
        #expect(scenarioNames().count >= 12)
    }

    @Test func `a scenario with false expectations fails, each with its line`() async throws {
        try await withTemporary { directory in
            let site = scenarios.appendingPathComponent("sites/house.yaml").path
            let file = directory.appendingPathComponent("false.yaml")
            try """
            name: false
            site: \(site)
            steps:
              - at: 1s
                do: {smoke: {detector: 11, is: there}}
              - by: 3s
                expect: {valve: {floor: 2, is: open}}
              - always:
                expect: {valve: {floor: 1, is: shut}}
              - never:
                expect: {lamp: {name: fire, is: on}}
              - at: 1.2s
                expect: {lamp: {name: power, is: on}}
            """.write(to: file, atomically: true, encoding: .utf8)
            let played = try await demo(["--scenario", file.path], temporary: directory)
            try FileManager.default.removeItem(at: file)
            #expect(played.status == 1)
            let failed = played.output.split(separator: "\n").filter { $0.contains("FAILED") }
            #expect(failed.count == 4, "\(played.output)")
            #expect(failed.contains { $0.hasSuffix("valve floor 2, is open (by 3 s) [line 6]") })
            #expect(failed.contains { $0.hasSuffix("always: valve floor 1, is shut [line 8]") })
            #expect(failed.contains { $0.hasSuffix("never: lamp name fire, is on [line 10]") })
            #expect(failed.contains { $0.hasSuffix("false: 1 of 4 expectations held") })
        }
    }

    @Test func `a scenario file that is wrong is one line with its place, and exit 2`() async throws
    {
        try await withTemporary { directory in
            let file = directory.appendingPathComponent("wrong.yaml")
            try "name: x\nsite: nowhere.yaml\nsteps: []\n".write(
                to: file, atomically: true, encoding: .utf8)
            let played = try await demo(["--scenario", file.path], temporary: directory)
            try FileManager.default.removeItem(at: file)
            #expect(played.status == 2)
            #expect(
                played.output == "\(file.path):2:7: the site cannot be used: cannot read "
                    + "\(directory.path)/nowhere.yaml: No such file or directory\n")
        }
    }

    @Test func `a controller that cannot start fails the scenario with its last words`()
        async throws
    {
        try await withTemporary { directory in
            let path = scenarios.appendingPathComponent("coincidence.yaml").path
            let played = try await demo(
                ["--scenario", path, "--controller", "/bin/false"], temporary: directory)
            #expect(played.status == 1)
            #expect(played.output.contains("the controller was not armed within 20 s"))
        }
    }

    @Test func `without a terminal, commands come as lines and events go as lines`() async throws {
        try await withTemporary { directory in
            let played = try await demo(
                [
                    "--site", scenarios.appendingPathComponent("sites/house.yaml").path,
                    "--seconds", "3",
                ], temporary: directory)
            #expect(played.status == 0)
            #expect(played.output.contains("controller ARMED"), "\(played.output)")
        }
    }
}
