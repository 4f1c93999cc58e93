// What `standpipe status` says, word for word.

import Notifications
import Testing

@testable import standpipe

@Suite struct StatusTextTests {
    private func told(_ text: String) throws -> NotifyStatus {
        try #require(NotifyStatus(Array(text.utf8)))
    }

    @Test("TOLD: a wrong password is one fault with what to do, and what waits is counted")
    func configuration() throws {
        let status = try told(
            """
            {"written": 1770000000000, "notices": [], "paths": [
              {"channel": "email", "state": "down", "seconds": 7300, "failed": 0, "unseen": 0,
               "trouble": "mail.mill.example:587 refuses the log-in (535 no): correct the password",
               "queues": [
                 {"recipient": "Ana", "lane": "fire", "waiting": 3, "attempt": 1, "seconds": 130,
                  "error": "451 later"},
                 {"recipient": "Ben", "lane": "rest", "waiting": 1, "seconds": 9},
                 {"recipient": "Boss", "lane": "fire", "waiting": 0}]},
              {"channel": "sms", "state": "up", "failed": 0, "unseen": 0, "queues": []}]}
            """)
        #expect(!status.isWell)
        #expect(
            StatusText.lines(status, age: 900) == [
                "e-mail: down for 2 h: mail.mill.example:587 refuses the log-in (535 no): correct the"
                    + " password",
                "  Ana, fire: 3 messages waiting, the first for 2 min, tried 1 time: 451 later",
                "  Ben, rest: 1 message waiting, the first for 9 s",
                "SMS: up",
            ])
    }

    @Test("TOLD: what could not be delivered is shown until a human has seen it")
    func undelivered() throws {
        let status = try told(
            """
            {"written": 1, "notices": ["emails: Gone was not told: 550 nobody"], "paths": [
              {"channel": "email", "state": "up", "failed": 9, "unseen": 2, "queues": []}]}
            """)
        #expect(!status.isWell)
        #expect(
            StatusText.lines(status, age: 11_000) == [
                "gateway: SILENT for 11 s; see 'systemctl status standpipe-gateway'", "e-mail: up",
                "  2 could not be delivered and nobody has seen it: read the topic emails.failed,"
                    + " then POST /undelivered/seen",
                "  lately: emails: Gone was not told: 550 nobody",
            ])
        #expect(
            try told(
                """
                {"written": 1, "notices": [], "paths": [
                  {"channel": "email", "state": "up", "failed": 9, "unseen": 0, "queues": []}]}
                """
            ).isWell)
    }

    @Test("A controller that is silent or missing is said first")
    func controller() {
        #expect(
            StatusText.lines(nil, page: "/run/standpipe/status") == [
                "controller: there is none; /run/standpipe/status is no status page"
            ])
    }
}
