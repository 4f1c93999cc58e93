// What a simulated modem does with bytes: a GSM modem of the usual kind behind a serial port. Starts
// with echo on, in text mode and without numbers in its errors, as real ones do. Bytes and times in,
// bytes at times out; it has no clock and no port.

import DrillRandom
import Modem

struct ModemBrain {
    typealias Instant = ContinuousClock.Instant

    /// What is soldered in, and what is on the SIM card.
    struct Card {
        var pin: String?
        var triesLeft = 3
        var isUnlocked = false
        /// Texts and reports by place.
        var stored: [Int: (state: Int, pdu: [UInt8])] = [:]
        static let places = 30
    }

    /// What a start loses.
    struct Settings {
        var echoes = true
        var errors = 0
        var mode = 1
        var news = (texts: 0, reports: 0)
        var registration = 0
    }

    var mood = ModemMood.normal {
        didSet {
            switch mood {
            case .random(let seed, _), .mad(let seed): random = Random(seed: seed)
            default: break
            }
        }
    }
    var signal = 17
    let center: String
    /// How long a start takes, how long the network takes for a message and for a report.
    let times: SimulatedModem.Times
    var card: Card
    var settings = Settings()
    var silentUntil: Instant?

    /// Accepted messages that nobody has taken.
    var accepted: [AcceptedSMS] = []
    /// Commands that came since the start of the simulation, without their texts.
    var commands: [String] = []
    /// PIN entries.
    var pinTries = 0
    var starts = 0

    private var line: [UInt8] = []
    /// Octets that +CMGS has announced; its text is awaited.
    private var awaited: Int?
    private var outbox: [(due: Instant, bytes: [UInt8])] = []
    private var nextReference: UInt8 = 1
    private var nextJoint: UInt8 = 1
    private var halves: [String: [Int: String]] = [:]
    var random: Random

    init(pin: String?, center: String, seed: UInt64, times: SimulatedModem.Times) {
        card = Card(pin: pin)
        card.isUnlocked = pin == nil
        self.center = center
        self.times = times
        random = Random(seed: seed)
    }

    // Bytes in.

    mutating func take(_ bytes: [UInt8], at now: Instant) {
        if isSilent(at: now) {
            line = []
            awaited = nil
            return
        }
        if case .mad = mood { return rave(bytes, at: now) }
        for byte in bytes {
            if settings.echoes, byte != 0x1B { say([byte], at: now) }
            if let length = awaited {
                switch byte {
                case 0x1A:
                    awaited = nil
                    let text = String(decoding: line, as: UTF8.self)
                    line = []
                    submit(text, length: length, at: now)
                case 0x1B:
                    awaited = nil
                    line = []
                    say("\r\nOK\r\n", at: now)
                case 0x0D, 0x0A: continue
                default: if line.count < 1_000 { line.append(byte) }
                }
            } else {
                switch byte {
                case 0x0D:
                    let text = String(decoding: line, as: UTF8.self)
                    line = []
                    if !text.isEmpty { command(text, at: now) }
                case 0x0A, 0x1A, 0x1B: continue
                default: if line.count < 1_000 { line.append(byte) }
                }
            }
            if isSilent(at: now) { return }
        }
    }

    func isSilent(at now: Instant) -> Bool {
        mood == .mute || silentUntil.map { now < $0 } ?? false
    }

    /// Waits for the PDU of a message.
    mutating func expectText(_ length: Int) { awaited = length }

    // Bytes out.

    /// What is to be sent by now.
    mutating func due(at now: Instant) -> [UInt8] {
        if let end = silentUntil, now >= end {
            silentUntil = nil
            greet(at: now)
        }
        var bytes: [UInt8] = []
        while let first = outbox.first, first.due <= now { bytes += outbox.removeFirst().bytes }
        return bytes
    }

    var nextDue: Instant? {
        switch (outbox.first?.due, silentUntil) {
        case (let a?, let b?): min(a, b)
        case (let a, let b): a ?? b
        }
    }

    mutating func say(_ text: String, at now: Instant, after delay: Duration = .zero) {
        say(Array(text.utf8), at: now, after: delay)
    }

    /// In order: nothing overtakes what was said before, unless it is said on its own later.
    private mutating func say(_ bytes: [UInt8], at now: Instant, after delay: Duration = .zero) {
        var delay = delay
        if case .slow(let milliseconds) = mood { delay += .milliseconds(milliseconds) }
        let due = now + delay
        let index = outbox.lastIndex { $0.due <= due }.map { $0 + 1 } ?? 0
        outbox.insert((due, bytes), at: index)
    }

    mutating func info(_ text: String, at now: Instant) { say("\r\n\(text)\r\n", at: now) }

    mutating func ok(at now: Instant) {
        if mood == .noise { noise(at: now) }
        say("\r\nOK\r\n", at: now)
        if mood == .noise { noise(at: now) }
    }

    /// `kind` is CMS or CME; without +CMEE the second is a bare ERROR.
    mutating func error(_ kind: String, _ code: Int, at now: Instant, after delay: Duration = .zero)
    {
        let text = kind == "CME" && settings.errors == 0 ? "ERROR" : "+\(kind) ERROR: \(code)"
        say("\r\n\(text)\r\n", at: now, after: delay)
    }

    private mutating func noise(at now: Instant) {
        let lines: [[UInt8]] = [
            Array("\r\n^RSSI:\(random.below(31))\r\n".utf8), Array("\r\n+CIEV: 2,3\r\n".utf8),
            Array("\r\nRING\r\n".utf8), Array("\r\n+CREG: 1\r\n".utf8),
            [0x0D, 0x0A] + (0..<random.below(40)).map { _ in UInt8(128 + random.below(128)) }
                + [0x0D, 0x0A], [0x00, 0xFF, 0xFE, 0x07],
            Array("\r\n+CUSD: 0,\"Your credit is low\",15\r\n".utf8), Array("\r\n\r\n".utf8),
        ]
        say(random.pick(lines), at: now)
    }

