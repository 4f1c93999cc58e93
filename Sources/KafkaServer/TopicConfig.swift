// The configuration of a topic in Kafka's names. What this log can do is set; what it does in one way
// only is accepted where that way is asked for, and refused otherwise, so that nobody believes in
// something that is not so.

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
    private static let unlimited = "-1"

    /// What every topic does, with its type: not to be changed.
    private static let fixed: [(name: String, value: String, type: Int8)] = [
        ("cleanup.policy", "delete", 7), ("compression.type", "producer", 2),
        ("message.timestamp.type", "CreateTime", 2), ("min.insync.replicas", "1", 3),
        ("unclean.leader.election.enable", "false", 1), ("flush.messages", "1", 5),
        ("message.format.version", "3.0-IV1", 2), ("preallocate", "true", 1),
        ("max.message.bytes", "1048588", 3),
    ]

    /// Sets one entry; a nil value brings the default back.
    static func set(
        _ name: String, _ value: String?, in settings: inout TopicSettings
    ) throws(TopicRefusal) {
        switch name {
        case retentionMilliseconds: settings.retentionMilliseconds = try limit(name, value)
        case retentionBytes: settings.retentionBytes = try limit(name, value)
        default:
            guard let known = fixed.first(where: { $0.name == name }) else {
                throw TopicRefusal(
                    .invalidConfig,
                    "'\(name)' cannot be set here; \(retentionMilliseconds) and \(retentionBytes) can"
                )
            }
            guard value == nil || value == known.value else {
                throw TopicRefusal(
                    .invalidConfig, "'\(name)' is always \(known.value), not \(value ?? "")")
            }
        }
    }

    /// nil: without limit.
    private static func limit(_ name: String, _ value: String?) throws(TopicRefusal) -> Int64? {
        guard let value else { return nil }
        guard let number = Int64(value), number >= -1 else {
            throw TopicRefusal(.invalidConfig, "'\(name)' is a whole number, -1 for no limit")
        }
        return number < 0 ? nil : number
    }

    static func entries(of topic: ServedTopic) -> [ConfigEntry] {
        let settings = topic.info.settings
        let isOurs = topic.writer != .clients
        func entry(_ name: String, _ value: Int64?) -> ConfigEntry {
            ConfigEntry(
                name: name, value: value.map { "\($0)" } ?? unlimited, type: 5,
                isDefault: value == nil, isReadOnly: isOurs)
        }
        return [
            entry(retentionMilliseconds, settings.retentionMilliseconds),
            entry(retentionBytes, settings.retentionBytes),
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
