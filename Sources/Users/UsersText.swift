// Changes to a users file's text: a user more, a user less. All other lines, comments included, stay
// as they are; comments between a user's own lines go with it.

/// The text of a users file, to be changed.
package struct UsersText: Sendable {
    package private(set) var text: String

    /// A file without users, with a fresh secret.
    package init() {
        text = """
            \(UsersFile.title)
            # Written by 'standpipe user'; read by standpipe-gateway, again on SIGHUP.
            secret \(Base64.text(freshBytes(Users.secretBytes)))

            """
    }

    /// A file that was read.
    package init(_ text: String) { self.text = text }

    /// Writes the user at the end.
    package mutating func add(_ user: User) {
        if !text.hasSuffix("\n") { text += "\n" }
        text += "\nuser \(user.name)\n"
        for hash in ScramHash.allCases {
            guard let one = user.credentials[hash] else { continue }
            let keys = [one.salt, one.storedKey, one.serverKey].map(Base64.text)
            text += "    \(hash.rawValue) \(one.iterations) \(keys.joined(separator: " "))\n"
        }
        for line in user.rights.lines + user.quota.lines + user.levelLines {
            text += "    \(line)\n"
        }
    }

    /// Takes the user's lines out; false: there is none of this name.
    /// - Throws: `UsersError`: the file is a bad one.
    package mutating func remove(_ name: String) throws(UsersError) -> Bool {
        guard let block = try UsersFile(text).blocks[name] else { return false }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        lines.removeSubrange(block)
        // The empty line before it goes, where it would meet another one or the end.
        let before = block.lowerBound - 1
        if lines.indices.contains(before), lines[before].isEmpty,
            block.lowerBound >= lines.count || lines[block.lowerBound].isEmpty
        {
            lines.remove(at: before)
        }
        text = lines.joined(separator: "\n")
        if !text.hasSuffix("\n") { text += "\n" }
        return true
    }
}

extension Rights {
    /// As lines of the users file.
    package var lines: [String] {
        func line(_ word: String, _ values: [String]) -> [String] {
            values.isEmpty ? [] : ["\(word) \(values.joined(separator: " "))"]
        }
        return line("read", read.map(\.text)) + line("write", write.map(\.text))
            + line("group", groups.map(\.text))
            + line("detector", detectors.map(DetectorRange.text)) + (isAdmin ? ["admin"] : [])
    }
}
