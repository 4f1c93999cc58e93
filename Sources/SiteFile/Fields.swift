// The small parts of a site file: mappings with known keys, lists, texts, numbers, choices.
// Every function answers nil after it has said what is wrong.

import FireLogic

/// A mapping whose keys were checked.
struct Fields {
    /// What it is, for messages: `floor 2`, `a detector`.
    var what: String
    var place: Place
    fileprivate var entries: [YamlEntry]
    /// Keys that stand there misspelt: they are not missing as well.
    fileprivate var misspelt: Set<String> = []

    subscript(_ key: String) -> YamlValue? { entries.first { $0.key == key }?.value }
    func has(_ key: String) -> Bool { self[key] != nil }
    func keyPlace(_ key: String) -> Place { entries.first { $0.key == key }?.keyPlace ?? place }
    /// Missing, and not just misspelt.
    func lacks(_ key: String) -> Bool { !has(key) && !misspelt.contains(key) }
    func isMisspelt(_ key: String) -> Bool { !has(key) && misspelt.contains(key) }
}

extension SiteReader {
    /// `value` as a mapping; every key that is not `known` is an error.
    mutating func fields(_ value: YamlValue, _ what: String, known: [String]) -> Fields? {
        guard case .mapping(let entries) = value.content else {
            error(value.place, "\(what) must be a mapping; write \"key: value\" pairs")
            return nil
        }
        var fields = Fields(what: what, place: value.place, entries: entries)
        for entry in entries where !known.contains(entry.key) {
            if let meant = Suggestion.nearest(to: entry.key, in: known) {
                fields.misspelt.insert(meant)
            }
            error(
                entry.keyPlace,
                "unknown key \(entry.key.quoted) in \(what); "
                    + Suggestion.advice(for: entry.key, in: known))
        }
        return fields
    }

    /// The value of `key`, or the error that it is missing and the advice `or`.
    mutating func required(_ key: String, of fields: Fields, or advice: String) -> YamlValue? {
        if let value = fields[key], !value.isEmpty { return value }
        if !isPartial, fields.has(key) || fields.lacks(key) {
            error(
                fields[key]?.place ?? fields.place, "\(fields.what) has no \(key); \(advice)")
        }
        return nil
    }

    mutating func list(_ value: YamlValue, _ what: String) -> [YamlValue]? {
        guard case .list(let entries) = value.content else {
            error(
                value.place,
                "\(what.quoted) must be a list; begin each entry with \"- \" or write [a, b]")
            return nil
        }
        return entries
    }

    /// `value` as a mapping whose keys are names that the installer chose, at most `limit`.
    mutating func named(_ value: YamlValue, _ what: String, limit: Int) -> [YamlEntry]? {
        guard case .mapping(let entries) = value.content else {
            error(
                value.place, "\(what.quoted) must be a mapping; write \"NAME: …\" for each")
            return nil
        }
        checkCount(entries.count, of: what, limit: limit, at: value.place)
        for entry in entries where !Self.isName(entry.key) {
            error(
                entry.keyPlace,
                "\(entry.key.quoted) is no name; write 1 to 64 letters, digits, \"-\" or \"_\"")
        }
        return entries
    }

    mutating func checkCount(
        _ count: Int, of what: String, a holder: String = "site", limit: Int, at place: Place
    ) {
        guard count > limit else { return }
        error(place, "too many \(what): \(count); a \(holder) has at most \(limit)")
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.nameBytes
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || $0.properties.numericType != nil
                    || $0 == "-" || $0 == "_"
            }
    }

    /// A single value as it was written.
    mutating func scalar(_ value: YamlValue, _ what: String) -> String? {
        guard case .scalar(let text, _) = value.content else {
            error(value.place, "\(what) must be a single value, not a list or a mapping")
            return nil
        }
        guard !value.isEmpty else {
            error(value.place, "\(what) is empty; write a value or remove the key")
            return nil
        }
        return text
    }

    /// Text for people: 1 to `limit` bytes, no control characters.
    mutating func text(
        _ value: YamlValue, _ what: String, limit: Int = Limits.nameBytes
    ) -> String? {
        guard let text = scalar(value, what) else { return nil }
        return checked(text, what, limit: limit, at: value.place) ? text : nil
    }

    mutating func checked(
        _ text: String, _ what: String, limit: Int = Limits.nameBytes, at place: Place
    ) -> Bool {
        let bytes = text.utf8.count
        guard bytes > 0, bytes <= limit else {
            error(place, "\(what) is \(bytes) bytes long; write 1 to \(limit)")
            return false
        }
        guard
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            error(place, "\(what) holds a control character; remove it")
            return false
        }
        return true
    }

    /// A whole number in decimal digits.
    mutating func number(
        _ value: YamlValue, _ what: String, in range: ClosedRange<Int>
    ) -> Int? {
        guard let text = scalar(value, what) else { return nil }
        guard let number = Int(text) else {
            error(
                value.place,
                "\(what) \(text.quoted) is not a whole number; write \(range.lowerBound) to "
                    + "\(range.upperBound)")
            return nil
        }
        guard range.contains(number) else {
            error(
                value.place,
                "\(what) \(number) is out of range; write \(range.lowerBound) to "
                    + "\(range.upperBound)")
            return nil
        }
        return number
    }

    /// One of `words`.
    mutating func choice(_ value: YamlValue, _ what: String, _ words: [String]) -> String? {
        guard let text = scalar(value, what) else { return nil }
        guard words.contains(text) else {
            error(
                value.place,
                "\(what) cannot be \(text.quoted); \(Suggestion.advice(for: text, in: words))")
            return nil
        }
        return text
    }

    /// The position of the entry of `table` that `value` names.
    mutating func reference<Value>(
        _ value: YamlValue, _ kind: String, in table: NamedTable<Value>, under section: String
    ) -> Int? {
        guard let name = scalar(value, kind) else { return nil }
        return position(of: name, kind, in: table, under: section, at: value.place)
    }

    mutating func position<Value>(
        of name: String, _ kind: String, in table: NamedTable<Value>, under section: String,
        at place: Place
    ) -> Int? {
        if let position = table.position(of: name) { return position }
        if isPartial || table.isBroken { return nil }
        let none = "declare it under \(section.quoted)"
        error(
            place,
            "unknown \(kind) \(name.quoted); "
                + Suggestion.advice(for: name, in: table.names, none: none))
        return nil
    }
}
