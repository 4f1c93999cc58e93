// The log-in of one connection: what comes out of each request at each place, and how long a wrong
// password waits.

import KafkaWire
import Testing
import Users

@testable import KafkaServer

@Suite struct LoginTests {
    private let users = Users(
        all: [
            "anna": User(name: "anna", password: Array("correct horse".utf8), rights: Rights())
        ])

    private func name(_ step: Login.Step) -> String {
        switch step {
        case .answer: "answer"
        case .check: "check"
        case .accepted: "accepted"
        case .refused(.saslAuthenticate(let response)):
            "refused \(response.errorCode): \(response.errorMessage ?? "")"
        case .refused: "refused"
        case .close: "close"
        }
    }

    private func handshake(_ mechanism: String) -> KafkaRequest {
        .saslHandshake(.init { $0.mechanism = mechanism })
    }

    private func message(_ text: String) -> KafkaRequest {
        .saslAuthenticate(.init { $0.authBytes = Array(text.utf8) })
    }

    @Test("PLAIN is offered over TLS alone")
    func mechanisms() {
        for (isEncrypted, wanted) in [
            (true, ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]),
            (false, ["SCRAM-SHA-512", "SCRAM-SHA-256"]),
        ] {
            var login = Login(isEncrypted: isEncrypted)
            guard
                case .answer(.saslHandshake(let response)) = login.take(
                    handshake("PLAIN"), version: 1, users: users)
            else {
                Issue.record("no answer")
                return
            }
            #expect(response.mechanisms == wanted)
            #expect((response.errorCode == .unsupportedSaslMechanism) == !isEncrypted)
            // A refused mechanism leads nowhere.
            let next = login.take(message("\0anna\0correct horse"), version: 2, users: users)
            #expect(name(next) == (isEncrypted ? "check" : "close"))
        }
    }

    @Test("An unknown user, a wrong password and a broken message get the same answer")
    func refusals() {
        let wanted = "refused saslAuthenticationFailed: wrong user or password"
        for user in ["anna", "nobody"] {
            var login = Login(isEncrypted: true)
            _ = login.take(handshake("PLAIN"), version: 1, users: users)
            let step = login.take(message("\0\(user)\0wrong"), version: 2, users: users)
            guard case .check(let password, let credential) = step else {
                Issue.record("no check")
                return
            }
            #expect(name(login.checked(credential.matches(password: password))) == wanted)
            #expect(login.name == user)
        }
        for (mechanism, text) in [
            ("PLAIN", "anna"), ("PLAIN", "bert\0anna\0x"), ("SCRAM-SHA-256", "p=x,,n=anna,r=a"),
        ] {
            var login = Login(isEncrypted: true)
            _ = login.take(handshake(mechanism), version: 1, users: users)
            #expect(name(login.take(message(text), version: 2, users: users)) == wanted)
        }
        var login = Login(isEncrypted: true)
        _ = login.take(handshake("SCRAM-SHA-512"), version: 1, users: users)
        #expect(name(login.take(message("n,,n=nobody,r=a"), version: 2, users: users)) == "answer")
        #expect(name(login.take(message("c=biws,r=a,p=AAAA"), version: 2, users: users)) == wanted)
    }

    @Test("The right password is accepted, once")
    func accepted() {
        var login = Login(isEncrypted: true)
        #expect(name(login.take(.apiVersions(.init()), version: 3, users: users)) == "answer")
        _ = login.take(handshake("PLAIN"), version: 1, users: users)
        let step = login.take(message("\0anna\0correct horse"), version: 2, users: users)
        guard case .check(let password, let credential) = step else {
            Issue.record("no check")
            return
        }
        #expect(name(login.take(message("\0anna\0x"), version: 2, users: users)) == "close")
        #expect(name(login.checked(credential.matches(password: password))) == "accepted")
        #expect(name(login.checked(true)) == "close")
    }

    @Test("A request that stands elsewhere ends the connection")
    func order() {
        var early = Login(isEncrypted: true)
        #expect(name(early.take(message("\0anna\0x"), version: 2, users: users)) == "close")
        #expect(name(early.take(handshake("PLAIN"), version: 0, users: users)) == "close")
        #expect(name(early.take(.metadata(.init()), version: 9, users: users)) == "close")
        for api in ApiKey.allCases {
            let isOpen = [.apiVersions, .saslHandshake, .saslAuthenticate].contains(api)
            #expect(Login.isOpen(api) == isOpen)
        }
    }

    @Test("Who asks to log in where there is nobody to be is told so, and does not wait")
    func nobody() throws {
        let hall = try BrokerHall()
        let first = try hall.ask(.saslHandshake(.init { $0.mechanism = "PLAIN" }))
        guard case .saslHandshake(let handshake)? = first else {
            throw BrokerHall.Unexpected(first)
        }
        #expect(handshake.errorCode == .illegalSaslState)
        let second = try hall.ask(.saslAuthenticate(.init()))
        guard case .saslAuthenticate(let answer)? = second else {
            throw BrokerHall.Unexpected(second)
        }
        #expect(answer.errorCode == .illegalSaslState)
    }

    @Test(
        "BOUNDED: each failure from an address waits longer, up to a limit, for a bounded number of addresses"
    )
    func delays() {
        var delays = LoginDelays()
        let waits = (0..<9).map { delays.failed("a", at: Int64($0)) }
        #expect(waits == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
        #expect(delays.failed("b", at: 10) == 100)
        #expect(delays.failed("a", at: 60_008) == 100)
        for number in 0..<LoginDelays.mostAddresses { _ = delays.failed("c\(number)", at: 60_009) }
        #expect(delays.failed("new", at: 60_009) == 5_000)
        #expect(delays.failed("newer", at: 200_000) == 100)
    }

    @Test("BOUNDED: the audit takes so many records a second and counts the others")
    func auditRate() {
        var rate = AuditRate()
        let taken = (0..<30).map { _ in rate.take(at: 1_500) }
        #expect(taken == Array(repeating: 0, count: 20) + Array(repeating: nil, count: 10))
        #expect(rate.take(at: 2_000) == 10)
        #expect(rate.take(at: 2_000) == 0)
    }

    @Test("What a client makes up stays inside of its JSON string")
    func quoting() {
        let entry = AuditEntry(
            .loginFailed, user: "a\"\\\n\u{1F525}", address: "192.0.2.1", detail: "x")
        #expect(
            String(decoding: entry.value(left: 3), as: UTF8.self)
                == #"{"event":"login.failed","user":"a\"\\\u000a\ud83d\udd25","address":"192.0.2.1","detail":"x","left_out_before":3}"#
        )
    }
}
