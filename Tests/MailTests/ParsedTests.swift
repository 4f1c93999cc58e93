// Messages of random texts, read back by Python's email package.

import Foundation
import TestSupport
import Testing

@testable import Mail

@Suite("Mail as others read it")
struct ParsedTests {
    @Test("TOLD: random names, subjects and texts come out of a mail program as they went in")
    func random() throws {
        var (numbers, seed) = SeededNumbers.printed("Mail as others read it")
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-parsed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var messages: [MailMessage] = []
        var files: [URL] = []
        for number in 0..<100 {
            var message = Sample.message
            message.subject = text(&numbers, 80)
            message.toName = text(&numbers, 40)
            message.plain = text(&numbers, 2000)
            message.html = text(&numbers, 2000)
            message.id = "\(number).\(text(&numbers, 12).prefix(8))"
            message.wallMilliseconds = Int64(numbers.next() % 4_000_000_000_000)
            let bytes = try MessageBytes.of(
                message, from: try MailAddress("alarm@site.test"), fromName: message.toName,
                to: try MailAddress("chief@site.test"))
            let file = folder.appendingPathComponent("\(number)")
            try Data(bytes).write(to: file)
            messages.append(message)
            files.append(file)
        }
        let parsed = try ParsedMail.read(files)
        #expect(parsed.count == messages.count)
        for (mail, message) in zip(parsed, messages) {
            let name = HeaderText.cleaned(message.toName, limit: MailLimits.name)
            let subject = HeaderText.cleaned(message.subject, limit: MailLimits.subject)
            var wrong: [String] = []
            if mail.subject != subject { wrong.append("subject \(mail.subject)") }
            if mail.toName != name { wrong.append("to \(mail.toName)") }
            if mail.fromName != name { wrong.append("from \(mail.fromName)") }
            if ends(mail.plain) != ends(message.plain) { wrong.append("plain \(mail.plain)") }
            if ends(mail.html) != ends(message.html) { wrong.append("html \(mail.html)") }
            if !mail.isASCII || mail.longestLine > 998 { wrong.append("lines") }
            wrong += mail.defects
            guard wrong.isEmpty else {
                // One tells enough; all of them would fill the log.
                Issue.record("seed \(seed), message \(message.id.debugDescription): \(wrong)")
                return
            }
        }
        #expect(Set(parsed.map(\.id)).count == messages.count)
    }

    /// Up to `most` characters of the kinds that hurt.
    private func text(_ numbers: inout SeededNumbers, _ most: UInt64) -> String {
        let pieces = [
            "a", "Z", "0", " ", "  ", "=", "=?", "?=", "=?UTF-8?Q?x?=", ".", "\n.", "\n", "\r\n",
            "\r", "\t", "é", "ñ", "€", "火", "🔥", "👩‍🚒", "e\u{301}", "\"", "\\", "<", ">", "@", ",",
            ";", ":", "(", ")", "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "-", "--", "=_standpipe",
            "From ", "wort ", String(repeating: "x", count: 90),
        ]
        let count = numbers.next() % (most + 1)
        return (0..<count).map { _ in pieces[Int(numbers.next() % UInt64(pieces.count))] }.joined()
    }

    /// Bytes with every line end as LF and none at the end.
    private func ends(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var wasReturn = false
        for byte in text.utf8 {
            if byte == 0x0D || (byte == 0x0A && !wasReturn) { bytes.append(0x0A) }
            if byte != 0x0D && byte != 0x0A { bytes.append(byte) }
            wasReturn = byte == 0x0D
        }
        while bytes.last == 0x0A { bytes.removeLast() }
        return bytes
    }
}
