// Commands and answers over a serial port. It tells answers from what the modem says on its own,
// copes with echo, noise and late answers, and always ends: within the patience it is given.

import Glibc

final class ATChannel {
    private let port: SerialPort
    private var reader = LineReader()
    /// Read, and not looked at yet.
    private var waiting: ArraySlice<LineReader.Piece> = []
    /// What was sent last, as it comes back when echo is on.
    private var echo: String?
    /// The next line is a PDU that nobody asked for.
    private var pduFollows = false

    /// Echo came back: the modem has lost its settings.
    private(set) var hasEchoed = false
    /// It said that it has just started, and lost what it was asked.
    private var hasStarted = false
    /// What the modem said on its own; the oldest is dropped.
    private(set) var news: [News] = []

    enum News: Hashable {
        case line(Unsolicited)
        /// Hexadecimal digits behind +CMT or +CDS.
        case pdu(String)
    }

    /// Throws the errno of an open that failed.
    init(_ settings: ModemSettings) throws(Trouble) {
        do {
            port = try SerialPort(
                path: settings.device, baud: settings.baud,
                hasFlowControl: settings.hasFlowControl)
        } catch {
            throw .gone(error.code)
        }
    }

    func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    func forgetEcho() { hasEchoed = false }

    // Commands.

    /// Sends `command` and gives back the lines of its answer: those that begin with `prefix`, and
    /// with `withPDUs` the line behind each.
    @discardableResult func ask(
        _ command: String, prefix: String? = nil, withPDUs: Bool = false, within patience: Duration
    ) throws(Trouble) -> [String] {
        try listen(for: .zero)
        try put(Array(command.utf8) + [0x0D], echo: command)
        return try answer(prefix: prefix, withPDUs: withPDUs, until: .now + patience)
    }

    /// Sends `command`, waits for the prompt, sends `body` and Ctrl-Z, and gives back the lines of
    /// the answer that begin with `prefix`. Without a prompt the command is escaped.
    func ask(
        _ command: String, body: String, prefix: String, prompt: Duration, within patience: Duration
    ) throws(Trouble) -> [String] {
        try listen(for: .zero)
        try put(Array(command.utf8) + [0x0D], echo: command)
        let deadline = ContinuousClock.now + prompt
        while true {
            guard let piece = try next(until: deadline, wantsPrompt: true) else { throw .mute }
            guard case .line(let line) = piece else { break }
            guard let line = sort(line, prefix: nil) else {
                if hasStarted { throw .started }
                continue
            }
            if case .error(let error) = FinalResult(line) { throw .refused(error) }
        }
        try put(Array(body.utf8) + [0x1A], echo: body)
        return try answer(prefix: prefix, withPDUs: false, until: .now + patience)
    }

    /// Escapes what is under way, waits until the modem is still, and asks for a value that no late
    /// answer contains, so that from here on answers are those of their questions.
    func meet(tries: Int, within patience: Duration) throws(Trouble) {
        for attempt in 1...max(tries, 1) {
            // Escape ends a message that waits for its text; alone it means nothing.
            try put([0x1B, 0x0D], echo: nil)
            try settle()
            do throws(Trouble) {
                try ask("AT", within: patience)
                try settle()
                if !(try ask("AT+CMEE?", prefix: "+CMEE:", within: patience)).isEmpty { return }
            } catch {
                switch error {
                // A modem that does not know +CMEE still answers.
                case .refused: return
                case .started: continue
                case .mute where attempt < tries: continue
                case .mute, .gone, .muddled, .known: throw error
                }
            }
        }
        throw .muddled("it answers what it was not asked")
    }

    /// Reads what the modem says on its own, until something came or `time` has passed.
    func listen(for time: Duration) throws(Trouble) {
        let deadline = ContinuousClock.now + time
        let before = news.count
        for _ in 0..<ModemLimits.answerLines {
            guard let piece = try next(until: deadline, wantsPrompt: false) else { return }
            if case .line(let line) = piece { _ = sort(line, prefix: nil) }
            // What is here already is taken as well.
            if news.count > before, time > .zero, waiting.isEmpty { return }
        }
    }

    /// Sends without waiting for anything.
    func tell(_ command: String) throws(Trouble) {
        try put(Array(command.utf8) + [0x0D], echo: command)
    }

    func dropReady(for time: Duration) { port.dropReady(for: time) }

    // Lines.

    /// Reads until nothing comes for a moment, but not for ever.
    private func settle() throws(Trouble) {
        let limit = ContinuousClock.now + .seconds(2)
        while limit > .now,
            let piece = try next(until: .now + .milliseconds(50), wantsPrompt: false)
        {
            if case .line(let line) = piece { _ = sort(line, prefix: nil) }
        }
        reader.clear()
    }

    private func put(_ bytes: [UInt8], echo: String?) throws(Trouble) {
        self.echo = echo
        hasStarted = false
        do {
            try port.write(bytes, until: .now + .seconds(5))
        } catch {
            throw error.code == ETIMEDOUT ? .mute : .gone(error.code)
        }
    }

    /// The next line or prompt; nil when none came until `deadline`.
    private func next(
        until deadline: ContinuousClock.Instant, wantsPrompt: Bool
    ) throws(Trouble) -> LineReader.Piece? {
        while waiting.isEmpty {
            do {
                let bytes = try port.read(until: deadline)
                waiting += reader.add(bytes, wantsPrompt: wantsPrompt)[...]
                if waiting.isEmpty, deadline <= .now { return nil }
            } catch {
                throw .gone(error.code)
            }
        }
        return waiting.removeFirst()
    }

    private func answer(
        prefix: String?, withPDUs: Bool, until deadline: ContinuousClock.Instant
    ) throws(Trouble) -> [String] {
        var lines: [String] = []
        var wantsPDU = false
        while let piece = try next(until: deadline, wantsPrompt: false) {
            guard case .line(let line) = piece else { continue }
            if wantsPDU, !pduFollows, Hex.bytes(line.utf8) != nil {
                lines.append(line)
                wantsPDU = false
                continue
            }
            guard let line = sort(line, prefix: prefix) else {
                if hasStarted { throw .started }
                continue
            }
            switch FinalResult(line) {
            case .ok: return lines
            case .error(let error): throw .refused(error)
            case nil:
                // The lines that are too many are for another call.
                guard let prefix, line.hasPrefix(prefix), lines.count < ModemLimits.answerLines
                else { continue }
                lines.append(line)
                wantsPDU = withPDUs
            }
        }
        throw .mute
    }

    /// Puts aside echo and news; nil when the line was one of these.
    private func sort(_ line: String, prefix: String?) -> String? {
        if pduFollows {
            pduFollows = false
            if Hex.bytes(line.utf8) != nil {
                add(.pdu(line))
                return nil
            }
        }
        if let echo, line == echo {
            hasEchoed = true
            self.echo = nil
            return nil
        }
        if let prefix, line.hasPrefix(prefix) { return line }
        guard let unsolicited = Unsolicited(line) else { return line }
        switch unsolicited {
        case .pduFollows: pduFollows = true
        case .started:
            hasStarted = true
            add(.line(unsolicited))
        case .stored, .storedReport: add(.line(unsolicited))
        case .other: break
        }
        return nil
    }

    private func add(_ news: News) {
        if self.news.count == ModemLimits.news { self.news.removeFirst() }
        self.news.append(news)
    }
}
