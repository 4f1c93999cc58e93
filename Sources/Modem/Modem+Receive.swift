// Receiving: stored texts by +CMGL=4, deleted by +CMGD (3GPP TS 27.005, 4.1 and 3.5.4), and reports
// that a modem stores instead of handing them on.

extension Modem {
    /// Deletes what the last call gave out. A place that cannot be deleted is tried again, and what
    /// stands there is not given out a second time.
    func deleteHandled() throws(Trouble) {
        let channel = try line()
        for place in handled.keys.sorted() {
            do throws(Trouble) {
                try channel.ask("AT+CMGD=\(place)", within: settings.patience.network)
                handled[place] = nil
            } catch {
                guard case .refused = error else { throw error }
            }
        }
    }

    /// Reads every stored text.
    func listTexts() throws(Trouble) {
        let channel = try line()
        arrived += reassembly.expire(at: .now)
        let lines = try channel.ask(
            "AT+CMGL=4", prefix: "+CMGL:", withPDUs: true, within: settings.patience.network)
        hasStored = false
        var place: Int?
        var seen: [Int: String] = [:]
        for line in lines {
            if line.hasPrefix("+CMGL:") {
                let fields = ATFields(line)
                // 0 and 1 came in; 2 and 3 were written by somebody.
                place = (fields.number(1) ?? 0) < 2 ? fields.number(0) : nil
            } else if let at = place {
                guard seen.count < ModemLimits.incoming else {
                    hasStored = true
                    break
                }
                seen[at] = line
                place = nil
                if handled[at] == line { continue }
                take(line)
            }
        }
        // What is there no more needs no deleting.
        handled = seen
        takeNews()
    }

    /// Reports behind +CDSI: read from their own memory, and deleted there.
    func readStoredReports() throws(Trouble) {
        guard !storedReports.isEmpty else { return }
        let channel = try line()
        let places = storedReports
        storedReports = []
        do throws(Trouble) {
            try channel.ask("AT+CPMS=\"SR\"", prefix: "+CPMS:", within: settings.patience.network)
            for place in places {
                let lines = try channel.ask(
                    "AT+CMGR=\(place)", prefix: "+CMGR:", withPDUs: true,
                    within: settings.patience.network)
                if lines.count > 1 { take(lines[1]) }
                try channel.ask("AT+CMGD=\(place)", within: settings.patience.network)
            }
        } catch {
            guard case .refused = error else { throw error }
        }
        try chooseMemory(channel)
    }
}
