// People are told of a fire in the simulated building, and what keeps them from being told lights the
// controller's fault lamp: real controller, gateway and mail server, each a process of its own.

import FireLogic
import Foundation
import Glibc
import StatusFeed
import Testing

/// A mail server that can be taken off line, and the recipients file that names it.
private final class Post {
    let folder: URL
    let recipients: String
    private let server: ChildProcess

    init() throws {
        folder = URL(fileURLWithPath: "/tmp/sp-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let moody = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("hardware-sim/moody-smtp")
        server = try ChildProcess(
            moody.path,
            [
                "--record", "\(folder.path)/mails", "--fail", "0", "--unknown", "gone@mill.example",
            ], log: "\(folder.path)/server")
        recipients = "\(folder.path)/recipients"
        let port = try said("ready ")
        try """
        standpipe-recipients 1
        site Beside a gateway
        mail Standpipe <fire@mill.example>
        server 127.0.0.1 \(port) none
        recipient Ana
            email ana@mill.example
        recipient Gone
            email gone@mill.example
            events floor.2.#

        """.write(toFile: recipients, atomically: true, encoding: .utf8)
    }

    func close() {
        server.kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The rest of the last line that begins so, when there is one.
    private func said(_ beginning: String) throws -> String {
        while server.isRunning {
            let lines = server.output.split(separator: "\n", omittingEmptySubsequences: false)
            if let line = lines.dropLast().last(where: { $0.hasPrefix(beginning) }) {
                return String(line.dropFirst(beginning.count))
            }
            usleep(5_000)
        }
        throw NotSeen(description: "the mail server says \(server.output)")
    }

    func goOffLine() throws {
        kill(server.pid, SIGUSR1)
        _ = try said("offline")
    }

    func comeBack() { kill(server.pid, SIGUSR2) }

    /// Whether a mail to him has this in its subject.
    func has(_ subject: String, to name: String) -> Bool {
        let mails = (try? String(contentsOfFile: "\(folder.path)/mails", encoding: .utf8)) ?? ""
        return mails.split(separator: "\n").contains {
            $0.contains("\(name)@mill.example") && $0.contains(subject)
        }
    }
}

@Suite(.serialized) struct ToldTests {
    @Test("TOLD: mail servers that fail, and mail that is refused, light the fault lamp")
    func lamp() async throws {
        try await Peers.onOwnThread {
            let post = try Post()
            defer { post.close() }
            try post.goOffLine()
            let building = try RunningBuilding(
                gatewayOptions: ["--recipients", post.recipients], hasNetwork: false)
            defer { building.close() }
            try building.until("the lamp of mail that fails") {
                building.status?.systemFaults == [.mail] && building.status?.lamps.fault == true
            }
            // A valve waits for nobody who is to be told.
            try building.burn(1, "while mail fails")
            #expect(!post.has("FIRE", to: "ana"))
            post.comeBack()
            try building.until("the mail that waited") { post.has("FIRE", to: "ana") }
            try building.until("the lamp goes out") {
                building.status?.systemFaults == [] && building.status?.lamps.fault == false
            }
            try building.burn(2, "refused mail")
            try building.until("the lamp of what could not be delivered") {
                building.status?.systemFaults == [.undelivered]
                    && building.status?.lamps.fault == true
            }
            // It stands in the log: a new gateway knows.
            let status = building.gateway.directory.appendingPathComponent("run/notify.json")
            building.gateway.kill()
            try FileManager.default.removeItem(at: status)
            try building.gateway.start()
            try building.until("the new gateway's word") {
                let text = (try? String(contentsOf: status, encoding: .utf8)) ?? ""
                return text.contains("\"unseen\"") && !text.contains("\"unseen\" : 0")
            }
            #expect(building.status?.systemFaults.contains(.undelivered) == true)
            try building.expectOpen([1, 2])
        }
    }
}
