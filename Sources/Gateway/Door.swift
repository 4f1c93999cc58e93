// Who gets in: the users file and the certificate, read at the start and again on SIGHUP, and the
// checks of passwords, which take milliseconds each and so have a thread of their own. Lives on the
// event loop.

import KafkaServer
import KafkaWire
import NIOCore
import NIOPosix
import NIOSSL
import Users

final class Door {
    /// Passwords that may wait for their check; beyond that they count as wrong.
    private static let mostChecks = 64

    private let usersFile: UsersStore?
    private let tlsFiles: TLSFiles?
    private var users: Users?
    private(set) var tls: NIOSSLContext?
    private var delays = LoginDelays()
    private let checks = NIOThreadPool(numberOfThreads: 1)
    private var checking = 0
    /// What users have used of their quotas; one for each who has a quota and was here.
    private var meters: [String: QuotaMeter] = [:]
    private var connections: ConnectionLimit
    private let quota: Quota
    /// Of users who were let in over HTTP: a mark of the password that was right.
    var known: [String: [UInt8]] = [:]
    private let markKey = freshBytes(32)

    /// - Throws: `Gateway.Failure`.
    init(_ settings: GatewaySettings) throws(Gateway.Failure) {
        usersFile = settings.users.map { UsersStore(path: $0) }
        tlsFiles = settings.tls
        connections = ConnectionLimit(
            all: settings.connections, each: settings.connectionsEach)
        quota = settings.quota
        try readUsers()
        try readTLS()
        if usersFile != nil { checks.start() }
    }

    /// Whether there are users, one of whom a connection has to be.
    var asksForUser: Bool { users != nil }

    /// What a user may do now; nil: there is no such user any more.
    func rights(of user: String?) -> Rights? {
        guard let users else { return .everything }
        return user.flatMap { users[$0] }?.rights
    }

    /// What a user may do at the panel; nil: nothing, or there is no such user.
    func level(of user: String) -> PanelLevel? { users?[user]?.level }

    /// A connection comes from `address`; false: there are too many.
    func open(_ address: String) -> Bool { connections.open(address) }

    func close(_ address: String) { connections.close(address) }

    /// Milliseconds for which a connection is not read, as it or its user has used so much.
    func charge(
        produced: Int = 0, fetched: Int = 0, requests: Int = 0, to user: String?,
        _ meter: inout QuotaMeter
    ) -> Int64 {
        let now = Self.now
        let own = meter.use(
            produced: produced, fetched: fetched, requests: requests, of: quota, at: now)
        guard let user, let quota = users?[user]?.quota, quota != Quota() else { return own }
        return max(
            own,
            meters[user, default: QuotaMeter(at: now)].use(
                produced: produced, fetched: fetched, requests: requests, of: quota, at: now))
    }

    /// What a password is checked against; nil where there are no users.
    func credential(_ name: String) -> ScramCredential? { users?.credential(name, .sha256) }

    /// Stands for a password in memory.
    func mark(_ name: String, _ password: [UInt8]) -> [UInt8] {
        ScramHash.sha256.code(of: Array(name.utf8) + [0] + password, key: markKey)
    }

    static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

    func take(
        _ request: KafkaRequest, version: Int16, _ login: inout Login
    ) -> Login.Step {
        guard let users else { return .close }
        return login.take(request, version: version, users: users)
    }

    /// Milliseconds that a refusal waits.
    func delay(_ address: String) -> Int64 {
        delays.failed(address, at: Self.now)
    }

    /// Whether the password is the credential's, on the loop but not at once.
    func check(
        _ password: [UInt8], _ credential: ScramCredential, on loop: any EventLoop
    ) -> EventLoopFuture<Bool> {
        guard checking < Self.mostChecks else { return loop.makeSucceededFuture(false) }
        checking += 1
        let here = NIOLoopBound(self, eventLoop: loop)
        return checks.runIfActive(eventLoop: loop) {
            credential.matches(password: password)
        }.always { _ in here.value.checking -= 1 }
    }

    /// Reads the files again. What is bad stays as it was: the answer has a line for each.
    func reload() -> [(isGood: Bool, line: String)] {
        var lines: [(isGood: Bool, line: String)] = []
        func attempt(_ name: String?, _ read: () throws(Gateway.Failure) -> Void) {
            guard let name else { return }
            do throws(Gateway.Failure) {
                try read()
                lines.append((true, "\(name) is read again"))
            } catch {
                lines.append((false, "\(error); what was read before stays"))
            }
        }
        attempt(usersFile?.path, readUsers)
        attempt(tlsFiles?.certificate, readTLS)
        return lines
    }

    func stop() { checks.shutdownGracefully { _ in } }

    private func readUsers() throws(Gateway.Failure) {
        guard let usersFile else { return }
        do throws(UsersFailure) { users = try usersFile.users() } catch { throw .users(error) }
        meters = meters.filter { users?[$0.key] != nil }
        known = [:]
    }

    private func readTLS() throws(Gateway.Failure) {
        guard let tlsFiles else { return }
        tls = try tlsFiles.context()
    }
}
