// A GSM modem on a serial port: sends texts, takes texts and delivery reports in, says how it fares.
// One thread calls; every call blocks, for no longer than `ModemPatience` says, and ends with a result or
// a `ModemFailure`. It sets the modem up when it first needs it and again whenever the modem has
// lost its settings, resets a mute one, and finds one again that was away. MODEM.md tells more.
// It must never try a wrong PIN twice, and never ask a clock that people can set.

import Glibc

package final class Modem {
    let settings: ModemSettings
    var pin: PinMemory?
    private(set) var channel: ATChannel?
    /// The modem has all its settings, as far as we know.
    var isSetUp = false
    /// The modem echoes whatever it is told; otherwise an echo means that it has started anew.
    var alwaysEchoes = false
    /// When it was reset last; nil: never.
    private var resetAt: ContinuousClock.Instant?
    /// Reference of the next text of several parts.
    var nextReference: UInt8
    /// Texts of which a part was refused.
    var unfinished: [Unfinished] = []

    var reassembly = Reassembly()
    /// Texts that came by themselves, or that were read and not given out.
    var arrived: [IncomingText] = []
    private var arrivedReports: [DeliveryReport] = []
    /// Given out already; still in the modem until the next look: places and their PDUs.
    var handled: [Int: String] = [:]
    /// The modem said that a text waits.
    var hasStored = true
    /// Memory places of reports that wait.
    var storedReports: [Int] = []
    /// PDUs that were none, since the start.
    package internal(set) var garbled = 0
    /// Times that a mute modem was reset, since the start.
    package private(set) var resets = 0

    package init(_ settings: ModemSettings) {
        self.settings = settings
        pin = settings.pin.map {
            PinMemory(path: settings.pinMemory, device: settings.device, pin: $0)
        }
        // Any start will do, if it is rarely the one of the last process.
        let now = ContinuousClock.now
        nextReference = withUnsafeBytes(of: now) { $0.reduce(0) { $0 &* 31 &+ $1 } }
    }

    // What others call.

    /// Sends a text in as many messages as it needs. The references in the result are those that
    /// delivery reports name. When a part is refused, the next call with the same text and number
    /// goes on with that part.
    package func send(_ text: String, to number: String) throws(ModemFailure) -> SMSTrace {
        guard let recipient = PhoneNumber(number) else {
            throw .recipient("\"\(number)\" is no telephone number: correct it in the site file.")
        }
        do throws(Trouble) {
            try beReady()
            return try transmit(SMSText(text), text, to: recipient)
        } catch {
            throw settle(error)
        }
    }

    /// Whether texts would go out now: SIM card, registration, signal.
    package func check() throws(ModemFailure) -> ModemHealth {
        do throws(Trouble) {
            try beReady()
            try deleteHandled()
            return try health()
        } catch {
            throw settle(error)
        }
    }

    /// Texts that came in, of at most 256 messages. They are deleted from the modem at the beginning
    /// of the next call of this or `check`: a process that dies with them in hand finds them again.
    package func received() throws(ModemFailure) -> [IncomingText] {
        do throws(Trouble) {
            try beReady()
            try deleteHandled()
            try listTexts()
        } catch {
            // What came before the trouble is not held back.
            if arrived.isEmpty { throw settle(error) }
            _ = settle(error)
        }
        defer { arrived = [] }
        return arrived
    }

    /// Waits for at most `time` for the modem to say something. True: `received` or `reports` may
    /// have something new. Without a modem it just waits.
    package func listen(for time: Duration) -> Bool {
        guard let channel, isSetUp else {
            BootPause.pause(time)
            return false
        }
        do throws(Trouble) {
            try channel.listen(for: time)
            takeNews()
        } catch {
            _ = settle(error)
        }
        return hasStored || !arrived.isEmpty || !arrivedReports.isEmpty || !storedReports.isEmpty
    }

    /// What became of texts sent before, as far as the modem has said; each report once.
    package func reports() -> [DeliveryReport] {
        if let channel, isSetUp {
            do throws(Trouble) {
                try channel.listen(for: .zero)
                takeNews()
                try readStoredReports()
            } catch {
                _ = settle(error)
            }
        }
        defer { arrivedReports = [] }
        return arrivedReports
    }

    // States: no port, a port, a modem that is set up.

    /// Opens the port and sets the modem up, where that is not done.
    private func beReady() throws(Trouble) {
        if channel == nil { channel = try ATChannel(settings) }
        guard let channel else { return }
        try channel.listen(for: .zero)
        takeNews()
        if isSetUp { return }
        // Another SIM card may be in it: what was given out already may be given out again.
        handled = [:]
        hasStored = true
        do throws(Trouble) {
            try setUp(channel)
        } catch {
            // A modem that was still starting is through with it now.
            guard case .started = error else { throw error }
            try setUp(channel)
        }
        isSetUp = true
        takeNews()
    }

    func line() throws(Trouble) -> ATChannel {
        guard let channel else { throw .mute }
        return channel
    }

    /// Sorts what the modem said on its own.
    func takeNews() {
        guard let channel else { return }
        for news in channel.takeNews() {
            switch news {
            case .line(.started): isSetUp = false
            case .line(.stored): hasStored = true
            case .line(.storedReport(let index)):
                if index >= 0, storedReports.count < ModemLimits.reports {
                    storedReports.append(index)
                }
            case .line(.pduFollows), .line(.other): break
            case .pdu(let hex): take(hex)
            }
        }
        if channel.hasEchoed, !alwaysEchoes { isSetUp = false }
    }

    /// A PDU that came from the network.
    func take(_ hex: String) {
        switch Result(catching: { () throws(PDUError) in try IncomingPDU(hex: hex.utf8) }) {
        case .success(.text(let part)):
            arrived += reassembly.add(part, at: .now)
            if arrived.count > ModemLimits.incoming {
                arrived.removeFirst(arrived.count - ModemLimits.incoming)
            }
        case .success(.report(let report)):
            if arrivedReports.count == ModemLimits.reports { arrivedReports.removeFirst() }
            arrivedReports.append(report)
        case .failure: garbled += 1
        }
    }

    // When something went wrong.

    /// Brings the modem back to where a next call may succeed, and says what the trouble means.
    func settle(_ trouble: Trouble) -> ModemFailure {
        switch trouble {
        case .gone(let code):
            close()
            return gone(code)
        case .mute: return wake(because: "does not answer")
        case .started:
            isSetUp = false
            return .later("The modem \(settings.device) has just started on its own.")
        case .muddled(let how): return wake(because: "is out of step: \(how)")
        case .refused(let error):
            takeNews()
            // A SIM card that is away, locked or starting: look at it again next time.
            switch error {
            case .message(310...318), .equipment(10...18): isSetUp = false
            case .plain, .message, .equipment, .words: break
            }
            return meaning(of: error)
        case .known(let failure):
            takeNews()
            return failure
        }
    }

    /// Escape and AT; when that does not help, a reset, at most one in `ModemPatience.boot`.
    private func wake(because why: String) -> ModemFailure {
        isSetUp = false
        guard let channel else { return .later("The modem \(settings.device) \(why).") }
        do throws(Trouble) {
            try channel.meet(tries: 2, within: min(settings.patience.answer, .seconds(1)))
            return .later("The modem \(settings.device) \(why) and was called back.")
        } catch {
            if case .gone(let code) = error {
                close()
                return gone(code)
            }
        }
        let now = ContinuousClock.now
        let mayReset = resetAt.map { now - $0 >= settings.patience.boot } ?? true
        if mayReset {
            resetAt = now
            resets += 1
            // A modem that only looks mute takes the command; others may hear DTR.
            _ = Result { () throws(Trouble) in try channel.tell("AT+CFUN=1,1") }
            channel.dropReady(for: settings.patience.drop)
        }
        close()
        return .later(
            "The modem \(settings.device) \(why) and "
                + (mayReset ? "was reset" : "was reset a moment ago")
                + ": if this stays, look at its power and its cable.")
    }

    private func close() {
        channel = nil
        isSetUp = false
    }

    private func gone(_ code: Int32) -> ModemFailure {
        let path = settings.device
        let text = PortError(code).text
        return switch code {
        case EACCES, EPERM:
            .configuration(
                "The modem \(path) may not be opened (\(text)): let the gateway's user into the "
                    + "device's group, often dialout.")
        case EBUSY, EWOULDBLOCK:
            .configuration(
                "The modem \(path) is used by another program: stop that one, often ModemManager.")
        case EINVAL, ENOTTY, ENOTDIR, EISDIR:
            .configuration(
                "The modem \(path) at \(settings.baud) baud cannot be opened as a serial port "
                    + "(\(text)): correct the site file.")
        default:
            .later("The modem \(path) is not there (\(text)): look at its cable and its power.")
        }
    }

    private func meaning(of error: ATError) -> ModemFailure {
        let text = "The modem \(settings.device) answered \(error.text): \(error.advice)."
        return switch ErrorMeaning(error) {
        case .later: .later(text)
        case .recipient: .recipient(text)
        case .configuration: .configuration(text)
        }
    }
}
