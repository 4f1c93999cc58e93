// Everything that is bounded in this module, in one place.

package enum ModemLimits {
    /// Parts of one text that is sent: 10 x 153 characters. A longer one ends with a mark.
    package static let mostParts = 10
    /// Octets of user data in a message (3GPP TS 23.040, 9.2.3.24).
    static let userData = 140
    /// Octets of a PDU with its centre's number: 12 + 164 and some for sloppy modems.
    static let pdu = 200
    /// Semi-octets of an address (TS 23.040, 9.1.2.5).
    static let digits = 20
    /// Bytes of a line from the modem; the rest of a longer one is dropped.
    static let line = 1_024
    /// Lines of one answer; more are passed over.
    static let answerLines = 1_024
    /// Unsolicited lines that wait to be looked at; the oldest is dropped.
    static let news = 64
    /// Delivery reports that nobody has taken; the oldest is dropped.
    static let reports = 256
    /// Messages that one call takes from the modem, and texts that wait to be taken.
    static let incoming = 256
    /// Incoming texts of which parts are missing; the oldest is given out as it is.
    static let openTexts = 16
    /// Parts of an incoming text; one that claims more is given out part by part.
    static let incomingParts = 32
    /// How long parts of an incoming text wait for the others.
    static let openTextTime = Duration.seconds(3_600)
    /// Texts of which some parts were accepted and others refused, to go on with them.
    static let unfinished = 32
    /// How long an unfinished text is worth going on with: phones forget parts.
    static let unfinishedTime = Duration.seconds(1_800)
}
