// The commands that a simulated modem knows (3GPP TS 27.005 and 27.007): those of the driver, and
// those with which gammu greets a modem.

import Modem

extension ModemBrain {
    mutating func command(_ text: String, at now: Instant) {
        commands.append(text)
        let upper = text.uppercased()
        guard upper.hasPrefix("AT") else { return }
        let body = String(upper.dropFirst(2))
        if body.hasPrefix("+CPIN") || body.hasPrefix("+CPINR") {
            return pin(body, String(text.dropFirst(2)), at: now)
        }
        if needsCard(body), let code = cardError {
            let isMessage = ["+CMG", "+CPMS", "+CSCA", "+CNMI"].contains { body.hasPrefix($0) }
            return isMessage
                ? error("CMS", code.message, at: now) : error("CME", code.equipment, at: now)
        }
        if message(body, at: now) { return }
        if let answer = fixed(body) {
            if !answer.isEmpty { info(answer, at: now) }
            return ok(at: now)
        }
        switch body {
        case "", "Z", "&F": ok(at: now)
        case "E0", "E1":
            settings.echoes = body == "E1"
            ok(at: now)
        case "+CFUN=1,1":
            ok(at: now)
            reboot(at: now)
        case "+CFUN=1", "+CMMS=1", "+CMMS=0", "+CSMS=0": ok(at: now)
        case _ where body.hasPrefix("+CMEE="):
            settings.errors = Int(body.dropFirst(6)) ?? 0
            ok(at: now)
        case _ where body.hasPrefix("+CREG=") || body.hasPrefix("+CGREG="):
            settings.registration =
                ATFields(":" + body.drop { $0 != "=" }.dropFirst()).number(0) ?? 0
            ok(at: now)
        case _
        where body.hasPrefix("+COPS=") || body.hasPrefix("+CSCS=") || body.hasPrefix("+CLIP="):
            ok(at: now)
        default: error("CME", 4, at: now)
        }
    }

    /// Values that are asked for.
    private func fixed(_ body: String) -> String? {
        let isIn = mood != .noNetwork && mood != .denied && mood != .noSim && card.isUnlocked
        let state = isIn ? 1 : mood == .denied ? 3 : 2
        return switch body {
        case "+CGMI": "Standpipe"
        case "+CGMM": "SIMULATED"
        case "+CGMR": "1.0"
        case "+CGSN": "490154203237518"
        case "+CIMI": "214019876543210"
        case "+CMEE?": "+CMEE: \(settings.errors)"
        case "+CFUN?": "+CFUN: 1"
        case "+CFUN=?": "+CFUN: (0,1,4),(0,1)"
        case "+CBC": "+CBC: 0,100"
        case "+CSQ": "+CSQ: \(isIn ? signal : 99),99"
        case "+CREG?", "+CGREG?":
            body.dropLast() + ": \(settings.registration),\(state)"
                + (settings.registration == 2 && isIn ? ",\"1A2B\",\"3C4D\"" : "")
        case "+COPS?": isIn ? "+COPS: 0,0,\"Simulated, S.A.\",7" : "+COPS: 0"
        case "+CGATT?": "+CGATT: 1"
        case "+CSCS?": "+CSCS: \"GSM\""
        case "+CSCS=?": "+CSCS: (\"GSM\",\"UCS2\",\"IRA\")"
        default: nil
        }
    }

    // The SIM card.

    private var cardError: (message: Int, equipment: Int)? {
        if mood == .noSim { return (310, 10) }
        if card.isUnlocked { return nil }
        return card.triesLeft > 0 ? (311, 11) : (316, 12)
    }

    private func needsCard(_ body: String) -> Bool {
        ["+CMGS", "+CMGL", "+CMGD", "+CMGR", "+CPMS", "+CSCA", "+CNMI", "+CIMI"]
            .contains { body.hasPrefix($0) }
    }

