// Those who may log in, as the gateway holds them.

/// One user.
package struct User: Hashable, Sendable {
    package var name: String
    package var credentials: [ScramHash: ScramCredential]
    package var rights: Rights
    /// Of all of the user's connections together.
    package var quota: Quota
    /// What the user may do at the panel; nil: not a person who uses it.
    package var level: PanelLevel?

    package init(
        name: String, credentials: [ScramHash: ScramCredential], rights: Rights,
        quota: Quota = Quota(), level: PanelLevel? = nil
    ) {
        self.name = name
        self.credentials = credentials
        self.rights = rights
        self.quota = quota
        self.level = level
    }

    /// Makes a user with a password.
    package init(
        name: String, password: [UInt8], rights: Rights, quota: Quota = Quota(),
        level: PanelLevel? = nil
    ) {
        let made = ScramHash.allCases.map { ($0, ScramCredential(password: password, hash: $0)) }
        self.init(
            name: name, credentials: Dictionary(uniqueKeysWithValues: made), rights: rights,
            quota: quota, level: level)
    }

    /// Whether a name is one: it goes into SCRAM's messages, into lines of a file and into records.
    package static func isValid(name: some StringProtocol) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"), UInt8(ascii: "@"):
                    true
                default: false
                }
            }
    }

    /// Whether a password can be one: printable ASCII, because clients prepare other characters in
    /// different ways (RFC 4013, which librdkafka leaves out), 8 to 128 of them.
    package static func isValid(password: [UInt8]) -> Bool {
        (8...128).contains(password.count) && password.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

/// All users, and a secret that makes salts for those who are none.
package struct Users: Hashable, Sendable {
    package static let secretBytes = 32

    package var secret: [UInt8]
    package var all: [String: User]

    package init(secret: [UInt8] = freshBytes(secretBytes), all: [String: User] = [:]) {
        self.secret = secret
        self.all = all
    }

    package subscript(name: String) -> User? { all[name] }

    /// What to check a log-in against. For a name that is no user's it is made of the secret: always
    /// the same, and no password fits it. So nobody learns from an answer who is a user.
    package func credential(_ name: String, _ hash: ScramHash) -> ScramCredential {
        if let known = all[name]?.credentials[hash] { return known }
        func made(_ purpose: String) -> [UInt8] {
            hash.code(of: Array("\(purpose):\(hash.rawValue):\(name)".utf8), key: secret)
        }
        return ScramCredential(
            hash: hash, iterations: ScramCredential.iterations,
            salt: Array(made("salt").prefix(ScramCredential.saltBytes)),
            storedKey: made("stored"), serverKey: made("server"))
    }
}
