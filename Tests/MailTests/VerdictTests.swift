// What an ended conversation means, case by case.

import CCurl
import Testing

@testable import Mail

@Suite("Verdict")
struct VerdictTests {
    enum Kind { case later, recipient, configuration }

    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var curl: CURLcode
        var step: Step
        var reply: Reply?
        var words = ""
        var system = ""
        var kind: Kind
        var isOfServer: Bool
    }

    static func answer(
        _ code: Int, _ text: String, to step: Step, _ curl: CURLcode, _ kind: Kind,
        ofServer: Bool
    ) -> Case {
        Case(
            description: "\(code) \(text) to \(step)", curl: curl, step: step,
            reply: Reply(code: code, text: text), kind: kind, isOfServer: ofServer)
    }

    static func silence(
        _ name: String, _ curl: CURLcode, _ step: Step, _ kind: Kind, words: String = "",
        system: String = "", reply: Reply? = nil
    ) -> Case {
        Case(
            description: name, curl: curl, step: step, reply: reply, words: words,
            system: system, kind: kind, isOfServer: true)
    }

    static let answers: [Case] = [
        answer(421, "busy", to: .greeting, CURLE_WEIRD_SERVER_REPLY, .later, ofServer: true),
        answer(554, "no", to: .greeting, CURLE_WEIRD_SERVER_REPLY, .configuration, ofServer: true),
        answer(502, "no", to: .hello, CURLE_REMOTE_ACCESS_DENIED, .configuration, ofServer: true),
        answer(454, "no TLS", to: .startTLS, CURLE_USE_SSL_FAILED, .later, ofServer: true),
        answer(502, "what", to: .startTLS, CURLE_USE_SSL_FAILED, .configuration, ofServer: true),
        answer(535, "wrong", to: .login, CURLE_LOGIN_DENIED, .configuration, ofServer: true),
        answer(454, "temporary", to: .login, CURLE_LOGIN_DENIED, .later, ofServer: true),
        answer(530, "log in", to: .sender, CURLE_SEND_ERROR, .configuration, ofServer: true),
        answer(550, "not you", to: .sender, CURLE_SEND_ERROR, .configuration, ofServer: true),
        answer(552, "too large", to: .sender, CURLE_SEND_ERROR, .recipient, ofServer: true),
        answer(452, "space", to: .sender, CURLE_SEND_ERROR, .later, ofServer: true),
        answer(451, "grey", to: .recipient, CURLE_SEND_ERROR, .later, ofServer: false),
        answer(452, "full", to: .recipient, CURLE_SEND_ERROR, .later, ofServer: false),
        answer(421, "bye", to: .recipient, CURLE_SEND_ERROR, .later, ofServer: false),
        answer(550, "unknown", to: .recipient, CURLE_SEND_ERROR, .recipient, ofServer: false),
        answer(552, "full", to: .recipient, CURLE_SEND_ERROR, .later, ofServer: false),
        answer(553, "name", to: .recipient, CURLE_SEND_ERROR, .recipient, ofServer: false),
        answer(530, "log in", to: .recipient, CURLE_SEND_ERROR, .configuration, ofServer: false),
        answer(
            554, "Relay access denied", to: .recipient, CURLE_SEND_ERROR, .configuration,
            ofServer: false),
        answer(451, "scanner", to: .data, CURLE_SEND_ERROR, .later, ofServer: true),
        answer(452, "full", to: .message, CURLE_WEIRD_SERVER_REPLY, .later, ofServer: false),
        answer(550, "virus", to: .message, CURLE_WEIRD_SERVER_REPLY, .recipient, ofServer: false),
        answer(
            550, "a word on relay races", to: .message, CURLE_WEIRD_SERVER_REPLY, .recipient,
            ofServer: false),
    ]

    static let silences: [Case] = [
        silence("no such name", CURLE_COULDNT_RESOLVE_HOST, .lookup, .later),
        silence("nobody listens", CURLE_COULDNT_CONNECT, .connection, .later, system: "refused"),
        silence("no name server", CURLE_OPERATION_TIMEDOUT, .lookup, .later),
        silence("no way there", CURLE_OPERATION_TIMEDOUT, .connection, .later),
        silence("a mute server", CURLE_OPERATION_TIMEDOUT, .greeting, .later),
        silence("mute after the message", CURLE_OPERATION_TIMEDOUT, .message, .later),
        silence("our own deadline", CURLE_ABORTED_BY_CALLBACK, .message, .later),
        silence("a broken connection", CURLE_RECV_ERROR, .message, .later),
        silence("an end without an answer", CURLE_GOT_NOTHING, .hello, .later),
        silence(
            "a certificate past its date", CURLE_PEER_FAILED_VERIFICATION, .tls, .configuration),
        silence("no file of roots", CURLE_SSL_CACERT_BADFILE, .tls, .configuration),
        silence("TLS with who speaks none", CURLE_SSL_CONNECT_ERROR, .tls, .configuration),
        silence(
            "TLS cut off", CURLE_SSL_CONNECT_ERROR, .tls, .later,
            words: "OpenSSL SSL_connect: Connection reset by peer"),
        silence(
            "TLS with who speaks none, at its second address", CURLE_SSL_CONNECT_ERROR, .tls,
            .configuration, words: "wrong version number", system: "Connection refused"),
        silence(
            "no STARTTLS", CURLE_USE_SSL_FAILED, .hello, .configuration,
            reply: Reply(code: 250, text: "SIZE")),
        silence(
            "no log-in in common", CURLE_LOGIN_DENIED, .hello, .configuration,
            reply: Reply(code: 250, text: "AUTH NTLM")),
        silence("a libcurl without SMTP", CURLE_UNSUPPORTED_PROTOCOL, .lookup, .configuration),
        silence("no memory", CURLE_OUT_OF_MEMORY, .lookup, .later),
    ]

    @Test("TOLD: an answer is judged by its code and by what was asked", arguments: answers)
    func judgesAnswers(_ example: Case) { judge(example) }

    @Test("TOLD: without an answer, libcurl's code decides", arguments: silences)
    func judgesSilence(_ example: Case) { judge(example) }

    private func judge(_ example: Case) {
        let server = MailServer(
            host: "mail.site.test", port: 587, security: .startTLS, user: "u", password: "secret")
        let verdict = Verdict(
            Ending(
                curl: example.curl, step: example.step, reply: example.reply, words: example.words,
                system: example.system, seconds: 30),
            server: server, recipient: "chief@site.test", sender: "alarm@site.test")
        let kind: Kind =
            switch verdict.failure {
            case .later: .later
            case .recipient: .recipient
            case .configuration: .configuration
            }
        #expect(kind == example.kind)
        #expect(verdict.isOfServer == example.isOfServer)
        let sentence = verdict.failure.sentence
        #expect(sentence.contains("mail.site.test:587"), "it names the server")
        #expect(sentence.count < 400 && !sentence.contains("\n"))
        if let reply = example.reply, reply.code >= 400 {
            #expect(sentence.contains(reply.quoted), "it says what was answered")
        }
    }

    @Test("Port 465 that says nothing to STARTTLS is told to be a port of TLS")
    func hint() {
        let verdict = Verdict(
            Ending(
                curl: CURLE_OPERATION_TIMEDOUT, step: .greeting, reply: nil, words: "", system: "",
                seconds: 30),
            server: MailServer(host: "a", port: 465, security: .startTLS), recipient: nil,
            sender: "b@c")
        #expect(verdict.failure.sentence.contains("security: tls"))
    }
}
