// A message that the simulated network has taken: its PDU read back. This reader is not the
// driver's writer turned round: what it does not expect, it refuses.

import Modem

package struct AcceptedSMS: Hashable, Sendable {
    /// What the modem called it.
    package var reference: UInt8
    package var to: String
    /// The text of this part.
    package var text: String
    /// 1 of 1 for a text of one message.
    package var part: Int
    package var parts: Int
    /// The concatenation's reference, where there is one.
    package var joint: UInt8?
    package var wantsReport: Bool
    /// The octet of the validity period, where there is one.
    package var validity: UInt8?
    /// As it came, in hexadecimal digits, the centre's number included.
    package var pdu: String
    /// The whole text, when this is the part that completes it.
    package var whole: String?
    /// The modem said so to whoever sent it.
    package var isAnswered = false
    /// The recipient's address octets, for a report.
    var address: [UInt8]

    /// Reads SMS-SUBMIT (3GPP TS 23.040, 9.2.2.2). `length` is what +CMGS said; a PDU of another
    /// length is refused, as modems do. Nil when it is none.
    init?(hex: String, length: Int, reference: UInt8) {
        guard let bytes = Hex.bytes(hex.utf8), let centre = bytes.first.map(Int.init),
            bytes.count == length + 1 + centre, length >= 7
        else { return nil }
        var rest = bytes[(1 + centre)...]
        let first = rest.removeFirst()
        guard first & 0x03 == 1, rest.count > 3 else { return nil }
        rest.removeFirst()
        let digits = Int(rest.removeFirst())
        guard (1...20).contains(digits), rest.count > 1 + (digits + 1) / 2 + 3 else { return nil }
        let type = rest.removeFirst()
        address = [UInt8(digits), type] + rest.prefix((digits + 1) / 2)
        var number = type == 0x91 ? "+" : ""
        for index in 0..<digits {
            let pair = rest[rest.startIndex + index / 2]
            let digit = index % 2 == 0 ? pair & 0xF : pair >> 4
            guard digit < 10 else { return nil }
            number += "\(digit)"
        }
        to = number
        rest = rest.dropFirst((digits + 1) / 2).dropFirst()
        let coding = rest.removeFirst()
        switch first & 0x18 {
        case 0x00: validity = nil
        case 0x10: validity = rest.popFirst()
        default: return nil
        }
        guard let units = rest.popFirst().map(Int.init) else { return nil }
        wantsReport = first & 0x20 != 0
        (part, parts, joint, whole) = (1, 1, nil, nil)
        var header = 0
        if first & 0x40 != 0 {
            let start = rest.startIndex
            guard rest.count > 6, rest[start] == 5, rest[start + 1] == 0, rest[start + 2] == 3
            else {
                return nil
            }
            header = 6
            joint = rest[start + 3]
            (parts, part) = (Int(rest[start + 4]), Int(rest[start + 5]))
        }
        switch coding {
        case 0x00:
            guard units <= 160, rest.count == (units * 7 + 7) / 8 else { return nil }
            // A header of six octets stands in the room of seven septets.
            let septets = GSM7.unpack(rest, count: units).dropFirst(header == 0 ? 0 : 7)
            text = GSM7.text(of: septets)
        case 0x08:
            guard units <= 140, units == rest.count, units % 2 == 0 else { return nil }
            let body = Array(rest.dropFirst(header))
            let pairs = stride(from: 0, to: body.count, by: 2)
            text = String(
                decoding: pairs.map { UInt16(body[$0]) << 8 | UInt16(body[$0 + 1]) },
                as: UTF16.self)
        default: return nil
        }
        self.reference = reference
        pdu = hex
    }

    /// One line of JSON.
    package func json(wallMilliseconds: Int64, bootNanoseconds: Int64) -> String {
        var fields = [
            "\"to\":\(Self.quoted(to))", "\"text\":\(Self.quoted(text))", "\"part\":\(part)",
            "\"parts\":\(parts)", "\"reference\":\(reference)", "\"report\":\(wantsReport)",
            "\"answered\":\(isAnswered)", "\"wall_ms\":\(wallMilliseconds)",
            "\"boot_ns\":\(bootNanoseconds)",
        ]
        if let joint { fields.append("\"joint\":\(joint)") }
        if let whole { fields.append("\"whole\":\(Self.quoted(whole))") }
        fields.append("\"pdu\":\"\(pdu)\"")
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
