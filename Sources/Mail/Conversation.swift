// One conversation with a server as it goes on: which command was sent last and what was answered to
// it. libcurl keeps only the last code; a sentence for people needs the words and what they answered.
// Fed by the callbacks in `Transaction`. Holds no clock, and of what is sent nothing but the verb:
// credentials pass here.

/// How far a conversation came.
enum Step: Hashable, CaseIterable, Sendable {
    case lookup, connection, tls, greeting, hello, startTLS, login, sender, recipient, data, message
    case noop

    /// Whether it belongs to the connection, which libcurl gives a time-out of its own.
    var isBeforeMessage: Bool {
        switch self {
        case .lookup, .connection, .tls, .greeting, .hello, .startTLS, .login: true
        case .sender, .recipient, .data, .message, .noop: false
        }
    }
}

/// A server's answer (RFC 5321, 4.2).
struct Reply: Hashable, Sendable {
    /// 100 to 999.
    var code: Int
    /// The lines' texts, control characters taken out, at most `MailLimits.answer` characters.
    var text: String

    var isLater: Bool { (400...499).contains(code) }
    var isRefusal: Bool { (500...599).contains(code) }

    /// As sentences quote it.
    var quoted: String { "\"\(code)\(text.isEmpty ? "" : " ")\(text)\"" }
}

struct Conversation {
    /// Of the last command; `greeting` before the first.
    private(set) var step = Step.greeting
    /// The answer to it, when it is complete.
    var reply: Reply? {
        guard isComplete, let code else { return nil }
        return Reply(code: code, text: Self.readable(words, without: secrets))
    }
    /// Whether the server said anything at all.
    private(set) var wasHeard = false
    /// Whether QUIT was sent: what comes after it is of no interest.
    private(set) var isOver = false

    private var code: Int?
    private var words: [UInt8] = []
    private var isComplete = false
    private let secrets: [[UInt8]]

    /// - Parameter secrets: what an answer must not repeat to people.
    init(secrets: [[UInt8]] = []) {
        self.secrets = secrets.filter { !$0.isEmpty }
    }

    /// A command went out.
    mutating func sent(_ line: some Sequence<UInt8>) {
        let verb = String(decoding: line.prefix(8).prefix { $0 > 0x20 }, as: UTF8.self).uppercased()
        if isOver { return }
        // The lines of a log-in are no commands, and could look like one.
        let isOfLogin = step == .login && code == 334
        if verb == "QUIT" && !isOfLogin {
            isOver = true
            return
        }
        code = nil
        isComplete = false
        words = []
        if isOfLogin { return }
        switch verb {
        case "EHLO", "HELO": step = .hello
        case "STARTTLS": step = .startTLS
        case "AUTH": step = .login
        case "MAIL": step = .sender
        case "RCPT": step = .recipient
        case "DATA": step = .data
        case "NOOP": step = .noop
        default: break
        }
    }

    /// A line of the server came.
    mutating func received(_ line: some Collection<UInt8>) {
        wasHeard = true
        if isOver { return }
        let digits = line.prefix(3).map { Int($0) - 0x30 }
        guard digits.count == 3, digits.allSatisfy({ (0...9).contains($0) }), digits[0] > 0 else {
            return
        }
        if isComplete {
            words = []
            isComplete = false
        }
        code = digits[0] * 100 + digits[1] * 10 + digits[2]
        let rest = line.dropFirst(3)
        isComplete = rest.first != UInt8(ascii: "-")
        // Secrets are looked for in the whole; far more than is told need not be kept.
        if words.count < MailLimits.answer * 8 {
            if !words.isEmpty { words.append(0x20) }
            words += rest.dropFirst().prefix(MailLimits.answer * 4)
                .prefix { $0 != 0x0D && $0 != 0x0A }
        }
        guard isComplete else { return }
        if step == .data && code == 354 { begin(.message) }
        if step == .startTLS && code == 220 { begin(.tls) }
    }

    private mutating func begin(_ next: Step) {
        step = next
        code = nil
        isComplete = false
        words = []
    }

    /// Whether the server took the message.
    var isAccepted: Bool { step == .message && isComplete && (code ?? 0) / 100 == 2 }

    /// Words of a server or of libcurl as people may see them: no secrets, no control characters, no
    /// quotes, one line of bounded length.
    static func readable(_ bytes: [UInt8], without secrets: [[UInt8]]) -> String {
        var bytes = bytes
        for secret in secrets where !secret.isEmpty {
            bytes = bytes.replacing(secret, with: Array("***".utf8))
        }
        return HeaderText.cleaned(
            String(decoding: bytes, as: UTF8.self).replacing("\"", with: "'"),
            limit: MailLimits.answer)
    }
}
