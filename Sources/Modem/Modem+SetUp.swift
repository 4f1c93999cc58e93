// Setting a modem up: PDUs instead of texts, its SIM card unlocked, its message centre known, its
// news coming on their own; and asking how it fares (3GPP TS 27.005 and 27.007).

extension Modem {
    /// Everything that a modem loses when it starts.
    func setUp(_ channel: ATChannel) throws(Trouble) {
        let patience = settings.patience
        try channel.meet(tries: 2, within: min(patience.answer, .seconds(2)))
        try channel.ask("ATE0", within: patience.answer)
        channel.forgetEcho()
        // Numbers instead of a bare ERROR. A modem that knows only words is understood as well.
        try tolerant(channel, "AT+CMEE=1")
        try switchOn(channel)
        try unlock(channel)
        try patiently { () throws(Trouble) in
            try channel.ask("AT+CMGF=0", within: patience.answer)
        }
        try patiently { () throws(Trouble) in try self.chooseMemory(channel) }
        try patiently { () throws(Trouble) in try self.requireCenter(channel) }
        // One link for the parts of a text, where the modem can.
        try tolerant(channel, "AT+CMMS=1")
        try askForNews(channel)
        alwaysEchoes = channel.hasEchoed
    }

    /// Sends a command whose refusal does not matter.
    private func tolerant(_ channel: ATChannel, _ command: String) throws(Trouble) {
        _ = try answer(channel, command, prefix: nil)
    }

    /// The answer of a command, nil when it was refused.
    private func answer(
        _ channel: ATChannel, _ command: String, prefix: String?, within patience: Duration? = nil
    ) throws(Trouble) -> [String]? {
        do throws(Trouble) {
            return try channel.ask(
                command, prefix: prefix, within: patience ?? settings.patience.answer)
        } catch {
            if case .refused = error { return nil }
            throw error
        }
    }

    /// Repeats while the SIM card is busy, as it is for seconds after its PIN or a start.
    private func patiently(_ body: () throws(Trouble) -> Void) throws(Trouble) {
        let deadline = ContinuousClock.now + settings.patience.sim
        while true {
            do throws(Trouble) {
                return try body()
            } catch {
                guard case .refused(let refusal) = error, refusal.isBusy, deadline > .now else {
                    throw error
                }
            }
            BootPause.pause(.milliseconds(250))
        }
    }

    /// A radio that is switched off (+CFUN: 0 or 4) is switched on.
    private func switchOn(_ channel: ATChannel) throws(Trouble) {
        guard
            let lines = try answer(channel, "AT+CFUN?", prefix: "+CFUN:"),
            let level = lines.last.flatMap({ ATFields($0).number(0) }), level != 1
        else { return }
        _ = try answer(channel, "AT+CFUN=1", prefix: nil, within: settings.patience.network)
    }

    // The SIM card.

    private enum Card {
        case ready
        case wantsPin
        case wantsPuk
        case locked(String)
    }

    private func card(_ channel: ATChannel) throws(Trouble) -> Card {
        var found: Card?
        try patiently { () throws(Trouble) in
            do throws(Trouble) {
                let lines = try channel.ask(
                    "AT+CPIN?", prefix: "+CPIN:", within: self.settings.patience.network)
                let state = lines.last.flatMap { ATFields($0).text(0) } ?? ""
                found =
                    switch state {
                    // The second PIN guards settings that nobody here changes.
                    case "READY", "SIM PIN2", "SIM PUK2": .ready
                    case "SIM PIN": .wantsPin
                    case "SIM PUK": .wantsPuk
                    case "NOT INSERTED": throw .refused(.equipment(10))
                    case "NOT READY": throw .refused(.equipment(14))
                    default: .locked(state)
                    }
            } catch {
                switch error {
                case .refused(.equipment(11)), .refused(.message(311)): found = .wantsPin
                case .refused(.equipment(12)), .refused(.message(316)): found = .wantsPuk
                case .refused(.words(let words)) where words.lowercased().contains("not inserted"):
                    throw .refused(.equipment(10))
                case .refused, .gone, .mute, .started, .muddled, .known: throw error
                }
            }
        }
        guard let found else { throw .muddled("no state of the SIM card") }
        return found
    }

