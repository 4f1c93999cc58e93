// An event as the controller wrote it: the key says of what kind it is, the value is JSON. Whatever
// the bytes are, something comes out that people can be told: what cannot be understood keeps its raw
// text.

import EventLog
import FoundationEssentials

/// The fields of a notification's value that texts are made of. All may be missing.
package struct EventFields: Codable, Hashable, Sendable {
    package var event: String?
    package var text: String?
    package var episode: String?
    package var phase: String?
    package var since: Int64?
    package var seconds: Int64?
    package var site: String?
    package var floor: Int64?
    package var floorName: String?
    package var detector: Int64?
    package var detectorName: String?
    package var zone: String?
    package var cause: String?
    package var bus: Int64?
    package var busName: String?
    package var detectors: [Int64]?
    package var missing: [Int64]?
    package var count: Int64?
    package var key: String?
    package var keyName: String?
    package var command: String?
    package var feedback: String?
    package var fault: String?
    package var who: String?
    /// For how long something was asked for.
    package var forSeconds: Int64?
    package var delaySeconds: Int64?
    package var missingCount: Int64?

    package init() {}

    /// A field of another form than the one that it should have is taken as missing.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String? {
            (try? fields.decodeIfPresent(String.self, forKey: key)).flatMap { $0 }
                .map { $0.cut(NotifyLimits.fieldScalars) }
        }
        func number(_ key: CodingKeys) -> Int64? {
            (try? fields.decodeIfPresent(Int64.self, forKey: key)).flatMap { $0 }
        }
        func numbers(_ key: CodingKeys) -> [Int64]? {
            (try? fields.decodeIfPresent([Int64].self, forKey: key)).flatMap { $0 }
                .map { Array($0.prefix(NotifyLimits.listed)) }
        }
        event = text(.event)
        self.text = text(.text)
        episode = text(.episode)
        phase = text(.phase)
        since = number(.since)
        seconds = number(.seconds)
        site = text(.site)
        floor = number(.floor)
        floorName = text(.floorName)
        detector = number(.detector)
        detectorName = text(.detectorName)
        zone = text(.zone)
        cause = text(.cause)
        bus = number(.bus)
        busName = text(.busName)
        detectors = numbers(.detectors)
        missing = numbers(.missing)
        // A list that was cut short here still says how many there are.
        count =
            number(.count)
            ?? (try? fields.decodeIfPresent([Int64].self, forKey: .detectors))
            .flatMap { $0.map { Int64($0.count) } }
        key = text(.key)
        keyName = text(.keyName)
        command = text(.command)
        feedback = text(.feedback)
        fault = text(.fault)
        who = text(.who)
        forSeconds = number(.forSeconds)
        delaySeconds = number(.delaySeconds)
        missingCount = number(.missingCount)
    }
}

extension EventFields {
    private static let texts: [any WritableKeyPath<EventFields, String?> & Sendable] = [
        \.event, \.text, \.episode, \.phase, \.site, \.floorName, \.detectorName, \.zone, \.cause,
        \.busName, \.key, \.keyName, \.command, \.feedback, \.fault, \.who,
    ]

    /// All texts in it.
    var strings: [String] { Self.texts.compactMap { self[keyPath: $0] } }

    /// With shorter texts and lists.
    func cut(_ scalars: Int, lists: Int) -> EventFields {
        var short = self
        for path in Self.texts {
            short[keyPath: path] = self[keyPath: path].map { $0.cut(scalars) }
        }
        short.detectors = detectors.map { Array($0.prefix(lists)) }
        short.missing = missing.map { Array($0.prefix(lists)) }
        return short
    }
}

extension String {
    /// The first scalars: a character may be of any length.
    func cut(_ scalars: Int) -> String {
        utf8.count <= scalars
            ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(scalars)))
    }
}

/// One event, or several of one thing that chatters, as a message tells it.
package struct Item: Codable, Hashable, Sendable {
    /// Dotted: `floor.2.detector.17.fire`.
    package var key: String
    /// In `notifications`.
    package var offset: Int64
    /// Milliseconds since 1970.
    package var time: Int64
    package var fields: EventFields?
    /// The value as it stands in the log, where it is no JSON object.
    package var raw: String?
    /// How often it began, where it chatters; `fields` are then those of its last event.
    package var times: Int?

    package init(key: String, offset: Int64, time: Int64, fields: EventFields?) {
        self.key = key
        self.offset = offset
        self.time = time
        self.fields = fields
    }

    /// The key of a record, whatever its bytes are.
    static func key(of record: LogRecord) -> String {
        String(decoding: record.key ?? Array("unknown".utf8), as: UTF8.self).cut(255)
    }

    init(_ record: LogRecord) {
        key = Self.key(of: record)
        offset = record.offset
        time = record.timestamp
        let value = record.value ?? []
        fields = try? JSONDecoder().decode(EventFields.self, from: Data(value))
        if fields == nil {
            raw = String(decoding: value.prefix(NotifyLimits.rawBytes), as: UTF8.self)
        }
        if size > NotifyLimits.itemBytes { tighten() }
    }

    /// About what it takes as JSON.
    var size: Int {
        let strings = fields?.strings.reduce(0) { $0 + $1.utf8.count } ?? 0
        let numbers = (fields?.detectors?.count ?? 0) + (fields?.missing?.count ?? 0)
        return 240 + key.utf8.count + (raw?.utf8.count ?? 0) + strings + numbers * 8
    }

    /// Makes it small, whatever is in it.
    mutating func tighten() {
        raw = raw.map { $0.cut(160) }
        if let long = fields { fields = long.cut(32, lists: 8) }
    }

    private var words: [Substring] { key.split(separator: ".", omittingEmptySubsequences: false) }

    /// Whether the event goes out at once and alone.
    var isFire: Bool { Self.isFire(key) }

    /// Whether events of this key go out at once and alone: fire, and what the water does.
    package static func isFire(_ key: String) -> Bool {
        let words = key.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count >= 3, words[0] == "floor" else { return false }
        switch words[2] {
        case "reset": return true
        case "valve", "release", "key": return true
        case "detector": return words.last == "fire"
        case "manual": return words.last == "pressed" || words.last == "released"
        default: return false
        }
    }

    /// Whether somebody at the panel has taken note of all that there was.
    var isSeenAtPanel: Bool { Self.isSeenAtPanel(key) }

    static func isSeenAtPanel(_ key: String) -> Bool {
        key == "operator.silenced" || key == "operator.reset"
    }

    /// What an episode is of: the key without what has happened.
    var subject: String { words.dropLast().joined(separator: ".") }

    /// A new episode begins, as far as can be told.
    var isBegin: Bool {
        switch fields?.phase {
        case "during", "end": false
        default: true
        }
    }

    var isEnd: Bool { fields?.phase == "end" }
}
