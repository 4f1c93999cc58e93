// Who is logged in at the panel: tokens in cookies, and the tokens against forged requests that belong
// to them. In memory alone: a restart of the gateway logs everybody out. Times are arguments.

/// The sessions of a gateway.
package struct PanelSessions: Sendable {
    /// One log-in.
    package struct Session: Hashable, Sendable {
        package var user: String
        /// Goes with every request that changes something.
        package var csrf: String
        /// Stands for the password that was right: another one ends the session.
        package var mark: [UInt8]
        fileprivate var begun: Int64
        fileprivate var used: Int64
    }

    /// Milliseconds without a request after which a session ends, and after which it ends anyway.
    package static let idle: Int64 = 12 * 3_600_000
    package static let longest: Int64 = 7 * 24 * 3_600_000
    /// Sessions at a time, in all and of one user; the one that was used longest ago goes.
    package static let most = 1_024
    package static let mostEach = 32

    private var all: [String: Session] = [:]

    package init() {}

    package var count: Int { all.count }

    /// `token` and `csrf` are fresh and cannot be guessed.
    package mutating func begin(
        _ user: String, mark: [UInt8], token: String, csrf: String, at now: Int64
    ) {
        all = all.filter { !Self.isOver($0.value, now) }
        let own = all.filter { $0.value.user == user }
        if own.count >= Self.mostEach, let oldest = own.min(by: Self.isOlder) {
            all[oldest.key] = nil
        } else if all.count >= Self.most, let oldest = all.min(by: Self.isOlder) {
            all[oldest.key] = nil
        }
        all[token] = Session(user: user, csrf: csrf, mark: mark, begun: now, used: now)
    }

    private static func isOlder(
        _ one: (key: String, value: Session), _ other: (key: String, value: Session)
    ) -> Bool {
        (one.value.used, one.key) < (other.value.used, other.key)
    }

    /// The session of a cookie, which is used by that; nil: there is none.
    package mutating func session(_ token: String, at now: Int64) -> Session? {
        guard let session = all[token] else { return nil }
        guard !Self.isOver(session, now) else {
            all[token] = nil
            return nil
        }
        all[token]?.used = now
        return session
    }

    package mutating func end(_ token: String) -> Session? { all.removeValue(forKey: token) }

    private static func isOver(_ session: Session, _ now: Int64) -> Bool {
        now - session.used >= idle || now - session.begun >= longest
    }
}
