// The independent peers of these tests: programs of others, run once for what they print.

import Foundation
import Testing

enum PythonPeer {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("peers")

    /// The Python that has the peers' packages.
    static func python() throws -> String {
        try output(of: folder.appendingPathComponent("python-env").path, [])
    }

    /// The path of a file in Tests/peers.
    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// What `command` prints, given `input`. It has to succeed.
    static func output(
        of command: String, _ arguments: [String], input: [UInt8]? = nil
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        // A file and not a pipe: neither side can wait for the other.
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-peer-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(input ?? []).write(to: file)
        process.standardInput = try FileHandle(forReadingFrom: file)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command) \(arguments)")
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
