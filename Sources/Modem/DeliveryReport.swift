// What the network says became of a message that was sent (SMS-STATUS-REPORT, 3GPP TS 23.040,
// 9.2.2.3).

package struct DeliveryReport: Hashable, Sendable {
    /// The status octet's four meanings (9.2.3.15).
    package enum Outcome: Hashable, Sendable {
        /// It is on the recipient's phone.
        case delivered
        /// The centre goes on trying; another report will come.
        case pending
        /// The centre gave up, or it expired.
        case failed
    }

    /// What the modem gave the message, as in `SMSTrace`.
    package var reference: UInt8
    package var to: String
    package var outcome: Outcome
    /// The status octet as it came.
    package var status: UInt8
    /// When it was delivered or given up, by the network's clock; nil when that is no time.
    package var wallMilliseconds: Int64?

    init(_ reader: inout PDUReader) throws(PDUError) {
        reference = try reader.byte()
        to = try PhoneNumber.read(&reader)
        _ = try reader.bytes(7)
        wallMilliseconds = CentreStamp.read(try reader.bytes(7))
        status = try reader.byte()
        outcome =
            switch status {
            case 0x00...0x1F: .delivered
            case 0x20...0x3F: .pending
            default: .failed
            }
    }
}
