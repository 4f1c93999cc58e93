// The server's half of a SCRAM log-in (RFC 5802, sections 3, 5 and 7; RFC 7677): two messages come,
// two go. Channel binding is not offered. librdkafka before 2.6.1, Debian 12's for one, puts its nonce
// before the whole nonce once more; that is let in, as what is new in it is the server's part.
//
//     client-first   n,,n=anna,r=CNONCE
//     server-first   r=CNONCE SNONCE,s=SALT,i=4096
//     client-final   c=biws,r=CNONCE SNONCE,p=PROOF       (or r=CNONCE CNONCE SNONCE)
//     server-final   v=SIGNATURE

/// One log-in in progress.
package struct ScramExchange: Sendable {
    /// Why it ends.
    package enum Failure: Error, Hashable, Sendable {
        /// Not a message that stands here.
        case malformed
        /// The proof is of another password, or there is no such user.
        case wrong
    }

    private enum State {
        case begun
        /// `nonces`: those that client-final may have.
        case challenged(binding: String, nonces: [String], transcript: String, ScramCredential)
        case done
    }

    /// Bytes of a message at most.
    package static let longestMessage = 1_024

    private let hash: ScramHash
    private var state = State.begun
    /// Who says to be who; empty before the first message.
    package private(set) var name = ""

    package init(_ hash: ScramHash) { self.hash = hash }

    /// Takes client-first and gives server-first. `nonce` is the server's part: printable ASCII
    /// without a comma, new for each log-in.
    /// - Throws: `Failure.malformed`.
    package mutating func first(
        _ message: [UInt8], nonce: String, users: Users
    ) throws(Failure) -> [UInt8] {
        guard case .begun = state else { throw .malformed }
        state = .done
        guard message.count <= Self.longestMessage,
            let text = String(validating: message, as: UTF8.self)
        else { throw .malformed }
        let parts = text.split(
            separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        // "y": the client would bind to the channel, but has seen that this server does not.
        guard parts.count == 3, parts[0] == "n" || parts[0] == "y" else { throw .malformed }
        let fields = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count >= 2, let written = Self.value("n", fields[0]),
            let client = Self.value("r", fields[1]), !client.isEmpty,
            client.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let name = Self.name(written)
        else { throw .malformed }
        // To act for another user is not offered.
        guard parts[1].isEmpty || Self.value("a", parts[1]).flatMap(Self.name) == name else {
            throw .malformed
        }
        self.name = name
        let credential = users.credential(name, hash)
        let both = client + nonce
        let answer = "r=\(both),s=\(Base64.text(credential.salt)),i=\(credential.iterations)"
        state = .challenged(
            binding: Base64.text(Array("\(parts[0]),\(parts[1]),".utf8)),
            nonces: [both, client + both],
            transcript: "\(parts[2]),\(answer)", credential)
        return Array(answer.utf8)
    }

    /// Takes client-final and gives server-final; the log-in is good when it does.
    /// - Throws: `Failure`.
    package mutating func final(_ message: [UInt8]) throws(Failure) -> [UInt8] {
        guard case .challenged(let binding, let nonces, let transcript, let credential) = state
        else { throw .malformed }
        state = .done
        guard message.count <= Self.longestMessage,
            let text = String(validating: message, as: UTF8.self)
        else { throw .malformed }
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count >= 3, Self.value("c", fields[0]) == binding,
            Self.value("r", fields[1]).map(nonces.contains) == true, let last = fields.last,
            let proof = Self.value("p", last).flatMap({ Base64.bytes($0) }),
            proof.count == hash.bytes
        else { throw .malformed }
        let bare = fields.dropLast().joined(separator: ",")
        let signed = Array("\(transcript),\(bare)".utf8)
        let signature = hash.code(of: signed, key: credential.storedKey)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        guard isSame(hash.hash(clientKey), credential.storedKey) else { throw .wrong }
        let answer = hash.code(of: signed, key: credential.serverKey)
        return Array("v=\(Base64.text(answer))".utf8)
    }

    /// A server's nonce that was never used.
    package static func freshNonce() -> String { Base64.text(freshBytes(18)) }

    private static func value(_ letter: Character, _ field: Substring) -> String? {
        field.first == letter && field.dropFirst().first == "=" ? String(field.dropFirst(2)) : nil
    }

    /// `=2C` is a comma and `=3D` an equals sign.
    private static func name(_ written: String) -> String? {
        var pieces = written.split(separator: "=", omittingEmptySubsequences: false)[...]
        guard var name = pieces.popFirst().map(String.init) else { return nil }
        for piece in pieces {
            switch piece.prefix(2) {
            case "2C": name += ","
            case "3D": name += "="
            default: return nil
            }
            name += piece.dropFirst(2)
        }
        return name.isEmpty ? nil : name
    }
}
