// The way of a message through a real mail server: Debian's exim4, see Tests/peers/exim-server.

import Foundation
import Glibc
import Testing

@testable import Mail

/// One exim for all tests of a suite.
struct WithExim: SuiteTrait, TestScoping {
    @TaskLocal static var server: EximServer?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: () async throws -> Void
    ) async throws {
        let server = try EximServer()
        try await Self.$server.withValue(server) { try await function() }
        withExtendedLifetime(server) {}
    }
}

final class EximServer: @unchecked Sendable {
    static let user = "alarm@site.test"
    static let password = "Fire & Wasser 7"

    private struct Said: Decodable {
        var ports: [String: UInt16]
        var issuer: String
        var mail: String
    }

    private let peer: Peer
    private let said: Said

    init() throws {
        peer = try Peer("Tests/peers/exim-server", ["@/exim"])
        said = try JSONDecoder().decode(Said.self, from: Data(try peer.line("{").utf8))
    }

    func server(
        _ port: String, _ security: MailServer.Security, user: String? = EximServer.user,
        password: String? = EximServer.password
    ) throws -> MailServer {
        MailServer(
            host: "localhost", port: try #require(said.ports[port]), security: security,
            user: security == .none ? nil : user, password: password, certificates: said.issuer)
    }

    /// The message with this id, delivered to the mailbox of `name`; waits for it.
    func delivered(_ id: String, to name: String) throws -> ParsedMail {
        let file = try Peer.wait("\(id) for \(name)") { () -> URL? in
            try mailbox(name).first {
                try String(contentsOf: $0, encoding: .utf8).contains("Message-ID: <\(id)@")
            }
        }
        return try #require(try ParsedMail.read([file]).first)
    }

    func mailbox(_ name: String) throws -> [URL] {
        let folder = URL(fileURLWithPath: said.mail).appendingPathComponent(name)
            .appendingPathComponent("new")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
    }
}

@Suite(
    "Mail through exim", .enabled(if: getuid() == 0, "exim has to be started as root"), WithExim())
