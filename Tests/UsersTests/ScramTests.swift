// SCRAM against the examples of RFC 5802 and RFC 7677, PBKDF2 against RFC 7914, and everything that a
// client may say that is none of them.

import Testing

@testable import Users

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A user with one credential and a secret that is known.
private func users(_ name: String, _ credential: ScramCredential) -> Users {
    let user = User(name: name, credentials: [credential.hash: credential], rights: Rights())
    return Users(secret: [UInt8](repeating: 7, count: 32), all: [name: user])
}

/// The client's proof, by its own way from the password (RFC 5802, section 3).
private func proof(
    _ password: String, _ hash: ScramHash, salt: [UInt8], iterations: Int, signed: String
) -> String {
    let salted = hash.salted(bytes(password), salt: salt, iterations: iterations)
    let key = hash.code(of: bytes("Client Key"), key: salted)
    let signature = hash.code(of: bytes(signed), key: hash.hash(key))
    return Base64.text(zip(key, signature).map { $0 ^ $1 })
}

@Suite struct ScramTests {
    @Test("PBKDF2 gives RFC 7914's keys")
    func derivation() {
        let one = ScramHash.sha256.salted(bytes("passwd"), salt: bytes("salt"), iterations: 1)
        #expect(
            hex(one) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
        let many = ScramHash.sha256.salted(
            bytes("Password"), salt: bytes("NaCl"), iterations: 80_000)
        #expect(
            hex(many) == "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("A log-in goes as RFC 7677's example does, letter by letter")
    func example() throws {
        let salt = try #require(Base64.bytes("W22ZaJ0SNY7soEsUEjb6gQ=="))
        let users = users(
            "user", ScramCredential(password: bytes("pencil"), hash: .sha256, salt: salt))
        var exchange = ScramExchange(.sha256)
        let first = try exchange.first(
            bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
            nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", users: users)
        #expect(
            text(first)
                == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        )
        #expect(exchange.name == "user")
        let last = try exchange.final(
            bytes(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
        #expect(text(last) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    }

    @Test(
        "The right password logs in, another one does not; also with librdkafka's nonce of old",
        arguments: ScramHash.allCases, ["abcdef", "abcabcdef"])
    func passwords(hash: ScramHash, nonce: String) throws {
        let users = users("anna", ScramCredential(password: bytes("correct horse"), hash: hash))
        for (password, isRight) in [("correct horse", true), ("correct horsf", false)] {
            var exchange = ScramExchange(hash)
            let first = text(
                try exchange.first(bytes("n,,n=anna,r=abc"), nonce: "def", users: users))
            let salt = users.credential("anna", hash).salt
            let bare = "c=biws,r=\(nonce)"
            let proof = proof(
                password, hash, salt: salt, iterations: 4_096,
                signed: "n=anna,r=abc,\(first),\(bare)")
            if isRight {
                #expect(text(try exchange.final(bytes("\(bare),p=\(proof)"))).hasPrefix("v="))
            } else {
                #expect(throws: ScramExchange.Failure.wrong) {
                    try exchange.final(bytes("\(bare),p=\(proof)"))
                }
            }
            // A message cannot be sent again.
            #expect(throws: ScramExchange.Failure.malformed) {
                try exchange.final(bytes("\(bare),p=\(proof)"))
            }
        }
    }

    @Test("Nobody learns from the salt who is a user")
    func unknown() throws {
        let users = users("anna", ScramCredential(password: bytes("correct horse"), hash: .sha256))
        func challenge(_ name: String, _ users: Users) throws -> String {
            var exchange = ScramExchange(.sha256)
            return text(try exchange.first(bytes("n,,n=\(name),r=abc"), nonce: "def", users: users))
        }
        let bert = try challenge("bert", users)
        #expect(try challenge("bert", users) == bert)
        #expect(try challenge("anna", users).utf8.count == bert.utf8.count)
        #expect(try challenge("carl", users) != bert)
        #expect(try challenge("bert", Users(secret: [1], all: users.all)) != bert)
    }

    @Test(
        "Messages that are none are refused",
        arguments: [
            "", ",", "n,,", "n,,n=anna", "n,,r=abc,n=anna", "p=tls-unique,,n=anna,r=abc",
            "n,a=bert,n=anna,r=abc", "n,,n=,r=abc", "n,,n=an=na,r=abc", "n,,m=x,n=anna,r=abc",
            "n,,n=anna,r=", "x,,n=anna,r=abc", "n,,n=anna,r=a\u{7}",
        ])
    func malformed(message: String) {
        var exchange = ScramExchange(.sha512)
        #expect(throws: ScramExchange.Failure.malformed) {
            try exchange.first(bytes(message), nonce: "n", users: Users(secret: [1]))
        }
    }

    @Test(
        "A last message of another log-in is refused",
        arguments: [
            "c=biws,r=abcdef", "c=biws,r=abcdeg,p=AAAA", "c=eSws,r=abcdef,p=AAAA",
            "c=biws,r=abc,p=AAAA",
            "c=biws,r=defabcdef,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "c=biws,r=abcdeg,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "r=abcdef,c=biws,p=AAAA", "c=biws,r=abcdef,p=AAAA", "",
        ])
    func malformedLast(message: String) throws {
        var exchange = ScramExchange(.sha256)
        _ = try exchange.first(bytes("n,,n=anna,r=abc"), nonce: "def", users: Users(secret: [1]))
        #expect(throws: ScramExchange.Failure.malformed) { try exchange.final(bytes(message)) }
    }

    @Test("Escaped characters of a name are read")
    func escapes() throws {
        var exchange = ScramExchange(.sha256)
        _ = try exchange.first(
            bytes("y,a=a=2Cb=3Dc,n=a=2Cb=3Dc,r=abc"), nonce: "def", users: Users(secret: [1]))
        #expect(exchange.name == "a,b=c")
    }

    @Test("Base64 is read in its one form only")
    func base64() {
        for count in 0..<70 {
            let some = freshBytes(count)
            #expect(Base64.bytes(Base64.text(some)) == some)
        }
        #expect(Base64.text(bytes("foob")) == "Zm9vYg==")
        for bad in ["Zg", "Zg=", "Zh==", "====", "Z===", "Zm9v\n", "Zm9 ", "Zm=v"] {
            #expect(Base64.bytes(bad) == nil, "\(bad)")
        }
    }
}
