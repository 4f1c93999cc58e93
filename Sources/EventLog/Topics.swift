// The topics of a log: names, ids, settings, and which partitions they have. Part of `LogIndex`,
// which looks after the partitions themselves.

/// One topic.
package struct TopicInfo: Hashable, Sendable {
    package var name: String
    package var id: LogID
    package var settings: TopicSettings
    /// By their number in the topic.
    package var partitions: [PartitionID]

    package init(name: String, id: LogID, settings: TopicSettings, partitions: [PartitionID]) {
        self.name = name
        self.id = id
        self.settings = settings
        self.partitions = partitions
    }

    /// Kafka's rule: 1 ... 249 of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`.
    package static func isValid(name: String) -> Bool {
        guard (1...LogLimits.longestTopicName).contains(name.utf8.count), name != ".", name != ".."
        else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// The topics in the order of their making.
struct TopicTable: Hashable, Sendable {
    private(set) var all: [TopicInfo] = []
    private var slots: [String: Int] = [:]

    subscript(name: String) -> TopicInfo? { slots[name].map { all[$0] } }

    mutating func add(_ topic: TopicInfo) {
        slots[topic.name] = all.count
        all.append(topic)
    }

    /// Changes the topic of that name; false: there is none. `change` leaves the name as it is.
    mutating func change(_ name: String, _ change: (inout TopicInfo) -> Void) -> Bool {
        guard let slot = slots[name] else { return false }
        change(&all[slot])
        return true
    }

    mutating func remove(_ name: String) {
        guard let slot = slots.removeValue(forKey: name) else { return }
        all.remove(at: slot)
        for later in slot..<all.count { slots[all[later].name] = later }
    }
}