    /// Pieces of what modems say, in no order.
    private mutating func rave(_ bytes: [UInt8], at now: Instant) {
        let pieces = [
            "OK", "ERROR", "> ", "\r\n", "\r\n", "\r", "+CMS ERROR: ", "+CME ERROR: ", "+CMEE: 1",
            "+CPIN: READY", "+CPIN: SIM PIN", "+CPMS: ", "+CSCA: \"+34\",145", "+CREG: 0,1",
            "+CSQ: 99,99", "+COPS: 0,0,\"", "+CMGS: 4", "+CMGL: 1,0,,25", "+CDS: 25",
            "+CMTI: \"SM\",1",
            "+CDSI: \"SR\",-99999999999999999999", "+CMT: ", "RDY", "0004", "07914306090909F9", ",",
            "\"", ":", "9999999999999999999999", "-1", "0", "\u{00}", "\u{FF}", "+CMGR: 0,,25",
            "+CPINR: SIM PIN,3,3",
        ]
        for _ in bytes.filter({ $0 == 0x0D || $0 == 0x1A }) {
            for _ in 0..<random.below(12) { say(random.pick(pieces), at: now) }
            if random.chance(2, in: 3) { say("\r\nOK\r\n", at: now) }
        }
    }

    // What happens by itself.

    /// Falls silent, forgets its settings, and greets when it is back.
    mutating func reboot(at now: Instant) {
        settings = Settings()
        card.isUnlocked = card.pin == nil
        line = []
        awaited = nil
        outbox = []
        silentUntil = now + times.start
        starts += 1
    }

    private mutating func greet(at now: Instant) {
        if mood == .mute { return }
        info("RDY", at: now)
        info("+CFUN: 1", at: now)
        info("+CPIN: " + (card.isUnlocked ? "READY" : "SIM PIN"), at: now)
    }

    /// A text for the modem's owner.
    mutating func incoming(from: String, _ text: String, at now: Instant) {
        nextJoint &+= 1
        for pdu in NetworkPDU.deliver(from: from, text, reference: nextJoint) {
            guard let place = (1...Card.places).first(where: { card.stored[$0] == nil }) else {
                return
            }
            card.stored[place] = (0, pdu)
            if settings.news.texts == 1, !isSilent(at: now) {
                info("+CMTI: \"SM\",\(place)", at: now)
            }
        }
    }

    // Messages out.

    private mutating func submit(_ hex: String, length: Int, at now: Instant) {
        guard let message = AcceptedSMS(hex: hex, length: length, reference: nextReference) else {
            return error("CMS", 304, at: now)
        }
        switch mood {
        case .normal, .slow, .noise, .mute, .mad, .givesUp: accept(message, at: now)
        case .error(let code): error("CMS", code, at: now, after: times.network)
        case .errorAfter(let count, let code):
            guard count > 0 else { return error("CMS", code, at: now, after: times.network) }
            mood = .errorAfter(count - 1, code: code)
            accept(message, at: now)
        case .noNetwork: error("CMS", 331, at: now, after: times.network)
        case .denied: error("CMS", 28, at: now, after: times.network)
        case .noSim: error("CMS", 310, at: now)
        case .rebootOnSend(let isTaken):
            mood = .normal
            if isTaken { take(message) }
            reboot(at: now)
        case .random(_, let percent):
            guard random.chance(percent, in: 100) else { return accept(message, at: now) }
            switch random.below(10) {
            case 0...6:
                let codes = [500, 38, 41, 42, 47, 331, 332, 21, 22]
                error("CMS", random.pick(codes), at: now, after: times.network)
            // Never answered: taken, and not taken.
            case 7: take(message)
            case 8: break
            default: reboot(at: now)
            }
        }
    }

    private mutating func accept(_ message: AcceptedSMS, at now: Instant) {
        if mood == .noise { noise(at: now) }
        take(message, isAnswered: true)
        say(
            "\r\n+CMGS: \(message.reference)\r\n\r\nOK\r\n", at: now, after: times.network)
        guard message.wantsReport else { return }
        var status: UInt8 = 0
        if case .givesUp(let code) = mood { status = UInt8(clamping: code) }
        let report = NetworkPDU.report(
            reference: message.reference, address: message.address, status: status)
        switch settings.news.reports {
        case 1:
            say(
                "\r\n+CDS: \(report.count)\r\n00\(Hex.text(report))\r\n", at: now,
                after: times.network + times.report)
        case 2:
            guard let place = (1...Card.places).first(where: { card.stored[$0] == nil }) else {
                return
            }
            card.stored[place] = (0, report)
            say("\r\n+CDSI: \"SR\",\(place)\r\n", at: now, after: times.network + times.report)
        default: break
        }
    }

    /// The network has it.
    private mutating func take(_ message: AcceptedSMS, isAnswered: Bool = false) {
        var message = message
        message.isAnswered = isAnswered
        nextReference &+= 1
        if let joint = message.joint {
            let key = "\(message.to) \(joint) \(message.parts)"
            halves[key, default: [:]][message.part] = message.text
            if let all = halves[key], all.count == message.parts {
                message.whole = all.sorted { $0.key < $1.key }.map(\.value).joined()
                halves[key] = nil
            }
        } else {
            message.whole = message.text
        }
        accepted.append(message)
    }
}
