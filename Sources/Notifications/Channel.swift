// The two ways to a person, the two queues that each of them has, and what they are called in the log.

/// A way to a person.
package enum Channel: String, Codable, Hashable, Sendable, CaseIterable {
    case email, sms

    /// What waits to be sent.
    package var topic: String {
        switch self {
        case .email: "emails"
        case .sms: "sms"
        }
    }

    /// What could not be sent.
    package var failedTopic: String { topic + ".failed" }

    /// The group that commits how far the topic has been sent.
    package var group: String { NotifyTopics.groupPrefix + topic }

    /// In a message's id.
    var letter: String {
        switch self {
        case .email: "e"
        case .sms: "s"
        }
    }
}

/// The queues of a recipient. What stands in one never waits for the other.
package enum Lane: String, Codable, Hashable, Sendable, CaseIterable {
    /// Fire and what the water does: each event at once, never merged.
    case fire
    /// All else: at most one message a minute.
    case rest
}

/// Names in the log that clients cannot write.
package enum NotifyTopics {
    package static let notifications = "notifications"
    package static let acknowledgements = "acknowledgements"
    package static let groupPrefix = "__notify."
    /// How far the events have been routed, one group for each lane.
    package static let fireGroup = groupPrefix + "fire"
    package static let restGroup = groupPrefix + "rest"
    /// Up to where a human has seen what was not delivered.
    package static let seenGroup = groupPrefix + "seen"

    /// The topics of the service log that only this module writes.
    package static var all: [String] {
        Channel.allCases.flatMap { [$0.topic, $0.failedTopic] } + [acknowledgements]
    }
}
