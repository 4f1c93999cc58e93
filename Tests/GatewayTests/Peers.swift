// Stock Kafka clients as child processes: the scripts of Tests/peers and the Python that has them.

import Foundation
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
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
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

    /// Starts one step of one client, whose Python was made before.
    static func start(
        _ client: String, _ step: String, _ port: Int, _ words: [String], log: String
    ) throws -> ChildProcess {
        // `exec`, so that the process that is killed is the client.
        try ChildProcess(
            "/bin/sh",
            [
                "-c", #"python=$("$1" $2) && shift 2 && exec "$python" "$@""#, "sh",
                folder.appendingPathComponent("python-env").path,
                client == "kafka-python-2" ? client : "",
                folder.appendingPathComponent("kafka-clients/run.py").path, client, step,
                "127.0.0.1:\(port)",
            ] + words, log: log)
    }

    /// The body on a thread of its own: a building lives on it and holds it.
    static func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let thread = Thread { done.resume(with: Result { try body() }) }
            thread.stackSize = 8 << 20
            thread.start()
        }
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
