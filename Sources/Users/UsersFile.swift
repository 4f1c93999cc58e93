// The users file. Lines of words; `#` begins a line of comment; the order of a user's lines does not
// matter, and a line may come more than once where it is marked with +.
//
//     standpipe-users 1                          first line
//     secret BASE64                              32 bytes; salts for those who are no users
//
//     user anna
//         SCRAM-SHA-256 4096 SALT STORED SERVER  iterations, then base64 (RFC 5802, section 3)
//         SCRAM-SHA-512 4096 SALT STORED SERVER
//         read alarms orders.*                 + topics
//         write orders.*                       + topics
//         group anna anna.*                    + consumer groups
//         detector 17 100-120                  + ids
//         quota produce 1000000                + bytes or requests a second
//         level 2                                at the panel (PanelLevel)
//         admin
//
// `standpipe user` writes it (UsersText), the gateway reads it; the page is USERS.md.

/// What is wrong with a users file, and where. Lines and columns count from 1.
package struct UsersError: Error, Hashable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int
    package var message: String

    package var description: String { "\(line):\(column): \(message)" }
}

/// The lines of a users file, understood.
package struct UsersFile: Sendable {
    package static let title = "standpipe-users 1"
    /// Bytes of a file at most.
    package static let longest = 4 << 20
    /// Users at most.
    package static let mostUsers = 10_000

    package private(set) var users: Users
    /// The lines of each user: from its `user` line to before the next one's comments.
    package private(set) var blocks: [String: Range<Int>] = [:]

    /// - Throws: `UsersError`, the first mistake.
    package init(_ text: String) throws(UsersError) {
        users = Users(secret: [])
        var draft: Draft?
        var lastWords = 0
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (place, content) in lines.enumerated() {
            let line = Line(content, number: place + 1)
            guard let first = line.words.first else { continue }
            if lastWords == 0 {
                guard content == Self.title else {
                    throw UsersError(
                        line: place + 1, column: 1,
                        message: "the first line is '\(Self.title)'; is this a users file?")
                }
            } else if first.text == "user" {
                if let draft { try finish(draft, end: lastWords) }
                draft = try begin(line)
            } else if first.text == "secret", draft == nil {
                try readSecret(line)
            } else if draft != nil {
                try draft?.take(line)
            } else {
                throw line.error(
                    first, "'\(first.text)' stands before the first 'user NAME'")
            }
            lastWords = place + 1
        }
        if lastWords == 0 {
            throw UsersError(
                line: 1, column: 1,
                message: "the file is empty; 'standpipe user add' makes one")
        }
        if let draft { try finish(draft, end: lastWords) }
        guard !users.secret.isEmpty else {
            throw UsersError(
                line: 1, column: 1,
                message:
                    "there is no 'secret' line; 'standpipe user add' writes one into a new file")
        }
    }

    private mutating func readSecret(_ line: Line) throws(UsersError) {
        guard users.secret.isEmpty else {
            throw line.error(line.words[0], "there is a second 'secret'; one of them has to go")
        }
        guard line.words.count == 2, let secret = Base64.bytes(line.words[1].text),
            secret.count == Users.secretBytes
        else {
            throw line.error(
                line.words.dropFirst().first ?? line.words[0],
                "a secret is \(Users.secretBytes) bytes in base64")
        }
        users.secret = secret
    }

    private func begin(_ line: Line) throws(UsersError) -> Draft {
        guard line.words.count == 2 else {
            throw line.error(
                line.words.dropFirst(2).first ?? line.words[0], "one name stands after 'user'")
        }
        let name = line.words[1]
        guard User.isValid(name: name.text) else {
            throw line.error(
                name, "a name has 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-' and '@'")
        }
        if let before = blocks[name.text] {
            throw line.error(
                name,
                "there is a user '\(name.text)' in line \(before.lowerBound + 1); one has to go")
        }
        guard blocks.count < Self.mostUsers else {
            throw line.error(name, "there are more than \(Self.mostUsers) users")
        }
        return Draft(name: name.text, line: line.number)
    }

    private mutating func finish(_ draft: Draft, end: Int) throws(UsersError) {
        for hash in ScramHash.allCases where draft.credentials[hash] == nil {
            throw UsersError(
                line: draft.line, column: 1,
                message: "user '\(draft.name)' has no \(hash.rawValue) line;"
                    + " make one with 'standpipe user add \(draft.name) --replace'")
        }
        users.all[draft.name] = User(
            name: draft.name, credentials: draft.credentials, rights: draft.rights,
            quota: draft.quota, level: draft.level)
        blocks[draft.name] = draft.line - 1..<end
    }
}

/// One line's words and where they begin.
struct Line {
    struct Word {
        var text: String
        var column: Int
    }

    var number: Int
    var words: [Word] = []

    init(_ content: Substring, number: Int) {
        self.number = number
        let bytes = Array(content.utf8)
        var place = 0
        while place < bytes.count {
            let isSpace = [0x20, 0x09, 0x0D].contains(bytes[place])
            if isSpace {
                place += 1
                continue
            }
            let start = place
            while place < bytes.count, ![0x20, 0x09, 0x0D].contains(bytes[place]) { place += 1 }
            words.append(
                Word(text: String(decoding: bytes[start..<place], as: UTF8.self), column: start + 1)
            )
        }
        if words.first?.text.hasPrefix("#") == true { words = [] }
    }

    func error(_ word: Word, _ message: String) -> UsersError {
        UsersError(line: number, column: word.column, message: message)
    }
}
