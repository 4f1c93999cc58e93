// SMS-SUBMIT, a message on its way out (3GPP TS 23.040, 9.2.2.2), with the service centre's number
// before it as +CMGS wants it (TS 27.005, 3.1 and 3.5.1):
//
//     centre     length and number, or 00: the SIM card's
//     octet      01 SUBMIT, 10 relative validity, 20 status report, 40 a header in the user data
//     reference  00: the modem counts
//     recipient  digits, type of number, semi-octets
//     PID, DCS   00; 00 GSM-7 or 08 UCS-2
//     validity   one octet
//     length     septets or octets of the user data, header included
//     user data  05 00 03 reference total number when it is one of several; then the text

package struct SubmitPDU: Hashable, Sendable {
    /// Which part of which text this is (9.2.3.24.1).
    package struct Place: Hashable, Sendable {
        package var reference: UInt8
        package var total: UInt8
        /// From 1.
        package var number: UInt8

        package init(reference: UInt8, total: UInt8, number: UInt8) {
            (self.reference, self.total, self.number) = (reference, total, number)
        }
    }

    /// All of it, the centre's number included.
    package let bytes: [UInt8]
    /// Octets without the centre's number: what +CMGS is told.
    package let length: Int

    /// `place` is nil for a text of one message. `validity` is rounded up to what an octet can say.
    package init(
        _ part: SMSText.Part, place: Place?, to recipient: PhoneNumber, center: PhoneNumber? = nil,
        wantsReport: Bool, validity: Duration
    ) {
        var bytes: [UInt8] = [0]
        if let center {
            let number = center.semiOctets
            bytes = [UInt8(1 + number.count), center.type] + number
        }
        let before = bytes.count
        bytes += [
            0x11 | (wantsReport ? 0x20 : 0) | (place == nil ? 0 : 0x40), 0,
            UInt8(recipient.digits.count), recipient.type,
        ]
        bytes += recipient.semiOctets
        bytes.append(0)
        let header: [UInt8] = place.map { [5, 0, 3, $0.reference, $0.total, $0.number] } ?? []
        switch part {
        case .septets(let septets):
            // A header of six octets ends one bit before the seventh septet does.
            let taken = (header.count * 8 + 6) / 7
            let text = GSM7.pack(septets, fill: taken * 7 - header.count * 8)
            bytes += [0x00, Self.relative(validity), UInt8(taken + septets.count)]
            bytes += header + text
        case .units(let units):
            let text = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            bytes += [0x08, Self.relative(validity), UInt8(header.count + text.count)]
            bytes += header + text
        }
        self.bytes = bytes
        length = bytes.count - before
    }

    /// The relative validity period (9.2.3.12.1): 5 minutes to 63 weeks.
    static func relative(_ validity: Duration) -> UInt8 {
        let minutes = Int(clamping: (validity.components.seconds + 59) / 60)
        /// How many of `unit` minutes, rounded up.
        func units(_ unit: Int, _ minutes: Int) -> Int { (minutes + unit - 1) / unit }
        let value =
            switch minutes {
            case ...720: max(units(5, minutes) - 1, 0)
            case ...1_440: 143 + units(30, minutes - 720)
            case ...43_200: 166 + units(1_440, minutes)
            case ...635_040: 192 + units(10_080, minutes)
            default: 255
            }
        return UInt8(clamping: value)
    }
}
