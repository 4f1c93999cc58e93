// Decides what an ended conversation means: the server's code first, where it answered, and libcurl's
// otherwise. One sentence each, with the server, what it said and what to do. Pure: no clock, no I/O.

import CCurl

/// How a conversation ended that did not deliver.
struct Ending {
    var curl: CURLcode
    var step: Step
    /// What was answered to the command of `step`.
    var reply: Reply?
    /// libcurl's own words, without secrets.
    var words: String
    /// What the system said to the last connection (errno), in words; empty where it said nothing.
    var system: String
    /// How long it was given.
    var seconds: Int
}

struct Verdict {
    var failure: MailFailure
    /// Whether the server itself is to blame and better asked after the others for a while: not
    /// where it answered to a recipient or a message.
    var isOfServer: Bool

    /// - Parameters:
    ///   - server: which one was asked.
    ///   - recipient: whose message it was; nil where the path was only tried.
    ///   - sender: the address it came from.
    init(_ end: Ending, server: MailServer, recipient: String?, sender: String) {
        let place = "mail server \(server.name)"
        isOfServer = ![.recipient, .message].contains(end.step) || end.reply == nil
        guard let reply = end.reply, reply.code >= 400 else {
            failure = Self.withoutAnswer(end, server: server, place: place)
            return
        }
        let to = Self.what(end.step, server: server, recipient: recipient, sender: sender)
        let answer = "\(place) answered \(reply.quoted) to \(to)"
        if reply.isLater {
            failure = .later("\(answer); it is tried again")
            return
        }
        switch end.step {
        case .recipient where reply.code == 552:
            // RFC 5321, 4.5.3.1.10: to be treated as 452.
            failure = .later("\(answer); it is tried again")
        case .recipient, .data, .message:
            failure = Self.refused(reply, answer: answer, isMessage: end.step != .recipient)
        case .sender where reply.code == 552:
            failure = .recipient("\(answer): the message is too large and is given up")
        case .sender where Self.wantsLogin(reply), .hello where Self.wantsLogin(reply):
            failure = .configuration("\(answer); \(Self.loginAdvice(server))")
        case .sender:
            failure = .configuration(
                "\(answer); use a sender's address (from) in the site file that this server allows")
        case .login:
            failure = .configuration("\(answer); correct user and password in the site file")
        case .startTLS:
            failure = .configuration("\(answer); \(Self.startTLSAdvice)")
        case .lookup, .connection, .tls, .greeting, .hello, .noop:
            failure = .configuration(
                "\(answer); ask its operator whether this device may send mail through it")
        }
    }

    /// 5xx to a recipient or to a message.
    private static func refused(_ reply: Reply, answer: String, isMessage: Bool) -> MailFailure {
        let wantsLogin = wantsLogin(reply)
        // The refusal to relay comes as an answer to a recipient, and means the sender.
        if wantsLogin || (!isMessage && reply.text.lowercased().contains("relay")) {
            return .configuration(
                "\(answer); give this server a user and a password in the site file, or have its "
                    + "operator let this device send mail through it")
        }
        return isMessage
            ? .recipient("\(answer); the message is given up for this recipient")
            : .recipient("\(answer); correct this recipient's address in the site file")
    }

    /// RFC 4954, 6 and RFC 3207, 4: codes that ask for a log-in or for TLS.
    private static func wantsLogin(_ reply: Reply) -> Bool {
        [530, 534, 535, 538].contains(reply.code)
    }

    private static func loginAdvice(_ server: MailServer) -> String {
        server.user == nil
            ? "give this server a user and a password in the site file"
            : "correct user, password and security of this server in the site file"
    }

    private static let startTLSAdvice =
        "use another port or another security in the site file, or have its operator repair it"

    private static func what(
        _ step: Step, server: MailServer, recipient: String?, sender: String
    ) -> String {
        switch step {
        case .lookup, .connection, .tls, .greeting: "the connection"
        case .hello: "EHLO"
        case .startTLS: "STARTTLS"
        case .login: "the log-in of \(server.user ?? "nobody")"
        case .sender: "the sender \(sender)"
        case .recipient: "the recipient \(recipient ?? "of nothing")"
        case .data: "DATA for \(recipient ?? "nobody")"
        case .message: "the message for \(recipient ?? "nobody")"
        case .noop: "NOOP"
        }
    }

