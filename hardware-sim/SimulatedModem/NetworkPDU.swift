// PDUs that a network makes: SMS-DELIVER and SMS-STATUS-REPORT (3GPP TS 23.040, 9.2.2.1, 9.2.2.3).

import Modem

package enum NetworkPDU {
    /// 2026-11-23 10:20:30 at one hour east of Greenwich.
    package static let stamp: [UInt8] = [0x62, 0x11, 0x32, 0x01, 0x02, 0x03, 0x40]

    /// Octets behind a service centre's number, which says nothing here.
    package static func deliver(from: String, _ text: String, reference: UInt8) -> [[UInt8]] {
        let parts = SMSText(text).parts
        return parts.enumerated().map { index, part in
            var bytes: [UInt8] = [parts.count > 1 ? 0x44 : 0x04] + address(from)
            let header: [UInt8] =
                parts.count > 1 ? [5, 0, 3, reference, UInt8(parts.count), UInt8(index + 1)] : []
            switch part {
            case .septets(let septets):
                let taken = header.isEmpty ? 0 : 7
                bytes += [0, 0] + stamp + [UInt8(taken + septets.count)] + header
                bytes += GSM7.pack(septets, fill: header.isEmpty ? 0 : 1)
            case .units(let units):
                let body = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
                bytes += [0, 8] + stamp + [UInt8(header.count + body.count)] + header + body
            }
            return bytes
        }
    }

    /// `address` is the recipient's, as the message had it.
    package static func report(reference: UInt8, address: [UInt8], status: UInt8) -> [UInt8] {
        [0x06, reference] + address + stamp + stamp + [status]
    }

    /// Digits, or a name in GSM-7.
    static func address(_ from: String) -> [UInt8] {
        let isInternational = from.hasPrefix("+")
        let digits = from.utf8.dropFirst(isInternational ? 1 : 0)
        guard !digits.isEmpty, digits.count <= 20, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            let septets = Array((GSM7.septets(of: from) ?? []).prefix(11))
            let octets = GSM7.pack(septets)
            return [UInt8((septets.count * 7 + 3) / 4), 0xD0] + octets
        }
        var values = digits.map { $0 - 0x30 }
        let count = values.count
        if count % 2 == 1 { values.append(0xF) }
        return [UInt8(count), isInternational ? 0x91 : 0x81]
            + stride(from: 0, to: values.count, by: 2).map { values[$0] | values[$0 + 1] << 4 }
    }
}
