// The users file: what it says, every mistake with its place, and changes that leave the rest alone.

import Glibc
import Testing

@testable import Users

private let secret = "secret AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
private let short = "AAAAAAAAAAAAAAAAAAAAAA=="
private let key256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
private let key512 = Base64.text([UInt8](repeating: 0, count: 64))
private let keys =
    "SCRAM-SHA-256 4096 \(short) \(key256) \(key256)\nSCRAM-SHA-512 4096 \(short) \(key512) \(key512)"

private func complaint(_ text: String) -> String? {
    do throws(UsersError) {
        _ = try UsersFile(text)
        return nil
    } catch { return "\(error)" }
}

@Suite struct UsersFileTests {
    @Test("A user has the rights that its lines say, in any order")
    func rights() throws {
        let file = try UsersFile(
            """
            standpipe-users 1
            # the secret
            \(secret)

            user anna
                read alarms orders.*
                detector 17 100-120
            # hers
                \(keys)
                write orders.in
                quota produce 1000
                quota requests 5
                read valves
                group anna anna.*
                admin
            user bert
            \(keys)
            """)
        let anna = try #require(file.users["anna"]).rights
        #expect(["alarms", "orders.", "orders.x", "valves"].allSatisfy { anna.mayRead($0) })
        #expect(!["alarm", "alarms2", "orders", ""].contains { anna.mayRead($0) })
        #expect(anna.mayWrite("orders.in") && !anna.mayWrite("orders.out"))
        #expect(anna.mayUse(group: "anna") && anna.mayUse(group: "anna.1"))
        #expect(!anna.mayUse(group: "annab"))
        #expect([17, 100, 120].allSatisfy { anna.maySignal(for: $0) })
        #expect(![16, 18, 99, 121].contains { anna.maySignal(for: $0) })
        #expect(anna.isAdmin)
        #expect(file.users["anna"]?.quota == Quota(produced: 1_000, requests: 5))
        #expect(file.users["bert"]?.rights == Rights())
        #expect(file.users["carl"] == nil)
    }

    @Test(
        "Every mistake is named with its line and column",
        arguments: [
            ("", "1:1: the file is empty; 'standpipe user add' makes one"),
            ("users: []", "1:1: the first line is 'standpipe-users 1'; is this a users file?"),
            (
                "standpipe-users 1",
                "1:1: there is no 'secret' line; 'standpipe user add' writes one into a new file"
            ),
            ("standpipe-users 1\nsecret", "2:1: a secret is 32 bytes in base64"),
            ("standpipe-users 1\nsecret AAAA", "2:8: a secret is 32 bytes in base64"),
            (
                "standpipe-users 1\n\(secret)\n\(secret)",
                "3:1: there is a second 'secret'; one of them has to go"
            ),
            ("standpipe-users 1\n  admin", "2:3: 'admin' stands before the first 'user NAME'"),
            ("standpipe-users 1\n\nuser", "3:1: one name stands after 'user'"),
            ("standpipe-users 1\nuser anna bert", "2:11: one name stands after 'user'"),
            (
                "standpipe-users 1\nuser anna:x",
                "2:6: a name has 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-' and '@'"
            ),
            (
                "standpipe-users 1\nuser anna\n\(keys)\nuser anna",
                "5:6: there is a user 'anna' in line 2; one has to go"
            ),
            (
                "standpipe-users 1\nuser anna\nadmin",
                "2:1: user 'anna' has no SCRAM-SHA-256 line; make one with"
                    + " 'standpipe user add anna --replace'"
            ),
            ("standpipe-users 1\nuser a\nread", "3:1: a name or a pattern stands after 'read'"),
            (
                "standpipe-users 1\nuser a\nwrite ok *.x",
                "3:10: '*.x' is no name: a star stands at its end, as in orders.*, or alone"
            ),
            (
                "standpipe-users 1\nuser a\n\tdetector 1 9-8",
                "3:13: '9-8' is no id and no range of ids, as in 17 or 100-120"
            ),
            (
                "standpipe-users 1\nuser a\ndetector 4294967296",
                "3:10: '4294967296' is no id and no range of ids, as in 17 or 100-120"
            ),
            (
                "standpipe-users 1\nuser a\nquota fetch 0",
                "3:7: after 'quota' stand produce, fetch or requests and a number a second"
            ),
            ("standpipe-users 1\nuser a\nadmin yes", "3:7: nothing stands after 'admin'"),
            (
                "standpipe-users 1\nuser a\nreads x",
                "3:1: 'reads' is none of user, read, write, group, detector, quota,"
                    + " level, admin and the two SCRAM lines"
            ),
            (
                "standpipe-users 1\nuser a\nlevel 5", "3:7: after 'level' stands 1, 2, 3 or 4"
            ),
            (
                "standpipe-users 1\nuser a\nlevel 1\nlevel 2",
                "4:1: a second 'level' line; one has to go"
            ),
            (
                "standpipe-users 1\nuser a\nSCRAM-SHA-256 4096",
                "3:1: after SCRAM-SHA-256 stand iterations, salt, stored key and server key"
            ),
            (
                "standpipe-users 1\nuser a\nSCRAM-SHA-256 4095 \(short) \(key256) \(key256)",
                "3:15: iterations are from 4096 to 65536"
            ),
            (
                "standpipe-users 1\nuser a\nSCRAM-SHA-256 4096 AAAA \(key256) \(key256)",
                "3:20: here stand 8 to 64 bytes in base64"
            ),
            (
                "standpipe-users 1\nuser a\nSCRAM-SHA-512 4096 \(short) \(key256) \(key512)",
                "3:45: here stand 64 bytes in base64"
            ),
            (
                "standpipe-users 1\nuser a\n\(keys)\n\(keys)",
                "5:1: a second SCRAM-SHA-256 line; one has to go"
            ),
        ])
    func mistakes(text: String, expected: String) {
        #expect(complaint(text) == expected)
    }