    // Without an answer that says no

    private static func withoutAnswer(
        _ end: Ending, server: MailServer, place: String
    ) -> MailFailure {
        // What libcurl says of an orderly end says nothing to people.
        let isSilent = end.words.isEmpty || end.words.hasPrefix("response reading failed")
        let words = isSilent ? "" : " (\(end.words))"
        switch end.curl {
        case CURLE_COULDNT_RESOLVE_HOST:
            return .later(
                "the name of \(place) was not found\(words); check it in the site file, and this "
                    + "device's name server")
        case CURLE_COULDNT_CONNECT:
            let why = end.system.isEmpty ? words : " (\(end.system))"
            return .later(
                "\(place) cannot be reached\(why); check host and port in the site file, the network "
                    + "and whether the server runs")
        case CURLE_OPERATION_TIMEDOUT, CURLE_ABORTED_BY_CALLBACK:
            return timedOut(end, server: server, place: place)
        case CURLE_PEER_FAILED_VERIFICATION:
            return .configuration(
                "\(place) has a certificate that is not accepted\(words); have it renewed, name the "
                    + "server as it is named in the certificate, or name its issuer's file under "
                    + "certificates in the site file")
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
            return .configuration(
                "the certificates of \(place) cannot be read from "
                    + "\(server.certificates ?? "this device's own")\(words); put the PEM file there"
            )
        case CURLE_USE_SSL_FAILED:
            return .configuration("\(place) offers no STARTTLS; \(startTLSAdvice)")
        case CURLE_LOGIN_DENIED:
            return .configuration(
                "\(place) offers no way to log in that is known here (PLAIN, LOGIN or, without TLS, "
                    + "CRAM-MD5)\(words); have its operator allow one")
        case CURLE_SSL_CONNECT_ERROR:
            return tls(end, server: server, place: place, words: words)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_FAILED_INIT, CURLE_URL_MALFORMAT,
            CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_CIPHER:
            return .configuration(
                "the libcurl of this device cannot talk to \(place)\(words); install Debian's "
                    + "libcurl4")
        case CURLE_REMOTE_ACCESS_DENIED:
            return .configuration(
                "\(place) refuses this device\(words); ask its operator whether it may send mail")
        case CURLE_OUT_OF_MEMORY:
            return .later("this device had no memory for a message to \(place); it is tried again")
        default:
            return .later(
                "\(place) broke off the connection \(during(end.step))\(words); it is tried again, "
                    + "ask its operator if this goes on")
        }
    }

    private static func tls(
        _ end: Ending, server: MailServer, place: String, words: String
    ) -> MailFailure {
        // A line that breaks is no wrong setting. libcurl has one code for both; these are OpenSSL's
        // words. The system's error may be that of an address that was tried before.
        let breaks = ["SYSCALL", "reset", "unexpected eof", "Broken pipe", "timed out"]
        if breaks.contains(where: { end.words.contains($0) }) {
            return .later("\(place) broke off the connection during TLS\(words); it is tried again")
        }
        let hint =
            server.security == .tls
            ? "perhaps this port wants security: starttls" : "its TLS may be too old"
        return .configuration("TLS with \(place) failed\(words); \(hint)")
    }

    private static func timedOut(_ end: Ending, server: MailServer, place: String) -> MailFailure {
        switch end.step {
        case .lookup:
            return .later(
                "the name of \(place) was not found within \(end.seconds) s; check this device's "
                    + "name server")
        case .connection:
            return .later(
                "\(place) did not answer the connection within \(end.seconds) s; check host and port "
                    + "in the site file, the network and the firewall")
        case .greeting where server.security == .startTLS && server.port == 465:
            return .later(
                "\(place) said nothing for \(end.seconds) s; port 465 wants security: tls")
        default:
            return .later(
                "\(place) said nothing for \(end.seconds) s \(during(end.step)); it is tried again, "
                    + "ask its operator if this goes on")
        }
    }

    private static func during(_ step: Step) -> String {
        switch step {
        case .lookup, .connection: "while connecting"
        case .tls: "during TLS"
        case .greeting: "before its greeting"
        case .hello: "after EHLO"
        case .startTLS: "after STARTTLS"
        case .login: "during the log-in"
        case .sender, .recipient, .data: "before the message"
        case .message: "while it had the message"
        case .noop: "after NOOP"
        }
    }
}