    /// Enters the PIN where the SIM card wants it. Once: see `PinMemory`.
    private func unlock(_ channel: ATChannel) throws(Trouble) {
        let device = settings.device
        switch try card(channel) {
        case .ready:
            // A try whose end nobody saw has ended well.
            if pin?.state == .tried { _ = pin?.remember(.accepted) }
            return
        case .wantsPuk:
            throw .known(
                .configuration(
                    "The SIM card in the modem \(device) is locked after three wrong PINs: "
                        + "unlock it in a phone with its PUK."))
        case .locked(let state):
            throw .known(
                .configuration(
                    "The SIM card in the modem \(device) asks for \"\(state.prefix(40))\": free it "
                        + "in a phone."))
        case .wantsPin: break
        }
        guard let digits = settings.pin, var memory = pin else {
            throw .known(
                .configuration(
                    "The SIM card in the modem \(device) wants a PIN: write `pin` into the site "
                        + "file, or switch the PIN off in a phone."))
        }
        guard (4...8).contains(digits.utf8.count), digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
        else {
            throw .known(
                .configuration("The PIN of the modem \(device) is not four to eight digits."))
        }
        let left = try answer(channel, "AT+CPINR=\"SIM PIN\"", prefix: "+CPINR:")?.last
            .flatMap { ATFields($0).number(1) }
        guard memory.mayTry(left: left) else { throw .known(noSecondTry(left, memory.state)) }
        if memory.state != .accepted {
            let isKept = memory.remember(.tried)
            pin = memory
            if !isKept, left != 3 {
                throw .known(
                    .configuration(
                        "The PIN of the modem \(device) is not tried, because \(settings.pinMemory ?? "") "
                            + "cannot be written and a wrong one must not be tried twice."))
            }
        }
        try enter(digits, memory, channel)
    }

    private func noSecondTry(_ left: Int?, _ state: PinMemory.State) -> ModemFailure {
        let count = left.map { "it has \($0) tries left, and " } ?? ""
        let why =
            state == .refused
            ? "refused the PIN" : "may have refused a PIN before"
        return .configuration(
            "The SIM card in the modem \(settings.device) \(why), which is not tried again: "
                + "\(count)three wrong ones lock it; correct `pin` in the site file, or enter it "
                + "in a phone once.")
    }

    private func enter(
        _ digits: String, _ memory: PinMemory, _ channel: ATChannel
    ) throws(Trouble) {
        var memory = memory
        do throws(Trouble) {
            try channel.ask("AT+CPIN=\"\(digits)\"", within: settings.patience.network)
        } catch {
            if case .refused(let refusal) = error {
                // A card that was busy has not looked at it.
                _ = memory.remember(refusal.isBusy ? .unknown : .refused)
                pin = memory
                if !refusal.isBusy { throw .known(noSecondTry(nil, .refused)) }
            }
            throw error
        }
        let deadline = ContinuousClock.now + settings.patience.sim
        while true {
            switch try card(channel) {
            case .ready:
                _ = memory.remember(.accepted)
                pin = memory
                return
            case .wantsPuk, .locked:
                _ = memory.remember(.refused)
                pin = memory
                throw .known(noSecondTry(nil, .refused))
            case .wantsPin:
                // Taken and still wanted: some need a moment.
                if deadline <= .now {
                    _ = memory.remember(.refused)
                    pin = memory
                    throw .known(noSecondTry(nil, .refused))
                }
            }
            BootPause.pause(.milliseconds(250))
        }
    }

    // Messages.

