// What the engine asks of the logs, and what it wants appended. The gateway's readers are behind it, or
// a simulated log in tests.

package import EventLog

/// Both logs, as they were at the last `refresh`.
package protocol NotifyLog: AnyObject {
    /// Takes in what has become durable.
    func refresh()
    /// The events of the controller; nil: there are none yet.
    var notifications: NotificationStretch? { get }
    /// Where groups commit how far they have read the events; nil: it is not made yet.
    var notificationsCommit: PartitionID? { get }
    /// Events from an offset within the stretch; nil: they cannot be read just now.
    func readNotifications(from offset: Int64, maxBytes: Int) -> NotifyPiece?

    /// The partitions of a topic of the service log; nil: there is no such topic.
    func partitions(of topic: String) -> [PartitionID]?
    /// From log start to end.
    func stretch(of partition: PartitionID) -> Range<Int64>?
    func read(_ partition: PartitionID, from offset: Int64, maxBytes: Int) -> NotifyPiece?
    func commit(_ group: String, _ partition: PartitionID) -> (offset: Int64, metadata: String)?
}

/// Which events there are.
package struct NotificationStretch: Hashable, Sendable {
    /// The log's id: when it changes, offsets mean other events.
    package var log: String
    package var offsets: Range<Int64>

    package init(log: String, offsets: Range<Int64>) {
        self.log = log
        self.offsets = offsets
    }
}

/// Some records in a row.
package struct NotifyPiece: Sendable {
    package var records: [LogRecord]
    /// Where to go on; offsets in between without a record are lost.
    package var next: Int64

    package init(records: [LogRecord], next: Int64) {
        self.records = records
        self.next = next
    }
}

/// An append to the service log that the engine wants. It is answered once.
package struct NotifyJob: Sendable {
    package var token: UInt64
    package var steps: [AppendStep]
}
