// Messages as SMS, over the site's modem; and the answers of those who acknowledge by SMS.

import Modem
import Notifications

final class ModemCarrier: Carrier {
    /// What comes in is waited for so long, between two looks for tasks.
    private static let moment = Duration.milliseconds(200)

    private let plan: TextPlan
    private let texts: TextMaker
    private let pinMemory: String
    private let isQuick: Bool
    private var modem: Modem?

    init(_ plan: TextPlan, _ texts: TextMaker, pinMemory: String, isQuick: Bool) {
        self.isQuick = isQuick
        self.plan = plan
        self.texts = texts
        self.pinMemory = pinMemory
    }

    func carry(_ delivery: NotifyDelivery) -> NotifyOutcome {
        guard let phone = delivery.recipient.phone else {
            return .rejected("\(delivery.recipient.name) has no phone")
        }
        let text = texts.text(delivery.message, to: delivery.recipient, late: false).sms
        do throws(ModemFailure) {
            _ = try ready().send(text, to: phone)
            return .sent
        } catch {
            switch error {
            case .recipient(let text): return .rejected(text)
            case .configuration(let text): return .configuration(text)
            case .later(let text):
                // A modem that is well, and a network that knows it: then it is this message.
                switch check() {
                case .sent, .degraded: return .later(text)
                case .path, .later, .rejected: return .path(text)
                case .configuration(let text): return .configuration(text)
                }
            }
        }
    }

    func check() -> NotifyOutcome {
        do throws(ModemFailure) {
            _ = try ready().check()
            return .sent
        } catch {
            switch error {
            case .configuration(let text): return .configuration(text)
            case .later(let text), .recipient(let text): return .path(text)
            }
        }
    }

    func listen() -> [Heard] {
        guard let modem, modem.listen(for: Self.moment) else { return [] }
        // The network's word on what it took before: what it gave up is only told, as the modem had
        // handed it over.
        var heard: [Heard] = modem.reports().compactMap { report in
            guard report.outcome == .failed else { return nil }
            return .note("the network gave up an SMS to \(report.to) (status \(report.status))")
        }
        do throws(ModemFailure) {
            heard += try modem.received().map { .text(from: $0.from, $0.text) }
        } catch {
            // The next check says what is wrong.
        }
        return heard
    }

    private func ready() throws(ModemFailure) -> Modem {
        if let modem { return modem }
        var pin: String?
        if let file = plan.pinFile {
            do throws(NotifyFiles.Flaw) {
                pin = try NotifyFiles.password(file)
            } catch {
                throw .configuration(error.text)
            }
        }
        var settings = ModemSettings(
            device: plan.device, pin: pin, center: plan.center, pinMemory: pinMemory)
        if isQuick {
            let usual = settings.patience
            settings.patience.answer = usual.answer / 10
            settings.patience.network = usual.network / 10
            settings.patience.sim = usual.sim / 10
            settings.patience.send = usual.send / 10
            settings.patience.boot = usual.boot / 10
        }
        let made = Modem(settings)
        modem = made
        return made
    }
}
