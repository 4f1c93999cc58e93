// What a stream is: a topic that is derived from another one, with all its records (replicate) or
// those that fit a condition (filter). `standpipe check` makes rules of the site file, the gateway
// reads them from the file that `compile` wrote (StreamsFile), and both ask the same questions here.

/// One stream of a site.
package struct StreamRule: Hashable, Sendable {
    /// Of people's choosing; the groups of its committed offsets are called after it.
    package var name: String
    package var from: String
    /// Each gets the same records.
    package var to: [String]
    package var condition: StreamCondition

    package init(name: String, from: String, to: [String], condition: StreamCondition = .init()) {
        self.name = name
        self.from = from
        self.to = to
        self.condition = condition
    }

    /// Of all groups of streams; no client may be a member of one or commit for it.
    package static let groupPrefix = "__streams."

    /// The group that commits how far the records have come for one of `to`.
    package func group(of target: String) -> String { "\(Self.groupPrefix)\(name).\(target)" }
}

/// Which records pass: those that fit all that is asked. Nothing asked: all.
package struct StreamCondition: Hashable, Sendable {
    /// The key is text with dots; a record without a key does not fit.
    package var key: KeyPattern?
    /// The key is a detector's id, 4 bytes big-endian, as in `signals` and `alarms`. Sorted.
    package var detectors: [ClosedRange<UInt32>] = []
    /// The value is these bytes.
    package var value: [UInt8]?

    package init() {}

    package var isEmpty: Bool { key == nil && detectors.isEmpty && value == nil }

    /// Whether a record passes; nil is a null key or value.
    package func passes(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) -> Bool {
        if let pattern = self.key {
            guard let key, pattern.matches(key) else { return false }
        }
        if !detectors.isEmpty {
            guard let key, key.count == 4 else { return false }
            let id = key.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard detectors.contains(where: { $0.contains(id) }) else { return false }
        }
        if let wanted = self.value {
            guard let value, value.elementsEqual(wanted) else { return false }
        }
        return true
    }
}

/// How much a site may ask for.
package enum StreamLimits {
    package static let streams = 64
    /// Topics that one stream writes.
    package static let targets = 8
    /// Ranges of detectors of one condition.
    package static let detectors = 64
    /// Bytes of a value to compare with.
    package static let value = 256
    /// Bytes of a stream's name.
    package static let name = 64
    /// Bytes of a stream's name and that of a topic it writes, as the group's name has both.
    package static let together = 240
}

/// What topics there may be, and who writes them.
package enum StreamTopics {
    /// The controller's topics, which are no stream's to write.
    package static let controllers: Set<String> = [
        "signals", "alarms", "valves", "notifications", "audit", "records", "plans",
    ]
    private static let gateways: Set<String> = [
        "audit.gateway", "emails", "emails.failed", "sms", "sms.failed", "acknowledgements",
    ]

    /// Kafka's rule for names: letters, digits, `.`, `_` and `-`, at most 249, not `.` or `..`.
    package static func isName(_ text: String) -> Bool {
        (1...249).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Whether a stream may write the topic.
    package static func isWritable(_ name: String) -> Bool {
        !controllers.contains(name) && !gateways.contains(name) && !name.hasPrefix("__")
    }
}

/// Streams that feed themselves, by however many others.
package enum StreamCycle {
    /// The topics of a cycle, in the order in which records would run around; nil: there is none.
    /// The stream at `place` is the last of `rules[...place]` that closes it.
    package static func first(in rules: [StreamRule]) -> (place: Int, topics: [String])? {
        var next: [String: [String]] = [:]
        for (place, rule) in rules.enumerated() {
            for target in rule.to {
                if let way = way(from: target, to: rule.from, next) {
                    return (place, [rule.from] + way)
                }
            }
            next[rule.from, default: []] += rule.to
        }
        return nil
    }

    /// Topics on the way, both ends included.
    private static func way(
        from start: String, to end: String, _ next: [String: [String]]
    ) -> [String]? {
        var before: [String: String] = [:]
        var open = [start]
        var seen: Set<String> = [start]
        while let topic = open.popLast() {
            if topic == end {
                var way = [topic]
                while let last = way.last, let earlier = before[last] { way.append(earlier) }
                return way.reversed()
            }
            for one in next[topic] ?? [] where seen.insert(one).inserted {
                before[one] = topic
                open.append(one)
            }
        }
        return nil
    }
}
