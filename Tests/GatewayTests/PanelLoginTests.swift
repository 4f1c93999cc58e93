// People at the panel: logging in, what each level may do, what the controller does of it, and what is
// written down.

import Foundation
import Testing
import Users

@Suite(.serialized) struct PanelLoginTests {
    private static let password = "correct horse"

    /// A panel with one person for each of these levels, and `nobody` without one.
    private static func withPeople(
        _ options: [String] = [], _ body: @escaping @Sendable (PanelClient) throws -> Void
    ) async throws {
        var text = UsersText()
        let people: [(String, PanelLevel?)] = [
            ("lena", .look), ("ole", .operate), ("mia", .maintain), ("nobody", nil),
        ]
        for (name, level) in people {
            var rights = Rights()
            if name == "mia" { rights = .everything }
            text.add(
                User(name: name, password: Array(password.utf8), rights: rights, level: level))
        }
        let file = URL(fileURLWithPath: "/tmp/su-\(UUID().uuidString.prefix(8))")
        try text.text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        defer { try? FileManager.default.removeItem(at: file) }
        try await PanelClient.withPanel(["--users", file.path] + options, body)
    }

    /// Logs in; options for requests of the session, with the token where `mayChange`.
    private static func logIn(
        _ panel: PanelClient, _ name: String
    ) throws -> (cookie: [String], change: [String]) {
        let answer = try panel.expect(
            200, "/api/v1/session", post: #"{"user":"\#(name)","password":"\#(password)"}"#,
            holds: ["HttpOnly; SameSite=Strict", #""user":"\#(name)""#])
        guard let csrf = answer["csrf"] as? String,
            let start = answer.head.firstRange(of: "standpipe=")
        else { throw NotSeen(description: "\(answer)") }
        let cookie = answer.head[start.lowerBound...].prefix { $0 != ";" }
        return (["-b", String(cookie)], ["-b", String(cookie), "-H", "X-CSRF-Token: \(csrf)"])
    }

    @Test("Nobody looks without logging in, and each level does what it may, which is written down")
    func levels() async throws {
        try await Self.withPeople { panel in
            try panel.expect(401, "/api/v1/state", holds: [#"{"error":""#])
            try panel.expect(200, "/api/v1/session", holds: [#""user":null,"level":0"#])
            try panel.expect(
                403, "/api/v1/session", post: #"{"user":"nobody","password":"\#(Self.password)"}"#)
            let lena = try Self.logIn(panel, "lena")
            try panel.expect(200, "/api/v1/state", lena.cookie, holds: [#""live":true"#])
            try panel.expect(403, "/api/v1/silence", lena.change, post: "{}")

            let ole = try Self.logIn(panel, "ole")
            let wire = RunningBuilding.wire(1)
            let disable = #"{"detector":\#(wire),"minutes":5}"#
            try panel.expect(403, "/api/v1/disable", ole.cookie, post: disable)
            try panel.expect(
                403, "/api/v1/disable", ole.change + ["-H", "Origin: http://evil.example"],
                post: disable)
            try panel.expect(
                403, "/api/v1/disable", ole.change + ["-H", "Sec-Fetch-Site: cross-site"],
                post: disable)
            try panel.expect(
                415, "/api/v1/disable", ole.change + ["-H", "Content-Type: text/plain"],
                post: disable)
            let card = "/api/v1/detectors/\(wire)"
            try panel.expect(200, card, ole.cookie, holds: [#""state":"normal""#])
            try panel.expect(
                200, "/api/v1/disable", ole.change, post: disable, holds: [#""outcome":"done""#])
            try panel.expect(200, card, ole.cookie, holds: [#""state":"disabled""#])
            try panel.expect(
                200, "/api/v1/enable", ole.change, post: #"{"detector":\#(wire)}"#)
            try panel.expect(
                200, "/api/v1/walk-test", ole.change, post: #"{"floor":2,"minutes":3}"#)
            try panel.expect(404, "/api/v1/disable", ole.change, post: #"{"zone":"x","minutes":1}"#)
            try panel.expect(400, "/api/v1/disable", ole.change, post: "[]")
            // The site of this building lets nobody reset from afar.
            try panel.expect(403, "/api/v1/reset", ole.change, post: "{}", holds: ["from afar"])

            let basic = ["-u", "mia:\(Self.password)"]
            try panel.building.until("the audit") {
                let audit = try? panel.ask("/topics/audit.gateway", basic).body
                return [
                    #"disable detector \#(wire) for 5 min: done"#, #"\"before\":\"enabled\""#,
                    #"\"after\":\"disabled\""#, #"walk test on floor 2 for 3 min: done"#,
                    #"reset: notAllowed"#, #"\"user\":\"ole\""#,
                ].allSatisfy { audit?.contains($0) == true }
            }
            try panel.building.until("the controller's audit") {
                let audit = try? panel.ask("/topics/audit", basic).body
                return audit?.contains("disabled by ole for 5 min") == true
            }
            try panel.expect(403, "/api/v1/audit.csv", ole.cookie)
            try panel.expect(
                200, "/api/v1/audit.csv", basic,
                holds: ["text/csv", "controller,", "gateway,", "disabled by ole for 5 min"])
            try panel.expect(
                200, "/api/v1/audit.json", basic, holds: [#""event":"panel.export""#])
            try panel.expect(200, "/healthz", holds: [#""live":true"#])
            try panel.expect(401, "/metrics")
            try panel.expect(
                200, "/metrics", basic, holds: ["standpipe_live 1", "standpipe_panel_sessions 2"])
            try panel.expect(
                200, "/api/v1/detectors/\(wire)/history", ole.cookie,
                holds: [#""d"]"#, #""changes":[["#])
            try panel.expect(404, "/api/v1/report?kind=walk-test&episode=x", ole.cookie)
            try panel.expect(
                200, "/api/v1/report?kind=month&month=2026-01", ole.cookie,
                holds: [#""site":"Beside a gateway""#])
            // Basic is for programs that look.
            try panel.expect(401, "/api/v1/silence", basic, post: "{}")

            try panel.expect(200, "/api/v1/session", ole.change + ["-X", "DELETE"])
            try panel.expect(401, "/api/v1/state", ole.cookie)
        }
    }

    @Test("Over TLS the session's cookie goes nowhere else, and what happens comes live")
    func encrypted() async throws {
        let name = "/tmp/sc-\(UUID().uuidString.prefix(8))"
        let options = ["--tls-certificate", name + ".pem", "--tls-key", name + ".key"]
        let openssl = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-out", options[1], "-keyout", options[3],
            ], log: name + ".log")
        openssl.wait()
        defer {
            for end in [".pem", ".key", ".log"] { unlink(name + end) }
        }
        try await Self.withPeople(options) { panel in
            try panel.expect(
                200, "/api/v1/session",
                post: #"{"user":"lena","password":"\#(Self.password)"}"#,
                holds: ["; HttpOnly; SameSite=Strict; Secure"])
            let lena = try Self.logIn(panel, "lena")
            let feed = try panel.start("/api/v1/live", "live", lena.cookie)
            defer { feed.kill() }
            try panel.building.until("the first state") { feed.output.contains("event: state") }
            try panel.building.burn(2, "the contact")
            try panel.building.until("the valve in a change") {
                feed.output.contains(#""floor":2,"command":"open""#)
            }
            var plain = panel
            plain.scheme = "http"
            #expect(throws: NotSeen.self) { try plain.ask("/api/v1/session") }
        }
    }

    @Test("RECORD: what somebody has acknowledged is not shown again, after a restart neither")
    func acknowledge() async throws {
        try await Self.withPeople { panel in
            try panel.building.burn(3, "the contact")
            var ole = try Self.logIn(panel, "ole")
            func unacknowledged() -> [Int] {
                (try? panel.ask("/api/v1/state", ole.cookie))?["unacknowledged"] as? [Int] ?? []
            }
            try panel.building.until("the fire asks for a person") { !unacknowledged().isEmpty }
            let number = unacknowledged().first ?? -1
            try panel.expect(
                200, "/api/v1/acknowledge", ole.change, post: #"{"n":\#(number)}"#)
            guard !unacknowledged().contains(number) else {
                throw NotSeen(description: "\(number) is acknowledged")
            }
            try panel.expect(404, "/api/v1/acknowledge", ole.change, post: #"{"n":99999}"#)
            panel.building.gateway.stop()
            try panel.building.gateway.start()
            try panel.expect(401, "/api/v1/state", ole.cookie)
            ole = try Self.logIn(panel, "ole")
            guard !unacknowledged().contains(number) else {
                throw NotSeen(description: "\(number) stays acknowledged")
            }
        }
    }

    @Test("Who tries passwords is locked out, with the right one too; others are not")
    func lockOut() async throws {
        try await Self.withPeople { panel in
            let wrong = #"{"user":"ole","password":"wrong horse"}"#
            for _ in 0..<4 {
                let answer = try panel.expect(401, "/api/v1/session", post: wrong)
                guard answer["retryAfter"] == nil else { throw NotSeen(description: "\(answer)") }
            }
            try panel.expect(401, "/api/v1/session", post: wrong, holds: [#""retryAfter":30"#])
            try panel.expect(
                401, "/api/v1/session", post: #"{"user":"ole","password":"\#(Self.password)"}"#,
                holds: ["Retry-After: ", "too many"])
            _ = try Self.logIn(panel, "lena")
        }
    }
}
