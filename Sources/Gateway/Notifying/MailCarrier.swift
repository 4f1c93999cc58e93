// Messages as mail: the words of a message, handed to the site's mail servers. Passwords are read when
// they are needed first, and again after every log-in that failed: whoever corrects the file need not
// restart the gateway.

import Mail
import Notifications

final class MailCarrier: Carrier {
    private let plan: MailPlan
    private let texts: TextMaker
    private let patience: Int
    private var mailer: Mailer?

    /// `patience`: seconds for an answer of a server.
    init(_ plan: MailPlan, _ texts: TextMaker, patience: Int) {
        self.patience = patience
        self.plan = plan
        self.texts = texts
    }

    func carry(_ delivery: NotifyDelivery) -> NotifyOutcome {
        guard let address = delivery.recipient.email else {
            return .rejected("\(delivery.recipient.name) has no e-mail address")
        }
        let now = BoardClock.now.wall
        let text = texts.text(
            delivery.message, to: delivery.recipient, late: now - delivery.wall > 60_000)
        let message = MailMessage(
            to: address, toName: delivery.recipient.name, subject: text.subject,
            plain: text.plain, html: text.html, id: delivery.message.id, wallMilliseconds: now,
            isUrgent: text.isUrgent)
        do throws(MailFailure) {
            let mailer = try ready()
            _ = try mailer.send(message)
            return mailer.troubles.first.map { .degraded($0) } ?? .sent
        } catch {
            switch error {
            case .recipient(let text): return .rejected(text)
            case .configuration(let text):
                mailer = nil
                return .configuration(text)
            case .later(let text): return later(text)
            }
        }
    }

    /// Whether it is this message that has to wait, or all: a server that takes a log-in is there.
    private func later(_ text: String) -> NotifyOutcome {
        switch check() {
        case .sent, .degraded: .later(text)
        case .path, .later, .rejected: .path(text)
        case .configuration(let text): .configuration(text)
        }
    }

    /// Tries all servers: mail goes out over one of them, and each that fails is told.
    func check() -> NotifyOutcome {
        let mailer: Mailer
        do throws(MailFailure) {
            mailer = try ready()
        } catch {
            return .configuration(error.sentence)
        }
        var failures: [MailFailure] = []
        for place in 0..<mailer.serverCount {
            do throws(MailFailure) {
                try mailer.check(server: place)
            } catch {
                failures.append(error)
            }
        }
        guard let first = failures.first else { return .sent }
        self.mailer = nil
        if failures.count < mailer.serverCount { return .degraded(first.sentence) }
        for case .configuration(let text) in failures { return .configuration(text) }
        return .path(first.sentence)
    }

    func listen() -> [Heard] { [] }

    private func ready() throws(MailFailure) -> Mailer {
        if let mailer { return mailer }
        var servers: [MailServer] = []
        for server in plan.servers {
            var password: String?
            if let file = server.passwordFile {
                do throws(NotifyFiles.Flaw) {
                    password = try NotifyFiles.password(file)
                } catch {
                    throw .configuration(error.text)
                }
            }
            servers.append(
                MailServer(
                    host: server.host, port: UInt16(clamping: server.port),
                    security: .init(rawValue: server.security.rawValue) ?? .startTLS,
                    user: server.user, password: password, certificates: server.certificates))
        }
        let made = Mailer(
            MailSettings(
                servers: servers, from: plan.from, fromName: plan.fromName,
                timeoutSeconds: patience))
        mailer = made
        return made
    }
}
