// What a real server cannot be made to do on demand: connections that break, answers that never come or
// never end, at every step, by hardware-sim/moody-smtp.

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Mail

@Suite("Mail and moods")
struct MoodyTests {
    private func mailer(_ servers: [MailServer], seconds: Int = 60) -> Mailer {
        Mailer(
            MailSettings(
                servers: servers, from: "alarm@site.test", fromName: "Standpipe",
                timeoutSeconds: seconds))
    }

    private func message(_ id: String) -> MailMessage {
        var message = Sample.message
        message.id = id
        message.plain = String(repeating: ".\n..\n. dots\n", count: 50)
        return message
    }

    /// Every message of `moods`, one connection each, and what came of it.
    private func expect(
        _ moods: [(String, Outcome)], _ arguments: [String] = [], seconds: Int = 60,
        _ server: (MoodyServer) -> MailServer = { $0.server() }
    ) throws {
        let list = moods.map(\.0).joined(separator: ",")
        let moody = try MoodyServer(["--in-order", "--moods", list] + arguments)
        // A mailer each: one that failed would be asked last, which here is all the same.
        for (mood, expected) in moods {
            let (outcome, sentence) = Outcome.of(
                message(mood), by: mailer([server(moody)], seconds: seconds))
            #expect(outcome == expected, "\(mood): \(sentence)")
            #expect(sentence.count < 500 && !sentence.contains("\n"), "\(mood): \(sentence)")
        }
        let taken = try moody.taken()
        let certain = moods.filter { $0.1 == .sent }.map { "<\($0.0)@site.test>" }
        let doubtful = moods.filter { $0.0.hasSuffix("@taken") }.map { "<\($0.0)@site.test>" }
        #expect(
            taken.map { $0.id.replacing("=40", with: "@") }.filter { !doubtful.contains($0) }
                == certain)
        #expect(taken.allSatisfy { $0.bareLineEnds == 0 && $0.longestLine <= 998 })
    }

    @Test(
        "TOLD: a server that breaks off at any step has not taken the message, and it is tried again"
    )
    func brokenOff() throws {
        let steps = ["greeting", "ehlo", "mail", "rcpt", "data", "body", "dot", "taken"]
        try expect(
            steps.flatMap { [("vanish@\($0)", .later), ("close@\($0)", .later)] }
                + [("vanish@quit", .sent), ("close@quit", .sent)])
    }

    @Test(
        "Codes at every step: 4xx is tried again, 5xx is the recipient's, the message's or a fault")
    func codes() throws {
        try expect([
            ("421@greeting", .later), ("554@greeting", .configuration), ("451@ehlo", .later),
            ("550@ehlo", .configuration), ("452@mail", .later), ("550@mail", .configuration),
            ("552@mail", .recipient), ("451@rcpt", .later), ("421@rcpt", .later),
            ("550@rcpt", .recipient), ("552@rcpt", .later), ("451@data", .later),
            ("452@dot", .later), ("421@dot", .later), ("554@dot", .recipient),
            ("421@quit", .sent), ("554@quit", .sent),
        ])
    }

    @Test(
        "BOUNDED: a server that falls silent at any step is left; after the message only QUIT is lost"
    )
    func silent() throws {
        try expect(
            [
                ("hang@greeting", .later), ("hang@ehlo", .later), ("hang@mail", .later),
                ("hang@rcpt", .later), ("hang@data", .later), ("hang@dot", .later),
            ], seconds: 1)
        // Here the time is ample, and the answer to QUIT is not waited for that long.
        try expect([("hang@quit", .sent)])
    }

    @Test("BOUNDED: rubbish and answers without an end are no delivery")
    func rubbish() throws {
        try expect([
            ("junk@greeting", .later), ("endless@greeting", .later), ("endless@rcpt", .later),
            ("endless@dot", .later), ("junk@dot", .later),
        ])
    }

    @Test("TLS and log-in that break off, are put off or refused; no password in any sentence")
    func login() throws {
        let certificates = try TestCertificate()
        let password = "Fire & Wasser 7"
        let arguments = [
            "--certificate", certificates.file, "--key", certificates.key, "--user", "alarm",
            "--password", password,
        ]
        let moods: [(String, Outcome)] = [
            ("vanish@starttls", .later), ("454@starttls", .later),
            ("502@starttls", .configuration), ("vanish@tls", .later), ("close@tls", .later),
            ("vanish@auth", .later), ("454@auth", .later),
            ("421@auth", .later), ("535@auth", .configuration), ("vanish@body", .later),
            ("vanish@dot", .later), ("close@quit", .sent),
        ]
        for mechanism in ["PLAIN", "LOGIN"] {
            try expect(moods, arguments + ["--mechanisms", mechanism]) {
                $0.server(
                    .startTLS, user: "alarm", password: password,
                    certificates: certificates.file)
            }
            let echo = try MoodyServer(
                ["--fail", "1", "--moods", "echo@auth", "--mechanisms", mechanism] + arguments)
            let (outcome, sentence) = Outcome.of(
                message("echo"),
                by: mailer([
                    echo.server(
                        .startTLS, user: "alarm", password: password,
                        certificates: certificates.file)
                ]))
            #expect(outcome == .configuration && sentence.contains("***"), "\(sentence)")
            for secret in [Array(password.utf8), Array("\0alarm\0\(password)".utf8)] {
                #expect(!sentence.contains(String(decoding: secret, as: UTF8.self)))
                #expect(!sentence.contains(HeaderText.base64(secret)), "\(sentence)")
            }
        }
        try expect(
            [
                ("vanish@tls", .later), ("close@tls", .later), ("vanish@auth", .later),
                ("vanish@dot", .later), ("hang@quit", .sent),
            ],
            arguments + ["--tls"]
        ) {
            $0.server(.tls, user: "alarm", password: password, certificates: certificates.file)
        }
    }

    @Test("Without TLS the password itself is not sent where a challenge is offered")
    func challenge() throws {
        let moody = try MoodyServer([
            "--fail", "0", "--user", "alarm", "--password", "hunter2", "--login-without-tls",
            "--mechanisms", "PLAIN,LOGIN,CRAM-MD5",
        ])
        _ = try mailer([moody.server(user: "alarm", password: "hunter2")]).send(message("cram"))
        #expect(try moody.taken().map(\.user) == ["alarm"])
        let wrong = mailer([moody.server(user: "alarm", password: "hunter3")])
        #expect(Outcome.of(message("wrong"), by: wrong).0 == .configuration)
    }

    @Test("A path that is tried is good where only the answer to QUIT is missing")
    func checkedSilence() throws {
        let moody = try MoodyServer(["--in-order", "--moods", "hang@quit,vanish@quit,451@ehlo"])
        let mailer = mailer([moody.server()])
        try mailer.check()
        try mailer.check()
        #expect(throws: MailFailure.self) { try mailer.check() }
        #expect(try moody.taken().isEmpty)
    }

    @Test("A server that is off line is later, and takes messages when it is back on the same port")
    func offline() throws {
        let moody = try MoodyServer(["--fail", "0"])
        let mailer = mailer([moody.server()])
        #expect(Outcome.of(message("before"), by: mailer).0 == .sent)
        moody.peer.signal(SIGUSR1)
        _ = try moody.peer.line("offline")
        let (outcome, sentence) = Outcome.of(message("during"), by: mailer)
        #expect(outcome == .later && sentence.contains("Connection refused"), "\(sentence)")
        moody.peer.signal(SIGUSR2)
        _ = try moody.peer.line("online")
        #expect(Outcome.of(message("after"), by: mailer).0 == .sent)
        #expect(try moody.taken().map(\.id) == ["<before@site.test>", "<after@site.test>"])
    }

    @Test("TOLD: mailers of several threads send at once, and each message arrives once")
    func threads() throws {
        let moody = try MoodyServer(["--fail", "0"])
        let wrong = Mutex<[String]>([])
        let server = moody.server()
        let threads = (0..<8).map { thread in
            Thread {
                let mailer = self.mailer([server])
                for number in 0..<5 {
                    let result = Outcome.of(self.message("t\(thread)-\(number)"), by: mailer)
                    if result.0 != .sent { wrong.withLock { $0.append(result.sentence) } }
                }
            }
        }
        for thread in threads { thread.start() }
        try Peer.wait("all threads") { threads.allSatisfy(\.isFinished) ? true : nil }
        #expect(wrong.withLock { $0 } == [])
        let ids = try moody.taken().map(\.id).sorted()
        #expect(ids == (0..<40).map { "<t\($0 / 5)-\($0 % 5)@site.test>" }.sorted())
    }

    @Test(
        "TOLD: half of all transactions fail, and what was said to be sent was taken, no more, no less"
    )
    func honest() throws {
        let (_, seed) = SeededNumbers.printed("moody-smtp")
        let moody = try MoodyServer([
            "--seed", "\(seed)", "--fail", "0.5", "--unknown", "nobody@site.test", "--moods",
            "451@rcpt,451@dot,452@mail,421@greeting,vanish@rcpt,vanish@body,vanish@dot,close@dot",
        ])
        let mailer = mailer([moody.server()])
        var sent: [String] = []
        for number in 0..<100 {
            switch Outcome.of(message("n\(number)"), by: mailer) {
            case (.sent, _): sent.append("<n\(number)@site.test>")
            case (.later, _): break
            case (_, let sentence): Issue.record("\(sentence)")
            }
        }
        #expect(try moody.taken().map(\.id) == sent)
        #expect((10...90).contains(sent.count))
        var stranger = message("stranger")
        stranger.to = "nobody@site.test"
        // 550 whenever the server lives to say it.
        let outcomes = (0..<20).map { _ in Outcome.of(stranger, by: mailer).0 }
        #expect(outcomes.contains(.recipient) && !outcomes.contains(.sent))
    }
}

/// A certificate for localhost that vouches for itself.
struct TestCertificate {
    private let peer: Peer
    var file: String { peer.folder.appendingPathComponent("c.pem").path }
    var key: String { peer.folder.appendingPathComponent("c.key").path }

    init() throws {
        peer = try Peer(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout", "@/c.key", "-out", "@/c.pem", "-subj", "/CN=localhost", "-days", "30",
                "-addext", "subjectAltName=DNS:localhost",
            ])
        let files = [file, key]
        try Peer.wait("openssl: \(peer.output)") {
            files.allSatisfy { path in
                (try? String(contentsOfFile: path, encoding: .utf8))?.contains("-----END") == true
            } ? true : nil
        }
    }
}
