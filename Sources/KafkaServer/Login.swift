// The log-in of one connection, as a state machine: requests and the outcome of a password's check
// come in, answers go out. It has no clock and waits for nothing; the connection does.
//
//   opened ─handshake─► chosen ─first─► challenged ─final─► ended      SCRAM
//                             └─plain─► checking  ─────────► ended      PLAIN, on an encrypted
//                                                                       connection only

package import KafkaWire
package import Users

/// One connection's way from its first byte to its user.
package struct Login {
    package static let plain = "PLAIN"

    /// What a request leads to.
    package enum Step {
        /// Answered, and more is expected.
        case answer(KafkaResponse)
        /// The password is to be checked against the credential, which takes a while, and
        /// `checked` to be called.
        case check(password: [UInt8], ScramCredential)
        case accepted(KafkaResponse)
        /// To be told after a delay, and then the connection is closed.
        case refused(KafkaResponse)
        /// Not a request for this place: closed without an answer.
        case close
    }

    private enum State {
        case opened
        case chosen(String)
        case challenged(ScramExchange)
        case checking
        case ended
    }

    private var state = State.opened
    private let isEncrypted: Bool
    /// The mechanism, for the audit record.
    package private(set) var mechanism = ""
    /// Who says to be who; empty as long as nobody does.
    package private(set) var name = ""

    /// `isEncrypted`: a password may come over this connection as it is.
    package init(isEncrypted: Bool) { self.isEncrypted = isEncrypted }

    package var mechanisms: [String] {
        [ScramHash.sha512.rawValue, ScramHash.sha256.rawValue] + (isEncrypted ? [Self.plain] : [])
    }

    /// Whether the API can be asked for before somebody is logged in.
    package static func isOpen(_ api: ApiKey) -> Bool {
        api == .apiVersions || api == .saslHandshake || api == .saslAuthenticate
    }

    /// Takes a request of an open API.
    package mutating func take(_ request: KafkaRequest, version: Int16, users: Users) -> Step {
        switch request {
        case .apiVersions:
            guard case .opened = state else { return .close }
            return .answer(.apiVersions(.speaking(ApiKey.allCases)))
        case .saslHandshake(let request): return choose(request, version)
        case .saslAuthenticate(let request): return authenticate(request.authBytes, users)
        default: return .close
        }
    }

    /// The password of `check` is right or wrong.
    package mutating func checked(_ isRight: Bool) -> Step {
        guard case .checking = state else { return .close }
        state = .ended
        return isRight ? .accepted(Self.success([])) : .refused(Self.failure)
    }

    private mutating func choose(_ request: SaslHandshakeRequest, _ version: Int16) -> Step {
        // After a handshake of version 0 come bytes that are no requests; nobody needs them.
        guard case .opened = state, version >= 1 else { return .close }
        let isKnown = mechanisms.contains(request.mechanism)
        if isKnown {
            mechanism = request.mechanism
            state = .chosen(mechanism)
        }
        return .answer(
            .saslHandshake(
                .init {
                    $0.errorCode = isKnown ? .none : .unsupportedSaslMechanism
                    $0.mechanisms = mechanisms
                }))
    }

    private mutating func authenticate(_ message: [UInt8], _ users: Users) -> Step {
        switch state {
        case .chosen(Self.plain): return plain(message, users)
        case .chosen(let mechanism):
            guard let hash = ScramHash(rawValue: mechanism) else { return .close }
            var exchange = ScramExchange(hash)
            do throws(ScramExchange.Failure) {
                let answer = try exchange.first(
                    message, nonce: ScramExchange.freshNonce(), users: users)
                name = exchange.name
                state = .challenged(exchange)
                return .answer(Self.success(answer))
            } catch {
                return refuse()
            }
        case .challenged(var exchange):
            do throws(ScramExchange.Failure) {
                let answer = try exchange.final(message)
                state = .ended
                return .accepted(Self.success(answer))
            } catch {
                return refuse()
            }
        case .opened, .checking, .ended: return .close
        }
    }

    /// RFC 4616: [authorization identity] NUL user NUL password.
    private mutating func plain(_ message: [UInt8], _ users: Users) -> Step {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false)
        guard message.count <= ScramExchange.longestMessage, parts.count == 3,
            let name = String(validating: parts[1], as: UTF8.self), !name.isEmpty,
            parts[0].isEmpty || parts[0] == parts[1]
        else { return refuse() }
        self.name = name
        state = .checking
        return .check(password: Array(parts[2]), users.credential(name, .sha256))
    }

    private mutating func refuse() -> Step {
        state = .ended
        return .refused(Self.failure)
    }

    private static func success(_ bytes: [UInt8]) -> KafkaResponse {
        .saslAuthenticate(.init { $0.authBytes = bytes })
    }

    /// One for all reasons: an unknown user, a wrong password, a message that is none.
    private static var failure: KafkaResponse {
        .saslAuthenticate(
            .init {
                $0.errorCode = .saslAuthenticationFailed
                $0.errorMessage = "wrong user or password"
            })
    }
}