    @Test("What is written is read again, and a removed user leaves the rest as it was")
    func changes() throws {
        var rights = Rights()
        rights.read = [try #require(NamePattern("a*"))]
        rights.detectors = [5...5, 7...9]
        rights.isAdmin = true
        var text = UsersText()
        text.add(User(name: "anna", password: Array("correct horse".utf8), rights: rights))
        let before = text.text + "\n# of the toll\n"
        text = UsersText(before)
        let bert = User(
            name: "bert", password: Array("battery staple".utf8), rights: Rights(),
            quota: Quota(fetched: 7))
        text.add(bert)
        let file = try UsersFile(text.text)
        #expect(file.users["anna"]?.rights == rights)
        #expect(file.users["bert"] == bert)
        for hash in ScramHash.allCases {
            #expect(bert.credentials[hash]?.matches(password: Array("battery staple".utf8)) == true)
            #expect(bert.credentials[hash]?.matches(password: Array("battery stapl".utf8)) == false)
        }
        #expect(!text.text.contains("staple"))
        #expect(try text.remove("bert"))
        #expect(text.text == before)
        #expect(try !text.remove("bert"))
        #expect(try text.remove("anna"))
        #expect(text.text.contains("# of the toll"))
        #expect(try UsersFile(text.text).users.all.isEmpty)
    }
}

@Suite struct UsersStoreTests {
    private let folder: String

    init() {
        folder = "/tmp/users-\(UInt64.random(in: 0...UInt64.max))"
        mkdir(folder, 0o700)
    }

    private func remove() {
        for name in ["users", "users.new"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    private func complaint(_ store: UsersStore) -> String {
        do throws(UsersFailure) {
            _ = try store.users()
            return ""
        } catch { return "\(error)" }
    }

    @Test("A new file is its owner's alone, and a bad change leaves it as it was")
    func update() throws {
        defer { remove() }
        let store = UsersStore(path: "\(folder)/users")
        #expect(
            complaint(store)
                == "\(folder)/users is not there; 'standpipe user add NAME --file \(folder)/users'"
                + " makes it")
        try store.update { $0.add(User(name: "anna", password: [65], rights: Rights())) }
        var facts = stat()
        #expect(stat(store.path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        #expect(try store.users().all.keys.sorted() == ["anna"])
        let before = try store.text()
        #expect(throws: UsersFailure.self) {
            try store.update { $0.add(User(name: "a b", password: [65], rights: Rights())) }
        }
        #expect(try store.text() == before)
    }

    @Test("A file that others can read, or with a mistake, is refused with what to do")
    func refused() throws {
        defer { remove() }
        let store = UsersStore(path: "\(folder)/users")
        try store.update { _ in }
        chmod(store.path, 0o644)
        #expect(
            complaint(store)
                == "\(folder)/users has mode 644, so that others may read or change it; do"
                + " 'chmod 600 \(folder)/users'")
        chmod(store.path, 0o640)
        #expect(complaint(store) == "")
        let file = open(store.path, O_WRONLY | O_TRUNC)
        _ = write(file, "standpipe-users 1\nuser", 22)
        close(file)
        #expect(complaint(store) == "\(folder)/users:2:1: one name stands after 'user'")
    }
}
