// The configuration of a topic in Kafka's names. What this log can do is set. What it does in one way
// only is accepted where that way is asked for, and refused otherwise, so that nobody believes in
// something that is not so. A third kind, the hints, are about how a broker does its own work and not
// about what its clients get: any sensible value is taken, and what is shown stays what is done.

import EventLog
import KafkaWire

/// One configuration entry as DescribeConfigs shows it.
struct ConfigEntry {
    var name: String
    var value: String
    /// Kafka's ConfigType: 1 boolean, 2 string, 3 int, 5 long, 7 list.
    var type: Int8
    var isDefault: Bool
    var isReadOnly: Bool
}

enum TopicConfig {
    private static let retentionMilliseconds = "retention.ms"
    private static let retentionBytes = "retention.bytes"
    private static let largestBatch = "max.message.bytes"
    private static let cleanup = "cleanup.policy"
    private static let unlimited = "-1"

    /// Records go by age and size. With `compact` as well each has to have a key (batches that a
    /// codec has packed are not looked into); of one key not only the latest is kept, but all are.
    private static let delete = "delete"
    private static let compact = "compact"

    /// What every topic does, with its type: not to be changed.
    private static let fixed: [(name: String, value: String, type: Int8)] = [
        ("compression.type", "producer", 2), ("message.timestamp.type", "CreateTime", 2),
        ("min.insync.replicas", "1", 3), ("unclean.leader.election.enable", "false", 1),
        ("flush.messages", "1", 5), ("message.format.version", "3.0-IV1", 2),
        ("preallocate", "true", 1),
    ]

    /// Hints, and what is a sensible value. Records are on the disk before they are acknowledged,
    /// whatever is said of flushing; batches stay as they came, whatever codec is named; segments
    /// are the log's; and nothing is compacted. Kafka itself takes any format version since its 3.0
    /// and writes none but v2.
    private static let hints: [String: @Sendable (String) -> Bool] = {
        let number: @Sendable (String) -> Bool = { (Int64($0) ?? -1) >= 0 }
        let codecs = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"]
        var hints: [String: @Sendable (String) -> Bool] = [
            "compression.type": { codecs.contains($0) },
            "message.format.version": { !$0.isEmpty },
            "preallocate": { ["true", "false"].contains($0) },
            "min.cleanable.dirty.ratio": { Double($0).map { (0...1).contains($0) } ?? false },
        ]
        for name in [
            "flush.ms", "flush.messages", "delete.retention.ms", "file.delete.delay.ms",
            "min.compaction.lag.ms", "max.compaction.lag.ms", "segment.bytes", "segment.ms",
            "segment.jitter.ms", "segment.index.bytes", "index.interval.bytes",
        ] { hints[name] = number }
        return hints
    }()

    /// The broker's hints: threads, and a way to log in, that are not here.
    private static let brokerHints: Set<String> = [
        "background.threads", "num.io.threads", "num.network.threads", "log.cleaner.threads",
        "sasl.kerberos.min.time.before.relogin",
    ]

    /// Whether a change of the broker's entry changes nothing here, so that it can be taken.
    static func isHint(ofBroker name: String) -> Bool { brokerHints.contains(name) }

    /// Sets one entry; a nil value brings the default back. `limit` is the largest batch that the
    /// broker takes, in bytes.
    static func set(
        _ name: String, _ value: String?, in settings: inout TopicSettings, limit: Int
    ) throws(TopicRefusal) {
        switch name {
        case retentionMilliseconds: settings.retentionMilliseconds = try most(name, value)
        case retentionBytes: settings.retentionBytes = try most(name, value)
        case largestBatch:
            guard let value else { return settings.largestBatch = nil }
            guard let number = Int64(value), (0...Int64(limit)).contains(number) else {
                throw TopicRefusal(.invalidConfig, "'\(name)' is a number from 0 to \(limit)")
            }
            settings.largestBatch = number
        case cleanup:
            switch value.map({ Set(list($0)) }) {
            case nil, [delete]: settings.needsKeys = false
            case [delete, compact]: settings.needsKeys = true
            default:
                throw TopicRefusal(
                    .invalidConfig,
                    "'\(name)' is '\(delete)' or '\(compact),\(delete)': old records go")
            }
        default:
            if let isSensible = hints[name] {
                guard let value, !isSensible(value) else { return }
                throw TopicRefusal(.invalidConfig, "'\(name)' cannot be '\(value)'")
            }
            guard let known = fixed.first(where: { $0.name == name }) else {
                throw TopicRefusal(.invalidConfig, "a topic has no entry '\(name)' here")
            }
            guard value == nil || value == known.value else {
                throw TopicRefusal(
                    .invalidConfig, "'\(name)' is always \(known.value), not \(value ?? "")")
            }
        }
    }

    /// Adds to a list or, with `isRemoval`, takes away from it.
    static func add(
        _ name: String, _ value: String?, isRemoval: Bool, in settings: inout TopicSettings
    ) throws(TopicRefusal) {
        guard name == cleanup, let value else {
            throw TopicRefusal(.invalidConfig, "'\(name)' is no list")
        }
        var now = policies(settings)
        for item in list(value) {
            now.removeAll { $0 == item }
            if !isRemoval { now.append(item) }
        }
        try set(name, now.joined(separator: ","), in: &settings, limit: 0)
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }) }
    }

    private static func policies(_ settings: TopicSettings) -> [String] {
        settings.needsKeys ? [delete, compact] : [delete]
    }

    /// nil: without limit.
    private static func most(_ name: String, _ value: String?) throws(TopicRefusal) -> Int64? {
        guard let value else { return nil }
        guard let number = Int64(value), number >= -1 else {
            throw TopicRefusal(.invalidConfig, "'\(name)' is a whole number, -1 for no limit")
        }
        return number < 0 ? nil : number
    }

    static func entries(of topic: ServedTopic, _ broker: BrokerSettings) -> [ConfigEntry] {
        let settings = topic.info.settings
        let isOurs = topic.writer != .clients
        func entry(_ name: String, _ value: String, _ type: Int8, isDefault: Bool) -> ConfigEntry {
            ConfigEntry(
                name: name, value: value, type: type, isDefault: isDefault, isReadOnly: isOurs)
        }
        func limit(_ name: String, _ value: Int64?) -> ConfigEntry {
            entry(name, value.map { "\($0)" } ?? unlimited, 5, isDefault: value == nil)
        }
        return [
            limit(retentionMilliseconds, settings.retentionMilliseconds),
            limit(retentionBytes, settings.retentionBytes),
            entry(
                largestBatch, "\(settings.largestBatch ?? Int64(broker.maxMessageBytes))", 3,
                isDefault: settings.largestBatch == nil),
            entry(
                cleanup, policies(settings).joined(separator: ","), 7,
                isDefault: !settings.needsKeys),
        ]
            + fixed.map {
                ConfigEntry(
                    name: $0.name, value: $0.value, type: $0.type, isDefault: true,
                    isReadOnly: true)
            }
    }

    /// What the broker shows of itself.
    static func entries(of broker: BrokerSettings) -> [ConfigEntry] {
        [
            ("broker.id", "\(broker.nodeID)", 3), ("num.partitions", "\(broker.partitions)", 3),
            ("auto.create.topics.enable", "\(broker.makesTopics)", 1),
            ("default.replication.factor", "1", 3),
            ("message.max.bytes", "\(broker.maxMessageBytes)", 3),
            ("log.flush.interval.messages", "1", 5),
        ].map {
            ConfigEntry(
                name: $0.0, value: $0.1, type: $0.2, isDefault: false, isReadOnly: true)
        }
    }
}
