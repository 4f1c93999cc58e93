// The recipients file: what is wrong in it is told, with its line.

import Testing

@testable import Notifications

@Suite struct RecipientsFileTests {
    @Test(
        "What is wrong is told with its line",
        arguments: [
            ("", 1), ("x", 1), ("standpipe-recipients 1\nrubbish", 2),
            ("standpipe-recipients 1\n    email a@b", 2),
            ("standpipe-recipients 1\nserver h 25 none", 2),
            ("standpipe-recipients 1\nmail A <a@b>\nserver h 0 none", 3),
            ("standpipe-recipients 1\nmail A <a@b>\nserver h 25 open", 3),
            ("standpipe-recipients 1\nmail a@b", 2), ("standpipe-recipients 1\ndaily-test 1440", 2),
            ("standpipe-recipients 1\nmail A <a@b>\nrecipient A\n    hours 0 0 0", 4),
            ("standpipe-recipients 1\nmail A <a@b>\nrecipient A\n    after 0", 4),
            ("standpipe-recipients 1\nmail A <a@b>\nrecipient A\n    events a#", 4),
            ("standpipe-recipients 1\nmail A <a@b>\nrecipient A\n    email a@b\nrecipient A", 5),
            ("standpipe-recipients 1\nrecipient A\n    email a@b", 1),
            ("standpipe-recipients 1\nmail A <a@b>\nserver h 25 none\nrecipient A", 1),
        ])
    func mistakes(text: String, line: Int) {
        #expect { try RecipientsFile.plan(text) } throws: {
            ($0 as? RecipientsError)?.line == line
        }
    }

    @Test("The smallest file, and names with spaces")
    func small() throws {
        #expect(try RecipientsFile.plan("standpipe-recipients 1\n").recipients == [])
        let plan = try RecipientsFile.plan(
            "standpipe-recipients 1\nsite Old  mill\nmail Old mill <a@b>\nserver h 25 none\n"
                + "\nrecipient Ana María de la O\n    email a@b\n")
        #expect(plan.site == "Old  mill" && plan.mail?.fromName == "Old mill")
        #expect(plan.recipients.map(\.name) == ["Ana María de la O"])
    }
}