    private mutating func pin(_ body: String, _ original: String, at now: Instant) {
        if mood == .noSim { return error("CME", 10, at: now) }
        switch body {
        case "+CPIN?":
            info(
                "+CPIN: "
                    + (card.isUnlocked ? "READY" : card.triesLeft > 0 ? "SIM PIN" : "SIM PUK"),
                at: now)
            ok(at: now)
        case "+CPINR=\"SIM PIN\"":
            guard times.tellsTries else { return error("CME", 4, at: now) }
            info("+CPINR: SIM PIN,\(card.triesLeft),3", at: now)
            ok(at: now)
        case _ where body.hasPrefix("+CPIN="):
            if card.isUnlocked { return error("CME", 3, at: now) }
            if card.triesLeft == 0 { return error("CME", 12, at: now) }
            pinTries += 1
            guard original.dropFirst(6).filter({ $0 != "\"" }) == card.pin else {
                card.triesLeft -= 1
                return error("CME", 16, at: now)
            }
            card.triesLeft = 3
            card.isUnlocked = true
            ok(at: now)
        default: error("CME", 4, at: now)
        }
    }

    // Messages.

    /// True when the command was one of these.
    private mutating func message(_ body: String, at now: Instant) -> Bool {
        let fields = ATFields(":" + (body.split(separator: "=", maxSplits: 1).last ?? ""))
        switch body {
        case "+CMGF?":
            info("+CMGF: \(settings.mode)", at: now)
            ok(at: now)
        case "+CMGF=0", "+CMGF=1":
            settings.mode = body == "+CMGF=1" ? 1 : 0
            ok(at: now)
        case "+CSCA?":
            info("+CSCA: \"\(center)\",145", at: now)
            ok(at: now)
        case "+CNMI=?":
            info("+CNMI: (0,1,2),(0,1),(0),\(times.newsOfReports),(0)", at: now)
            ok(at: now)
        case _ where body.hasPrefix("+CNMI="):
            let reports = fields.number(3) ?? 0
            guard times.newsOfReports.contains("\(reports)") else {
                error("CMS", 303, at: now)
                return true
            }
            settings.news = (fields.number(1) ?? 0, reports)
            ok(at: now)
        case "+CPMS?", "+CPMS=?":
            info(
                body == "+CPMS?"
                    ? "+CPMS: \"SM\",\(used),30,\"SM\",\(used),30,\"SM\",\(used),30"
                    : "+CPMS: (\"SM\",\"SR\"),(\"SM\"),(\"SM\")", at: now)
            ok(at: now)
        case _ where body.hasPrefix("+CPMS="):
            guard ["SM", "SR"].contains(fields.text(0) ?? "") else {
                error("CMS", 302, at: now)
                return true
            }
            info("+CPMS: \(used),30,\(used),30,\(used),30", at: now)
            ok(at: now)
        case _ where body.hasPrefix("+CMGL"): list(at: now)
        case _ where body.hasPrefix("+CMGR="):
            guard let place = fields.number(0), let stored = card.stored[place] else {
                error("CMS", 321, at: now)
                return true
            }
            info("+CMGR: \(stored.state),,\(stored.pdu.count)", at: now)
            say("00\(Hex.text(stored.pdu))\r\n", at: now)
            ok(at: now)
        case _ where body.hasPrefix("+CMGD="):
            guard times.deletes else {
                error("CMS", 500, at: now)
                return true
            }
            card.stored[fields.number(0) ?? 0] = nil
            ok(at: now)
        case _ where body.hasPrefix("+CMGS="):
            // In text mode the number of octets would be taken for a telephone number.
            guard settings.mode == 0, let length = fields.number(0), (7...176).contains(length)
            else {
                error("CMS", 304, at: now)
                return true
            }
            say("\r\n> ", at: now)
            expectText(length)
        default: return false
        }
        return true
    }

    private var used: Int { card.stored.count }

    private mutating func list(at now: Instant) {
        for (place, stored) in card.stored.sorted(by: { $0.key < $1.key }) {
            info("+CMGL: \(place),\(stored.state),,\(stored.pdu.count)", at: now)
            say("00\(Hex.text(stored.pdu))\r\n", at: now)
            card.stored[place]?.state = 1
        }
        ok(at: now)
    }
}
