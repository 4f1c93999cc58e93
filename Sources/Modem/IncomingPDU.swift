// What comes from the network to the modem: SMS-DELIVER, a text (3GPP TS 23.040, 9.2.2.1), and
// SMS-STATUS-REPORT, what became of one that was sent (9.2.2.3), each behind the service centre's
// number. The bytes are not trusted.

package enum IncomingPDU: Hashable, Sendable {
    case text(IncomingPart)
    case report(DeliveryReport)

    /// Reads a PDU as hexadecimal digits.
    package init(hex: some Collection<UInt8>) throws(PDUError) {
        guard hex.count <= 2 * ModemLimits.pdu, let bytes = Hex.bytes(hex) else { throw .hex }
        try self.init(bytes)
    }

    package init(_ bytes: [UInt8]) throws(PDUError) {
        guard bytes.count <= ModemLimits.pdu else { throw .hex }
        var reader = PDUReader(bytes)
        _ = try reader.bytes(Int(try reader.byte()))
        let first = try reader.byte()
        switch first & 0x03 {
        case 0: self = .text(try IncomingPart(&reader, hasHeader: first & 0x40 != 0))
        case 2: self = .report(try DeliveryReport(&reader))
        default: throw .kind
        }
    }
}

/// One message of an incoming text.
package struct IncomingPart: Hashable, Sendable {
    /// Units of one alphabet; joined with those of other parts before they become characters.
    package enum Payload: Hashable, Sendable {
        case septets([UInt8])
        case units([UInt16])
        /// 8-bit data: read as ISO 8859-1, for want of anything that says what it is.
        case octets([UInt8])
    }

    /// Which part of which text this is; nil when it is all of it.
    package struct Place: Hashable, Sendable {
        package var reference: UInt16
        package var isWide: Bool
        package var total: UInt8
        /// From 1 to `total`.
        package var number: UInt8
    }

    package var from: String
    package var payload: Payload
    package var place: Place?
    /// The service centre's stamp; nil when it is none.
    package var wallMilliseconds: Int64?

    init(_ reader: inout PDUReader, hasHeader: Bool) throws(PDUError) {
        from = try PhoneNumber.read(&reader)
        _ = try reader.byte()
        let coding = try reader.byte()
        wallMilliseconds = CentreStamp.read(try reader.bytes(7))
        let length = Int(try reader.byte())
        // The length counts septets or octets; what the modem really gave decides.
        let data = Array(reader.all().prefix(ModemLimits.userData))
        var headerEnd = 0
        if hasHeader, let count = data.first.map(Int.init), count + 1 <= data.count {
            headerEnd = count + 1
            place = Self.place(data[1..<headerEnd])
        }
        switch Coding(coding) {
        case .gsm7:
            let taken = (headerEnd * 8 + 6) / 7
            let septets = GSM7.unpack(
                data[headerEnd...], count: max(min(length, 160) - taken, 0),
                fill: taken * 7 - headerEnd * 8)
            payload = .septets(septets)
        case .ucs2:
            let text = data[..<min(length, data.count)].dropFirst(headerEnd)
            let pairs = stride(from: text.startIndex, to: text.endIndex - 1, by: 2)
            payload = .units(pairs.map { UInt16(text[$0]) << 8 | UInt16(text[$0 + 1]) })
        case .octets:
            payload = .octets(Array(data[..<min(length, data.count)].dropFirst(headerEnd)))
        }
    }

    /// Information elements 00 and 08 of a header: concatenation with references of 8 and 16 bits.
    private static func place(_ header: ArraySlice<UInt8>) -> Place? {
        var rest = header
        var found: Place?
        while let kind = rest.popFirst(), let count = rest.popFirst().map(Int.init),
            count <= rest.count
        {
            let body = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            switch (kind, count) {
            case (0x00, 3):
                found = Place(
                    reference: UInt16(body[0]), isWide: false, total: body[1], number: body[2])
            case (0x08, 4):
                found = Place(
                    reference: UInt16(body[0]) << 8 | UInt16(body[1]), isWide: true,
                    total: body[2], number: body[3])
            default: continue
            }
        }
        // Anything else is to be ignored (9.2.3.24.1).
        guard let place = found, place.total > 1, (1...place.total).contains(place.number) else {
            return nil
        }
        return place
    }

    /// The characters of parts of one text, in order.
    static func text(of payloads: some Sequence<Payload>) -> String {
        var joined: [Payload] = []
        for payload in payloads {
            switch (joined.last, payload) {
            case (.septets(let before), .septets(let more)):
                joined[joined.count - 1] = .septets(before + more)
            case (.units(let before), .units(let more)):
                joined[joined.count - 1] = .units(before + more)
            default: joined.append(payload)
            }
        }
        return joined.map { payload in
            switch payload {
            case .septets(let septets): GSM7.text(of: septets)
            case .units(let units): String(decoding: units, as: UTF16.self)
            case .octets(let octets):
                String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
            }
        }.joined()
    }
}

/// The alphabet that a data coding scheme names (TS 23.038, clause 4).
private enum Coding {
    case gsm7, octets, ucs2

    init(_ scheme: UInt8) {
        switch scheme >> 4 {
        case 0x0...0x7:
            // Compressed text is not read.
            if scheme & 0x20 != 0 {
                self = .octets
                return
            }
            self = [.gsm7, .octets, .ucs2, .gsm7][Int(scheme >> 2 & 0x03)]
        case 0xE: self = .ucs2
        case 0xF: self = scheme & 0x04 == 0 ? .gsm7 : .octets
        default: self = .gsm7
        }
    }
}
