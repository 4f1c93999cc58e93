// What stands in a message so that its reader can acknowledge: a code of four digits to send back by
// SMS, and a token for a link. Both are HMAC-SHA-256 (RFC 2104) of the episode under a secret of this
// gateway, so that nobody can make one, and none has to be kept. A token counts once: an episode can be
// acknowledged only once.

import EventLog

package struct Codes: Sendable {
    private let secret: [UInt8]

    /// `secret`: 32 random bytes that stay the same over restarts.
    package init(secret: [UInt8]) { self.secret = secret }

    /// Four digits.
    package func code(_ episode: String) -> String {
        let mac = mac("code\n" + episode)
        let number = mac.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 10_000
        let digits = String(number)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// `EPISODE.HEX`: fit for the path of a URL, as an episode is made of `0-9a-z-`.
    package func token(_ episode: String, _ recipient: String) -> String {
        episode + "." + hex(mac("token\n\(episode)\n\(recipient)").prefix(16))
    }

    /// The episode and the recipient of a token; nil: nobody was given it.
    func read(token: String, of recipients: [String]) -> (episode: String, recipient: String)? {
        guard token.utf8.count <= 256, let dot = token.lastIndex(of: ".") else { return nil }
        let episode = String(token[..<dot])
        var found: String?
        // All are compared, whole: the time tells nothing.
        for recipient in recipients where Self.same(self.token(episode, recipient), token) {
            found = recipient
        }
        return found.map { (episode, $0) }
    }

    private static func same(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func mac(_ text: String) -> [UInt8] {
        // The secret is not longer than a block of 64 bytes.
        let key =
            Array(secret.prefix(64)) + [UInt8](repeating: 0, count: 64 - min(64, secret.count))
        let inner = digest(key.map { $0 ^ 0x36 } + Array(text.utf8))
        return digest(key.map { $0 ^ 0x5C } + inner)
    }

    private func digest(_ bytes: [UInt8]) -> [UInt8] {
        let digest = bytes.withUnsafeBytes { SHA256.digest(of: $0) }
        return withUnsafeBytes(of: digest) { Array($0) }
    }

    private func hex(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
