// A controller's log with nothing but what people are told, for tests of the gateway: `event` appends
// one notification and is answered when it is on the disk.

import EventLog
import Glibc

final class PeerEvents {
    private let log: EventLog<DirectoryFiles>
    private let page: LivePageWriter
    private let partition: PartitionID

    init(directory: String, page path: String) throws {
        let wall = PeerWriter.wall
        log = try EventLog(
            DirectoryFiles(directory), LogSettings(segmentBytes: 1 << 20, segments: 16),
            wallMilliseconds: wall)
        page = try LivePageWriter(
            path: path, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: LogPeer.now)
        if log.index.topic(named: "notifications") == nil {
            _ = try log.stage(
                [
                    .createTopic(
                        name: "notifications", id: .fresh(), partitions: 1,
                        TopicSettings(isVital: true))
                ], wallMilliseconds: wall)
            try log.flush(wallMilliseconds: wall)
        }
        guard let first = log.index.topic(named: "notifications")?.partitions.first else {
            throw Refusal.order
        }
        partition = first
        let page = self.page
        log.publish = { [unowned log] end, oldest in
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    wallMilliseconds: PeerWriter.wall, bootNanoseconds: LogPeer.now))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
    }

    var next: Int64 { log.index.highWatermark(partition) ?? 0 }

    func append(key: String, json: String) throws {
        let wall = PeerWriter.wall
        let record = LogRecord(key: Array(key.utf8), value: Array(json.utf8), timestamp: wall)
        _ = try log.stage(
            [.batch(partition, RecordBatch.encode([record]))], wallMilliseconds: wall)
        try log.flush(wallMilliseconds: wall)
    }
}
