// Sending: a text's parts one after the other, each with +CMGS, the prompt, its PDU and Ctrl-Z (3GPP
// TS 27.005, 4.3). Only `+CMGS: reference` and OK mean that the network has taken a part. What is
// lost between the network and us is sent again: a text may arrive twice, it never goes missing.

extension Modem {
    /// A text of which some parts were taken and the next one was refused.
    struct Unfinished {
        var text: String
        var recipient: PhoneNumber
        var place: UInt8
        var references: [UInt8]
        var at: ContinuousClock.Instant
    }

    func transmit(
        _ parts: SMSText, _ text: String, to recipient: PhoneNumber
    ) throws(Trouble) -> SMSTrace {
        let channel = try line()
        // A modem that started unseen would take a PDU's length for a telephone number.
        try channel.ask("AT+CMGF=0", within: settings.patience.answer)
        if channel.hasEchoed, !alwaysEchoes { throw .muddled("it has lost its settings") }
        var work = takeUnfinished(text, recipient)
        while work.references.count < parts.parts.count {
            let index = work.references.count
            let place = SubmitPDU.Place(
                reference: work.place, total: UInt8(clamping: parts.parts.count),
                number: UInt8(clamping: index + 1))
            let pdu = SubmitPDU(
                parts.parts[index], place: parts.parts.count > 1 ? place : nil, to: recipient,
                center: settings.center.flatMap(PhoneNumber.init),
                wantsReport: settings.wantsReports, validity: settings.validity)
            do throws(Trouble) {
                work.references.append(try submit(pdu, channel))
            } catch {
                // With the same reference, so that a phone that has the part already knows it again.
                if parts.parts.count > 1 { keep(work) }
                throw error
            }
        }
        return SMSTrace(references: work.references, isCut: parts.isCut)
    }

    private func submit(_ pdu: SubmitPDU, _ channel: ATChannel) throws(Trouble) -> UInt8 {
        let lines = try channel.ask(
            "AT+CMGS=\(pdu.length)", body: Hex.text(pdu.bytes), prefix: "+CMGS:",
            prompt: settings.patience.answer, within: settings.patience.send)
        guard let reference = lines.last.flatMap({ ATFields($0).number(0) }) else {
            throw .muddled("no reference for a message")
        }
        return UInt8(truncatingIfNeeded: reference)
    }

    /// Goes on with a text, or begins it.
    private func takeUnfinished(_ text: String, _ recipient: PhoneNumber) -> Unfinished {
        let now = ContinuousClock.now
        unfinished.removeAll { now - $0.at >= ModemLimits.unfinishedTime }
        if let index = unfinished.firstIndex(where: {
            $0.text == text && $0.recipient == recipient
        }) {
            return unfinished.remove(at: index)
        }
        nextReference &+= 1
        return Unfinished(
            text: text, recipient: recipient, place: nextReference, references: [], at: now)
    }

    private func keep(_ work: Unfinished) {
        if unfinished.count == ModemLimits.unfinished { unfinished.removeFirst() }
        unfinished.append(work)
    }
}
