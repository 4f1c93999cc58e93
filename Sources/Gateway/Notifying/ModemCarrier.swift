// Messages as SMS, over the site's modem; and the answers of those who acknowledge by SMS.

import Modem
import Notifications

final class ModemCarrier: Carrier {
    /// What comes in is waited for so long, between two looks for tasks.
    private static let moment = Duration.milliseconds(200)

    private let plan: TextPlan
    private let texts: TextMaker
    private let pinMemory: String
    private let hurry: Int
    private var modem: Modem?
    /// Messages that the network gave up, by id, the newest last.
    private var given: [String] = []
    /// What the network took last, by the references that its reports name: those come round after 256.
    private var taken: [(reference: UInt8, message: Message)] = []

    init(_ plan: TextPlan, _ texts: TextMaker, pinMemory: String, hurry: Int) {
        self.hurry = hurry
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
            let trace = try ready().send(text, to: phone)
            for reference in trace.references {
                taken.removeAll { $0.reference == reference }
                taken.append((reference, delivery.message))
            }
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
        var heard = modem.reports().compactMap(heard)
        do throws(ModemFailure) {
            heard += try modem.received().map { .text(from: $0.from, $0.text) }
        } catch {
            // The next check says what is wrong.
        }
        return heard
    }

    /// The network's word on what it took before: what it gave up has failed, once for all parts.
    private func heard(_ report: DeliveryReport) -> Heard? {
        let message = taken.first { $0.reference == report.reference }?.message
        switch report.outcome {
        case .pending: return nil
        case .delivered:
            taken.removeAll { $0.reference == report.reference }
            return nil
        case .failed:
            if let message {
                if given.contains(message.id) { return nil }
                given = given.suffix(255) + [message.id]
            }
            return .givenUp(
                message, to: report.to,
                "the network took it for \(report.to) and gave it up later (status \(report.status));"
                    + " see whether that phone is in reach")
        }
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
        let usual = settings.patience
        settings.patience.send = usual.send / hurry
        // A busy machine needs its time to answer at all.
        let most = min(hurry, 10)
        settings.patience.answer = usual.answer / most
        settings.patience.network = usual.network / most
        settings.patience.sim = usual.sim / most
        settings.patience.boot = usual.boot / most
        let made = Modem(settings)
        modem = made
        return made
    }
}
