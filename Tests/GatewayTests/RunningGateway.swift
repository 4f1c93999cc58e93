// The real programs as child processes, in a directory that is gone with the test: the gateway on a
// free port, a controller beside it where the test wants one, and the peers' scripts.

import FireLogic
import Foundation
import Glibc
import PlanFile
import Testing

/// What a child printed, and how it ended.
struct Outcome: Sendable {
    var status: Int32
    var output: String
}

enum Peers {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("peers")
    /// Built programs stand beside the test program.
    static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
    static let clients = ["kcat", "confluent", "kafka-python", "kafka-python-2", "aiokafka"]

    /// Runs a command to its end, without holding a thread.
    static func run(_ command: String, _ arguments: [String]) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let log = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-client-\(UUID().uuidString)")
        FileManager.default.createFile(atPath: log.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: log) }
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
        return Outcome(
            status: status, output: String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }

    /// The Python that has this client. Made on the first call, which needs the network.
    static func python(for client: String) async throws -> String {
        let made = try await run(
            folder.appendingPathComponent("python-env").path,
            client == "kafka-python-2" ? [client] : [])
        let last = made.output.split(separator: "\n").last.map { String($0) }
        return try #require(made.status == 0 ? last : nil, "\(made.output)")
    }

    /// One step of one client (Tests/peers/kafka-clients/run.py). It has to succeed.
    static func step(
        _ client: String, _ step: String, _ port: Int, _ topics: [String] = []
    ) async throws {
        let script = folder.appendingPathComponent("kafka-clients/run.py").path
        let outcome = try await run(
            try await python(for: client), [script, client, step, "127.0.0.1:\(port)"] + topics)
        #expect(outcome.status == 0, "\(client) \(step):\n\(outcome.output.suffix(3_000))")
    }

    /// All of these steps, so many at a time.
    static func all(
        _ steps: [(client: String, step: String)], _ port: Int, atOnce: Int,
        topics: [String] = []
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, one) in steps.enumerated() {
                if number >= atOnce { try await group.next() }
                group.addTask { try await step(one.client, one.step, port, topics) }
            }
            try await group.waitForAll()
        }
    }
}

final class RunningGateway {
    let directory: URL
    private(set) var port = 0
    private let gateway = Process()
    private let controller = Process()

    var state: String { directory.appendingPathComponent("state").path }
    private var run: String { directory.appendingPathComponent("run").path }

    /// `withController`: a controller without any line, whose detectors 1 to 4 speak over the
    /// network.
    init(withController: Bool = false) throws {
        // Short enough for a socket's path.
        directory = URL(fileURLWithPath: "/tmp/sg-\(UUID().uuidString.prefix(8))")
        for name in ["state", "run"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        if withController {
            let plan = directory.appendingPathComponent("site.plan").path
            try PlanBytes.write(PlanCodec.encode(Self.plan), to: plan)
            controller.executableURL = Peers.products.appendingPathComponent(
                "standpipe-controller")
            controller.arguments = [
                "--plan", plan, "--state-dir", state, "--run-dir", run, "--no-real-time",
            ]
            controller.standardInput = FileHandle.nullDevice
            controller.standardOutput = FileHandle.nullDevice
            controller.standardError = FileHandle.nullDevice
            try controller.run()
        }
        gateway.executableURL = Peers.products.appendingPathComponent("standpipe-gateway")
        gateway.arguments =
            ["--state", state, "--run", run, "--listen", "127.0.0.1:0", "--log-size", "128"]
            + (withController ? [] : ["--alone"])
        gateway.standardInput = FileHandle.nullDevice
        let output = Pipe()
        gateway.standardOutput = output
        try gateway.run()
        // Its first line names the port.
        var line = ""
        while !line.contains("\n") {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            line += String(decoding: piece, as: UTF8.self)
        }
        let digits = line.split(separator: "\n").first?.split(separator: ":").last
        port = try #require(digits.flatMap { Int($0) }, "the gateway says \(line)")
    }

    private static var plan: SitePlan {
        var plan = SitePlan(name: "Clients")
        plan.chips = [ChipPlan(path: "/dev/gpiochip-that-is-not-there")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.floors = [
            FloorPlan(
                id: FloorID(rawValue: 0), name: "Floor 0",
                valve: ValvePlan(output: GpioLine(chip: 0, offset: 1)), key: 0)
        ]
        plan.detectors = (1...4).map {
            DetectorPlan(
                id: DetectorID(rawValue: UInt32($0)), name: "Room", floor: 0, period: .seconds(10),
                limit: .seconds(60), source: .network)
        }
        return plan
    }

    /// SIGTERM to the gateway: what waits is on the disk when this returns.
    func stop() {
        gateway.terminate()
        gateway.waitUntilExit()
    }

    deinit {
        for process in [gateway, controller] where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: directory)
    }
}
