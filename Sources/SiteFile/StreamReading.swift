// Streams: topics that the gateway derives from topics. They are no part of the controller's plan;
// `standpipe compile --streams` writes them for the gateway.

import Streams

extension SiteReader {
    mutating func readStreams(_ value: YamlValue?) {
        guard let value, !value.isEmpty else { return }
        let entries = list(value, "streams") ?? []
        checkCount(entries.count, of: "streams", limit: StreamLimits.streams, at: value.place)
        var names: [String: Place] = [:]
        var places: [Place] = []
        for entry in entries {
            if let (rule, place) = stream(entry, &names) {
                streams.append(rule)
                places.append(place)
            }
        }
        if let cycle = StreamCycle.first(in: streams) {
            error(
                places[cycle.place],
                "stream \(streams[cycle.place].name.quoted) makes a circle: "
                    + cycle.topics.map(\.shown).joined(separator: " > ")
                    + "; records would run around for ever, so take one of these streams out")
        }
    }

    /// A stream, and where its topics stand.
    private mutating func stream(
        _ value: YamlValue, _ names: inout [String: Place]
    ) -> (StreamRule, Place)? {
        guard let unnamed = fields(value, "a stream", known: ["name", "from", "to", "where"])
        else { return nil }
        var name: String?
        if let value = required("name", of: unnamed, or: "write \"name: NAME\"") {
            name = streamName(value, &names)
        }
        var fields = unnamed
        if let name { fields.what = "stream \(name.quoted)" }
        var from: String?
        if let value = required("from", of: fields, or: "write \"from: TOPIC\"") {
            from = topic(value, "the topic that \(fields.what) reads")
        }
        let to = targets(fields, from: from)
        var condition: StreamCondition? = StreamCondition()
        if let value = fields["where"] { condition = self.condition(value, of: fields.what) }
        guard let name, let from, let to, let condition else { return nil }
        let place = fields["to"]?.place ?? value.place
        for target in to where name.utf8.count + target.utf8.count > StreamLimits.together {
            error(
                place,
                "the names of \(fields.what) and of \(target.quoted) have more than "
                    + "\(StreamLimits.together) bytes together; choose shorter ones")
            return nil
        }
        return (StreamRule(name: name, from: from, to: to, condition: condition), place)
    }

    private mutating func streamName(
        _ value: YamlValue, _ names: inout [String: Place]
    ) -> String? {
        guard let name = scalar(value, "the name of a stream") else { return nil }
        guard StreamsFile.isName(name) else {
            error(
                value.place,
                "\(name.quoted) is no name of a stream; write 1 to \(StreamLimits.name) letters, "
                    + "digits, \"-\", \"_\" or \".\"")
            return nil
        }
        if let other = names[name] {
            error(
                value.place,
                "stream \(name.quoted) is there twice, first on line \(other.line); give it "
                    + "another name")
            return nil
        }
        names[name] = value.place
        return name
    }

    private mutating func topic(_ value: YamlValue, _ what: String) -> String? {
        guard let name = scalar(value, what) else { return nil }
        guard StreamTopics.isName(name), !name.hasPrefix("__") else {
            error(
                value.place,
                "\(name.quoted) is no name of a topic; write 1 to 249 letters, digits, \"-\", "
                    + "\"_\" or \".\", not beginning with \"__\"")
            return nil
        }
        return name
    }

    private mutating func targets(_ fields: Fields, from: String?) -> [String]? {
        guard let value = required("to", of: fields, or: "write \"to: TOPIC\" or \"to: [A, B]\"")
        else { return nil }
        var entries = [value]
        if case .list(let several) = value.content { entries = several }
        guard (1...StreamLimits.targets).contains(entries.count) else {
            error(
                value.place,
                "\(fields.what) writes \(entries.count) topics; write 1 to \(StreamLimits.targets)")
            return nil
        }
        var topics: [String] = []
        for entry in entries {
            guard let name = topic(entry, "a topic that \(fields.what) writes") else { return nil }
            if !StreamTopics.isWritable(name) {
                error(
                    entry.place,
                    "\(name.quoted) is not a stream's to write: the system itself does; choose "
                        + "another topic")
                return nil
            }
            if topics.contains(name) {
                error(entry.place, "\(fields.what) writes \(name.quoted) twice; remove one")
                return nil
            }
            topics.append(name)
        }
        return topics
    }

    private mutating func condition(_ value: YamlValue, of stream: String) -> StreamCondition? {
        guard
            let fields = fields(
                value, "\"where\" of \(stream)", known: ["key", "detectors", "value", "value-hex"])
        else { return nil }
        var condition = StreamCondition()
        var isGood = true
        if fields.has("key") {
            condition.key = fields["key"].flatMap { pattern($0, of: stream) }
            isGood = isGood && condition.key != nil
        }
        if let value = fields["detectors"] {
            condition.detectors = detectors(value, of: stream) ?? []
            isGood = isGood && !condition.detectors.isEmpty
        }
        if fields.has("value"), fields.has("value-hex") {
            error(
                fields.keyPlace("value-hex"),
                "\(stream) has both \"value\" and \"value-hex\"; keep one of them")
            isGood = false
        } else if let value = fields["value"] ?? fields["value-hex"] {
            condition.value = bytes(value, isHex: fields.has("value-hex"), of: stream)
            isGood = isGood && condition.value != nil
        }
        return isGood ? condition : nil
    }

    private mutating func pattern(_ value: YamlValue, of stream: String) -> KeyPattern? {
        if value.isEmpty {
            // What an unquoted # leaves behind.
            error(
                value.place,
                "the key of \(stream) is empty; write a pattern in quotes, as in "
                    + "\"floor.2.#\"")
            return nil
        }
        guard let text = scalar(value, "the key of \(stream)") else { return nil }
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
            let pattern = KeyPattern(text)
        else {
            error(
                value.place,
                "\(text.quoted) is no pattern; write words with dots between them, \"*\" for one "
                    + "word, \"#\" for any number of them, \(KeyPattern.longest) bytes at most")
            return nil
        }
        return pattern
    }

    private mutating func detectors(
        _ value: YamlValue, of stream: String
    ) -> [ClosedRange<UInt32>]? {
        var entries = [value]
        if case .list(let several) = value.content { entries = several }
        guard (1...StreamLimits.detectors).contains(entries.count) else {
            error(
                value.place,
                "\(stream) names \(entries.count) detectors or ranges; write 1 to "
                    + "\(StreamLimits.detectors)")
            return nil
        }
        var ranges: [ClosedRange<UInt32>] = []
        for entry in entries {
            guard let text = scalar(entry, "a detector of \(stream)") else { return nil }
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
                UInt32($0)
            }
            guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
                low <= high
            else {
                error(
                    entry.place,
                    "\(text.quoted) is no detector; write an id or a range, as in 101-120")
                return nil
            }
            ranges.append(low...high)
        }
        return ranges
    }

    private mutating func bytes(
        _ value: YamlValue, isHex: Bool, of stream: String
    ) -> [UInt8]? {
        guard case .scalar(let text, _) = value.content else {
            error(value.place, "the value of \(stream) must be a single value")
            return nil
        }
        let bytes = isHex ? StreamsFile.bytes(hex: text) : Array(text.utf8)
        guard let bytes, bytes.count <= StreamLimits.value else {
            error(
                value.place,
                isHex
                    ? "\(text.quoted) are no bytes; write two digits of 0 to 9 and a to f for each"
                    : "the value of \(stream) is longer than \(StreamLimits.value) bytes")
            return nil
        }
        return bytes
    }
}
