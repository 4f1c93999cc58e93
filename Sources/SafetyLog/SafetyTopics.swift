// The topics of the safety log and how each is kept. Names are part of the interface. What the log's
// threads look up once, when they open their logs.
//
//   signals        every signal; in memory (`signals` in the run directory), its offsets reserved here
//   alarms, valves, audit     vital: kept longest, let into the reserve
//   notifications  ordinary
//   records        machine form of every record but repeated signals (LogEntry); vital
//   plans          the site plans that ran (PlanEntry); vital
//
// Group `memory` commits, in `records`, the offset from which the memory of a start is read; group
// `plan` commits, in `plans`, the plan that was written last.

import ControlLoop
import EventLog

package enum SafetyTopics {
    package static let records = "records"
    package static let plans = "plans"
    package static let memoryGroup = "memory"
    package static let planGroup = "plan"

    /// The directory of the durable log in the state directory, and of the volatile one in the run
    /// directory.
    package static func durablePath(_ stateDirectory: String) -> String { stateDirectory + "/log" }
    package static func volatilePath(_ runDirectory: String) -> String { runDirectory + "/signals" }

    /// In the order in which they are made.
    static let all: [(name: String, isVital: Bool)] = [
        (records, true), (plans, true), (Topic.alarms.name, true), (Topic.valves.name, true),
        (Topic.audit.name, true), (Topic.notifications.name, false), (Topic.signals.name, false),
    ]

    /// Makes what is missing.
    static func missing(in index: LogIndex) -> [AppendStep] {
        all.filter { index.topic(named: $0.name) == nil }.map { topic in
            .createTopic(
                name: topic.name, id: .fresh(), partitions: 1,
                TopicSettings(isVital: topic.isVital))
        }
    }
}

/// The partition of each topic of the durable log.
struct SafetyPartitions {
    let records: PartitionID
    let plans: PartitionID
    let signals: PartitionID
    private let others: [PartitionID]

    /// nil: topics are missing.
    init?(_ index: LogIndex) {
        func partition(_ name: String) -> PartitionID? {
            index.topic(named: name)?.partitions.first
        }
        guard let records = partition(SafetyTopics.records),
            let plans = partition(SafetyTopics.plans),
            let signals = partition(Topic.signals.name)
        else { return nil }
        self.records = records
        self.plans = plans
        self.signals = signals
        var others: [PartitionID] = []
        for topic in Self.told {
            guard let found = partition(topic.name) else { return nil }
            others.append(found)
        }
        self.others = others
    }

    /// Topics into which a record's messages go.
    static let told: [Topic] = [.alarms, .valves, .notifications, .audit]

    /// The partition of `told[place]`.
    func told(_ place: Int) -> PartitionID { others[place] }
}