    /// One memory for reading, writing and receiving: the SIM card's, which every modem has.
    func chooseMemory(_ channel: ATChannel) throws(Trouble) {
        for name in ["SM", "ME"] {
            do throws(Trouble) {
                try channel.ask(
                    "AT+CPMS=\"\(name)\",\"\(name)\",\"\(name)\"", prefix: "+CPMS:",
                    within: settings.patience.network)
                return
            } catch {
                guard case .refused(let refusal) = error, !refusal.isBusy else { throw error }
            }
        }
    }

    private func requireCenter(_ channel: ATChannel) throws(Trouble) {
        if let center = settings.center {
            guard PhoneNumber(center) != nil else {
                throw .known(
                    .configuration("`center` is no telephone number: correct it in the site file."))
            }
            return
        }
        let lines: [String]
        do throws(Trouble) {
            lines = try channel.ask("AT+CSCA?", prefix: "+CSCA:", within: settings.patience.network)
        } catch {
            // Some modems do not tell; the network will.
            if case .refused(let refusal) = error, !refusal.isBusy { return }
            throw error
        }
        if lines.last.flatMap({ ATFields($0).text(0) })?.isEmpty ?? false {
            throw .known(
                .configuration(
                    "The SIM card in the modem \(settings.device) has no message centre: set "
                        + "`center` to the operator's."))
        }
    }

    /// +CNMI: texts are stored and announced, reports come at once; modems differ in what they take.
    private func askForNews(_ channel: ATChannel) throws(Trouble) {
        for setting in ["2,1,0,1,0", "1,1,0,1,0", "2,1,0,2,0", "1,1,0,2,0", "2,1", "1,1"]
        where try answer(channel, "AT+CNMI=\(setting)", prefix: nil) != nil { return }
    }

    // How it fares.

    func health() throws(Trouble) -> ModemHealth {
        let channel = try line()
        if case .ready = try card(channel) {
        } else {
            // It started without a word.
            isSetUp = false
            try setUp(channel)
            isSetUp = true
        }
        let signal = try answer(channel, "AT+CSQ", prefix: "+CSQ:")?.last
            .flatMap { ATFields($0).number(0) }
            .flatMap { (0...31).contains($0) ? 2 * $0 - 113 : nil }
        let registration = try register(channel, signal)
        let name = try answer(
            channel, "AT+COPS?", prefix: "+COPS:", within: settings.patience.network)?.last
            .flatMap { ATFields($0).text(2) }
        return ModemHealth(
            signal: signal, registration: registration,
            operatorName: name.flatMap { $0.isEmpty ? nil : String($0.prefix(40)) })
    }

    /// +CREG of TS 27.007, 7.2; modems that know only LTE tell with +CEREG (10.1.22).
    private func register(
        _ channel: ATChannel, _ signal: Int?
    ) throws(Trouble) -> ModemHealth.Registration {
        var isDenied = false
        for kind in ["CREG", "CEREG"] {
            // The answer has the setting before the state; news have the state alone.
            let state = try answer(channel, "AT+\(kind)?", prefix: "+\(kind):")?
                .compactMap { ATFields($0).number(1) }.last
            switch state {
            case 1, 6: return .home
            case 5, 7: return .roaming
            case 3: isDenied = true
            default: break
            }
        }
        if isDenied {
            throw .known(
                .configuration(
                    "The network denies the SIM card in the modem \(settings.device): ask the "
                        + "operator whether it is active and paid."))
        }
        let strength = signal.map { "the signal is \($0) dBm" } ?? "there is no signal"
        throw .known(
            .later(
                "The modem \(settings.device) is in no network, \(strength): look at its antenna."))
    }
}

extension ATError {
    /// The SIM card needs a moment.
    var isBusy: Bool {
        switch self {
        case .message(314), .equipment(14): true
        case .words(let words): words.lowercased().contains("busy")
        case .plain, .message, .equipment: false
        }
    }
}
