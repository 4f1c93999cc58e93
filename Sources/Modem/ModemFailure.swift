// Why a text did not go out, and what becomes of it: tried again, given up, or shown to a human.
// Every text is one sentence that says which modem, what it answered and what to do.

package enum ModemFailure: Error, Hashable, Sendable {
    /// Try again later: no network, busy, no answer, the device is away.
    case later(String)
    /// Never for this recipient: the number is none, the network knows it not or bars it.
    case recipient(String)
    /// A human must see to it, then it may be tried again: PIN, SIM card, rights, message centre.
    case configuration(String)

    package var text: String {
        switch self {
        case .later(let text), .recipient(let text), .configuration(let text): text
        }
    }
}

/// What goes wrong between us and a modem, before anybody says what it means.
enum Trouble: Error, Hashable {
    /// The device cannot be opened, or was open and is gone.
    case gone(Int32)
    /// No answer in time.
    case mute
    /// It started while it was to answer.
    case started
    /// An answer that is none.
    case muddled(String)
    case refused(ATError)
    /// What it means is known already.
    case known(ModemFailure)
}

/// The meaning of error codes. What is not clearly the recipient's fault is tried again: a message
/// that is given up wrongly is lost, one that is tried too often costs little.
enum ErrorMeaning {
    case later
    case recipient
    case configuration

    init(_ error: ATError) {
        self =
            switch error {
            case .plain, .words: .later
            case .message(let code): Self.message(code)
            case .equipment(let code): Self.equipment(code)
            }
    }

    /// 3GPP TS 27.005, 3.2.5; 1 to 127 are RP-causes of TS 24.011, E.2; 128 to 255 TP-failure
    /// causes of TS 23.040, 9.2.3.22.
    private static func message(_ code: Int) -> ErrorMeaning {
        switch code {
        // Unassigned number.
        case 1: .recipient
        // Barred by the operator, call barred, unidentified or unknown subscriber (this SIM card),
        // rejected, not subscribed, not implemented.
        case 8, 10, 28, 29, 30, 50, 69: .configuration
        // The centre has no subscription of ours.
        case 193: .configuration
        // Invalid or barred recipient; the centre has the message already.
        case 195, 196, 197: .recipient
        // The modem cannot send at all; SIM card missing, locked, broken or wrong.
        case 302, 303, 310, 312, 313, 315, 316, 317, 318: .configuration
        // The modem cannot read this message.
        case 304, 305: .recipient
        // The centre's number is unknown.
        case 330: .configuration
        default: .later
        }
    }

    /// TS 27.007, 9.2.
    private static func equipment(_ code: Int) -> ErrorMeaning {
        switch code {
        // Not allowed, not supported; SIM card missing, locked, broken, wrong; wrong password.
        case 3, 4, 5, 6, 7, 10, 12, 13, 15, 16, 17, 18: .configuration
        default: .later
        }
    }
}

extension ATError {
    /// What a human can do about it, as the end of a sentence.
    var advice: String {
        switch self {
        case .message(310), .equipment(10): "put a SIM card in"
        case .message(316), .message(318), .equipment(12), .equipment(18):
            "unlock the SIM card in a phone with its PUK"
        case .message(312), .message(317), .equipment(5), .equipment(17):
            "free the SIM card in a phone from its lock"
        case .message(313), .message(315), .equipment(13), .equipment(15):
            "put another SIM card in"
        case .message(330): "set `center` to the operator's message centre"
        case .message(8), .message(10), .message(28), .message(29), .message(30), .message(50),
            .message(69), .message(193):
            "ask the operator whether the SIM card is active, paid and may send texts"
        case .message(1), .message(195), .message(196): "correct the recipient's number"
        case .message(302), .message(303), .equipment(3), .equipment(4):
            "take another modem, this one cannot do what texts need"
        case .message(331), .message(332), .equipment(30), .equipment(31):
            "look at the antenna if this stays"
        default: "it is tried again"
        }
    }
}
