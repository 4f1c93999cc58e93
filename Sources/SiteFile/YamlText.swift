// A site file's text into `YamlValue`, by Yams (libyaml). `SiteFile` calls it once.
//
// Decides three things that Yams leaves open: a key that stands twice in a mapping is one finding
// among others and not the end; anchors and aliases are refused, because a value that stands
// elsewhere has no line of its own and a few of them can blow a file up beyond any bound; the
// depth is limited.

import Yams

struct YamlText {
    /// Deeper than any site file, shallow enough for any stack.
    private static let depth = 16
    private static let tooDeep = "nested too deep; a site file has at most \(depth) levels"
    /// Words that could be aliases. Refusing them for certain needs a parser, and the parser
    /// must not meet many.
    private static let aliasLikeWords = 8
    /// Doubled keys that are passed in one run; each costs another reading of the whole file.
    private static let doubledKeys = 20

    private var text: String
    private(set) var findings: [Finding] = []
    /// Something was left out, so that nothing can be called missing.
    private(set) var isPartial = false
    /// Keys that were renamed, so that Yams goes on behind a doubled one.
    private var renamed: [Place: String] = [:]

    init(_ text: String) {
        // A byte order mark would count as indentation.
        self.text =
            text.unicodeScalars.first == "\u{FEFF}"
            ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// The document; nil when it cannot be read at all. `findings` says why, and what else is
    /// wrong.
    mutating func read() -> YamlValue? {
        if let place = Self.tooManyAliasLikeWords(text) {
            findings.append(
                Finding(
                    at: place,
                    "too many words that start with \"*\"; YAML may take them for aliases, which "
                        + "a site file does not have"))
            return nil
        }
        for _ in 0...Self.doubledKeys {
            do {
                let parser = try Parser(yaml: text, resolver: .basic)
                guard let root = try parser.singleRoot() else { break }
                // The parser owns the anchors that the conversion looks for.
                return withExtendedLifetime(parser) { value(root, depth: 0) }
            } catch let error as YamlError {
                if case .duplicatedKeysInMapping(let names, let context) = error {
                    let place = Place(context.mark)
                    if rename(names, at: place) { continue }
                    giveUp(Self.doubled(names.first ?? "", at: place))
                } else {
                    giveUp(Self.finding(error))
                }
                return nil
            } catch {
                giveUp(Finding(at: .start, "this is not YAML: \(error)"))
                return nil
            }
        }
        if findings.isEmpty {
            findings.append(
                Finding(
                    at: .start, "the file is empty; start from an example in deploy/examples"))
        }
        return nil
    }

    /// Nothing is read of this file but `finding` and the keys that were doubled before it.
    private mutating func giveUp(_ finding: Finding) {
        findings.append(finding)
        findings += renamed.map { Self.doubled($0.value, at: $0.key) }
    }

    private static func doubled(_ key: String, at place: Place) -> Finding {
        Finding(at: place, "key \(key.quoted) is given twice in this mapping; remove one of them")
    }

    private mutating func value(_ node: Node, depth: Int) -> YamlValue {
        let place = node.mark.map(Place.init) ?? .start
        let nothing = YamlValue(place: place, content: .scalar("", isPlain: true))
        if let anchor = node.anchor {
            let finding = Finding(
                at: place,
                "anchor \("&\(anchor.rawValue)".quoted): a site file has no anchors and aliases; "
                    + "write the value out where it is needed")
            if !findings.contains(finding) { findings.append(finding) }
            isPartial = true
            return nothing
        }
        guard depth < Self.depth else {
            findings.append(Finding(at: place, Self.tooDeep))
            isPartial = true
            return nothing
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            return YamlValue(place: place, content: .scalar(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            return YamlValue(
                place: place, content: .list(sequence.map { value($0, depth: depth + 1) }))
        case .mapping(let mapping):
            return YamlValue(place: place, content: .mapping(entries(mapping, depth: depth)))
        case .alias:
            return nothing
        }
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [YamlEntry] {
        var entries: [YamlEntry] = []
        var first: [String: Place] = [:]
        for (keyNode, valueNode) in mapping {
            let place = keyNode.mark.map(Place.init) ?? .start
            guard case .scalar(let scalar) = keyNode else {
                findings.append(
                    Finding(
                        at: place,
                        "a key must be a word; \"{…}\" and \"[…]\" need a key before them"
                    ))
                continue
            }
            let key = renamed[place] ?? scalar.string
            if let other = first[key] {
                findings.append(
                    Finding(
                        at: place,
                        "key \(key.quoted) is given twice, first on line \(other.line); "
                            + "remove one of them"))
                continue
            }
            first[key] = place
            entries.append(
                YamlEntry(
                    key: key, keyPlace: place, value: value(valueNode, depth: depth + 1)))
        }
        return entries
    }

    /// Gives the first of two equal keys another name in the text, without moving anything, so
    /// that the next run of Yams passes it; `entries` puts the name back and reports the second.
    /// Returns false when the key is not written in a way that allows this.
    private mutating func rename(_ names: [String], at place: Place) -> Bool {
        guard renamed[place] == nil, renamed.count < Self.doubledKeys else { return false }
        var index = text.unicodeScalars.startIndex
        var line = 1
        let scalars = text.unicodeScalars
        while line < place.line {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return false }
            index = scalars.index(after: end)
            line += 1
        }
        guard let name = names.first, !name.isEmpty,
            let mark = scalars.index(
                index, offsetBy: place.column - 1, limitedBy: scalars.endIndex),
            mark < scalars.endIndex
        else { return false }
        let isQuoted = scalars[mark] == "\"" || scalars[mark] == "'"
        let start = isQuoted ? scalars.index(after: mark) : mark
        // A character of the private use area, another one for each renamed key.
        guard scalars[start...].starts(with: name.unicodeScalars),
            let stand = Unicode.Scalar(0xE000 + UInt32(renamed.count))
        else { return false }
        renamed[place] = name
        text.unicodeScalars.replaceSubrange(start...start, with: [stand])
        return true
    }

    /// The place of the first word that is one too many.
    private static func tooManyAliasLikeWords(_ text: String) -> Place? {
        var found = 0
        var number = 0
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            guard line.contains(UInt8(ascii: "*")) else { continue }
            let isComment =
                line.first { $0 != 0x20 } == UInt8(ascii: "#")
                && !line.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
            if isComment { continue }
            var before = UInt8(ascii: " ")
            for (column, byte) in line.enumerated() {
                if byte == UInt8(ascii: "*"), " \t[]{},:?-\r\"'".utf8.contains(before) {
                    found += 1
                    if found > aliasLikeWords { return Place(line: number, column: column + 1) }
                }
                before = byte
            }
        }
        return nil
    }

    private static func finding(_ error: YamlError) -> Finding {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            if problem.contains("nesting level") { return Finding(at: Place(mark), tooDeep) }
            let what = context.map { "\($0.text), \(problem)" } ?? problem
            return Finding(
                at: Place(mark),
                "this is not YAML: \(what); look for a wrong indentation, a tab, a bracket or "
                    + "a quote here or just above")
        case .composer(_, let problem, let mark, _) where problem.contains("another document"):
            return Finding(
                at: Place(mark), "a second document starts here; a site file is one document")
        case .composer(_, let problem, let mark, _):
            return Finding(
                at: Place(mark),
                "this is not YAML: \(problem); put text that starts with * or & in quotes")
        case .reader(let problem, let offset, _, let yaml):
            return Finding(
                at: place(of: offset ?? 0, in: yaml),
                "this is not text: \(problem); save the file as UTF-8 and remove the character")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded,
            .duplicatedKeysInMapping:
            return Finding(at: .start, "this is not YAML: \(error)")
        @unknown default:
            return Finding(at: .start, "this is not YAML: \(error)")
        }
    }

    private static func place(of offset: Int, in text: String) -> Place {
        var place = Place.start
        for character in text.prefix(offset) {
            if character.isNewline {
                place = Place(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
        return place
    }
}

extension Place {
    fileprivate init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
