// What is kept of a password (RFC 5802, section 3): enough to check a log-in, too little to log in
// with. The salted password itself is not kept: who has it needs no password any more.

/// One user's secret for one mechanism.
package struct ScramCredential: Hashable, Sendable {
    /// Every credential has so many (RFC 7677 asks for 4096 at least). All users have the same
    /// number, so that it does not tell who is one.
    package static let iterations = 4_096
    /// Bytes of a salt.
    package static let saltBytes = 16

    package var hash: ScramHash
    package var iterations: Int
    package var salt: [UInt8]
    package var storedKey: [UInt8]
    package var serverKey: [UInt8]

    package init(
        hash: ScramHash, iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: [UInt8]
    ) {
        self.hash = hash
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Makes the credential of a password.
    package init(
        password: [UInt8], hash: ScramHash, salt: [UInt8] = freshBytes(saltBytes),
        iterations: Int = iterations
    ) {
        let salted = hash.salted(password, salt: salt, iterations: iterations)
        self.init(
            hash: hash, iterations: iterations, salt: salt,
            storedKey: hash.hash(hash.code(of: Array("Client Key".utf8), key: salted)),
            serverKey: hash.code(of: Array("Server Key".utf8), key: salted))
    }

    /// Whether this is the credential's password; takes as long as making it did.
    package func matches(password: [UInt8]) -> Bool {
        let other = ScramCredential(
            password: password, hash: hash, salt: salt, iterations: iterations)
        return isSame(other.storedKey, storedKey)
    }
}