struct EximTests {
    private func exim() throws -> EximServer { try #require(WithExim.server) }

    private func mailer(_ servers: [MailServer], seconds: Int = 60) -> Mailer {
        Mailer(
            MailSettings(
                servers: servers, from: EximServer.user, fromName: "Brandmelder Süd",
                hello: "panel.site.test", timeoutSeconds: seconds))
    }

    private func message(_ id: String, to: String = "chief@site.test") -> MailMessage {
        var message = Sample.message
        message.to = to
        message.id = id
        return message
    }

    @Test(
        "TOLD: a message arrives as it was written, accents, dots, long lines and all",
        arguments: [("starttls", .startTLS), ("tls", .tls), ("plain", .none)]
            as [(String, MailServer.Security)])
    func arrives(_ port: String, _ security: MailServer.Security) throws {
        let exim = try exim()
        var message = message("arrives-\(port)")
        message.toName = "Señora \"Núñez\", Ärztin"
        message.subject =
            "¡Fuego! Planta 2 — détecteur n° 17 (Küche) 🔥 " + "lang " + "ß".repeated(90)
        message.plain =
            ".\n..\n.point\n=3D equals = é€🔥\n trailing \t\nFrom here\n\n"
            + String(repeating: "x", count: 3000) + "\n"
            + (0..<5000).map { ".\($0 % 7 == 0 ? "." : "") Zeile \($0) ü" }.joined(separator: "\n")
        message.html = "<p class=\"a\">é & ü = ü</p>\r\n.\r\n<b>" + "long ".repeated(500) + "</b>"
        message.isUrgent = true
        let mailer = mailer([try exim.server(port, security)])
        let trace = try mailer.send(message)
        #expect(trace.answer.hasPrefix("250 OK id="))
        #expect(mailer.troubles.isEmpty)
        let mail = try exim.delivered("arrives-\(port)", to: "chief")
        #expect(mail.subject == message.subject)
        #expect(mail.toName == message.toName)
        #expect(mail.fromName == "Brandmelder Süd")
        #expect(mail.to == "chief@site.test" && mail.from == EximServer.user)
        #expect(mail.date == "2026-11-23T08:55:39+00:00")
        #expect(mail.id == "<arrives-\(port)@site.test>")
        #expect(mail.type == "multipart/alternative")
        #expect(mail.headers.contains("Importance") && mail.headers.contains("Auto-Submitted"))
        let ends = { (text: String) in
            text.replacing("\r\n", with: "\n").trimmingCharacters(in: .newlines)
        }
        #expect(ends(mail.plain) == ends(message.plain))
        #expect(ends(mail.html) == ends(message.html))
        #expect(mail.isASCII && mail.longestLine <= 998)
        #expect(mail.defects == [])
    }

    @Test("Each refusal is what it is, and its sentence says what the server said")
    func refusals() throws {
        let exim = try exim()
        let good = try exim.server("starttls", .startTLS)
        var wrong = good
        wrong.password = "hunter2"
        var nobody = good
        nobody.user = nil
        var unread = good
        unread.certificates = "/nowhere/ca.pem"
        var namedOtherwise = good
        namedOtherwise.host = "127.0.0.1"
        let chief = "chief@site.test"
        let cases: [(MailServer, String, Outcome, String)] = [
            (wrong, chief, .configuration, "535"),
            (nobody, chief, .configuration, "530 5.7.0 Authentication required"),
            (unread, chief, .configuration, "/nowhere/ca.pem"),
            (namedOtherwise, chief, .configuration, "certificate"),
            (try exim.server("expired", .startTLS), chief, .configuration, "expired"),
            (try exim.server("other", .startTLS), chief, .configuration, "subject name"),
            (try exim.server("stranger", .startTLS), chief, .configuration, "issuer"),
            (try exim.server("plain", .startTLS), chief, .configuration, "STARTTLS"),
            (try exim.server("plain", .tls), chief, .configuration, "security: starttls"),
            (try exim.server("busy", .startTLS), chief, .later, "421 4.3.2 Too busy"),
            (try exim.server("fulldisk", .none), chief, .later, "452 Space shortage"),
            (good, "nobody@site.test", .recipient, "550"),
            (good, "full@site.test", .later, "452 4.2.2 Mailbox full"),
            (good, "virus@site.test", .recipient, "550 5.7.1 This is not wanted"),
            (good, "x@else.test", .configuration, "550 5.7.1 relay not permitted"),
        ]
        for (server, to, expected, words) in cases {
            let mailer = mailer([server])
            let (outcome, sentence) = Outcome.of(message("refused", to: to), by: mailer)
            #expect(outcome == expected, "\(sentence)")
            #expect(sentence.contains(words), "\(sentence)")
            #expect(sentence.contains(server.name), "\(sentence)")
            #expect(!sentence.contains("hunter2") && !sentence.contains(EximServer.password))
        }
        #expect(try exim.mailbox("full") == [])
    }

    @Test("A server that is mute, or falls silent with the message, is left in time")
    func silence() throws {
        let exim = try exim()
        let plain = try exim.server("plain", .none)
        for (server, to) in [
            (try exim.server("mute", .none), "chief@site.test"), (plain, "hang@site.test"),
        ] {
            let (outcome, sentence) = Outcome.of(
                message("silence", to: to), by: mailer([server], seconds: 1))
            #expect(outcome == .later, "\(sentence)")
        }
    }

    @Test("TOLD: what is greylisted goes out when it is tried again")
    func greylisted() throws {
        let exim = try exim()
        let mailer = mailer([try exim.server("starttls", .startTLS)])
        let (first, sentence) = Outcome.of(message("grey", to: "grey@site.test"), by: mailer)
        #expect(first == .later && sentence.contains("451 4.7.1 Greylisted"), "\(sentence)")
        #expect(Outcome.of(message("grey", to: "grey@site.test"), by: mailer).0 == .sent)
        #expect(try exim.delivered("grey", to: "grey").to == "grey@site.test")
    }

    @Test(
        "TOLD: another server is asked when one fails for a reason of its own, and keeps the turn")
    func several() throws {
        let exim = try exim()
        let good = try exim.server("starttls", .startTLS)
        let bad = [
            try exim.server("expired", .startTLS), try exim.server("busy", .startTLS),
            try exim.server("starttls", .startTLS, password: "hunter2"),
            MailServer(host: "localhost", port: 1, security: .tls),
            MailServer(host: "nowhere.invalid", port: 25, security: .none),
        ]
        let mailer = mailer(bad + [good])
        let trace = try mailer.send(message("several-1", to: "porter@site.test"))
        #expect(trace.server == good.name)
        #expect(mailer.troubles.count == bad.count)
        for (trouble, server) in zip(mailer.troubles, bad) {
            #expect(trouble.contains(server.name))
            #expect(!trouble.contains("hunter2"))
        }
        // Not again the same five failures for the next recipient.
        _ = try mailer.send(message("several-2", to: "porter@site.test"))
        #expect(mailer.troubles == [])
        // All fail: what a human can mend is told first.
        let failing = self.mailer([bad[1], bad[0], bad[3]])
        let (outcome, sentence) = Outcome.of(message("several-3"), by: failing)
        #expect(outcome == .configuration && sentence.contains(bad[0].name), "\(sentence)")
        #expect(failing.troubles.count == 2)
    }

    @Test("A recipient that a server does not know is given up at once; no other server is asked")
    func givenUp() throws {
        let exim = try exim()
        let second = try MoodyServer(["--fail", "0"])
        let mailer = mailer([try exim.server("plain", .none), second.server()])
        #expect(Outcome.of(message("given-up", to: "nobody@site.test"), by: mailer).0 == .recipient)
        #expect(try second.taken().isEmpty)
    }

    @Test("The path is tried without sending anything")
    func check() throws {
        let exim = try exim()
        let good = try exim.server("tls", .tls)
        let wrong = try exim.server("tls", .tls, password: "hunter2")
        let busy = try exim.server("busy", .startTLS)
        try mailer([good]).check()
        try mailer([try exim.server("plain", .none)]).check()
        let both = mailer([wrong, good])
        #expect(throws: MailFailure.self) { try both.check() }
        try both.check(server: 1)
        do throws(MailFailure) {
            try both.check()
        } catch {
            #expect(Outcome(error) == .configuration, "\(error.sentence)")
            #expect(error.sentence.contains("535"), "\(error.sentence)")
        }
        do throws(MailFailure) {
            try mailer([busy]).check()
            Issue.record("a busy server passed")
        } catch {
            #expect(Outcome(error) == .later)
        }
    }
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
