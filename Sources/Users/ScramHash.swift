// The two hash functions of a log-in (RFC 5802, RFC 7677) and what is made of them. The hashes are
// swift-crypto's; nothing here knows of users or of connections.

internal import Crypto

/// A mechanism of SCRAM, by its name on the wire.
package enum ScramHash: String, CaseIterable, Hashable, Sendable {
    case sha256 = "SCRAM-SHA-256"
    case sha512 = "SCRAM-SHA-512"

    /// Bytes of a hash.
    package var bytes: Int {
        switch self {
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// H() of RFC 5802, section 2.2.
    package func hash(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: Array(SHA256.hash(data: message))
        case .sha512: Array(SHA512.hash(data: message))
        }
    }

    /// HMAC() of RFC 5802, section 2.2.
    package func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: key)
        return switch self {
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }

    /// Hi() of RFC 5802, section 2.2: PBKDF2 with one block of output.
    package func salted(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        switch self {
        case .sha256: Self.salted(SHA256.self, password, salt, iterations)
        case .sha512: Self.salted(SHA512.self, password, salt, iterations)
        }
    }

    private static func salted<Hash: HashFunction>(
        _ hash: Hash.Type, _ password: [UInt8], _ salt: [UInt8], _ iterations: Int
    ) -> [UInt8] {
        let keyed = HMAC<Hash>(key: SymmetricKey(data: password))
        var first = keyed
        first.update(data: salt + [0, 0, 0, 1])
        var code = first.finalize()
        var result = Array(code)
        for _ in 1..<max(1, iterations) {
            var next = keyed
            code.withUnsafeBytes { next.update(data: $0) }
            code = next.finalize()
            for (place, byte) in code.enumerated() { result[place] ^= byte }
        }
        return result
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
package func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for place in one.indices { difference |= one[place] ^ other[place] }
    return difference == 0
}

/// Bytes that nobody can guess, from the system.
package func freshBytes(_ count: Int) -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
}
