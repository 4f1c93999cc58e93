// The logs as the notifications see them: events of the safety log, and everything else in the service
// log. Readers of its own, so one thread has it.

package import EventLog
package import Notifications

/// The gateway's logs for `NotifyEngine`.
package final class ServedNotifyLog: NotifyLog {
    private let topics: ServedTopics

    /// `safety` nil: there is no controller, and nothing to tell but the daily test.
    package init(service: String, safety: String?) {
        topics = ServedTopics(
            service: ServedLog(path: service), safety: safety.map { ServedLog(path: $0) },
            volatile: nil)
    }

    package func refresh() { topics.refresh() }

    private var events: ServedTopic? {
        guard let safety = topics.safety, let topic = topics[NotifyTopics.notifications],
            topic.log === safety, !topic.info.partitions.isEmpty
        else { return nil }
        return topic
    }

    package var notifications: NotificationStretch? {
        guard let topic = events, let state = topic.state(0), let reader = topic.log.reader else {
            return nil
        }
        return NotificationStretch(
            log: String(reader.index.log.head, radix: 16),
            offsets: state.logStart..<max(state.logStart, state.highWatermark))
    }

    package var notificationsCommit: PartitionID? {
        events.flatMap { topics.commitPartition($0, 0) }
    }

    package func readNotifications(from offset: Int64, maxBytes: Int) -> NotifyPiece? {
        guard let topic = events, let partition = topic.partition(0) else { return nil }
        return read(topic.log, partition, from: offset, maxBytes: maxBytes)
    }

    package func partitions(of topic: String) -> [PartitionID]? {
        topics.service.reader?.index.topic(named: topic)?.partitions
    }

    package func stretch(of partition: PartitionID) -> Range<Int64>? {
        topics.service.reader?.index.partition(partition).map {
            $0.logStart..<max($0.logStart, $0.highWatermark)
        }
    }

    package func read(
        _ partition: PartitionID, from offset: Int64, maxBytes: Int
    ) -> NotifyPiece? {
        read(topics.service, partition, from: offset, maxBytes: maxBytes)
    }

    package func commit(
        _ group: String, _ partition: PartitionID
    ) -> (offset: Int64, metadata: String)? {
        topics.service.reader?.index.committed(group: group, partition).map {
            ($0.offset, $0.metadata)
        }
    }

    /// nil: the index is behind or the disk fails, and the next look shows which.
    private func read(
        _ log: ServedLog, _ partition: PartitionID, from offset: Int64, maxBytes: Int
    ) -> NotifyPiece? {
        guard let reader = log.reader else { return nil }
        var bytes: [UInt8] = []
        let result: ReadResult
        do throws(ReadError) {
            result = try reader.read(partition, from: offset, maxBytes: maxBytes, into: &bytes)
        } catch {
            return nil
        }
        var records: [LogRecord] = []
        unsafe bytes.withUnsafeBytes { all in
            var place = 0
            while place < all.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[place...])
                guard let header = unsafe BatchHeader(rest), header.batchLength <= rest.count,
                    header.batchLength > 0
                else { break }
                let batch = unsafe UnsafeRawBufferPointer(rebasing: rest[..<header.batchLength])
                // Nobody packs these batches; one that cannot be read is passed over as lost.
                try? unsafe RecordBatch.forEachRecord(batch) { record in
                    if record.offset >= offset { records.append(record) }
                }
                place += header.batchLength
            }
        }
        return NotifyPiece(records: records, next: result.next)
    }
}
