// Settings as text: they may end up in a log.

import Testing

@testable import Mail

@Suite("Mail settings")
struct MailSettingsTests {
    @Test("No way of printing settings prints a password")
    func passwords() {
        let server = MailServer(
            host: "mail.site.test", port: 587, security: .startTLS, user: "alarm",
            password: "hunter2")
        let settings = MailSettings(servers: [server], from: "a@b", fromName: "c")
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped, "\([server])"] {
            #expect(text.contains("mail.site.test:587") && !text.contains("hunter2"), "\(text)")
        }
    }
}
