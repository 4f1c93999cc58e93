// Who is told in the demo: one person with a mailbox and a phone, and the ways to them: a mail server of
// the demo's own and a simulated modem. The gateway finds them as on a board, in its recipients file.

import Glibc
import Notifications
import SimulatedBuilding
import SimulatedModem

final class DemoPeople {
    /// One SMS as the phone shows it.
    struct Text: Encodable {
        var to: String
        var text: String
    }

    private static let shown = 12

    let recipientsFile: String
    private let mailbox: DemoMailbox
    private let modem: SimulatedModem

    /// `directory`: the demo's.
    init(loop: SimLoop, site: String, directory: String) throws {
        mailbox = try DemoMailbox(loop: loop)
        modem = try SimulatedModem(link: "\(directory)/modem")
        recipientsFile = "\(directory)/recipients"
        var plan = NotifyPlan(
            site: site,
            recipients: [
                Recipient(
                    name: "Night watch", email: "watch@demo.example", phone: "+34600111222")
            ])
        plan.mail = MailPlan(
            servers: [
                MailPlan.Server(host: "127.0.0.1", port: Int(mailbox.port), security: .none)
            ],
            from: "standpipe@demo.example", fromName: "Standpipe")
        plan.sms = TextPlan(device: "\(directory)/modem")
        let bytes = Array(RecipientsFile.text(plan).utf8)
        let file = open(recipientsFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SimulationError("make \(recipientsFile)") }
        defer { Glibc.close(file) }
        guard write(file, bytes, bytes.count) == bytes.count else {
            throw SimulationError("write \(recipientsFile)")
        }
    }

    func close() {
        mailbox.close()
        modem.stop()
    }

    /// Newest first.
    var mails: [DemoMail] { mailbox.mails.suffix(Self.shown).reversed() }

    /// Newest first; a text of several parts once, when it is whole.
    var texts: [Text] {
        modem.accepted.suffix(4 * Self.shown).compactMap { message in
            message.whole.map { Text(to: message.to, text: $0) }
        }.suffix(Self.shown).reversed()
    }
}
