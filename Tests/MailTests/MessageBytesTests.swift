// A message's bytes: what each header says, and that nothing of a text becomes a header.

import Testing

@testable import Mail

@Suite("Message bytes")
struct MessageBytesTests {
    private func text(_ message: MailMessage, fromName: String = "Standpipe") throws -> String {
        let bytes = try MessageBytes.of(
            message, from: try MailAddress("alarm@site.test"), fromName: fromName,
            to: try MailAddress(message.to))
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A plain message, byte for byte")
    func whole() throws {
        var message = Sample.message
        message.subject = "Fire on floor 2"
        message.isUrgent = true
        #expect(
            try text(message)
                == """
                Date: Mon, 23 Nov 2026 08:55:39 +0000
                From: "Standpipe" <alarm@site.test>
                To: "The \\"chief\\"" <chief@site.test>
                Subject: Fire on floor 2
                Message-ID: <notifications.0-17@site.test>
                Auto-Submitted: auto-generated
                Importance: high
                X-Priority: 1
                MIME-Version: 1.0
                Content-Type: multipart/alternative;
                 boundary="=_standpipe_alternative_="

                --=_standpipe_alternative_=
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                It burns.

                --=_standpipe_alternative_=
                Content-Type: text/html; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                <p>It burns.</p>

                --=_standpipe_alternative_=--

                """.replacing("\n", with: "\r\n"))
    }

    private let evils = [
        "a\r\nBcc: thief@else.test", "a\nBcc: x@y", "a\rBcc: x@y", "a\r\n\r\nbody",
        "a\u{2028}Bcc: x@y", "a\u{85}Bcc: x@y", "a\u{0}b", "\u{1B}[2J", "=?UTF-8?Q?=0D=0ABcc:?=",
        "é\r\nBcc: x@y", "\t\r\n ", "", "\u{B}\u{C}", String(repeating: "x", count: 5000),
        String(repeating: "é\r\n", count: 5000), "e" + String(repeating: "\u{301}", count: 9000),
    ]

    @Test("TOLD: no name, subject or id adds a header or ends the headers")
    func injection() throws {
        for evil in evils { try inject(evil) }
    }

    private func inject(_ evil: String) throws {
        var message = Sample.message
        message.subject = evil
        message.toName = evil
        if (1...MailLimits.id).contains(evil.utf8.count) { message.id = evil }
        let text = try text(message, fromName: evil)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let headers = lines.prefix { !$0.isEmpty }
        let names = headers.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(
            names == [
                "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type",
            ])
        for line in lines {
            #expect(line.utf8.count <= 998)
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 })
        }
        for line in headers where !line.hasPrefix("Message-ID") { #expect(line.utf8.count <= 78) }
    }

    @Test("Different ids give different Message-IDs, and the same the same")
    func ids() {
        let ids = [
            "a", "A", "a.b", "a..b", ".a", "a.", "a=b", "a=3Db", "a b", "a@b", "ü", "a\r\nb", "=2E",
        ]
        let texts = ids.map { MessageBytes.messageID($0, domain: "d") }
        #expect(Set(texts).count == ids.count)
        for text in texts {
            #expect(throws: Never.self) { try MailAddress(String(text.dropFirst().dropLast())) }
        }
    }

    @Test("BOUNDED: a message too large and one without an id are refused with a sentence")
    func refused() throws {
        var large = Sample.message
        large.plain = String(repeating: "a", count: MailLimits.texts)
        #expect(throws: MessageBytes.Refusal.self) { try text(large) }
        var nameless = Sample.message
        nameless.id = ""
        #expect(throws: MessageBytes.Refusal.self) { try text(nameless) }
    }

    @Test(
        "Dates are those of RFC 5322, in UTC, whatever the clock says",
        arguments: [
            (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (4_107_542_400_000, "Mon, 1 Mar 2100 00:00:00 +0000"),
            (3_058_244_139_000, "Mon, 29 Nov 2066 08:15:39 +0000"),
            (.max, "Fri, 31 Dec 9999 23:59:59 +0000"), (.min, "Mon, 1 Jan 1900 00:00:00 +0000"),
        ] as [(Int64, String)])
    func dates(_ wall: Int64, _ text: String) {
        #expect(MailDate.text(wall) == text)
    }
}

/// A message that the tests begin with.
enum Sample {
    static var message: MailMessage {
        MailMessage(
            to: "chief@site.test", toName: "The \"chief\"", subject: "Fire", plain: "It burns.\n",
            html: "<p>It burns.</p>\n", id: "notifications.0-17",
            wallMilliseconds: 1_795_424_139_000, isUrgent: false)
    }
}
