// The writing side of `log-peer`: a real log with a live page. Every record says its own offset and
// the boot clock before its append, so that a reader can tell a wrong one and how late it is.

import EventLog
import Glibc

final class PeerWriter {
    private let log: EventLog<DirectoryFiles>
    private let page: LivePageWriter
    /// Appends go to one after the other.
    private let partitions: [PartitionID]
    private var turn = 0

    init(
        directory: String, page path: String, segmentBytes: Int, segments: Int,
        partitions count: Int
    ) throws {
        let wall = Self.wall
        log = try EventLog(
            DirectoryFiles(directory),
            LogSettings(segmentBytes: segmentBytes, segments: segments), wallMilliseconds: wall)
        page = try LivePageWriter(
            path: path, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: LogPeer.now)
        if let topic = log.index.topic(named: "t"), !topic.partitions.isEmpty {
            partitions = topic.partitions
        } else {
            let results = try log.stage(
                [
                    .createTopic(
                        name: "t", id: LogID(head: 3, tail: 4), partitions: count, TopicSettings())
                ], wallMilliseconds: wall)
            guard case .partitions(let first, let count)? = results.first else {
                throw Refusal.order
            }
            try log.flush(wallMilliseconds: wall)
            partitions = (0..<UInt32(count)).map {
                PartitionID(rawValue: first.rawValue + $0)
            }
        }
        let page = self.page
        log.publish = { [unowned log] end, oldest in
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    wallMilliseconds: Self.wall, bootNanoseconds: LogPeer.now))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
    }

    private var partition: PartitionID { partitions[turn % partitions.count] }

    var next: Int64 { log.index.highWatermark(partition) ?? 0 }

    /// Offset and clock, then the offset's lowest byte over and over.
    static func value(_ offset: Int64, _ clock: Int64, _ bytes: Int) -> [UInt8] {
        var value = [UInt8](
            repeating: UInt8(truncatingIfNeeded: offset), count: max(16, bytes))
        value.withUnsafeMutableBytes {
            $0.storeBytes(of: offset, as: Int64.self)
            $0.storeBytes(of: clock, toByteOffset: 8, as: Int64.self)
        }
        return value
    }

    func append(_ count: Int, bytes: Int, records: Int, pause: UInt32) throws -> String {
        var times: [Int64] = []
        for _ in 0..<count {
            let wall = Self.wall
            let base = next
            let start = LogPeer.now
            let batch = RecordBatch.encode(
                (0..<records).map {
                    LogRecord(value: Self.value(base + Int64($0), start, bytes), timestamp: wall)
                })
            _ = try log.stage([.batch(partition, batch)], wallMilliseconds: wall)
            try log.flush(wallMilliseconds: wall)
            times.append(LogPeer.now - start)
            turn += 1
            if pause > 0 { usleep(pause) }
        }
        return "\(next) \(percentile(times, 500)) \(percentile(times, 990))"
    }

    func close() throws { try log.close(wallMilliseconds: Self.wall) }

    static var wall: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
