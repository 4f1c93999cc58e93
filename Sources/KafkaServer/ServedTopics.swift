// Which topics there are, in which log each stands, and who may write to it. Clients see one broker;
// underneath are three logs: the controller's two, read-only, and the gateway's own service log.
//
// The committed offsets of all groups stand in the service log. For a topic of the safety logs it has
// a topic without records, `__commits.NAME`, whose partitions the commits are of; clients do not see
// it. Nor do they see `__transactions` (`TransactionRecord`) and `__acls` (`Broker+Acls`).

import EventLog
import Notifications
import Streams

/// Who writes a topic.
package enum TopicWriter: Hashable, Sendable {
    /// Any client that may.
    case clients
    /// The gateway itself.
    case gateway
    /// The controller; a client's signal goes to it as an input.
    case controllerTakesSignals
    case controller
}

/// One topic as a client sees it.
struct ServedTopic {
    var info: TopicInfo
    var log: ServedLog
    var writer: TopicWriter

    var name: String { info.name }

    /// The partition with this number.
    func partition(_ number: Int32) -> PartitionID? {
        number >= 0 && number < info.partitions.count ? info.partitions[Int(number)] : nil
    }

    /// What is known of the partition now.
    func state(_ number: Int32) -> PartitionInfo? {
        partition(number).flatMap { log.reader?.partition($0) }
    }
}

/// The topics of all logs.
package final class ServedTopics {
    static let commitPrefix = "__commits."
    static let transactions = "__transactions"
    static let acls = "__acls"
    static let signals = "signals"
    /// What the gateway itself writes (`Broker.audit`).
    static let audit = "audit.gateway"

    package let service: ServedLog
    /// The controller's log on flash; nil where the gateway serves none.
    package let safety: ServedLog?
    /// Its log in memory, which holds `signals`.
    package let volatile: ServedLog?

    package init(service: ServedLog, safety: ServedLog?, volatile: ServedLog?) {
        self.service = service
        self.safety = safety
        self.volatile = volatile
    }

    package func refresh() {
        service.refresh()
        safety?.refresh()
        volatile?.refresh()
    }

    /// The controller's topics by name. They are its own also while its logs are not there yet:
    /// a signal that went to a client's topic of that name would be acknowledged and put out no fire.
    private static let controllers = StreamTopics.controllers

    /// Topics that no access control list opens.
    let closed = controllers.union(gateways)

    /// What the gateway itself writes: the audit, and what people are told.
    private static let gateways = Set(NotifyTopics.all + [audit])

    /// Whether no client may use this name for a topic of its own.
    func isReserved(_ name: String) -> Bool {
        name.hasPrefix(Self.commitPrefix) || Self.gateways.contains(name)
            || name == Self.transactions
            || name == Self.acls
            || (safety != nil || volatile != nil) && Self.controllers.contains(name)
    }

    subscript(name: String) -> ServedTopic? {
        if name == Self.signals, let volatile, let info = volatile.reader?.topic(named: name) {
            return ServedTopic(info: info, log: volatile, writer: .controllerTakesSignals)
        }
        if let safety, name != Self.signals, let info = safety.reader?.topic(named: name) {
            return ServedTopic(info: info, log: safety, writer: .controller)
        }
        guard Self.gateways.contains(name) || !isReserved(name),
            let info = service.reader?.topic(named: name)
        else { return nil }
        return ServedTopic(
            info: info, log: service, writer: Self.gateways.contains(name) ? .gateway : .clients)
    }

    subscript(id: WireID) -> ServedTopic? {
        all.first { $0.info.id.head == id.head && $0.info.id.tail == id.tail }
    }

    /// All that clients see, the controller's first.
    var all: [ServedTopic] {
        var names: Set<String> = []
        var topics: [ServedTopic] = []
        for log in [volatile, safety, service] {
            for info in log?.reader?.index.topics ?? [] where names.insert(info.name).inserted {
                if let topic = self[info.name] { topics.append(topic) }
            }
        }
        return topics
    }

    /// The partition of the service log under which a group's commits for this one stand; nil when
    /// it has to be made first (`missingCommitTopics`).
    func commitPartition(_ topic: ServedTopic, _ number: Int32) -> PartitionID? {
        if topic.log === service { return topic.partition(number) }
        let info = service.reader?.topic(named: Self.commitPrefix + topic.name)
        guard let info, number >= 0, number < info.partitions.count else { return nil }
        return info.partitions[Int(number)]
    }

    /// Makes the topics of the service log that hold commits for the controller's.
    var missingCommitTopics: [AppendStep] {
        all.filter { topic in
            topic.log !== service && !topic.info.partitions.isEmpty
                && service.reader?.topic(named: Self.commitPrefix + topic.name) == nil
        }.map { topic in
            .createTopic(
                name: Self.commitPrefix + topic.name, id: .fresh(),
                partitions: topic.info.partitions.count, TopicSettings())
        }
    }

    /// The topic, as clients know it, and the number of a partition of the service log.
    func shown(_ partition: PartitionID) -> (topic: String, number: Int32)? {
        guard let info = service.reader?.partition(partition) else { return nil }
        let name =
            info.topic.hasPrefix(Self.commitPrefix)
            ? String(info.topic.dropFirst(Self.commitPrefix.count)) : info.topic
        return (name, Int32(truncatingIfNeeded: info.number))
    }
}

/// A topic id as it goes over the wire.
struct WireID: Hashable {
    var head: UInt64
    var tail: UInt64
}
