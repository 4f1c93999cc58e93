// A user of the users file while its lines are read.

struct Draft {
    var name: String
    var line: Int
    var credentials: [ScramHash: ScramCredential] = [:]
    var rights = Rights()
    var quota = Quota()
    var level: PanelLevel?

    init(name: String, line: Int) {
        self.name = name
        self.line = line
    }

    mutating func take(_ line: Line) throws(UsersError) {
        let first = line.words[0]
        if let hash = ScramHash(rawValue: first.text) {
            guard credentials[hash] == nil else {
                throw line.error(first, "a second \(hash.rawValue) line; one has to go")
            }
            credentials[hash] = try credential(line, hash)
            return
        }
        switch first.text {
        case "read": rights.read += try patterns(line)
        case "write": rights.write += try patterns(line)
        case "group": rights.groups += try patterns(line)
        case "detector": rights.detectors += try detectors(line)
        case "quota":
            guard line.words.count == 3, let rate = Int(line.words[2].text), rate > 0,
                quota.set(line.words[1].text, rate)
            else {
                throw line.error(
                    line.words.dropFirst().first ?? first,
                    "after 'quota' stand produce, fetch or requests and a number a second")
            }
        case "level":
            guard line.words.count == 2, let number = Int(line.words[1].text),
                let level = PanelLevel(rawValue: number)
            else {
                throw line.error(
                    line.words.dropFirst().first ?? first, "after 'level' stands 1, 2, 3 or 4")
            }
            guard self.level == nil else {
                throw line.error(first, "a second 'level' line; one has to go")
            }
            self.level = level
        case "admin":
            if let extra = line.words.dropFirst().first {
                throw line.error(extra, "nothing stands after 'admin'")
            }
            rights.isAdmin = true
        default:
            throw line.error(
                first,
                "'\(first.text)' is none of user, read, write, group, detector, quota,"
                    + " level, admin and the two SCRAM lines")
        }
    }

    private func values(_ line: Line, _ what: String) throws(UsersError) -> [Line.Word] {
        guard line.words.count > 1 else {
            throw line.error(line.words[0], "\(what) stands after '\(line.words[0].text)'")
        }
        return Array(line.words.dropFirst())
    }

    private func patterns(_ line: Line) throws(UsersError) -> [NamePattern] {
        var found: [NamePattern] = []
        for word in try values(line, "a name or a pattern") {
            guard let pattern = NamePattern(word.text) else {
                throw line.error(
                    word,
                    "'\(word.text)' is no name: a star stands at its end, as in orders.*, or alone")
            }
            found.append(pattern)
        }
        return found
    }

    private func detectors(_ line: Line) throws(UsersError) -> [ClosedRange<UInt32>] {
        var found: [ClosedRange<UInt32>] = []
        for word in try values(line, "a detector's id or a range") {
            guard let range = DetectorRange.read(word.text) else {
                throw line.error(
                    word, "'\(word.text)' is no id and no range of ids, as in 17 or 100-120")
            }
            found.append(range)
        }
        return found
    }

    private func credential(
        _ line: Line, _ hash: ScramHash
    ) throws(UsersError) -> ScramCredential {
        let words = line.words
        guard words.count == 5 else {
            throw line.error(
                words[0], "after \(hash.rawValue) stand iterations, salt, stored key and server key"
            )
        }
        guard let iterations = Int(words[1].text), (4_096...65_536).contains(iterations) else {
            throw line.error(words[1], "iterations are from 4096 to 65536")
        }
        var pieces: [[UInt8]] = []
        for (word, range) in zip(
            words[2...], [8...64, hash.bytes...hash.bytes, hash.bytes...hash.bytes])
        {
            guard let bytes = Base64.bytes(word.text), range.contains(bytes.count) else {
                let count =
                    range.count == 1
                    ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
                throw line.error(word, "here stand \(count) bytes in base64")
            }
            pieces.append(bytes)
        }
        return ScramCredential(
            hash: hash, iterations: iterations, salt: pieces[0], storedKey: pieces[1],
            serverKey: pieces[2])
    }
}

/// Ids as people write them.
package enum DetectorRange {
    /// `17` or `100-120`; nil: neither.
    package static func read(_ text: some StringProtocol) -> ClosedRange<UInt32>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let first = UInt32(ends[0]),
            let last = UInt32(ends[ends.count - 1]), first <= last
        else { return nil }
        return first...last
    }

    package static func text(_ range: ClosedRange<UInt32>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
