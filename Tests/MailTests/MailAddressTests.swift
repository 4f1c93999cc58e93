// Which addresses and names are let through to a server.

import Testing

@testable import Mail

@Suite("Mail address")
struct MailAddressTests {
    @Test(
        "Addresses that every server carries",
        arguments: [
            "chief@site.test", "a@b", "fire.brigade+alarm@x-1.example.org", "o'neil@site.test",
            "_a-b=c@1.2", "x@xn--bcher-kva.example",
        ])
    func good(_ text: String) throws {
        #expect(try MailAddress(text).text == text)
    }

    @Test(
        "Addresses that are refused, and why",
        arguments: [
            ("", "is empty"), ("chief", "name@domain"), ("a@b@c", "name@domain"),
            ("@site.test", "no name"), ("a@", "no valid domain"), ("a@-b", "no valid domain"),
            ("a@b..c", "no valid domain"), ("a b@site.test", "character"), ("a.@b", "character"),
            ("\"a b\"@site.test", "character"), ("a@b\r\nRCPT TO:<x>", "no valid domain"),
            ("a\r\n@b", "character"), ("<a@b>", "character"), ("a@[127.0.0.1]", "no valid domain"),
            ("jörg@site.test", "ASCII"), ("a@bücher.example", "xn--"), ("a\0@b", "character"),
            (String(repeating: "a", count: 65) + "@b", "too long"),
        ])
    func bad(_ text: String, _ reason: String) {
        do {
            _ = try MailAddress(text)
            Issue.record("let through")
        } catch {
            #expect(error.reason.contains(reason))
        }
    }

    @Test("Hosts as they stand in a URL")
    func hosts() {
        #expect(HostName.inURL("mail.site.test") == "mail.site.test")
        #expect(HostName.inURL("mail_1") == "mail_1")
        #expect(HostName.inURL("192.168.1.1") == "192.168.1.1")
        #expect(HostName.inURL("fe80::1") == "[fe80::1]")
        for host in [
            "", "a/b", "a@b", "u:p@h", "a b", "a#b", "[::1]", "a\r\nb", "bücher", "-a", "a?",
        ] {
            #expect(HostName.inURL(host) == nil, "\(host)")
        }
    }
}
