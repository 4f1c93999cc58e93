// A message as it goes over the wire (RFC 5322, MIME): headers, then both texts as
// multipart/alternative, plain first. Every byte is ASCII, every line ends with CRLF and has at most
// 998 bytes. Dots at the start of a line are the carrier's business.

enum MessageBytes {
    /// Why a message cannot be written; the whole sentence.
    struct Refusal: Error, Equatable {
        var sentence: String
    }

    /// The parts of a boundary's name that no quoted-printable body can hold: it writes = as =3D.
    private static let boundary = "=_standpipe_alternative_="

    /// The bytes of `message`, from `from`, to `to`.
    static func of(
        _ message: MailMessage, from: MailAddress, fromName: String, to: MailAddress
    ) throws(Refusal) -> [UInt8] {
        guard message.plain.utf8.count + message.html.utf8.count <= MailLimits.texts else {
            throw Refusal(
                sentence: "the message \"\(HeaderText.cleaned(message.subject, limit: 60))\" is "
                    + "larger than \(MailLimits.texts) bytes and is not sent; shorten it")
        }
        guard (1...MailLimits.id).contains(message.id.utf8.count) else {
            throw Refusal(
                sentence:
                    "the message \"\(HeaderText.cleaned(message.subject, limit: 60))\" has no "
                    + "id of 1 to \(MailLimits.id) bytes and is not sent; this is a fault of Standpipe"
            )
        }
        var bytes: [UInt8] = []
        func add(_ line: String) { bytes += Array((line + "\r\n").utf8) }
        add("Date: \(MailDate.text(message.wallMilliseconds))")
        bytes += HeaderText.mailbox("From", fromName, from)
        bytes += HeaderText.mailbox("To", message.toName, to)
        bytes += HeaderText.unstructured("Subject", message.subject, limit: MailLimits.subject)
        add("Message-ID: \(messageID(message.id, domain: from.domain))")
        // RFC 3834: no out-of-office note comes back.
        add("Auto-Submitted: auto-generated")
        if message.isUrgent {
            add("Importance: high")
            add("X-Priority: 1")
        }
        add("MIME-Version: 1.0")
        add("Content-Type: multipart/alternative;")
        add(" boundary=\"\(boundary)\"")
        for (kind, text) in [("plain", message.plain), ("html", message.html)] {
            add("")
            add("--\(boundary)")
            add("Content-Type: text/\(kind); charset=utf-8")
            add("Content-Transfer-Encoding: quoted-printable")
            add("")
            bytes += QuotedPrintable.encoded(text)
        }
        add("")
        add("--\(boundary)--")
        return bytes
    }

    /// `<id@domain>`; different ids give different ones. What cannot stand there becomes `=` and
    /// two hexadecimal digits, so at most three bytes for one.
    static func messageID(_ id: String, domain: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var local: [UInt8] = []
        let bytes = Array(id.utf8)
        for (place, byte) in bytes.enumerated() {
            let isDot = byte == UInt8(ascii: ".")
            // A dot stands between two atoms and nowhere else.
            let isPlaced =
                isDot && place > 0 && place + 1 < bytes.count
                && bytes[place + 1] != UInt8(ascii: ".")
            if isPlaced || (byte != UInt8(ascii: "=") && MailAddress.isAtomText(byte)) {
                local.append(byte)
            } else {
                local += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return "<\(String(decoding: local, as: UTF8.self))@\(domain)>"
    }
}
