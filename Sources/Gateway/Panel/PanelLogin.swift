// Who looks at the panel, and what he may do. A person logs in with name and password and gets a cookie;
// a program shows the same name and password with each request (HTTP Basic) and may look. Whoever comes
// without either may look where the gateway has no users, or where it was told so and he is on this
// machine. Nobody but a person with a session changes anything.

import HTTPFace
import HTTPTypes
import Hummingbird
import KafkaServer
import NIOCore
import Panel
import Synchronization
import Users

/// Somebody whose request is being done.
struct Viewer: Sendable {
    var visitor: WebDesk.Visitor
    /// nil: nobody has logged in.
    var user: String?
    /// nil: has logged in, and may do nothing here.
    var level: PanelLevel?
    /// Of a person who has logged in here.
    var token: String?
    var csrf: String?

    var address: String { visitor.channel.remoteAddress?.ipAddress ?? "" }
}

final class PanelLogin: Sendable {
    static let cookie = "standpipe"
    /// Requests to the controller and acknowledgements a second, of all together.
    private static let mostRequests = 20
    /// A wrong password is answered after that.
    private static let delay = Duration.milliseconds(500)

    private struct Own {
        var sessions = PanelSessions()
        var lockOut = LockOut()
        var second: Int64 = 0
        var requests = 0
    }

    private let own = Mutex(Own())
    let web: WebDesk
    /// Whoever is on this machine may look, also where there are users.
    private let looksLocally: Bool

    init(web: WebDesk, looksLocally: Bool) {
        self.web = web
        self.looksLocally = looksLocally
    }

    // Who asks

    /// nil: somebody who has to log in first.
    /// - Throws: `HTTPFault` 401 for a wrong Basic header, 421 or 503.
    func whoever(_ request: Request, _ context: WebContext) async throws -> Viewer? {
        let channel = context.channel
        if let person = try await person(request, channel) { return person }
        let desk = web.desk
        let (asksForUser, isWebLocal) = try await web.loop.submit {
            (desk.value.door.asksForUser, desk.value.isWebLocal)
        }.get()
        if request.headers[.authorization] != nil, asksForUser {
            let visitor = try await web.visitor(request, channel)
            let level = try await web.loop.submit {
                desk.value.door.level(of: visitor.user)
            }.get()
            return Viewer(visitor: visitor, user: visitor.user, level: level)
        }
        let visitor = WebDesk.Visitor(channel: channel, user: "")
        guard asksForUser else {
            // The name under which a foreign page would have been reached (DNS rebinding).
            guard !isWebLocal || WebDesk.isLocal(request.head.authority) else {
                throw HTTPFault(.misdirected, "ask for it as localhost or 127.0.0.1")
            }
            return Viewer(visitor: visitor, level: .look)
        }
        guard looksLocally, Self.isHere(channel), WebDesk.isLocal(request.head.authority) else {
            return nil
        }
        return Viewer(visitor: visitor, level: .look)
    }

    private static func isHere(_ channel: any Channel) -> Bool {
        let address = channel.remoteAddress?.ipAddress ?? ""
        return address.hasPrefix("127.") || address == "::1"
    }

    /// The person of a cookie; nil: there is no such session, or not any more.
    private func person(_ request: Request, _ channel: any Channel) async throws -> Viewer? {
        guard let token = Self.token(request),
            let session = own.withLock({ $0.sessions.session(token, at: Door.now) })
        else { return nil }
        let desk = web.desk
        let (level, mark) = try await web.loop.submit {
            let door = desk.value.door
            return (door.level(of: session.user), door.credential(session.user)?.storedKey)
        }.get()
        // The password is another one now, or the user is gone.
        guard let mark, isSame(mark, session.mark) else {
            _ = own.withLock { $0.sessions.end(token) }
            return nil
        }
        return Viewer(
            visitor: WebDesk.Visitor(channel: channel, user: session.user), user: session.user,
            level: level, token: token, csrf: session.csrf)
    }

