// Who asks: HTTP Basic (RFC 7617) against the users file, as Kafka clients log in. Where there are no
// users everybody may do everything, but for pages of the web: a browser on this machine that was led to
// a foreign page must not be able to raise a fire alarm here.

import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import NIOCore
import Users

extension WebDesk {
    /// - Throws: `HTTPFault` 401, 421 or 503.
    func visitor(_ request: Request, _ channel: any Channel) async throws -> Visitor {
        let header = request.headers[.authorization]
        let step = try await loop.submit { () -> Step in
            let desk = desk.value
            guard desk.door.asksForUser else { return .open(mustBeLocal: desk.isWebLocal) }
            guard let (name, password) = Self.basic(header) else { return .missing }
            if desk.door.isKnown(name, password) { return .known(name) }
            return .check(name, password)
        }.get()
        switch step {
        case .open(let mustBeLocal):
            // The name under which a foreign page would have been reached (DNS rebinding).
            guard !mustBeLocal || Self.isLocal(request.head.authority) else {
                throw HTTPFault(.misdirected, "ask for it as localhost or 127.0.0.1")
            }
            return Visitor(channel: channel, user: "")
        case .known(let name): return Visitor(channel: channel, user: name)
        case .missing:
            throw HTTPFault(.unauthorized, "log in with user and password")
        case .check(let name, let password):
            let isRight = try await loop.flatSubmit {
                desk.value.door.checkWeb(name, password, on: loop)
            }.get()
            let address = channel.remoteAddress?.ipAddress ?? ""
            let delay: Int64 = try await loop.submit {
                desk.value.act {
                    $0.audit(
                        AuditEntry(
                            isRight ? .login : .loginFailed, user: name, address: address,
                            detail: "HTTP Basic"))
                }
                return isRight ? 0 : desk.value.door.delay(address)
            }.get()
            guard isRight else {
                try await Task.sleep(for: .milliseconds(delay))
                throw HTTPFault(.unauthorized, "wrong user or password")
            }
            return Visitor(channel: channel, user: name)
        }
    }

    private enum Step: Sendable {
        case open(mustBeLocal: Bool)
        case missing
        case known(String)
        case check(String, [UInt8])
    }

    /// The user and the password of a header.
    private static func basic(_ header: String?) -> (name: String, password: [UInt8])? {
        guard let header, header.utf8.count <= 1_024,
            header.prefix(6).lowercased() == "basic ",
            let bytes = Base64.bytes(header.dropFirst(6)),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: bytes[..<colon], as: UTF8.self),
            User.isValid(name: name)
        else { return nil }
        return (name, Array(bytes[(colon + 1)...]))
    }

    /// Whether the Host of a request is this machine as it calls itself.
    static func isLocal(_ authority: String?) -> Bool {
        guard var host = authority?[...] else { return false }
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return false }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            host = host[..<colon]
        }
        let name = host.lowercased()
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return name == "localhost" || name == "::1"
            || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension Door {
    /// Log-ins over HTTP that are remembered, so that not each request costs a password's check.
    private static let mostKnown = 64

    /// Whether this password was right for this user since the users file was read.
    func isKnown(_ name: String, _ password: [UInt8]) -> Bool {
        known[name] == mark(name, password)
    }

    /// Checks a password and remembers it where it is right.
    func checkWeb(
        _ name: String, _ password: [UInt8], on loop: any EventLoop
    ) -> EventLoopFuture<Bool> {
        guard let credential = credential(name) else { return loop.makeSucceededFuture(false) }
        let here = NIOLoopBound(self, eventLoop: loop)
        return check(password, credential, on: loop).map { isRight in
            let door = here.value
            // Of a file that was read again meanwhile nothing is remembered.
            if isRight, door.credential(name) == credential {
                if door.known.count >= Self.mostKnown { door.known = [:] }
                door.known[name] = door.mark(name, password)
            }
            return isRight
        }
    }
}
