// The streams file: what the gateway reads of the site's streams. `standpipe compile` writes it of the
// site file; nobody has to write it by hand. Lines of words; `#` begins a line of comment.
//
//     standpipe-streams 1                        first line
//
//     stream kitchen                             each stream begins so
//         from alarms
//         to kitchen-alarms kitchen-copy         1 to 8 topics
//         key floor.2.#                          conditions, each at most once
//         detectors 101-120 130-130
//         value 01                               bytes, in hex; - for none

/// What is wrong with a streams file.
package struct StreamsError: Error, Hashable, Sendable, CustomStringConvertible {
    package var line: Int
    package var message: String

    package var description: String { "line \(line): \(message)" }
}

/// Reading and writing of the file.
package enum StreamsFile {
    package static let title = "standpipe-streams 1"
    /// Bytes of a file at most.
    package static let longest = 1 << 20

    package static func text(_ rules: [StreamRule]) -> String {
        var text = "\(title)\n# Written by 'standpipe compile'; read by standpipe-gateway.\n"
        for rule in rules {
            text += "\nstream \(rule.name)\n    from \(rule.from)\n"
            text += "    to \(rule.to.joined(separator: " "))\n"
            if let key = rule.condition.key { text += "    key \(key.text)\n" }
            if !rule.condition.detectors.isEmpty {
                let ranges = rule.condition.detectors.map { "\($0.lowerBound)-\($0.upperBound)" }
                text += "    detectors \(ranges.joined(separator: " "))\n"
            }
            if let value = rule.condition.value { text += "    value \(hex(value))\n" }
        }
        return text
    }

    /// - Throws: the first mistake.
    package static func rules(_ text: String) throws(StreamsError) -> [StreamRule] {
        var rules: [StreamRule] = []
        var names: Set<String> = []
        var hasTitle = false
        for (place, content) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = place + 1
            func bad(_ message: String) -> StreamsError {
                StreamsError(line: line, message: message)
            }
            let words = content.split(separator: " ").map { String($0) }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard hasTitle else {
                guard content == title else {
                    throw bad("the first line is '\(title)'; is this a streams file?")
                }
                hasTitle = true
                continue
            }
            let rest = Array(words.dropFirst())
            if first == "stream" {
                if let last = rules.last { try whole(last, before: line) }
                guard rest.count == 1, isName(rest[0]), names.insert(rest[0]).inserted,
                    rules.count < StreamLimits.streams
                else { throw bad("a stream has a name of its own; there are 64 at most") }
                rules.append(StreamRule(name: rest[0], from: "", to: []))
            } else if var rule = rules.popLast() {
                guard !rest.isEmpty, set(first, rest, &rule) else {
                    throw bad("'\(content)' is not understood")
                }
                rules.append(rule)
            } else {
                throw bad("'\(content)' stands before the first stream")
            }
        }
        guard hasTitle else {
            throw StreamsError(
                line: 1, message: "the first line is '\(title)'; is this a streams file?")
        }
        if let last = rules.last { try whole(last, before: Int.max) }
        if let cycle = StreamCycle.first(in: rules) {
            throw StreamsError(
                line: 1,
                message: "the streams run in a circle: \(cycle.topics.joined(separator: " > "))")
        }
        return rules
    }

    /// Whether a text is a stream's name: what a group's name may hold too.
    package static func isName(_ text: String) -> Bool {
        text.utf8.count <= StreamLimits.name && StreamTopics.isName(text)
    }

    private static func whole(_ rule: StreamRule, before line: Int) throws(StreamsError) {
        guard !rule.from.isEmpty, !rule.to.isEmpty,
            rule.to.allSatisfy({
                rule.name.utf8.count + $0.utf8.count <= StreamLimits.together
            })
        else {
            throw StreamsError(
                line: line == .max ? 1 : line - 1,
                message:
                    "stream \(rule.name) needs 'from' and 'to', with names that are not too long")
        }
    }

    private static func set(
        _ what: String, _ words: [String], _ rule: inout StreamRule
    ) -> Bool {
        switch what {
        case "from":
            guard rule.from.isEmpty, words.count == 1, StreamTopics.isName(words[0]) else {
                return false
            }
            rule.from = words[0]
        case "to":
            guard rule.to.isEmpty, words.count <= StreamLimits.targets,
                Set(words).count == words.count,
                words.allSatisfy({ StreamTopics.isName($0) && StreamTopics.isWritable($0) })
            else { return false }
            rule.to = words
        case "key":
            guard rule.condition.key == nil, words.count == 1, let key = KeyPattern(words[0]) else {
                return false
            }
            rule.condition.key = key
        case "detectors":
            guard rule.condition.detectors.isEmpty, words.count <= StreamLimits.detectors else {
                return false
            }
            for word in words {
                let ends = word.split(separator: "-", omittingEmptySubsequences: false)
                guard ends.count == 2, let low = UInt32(ends[0]), let high = UInt32(ends[1]),
                    low <= high
                else { return false }
                rule.condition.detectors.append(low...high)
            }
        case "value":
            guard rule.condition.value == nil, words.count == 1, let value = bytes(hex: words[0]),
                value.count <= StreamLimits.value
            else { return false }
            rule.condition.value = value
        default: return false
        }
        return true
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "-" }
        return bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Bytes written as pairs of digits; nil: they are not.
    package static func bytes(hex: String) -> [UInt8]? {
        if hex == "-" { return [] }
        let digits = Array(hex)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place].hexDigitValue, let low = digits[place + 1].hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