    private static func token(_ request: Request) -> String? {
        for field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == cookie else {
                    continue
                }
                return String(parts[1])
            }
        }
        return nil
    }

    // Log in and out

    /// Begins a session.
    /// - Throws: `HTTPFault` 401, with the seconds to wait, or 403.
    func logIn(_ name: String, _ password: [UInt8], _ context: WebContext) async throws -> Viewer {
        let address = context.channel.remoteAddress?.ipAddress ?? ""
        let (desk, loop) = (web.desk, web.loop)
        let hasUsers = try await loop.submit { desk.value.door.asksForUser }.get()
        guard hasUsers else {
            throw HTTPFault(
                .forbidden,
                "this gateway has no users: make one with 'standpipe user add NAME --level 2' and"
                    + " start it with --users")
        }
        // Each try counts as wrong until it is right, so that many at once are no way around it.
        let locked = own.withLock { own in
            let left = own.lockOut.left(name, address, at: Door.now)
            if left == 0 { own.lockOut.failed(name, address, at: Door.now) }
            return left
        }
        guard locked == 0 else { throw Self.locked(locked) }
        let credential = try await loop.submit { desk.value.door.credential(name) }.get()
        let isRight: Bool
        if let credential, User.isValid(name: name) {
            isRight = try await loop.flatSubmit {
                desk.value.door.check(password, credential, on: loop)
            }.get()
        } else {
            isRight = false
        }
        let level = try await loop.submit {
            desk.value.act {
                $0.audit(
                    AuditEntry(
                        isRight ? .login : .loginFailed, user: name, address: address,
                        detail: "panel"))
            }
            return desk.value.door.level(of: name)
        }.get()
        guard isRight, let credential else {
            try await Task.sleep(for: Self.delay)
            let wait = own.withLock { $0.lockOut.left(name, address, at: Door.now) }
            throw wait > 0 ? Self.locked(wait) : HTTPFault(.unauthorized, "wrong user or password")
        }
        guard let level else {
            throw HTTPFault(
                .forbidden,
                "\(name) may not use the panel: 'standpipe user add \(name) --level 1 --replace'"
                    + " lets him look")
        }
        let (token, csrf) = (Self.secret(), Self.secret())
        own.withLock { own in
            own.lockOut.succeeded(name, address)
            own.sessions.begin(
                name, mark: credential.storedKey, token: token, csrf: csrf, at: Door.now)
        }
        return Viewer(
            visitor: WebDesk.Visitor(channel: context.channel, user: name), user: name,
            level: level, token: token, csrf: csrf)
    }

    private static func locked(_ milliseconds: Int64) -> HTTPFault {
        HTTPFault(
            .unauthorized, "too many wrong passwords: try again later",
            retryAfter: Int((milliseconds + 999) / 1_000))
    }

    private static func secret() -> String {
        freshBytes(24).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    func logOut(_ viewer: Viewer) {
        guard let token = viewer.token, let session = own.withLock({ $0.sessions.end(token) })
        else { return }
        audit(AuditEntry(.logout, user: session.user, address: viewer.address, detail: "panel"))
    }

    var sessions: Int { own.withLock { $0.sessions.count } }

    // To change something

    /// Whether the request comes from a page of this gateway, or from no page at all.
    static func isOwn(_ request: Request) -> Bool {
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }),
            site != "same-origin", site != "none"
        {
            return false
        }
        guard let origin = request.headers[.origin] else { return true }
        let authority = request.head.authority ?? ""
        return origin == "http://\(authority)" || origin == "https://\(authority)"
    }

    /// Somebody who may change something, in a session, with its token.
    /// - Throws: `HTTPFault` 401, 403 or 429.
    func mayChange(_ request: Request, _ viewer: Viewer) throws {
        guard let csrf = viewer.csrf else {
            throw HTTPFault(.unauthorized, "log in at the panel to do that")
        }
        let given = HTTPField.Name("X-CSRF-Token").flatMap { request.headers[$0] } ?? ""
        guard isSame(Array(given.utf8), Array(csrf.utf8)), Self.isOwn(request) else {
            throw HTTPFault(
                .forbidden, "send the session's \"csrf\" as X-CSRF-Token, from the panel's page")
        }
        let isFree = own.withLock { own in
            let second = Door.now / 1_000
            if second != own.second { (own.second, own.requests) = (second, 0) }
            own.requests += 1
            return own.requests <= Self.mostRequests
        }
        guard isFree else {
            throw HTTPFault(.tooMany, "too much is asked for at a time", retryAfter: 1)
        }
    }

    func audit(_ entry: AuditEntry) {
        let desk = web.desk
        web.loop.execute { desk.value.act { $0.audit(entry) } }
    }
}
