// A conversation, line by line: which command the last answer belongs to, and what of it is told.

import Testing

@testable import Mail

@Suite("Conversation")
struct ConversationTests {
    private func heard(
        _ lines: [String], secrets: [String] = []
    ) -> Conversation {
        var conversation = Conversation(secrets: secrets.map { Array($0.utf8) })
        for line in lines {
            let text = Array((line.dropFirst(2) + "\r\n").utf8)
            if line.hasPrefix("C") { conversation.sent(text) } else { conversation.received(text) }
        }
        return conversation
    }

    @Test(
        "A whole delivery: the message is taken by the answer after 354, and QUIT changes nothing")
    func delivery() {
        let before = [
            "S 220 mail.site.test", "C EHLO me", "S 250-mail", "S 250-SIZE 1000",
            "S 250 STARTTLS", "C STARTTLS", "S 220 go", "C EHLO me", "S 250-mail",
            "S 250 AUTH PLAIN", "C AUTH PLAIN", "S 334 ", "C AG1haWwA", "S 235 in",
            "C MAIL FROM:<a@b>", "S 250 ok", "C RCPT TO:<c@d>", "S 250 ok", "C DATA", "S 354 go on",
        ]
        #expect(!heard(before).isAccepted)
        #expect(heard(before).step == .message)
        #expect(heard(before).reply == nil)
        let after = heard(before + ["S 250-OK", "S 250 id=1", "C QUIT", "S 421 late"])
        #expect(after.isAccepted)
        #expect(after.reply == Reply(code: 250, text: "OK id=1"))
        #expect(!heard(before + ["S 250-OK"]).isAccepted, "an answer has an end")
    }

    @Test("A line of the log-in that looks like a command is none")
    func login() {
        let conversation = heard([
            "S 220 hi", "C EHLO me", "S 250 AUTH LOGIN", "C AUTH LOGIN", "S 334 VXNlcg==", "C DATA",
            "S 334 UGFzcw==", "C QUIT", "S 535 no",
        ])
        #expect(conversation.step == .login)
        #expect(conversation.reply?.code == 535)
        #expect(!conversation.isOver)
    }

    @Test("A server that repeats the password does not get it into a sentence")
    func secrets() {
        let conversation = heard(
            ["S 220 hi", "C AUTH PLAIN", "S 535 'hunter2' is wrong, also aHVudGVyMg=="],
            secrets: ["hunter2", "aHVudGVyMg=="])
        #expect(conversation.reply?.text == "'***' is wrong, also ***")
    }

    @Test("BOUNDED: whatever a server says, a sentence gets one short line of it")
    func rubbish() {
        for line in [
            "220 \u{1B}[31mred\u{7}\r\n and \"more\"", String(repeating: "2", count: 100_000),
            "220 " + String(repeating: "é", count: 100_000), "220", "220-", "22", "", "abc def",
            "99999 x",
        ] {
            var conversation = Conversation()
            for _ in 0..<100 { conversation.received(Array(line.utf8)) }
            let text = conversation.reply?.text ?? ""
            #expect(text.count <= MailLimits.answer)
            #expect(!text.contains("\"") && !text.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    @Test("Bytes that are no UTF-8 do no harm")
    func bytes() {
        var conversation = Conversation()
        conversation.received([0x35, 0x35, 0x30, 0x20, 0xFF, 0xC3, 0x00, 0x0A])
        #expect(conversation.reply == Reply(code: 550, text: "\u{FFFD}\u{FFFD}"))
    }
}
