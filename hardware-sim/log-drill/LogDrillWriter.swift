// A writer on real files, to be killed: it appends as fast as the disk takes it and says on its
// standard output what was acknowledged. Three numbers of 8 bytes for each batch: its partition, its
// first offset, its checksum.

import EventLog
import Glibc

enum LogDrillWriter {
    static let settings = LogSettings(
        segmentBytes: 128 << 10, segments: 6, reserve: 1, longestFrame: 16 << 10)

    static func run(_ directory: String) -> Int32 {
        do {
            let log = try EventLog(
                DirectoryFiles(directory), settings, wallMilliseconds: 1_700_000_000_000)
            if log.index.topics.isEmpty { try makeTopics(log) }
            var number: UInt64 = 0
            while true {
                number += 1
                guard try step(log, number) else { return 0 }
            }
        } catch {
            let text = Array("log-drill: \(error)\n".utf8)
            _ = write(2, text, text.count)
            return 1
        }
    }

    private static func makeTopics(_ log: EventLog<DirectoryFiles>) throws {
        for (name, partitions, isVital) in [("plain", 2, false), ("vital", 1, true)] {
            _ = try log.stage(
                [
                    .createTopic(
                        name: name, id: LogID(head: 1, tail: UInt64(partitions)),
                        partitions: partitions, TopicSettings(isVital: isVital))
                ], wallMilliseconds: 0)
        }
        try log.flush(wallMilliseconds: 1_700_000_000_000)
    }

    /// One flush. False: nobody listens any more.
    private static func step(_ log: EventLog<DirectoryFiles>, _ number: UInt64) throws -> Bool {
        var told: [UInt64] = []
        for part in 0...number % 3 {
            let id = PartitionID(rawValue: UInt32(1 + (number + part) % 3))
            let text = "\(getpid()) \(number) \(part) "
            let value = Array(text.utf8) + [UInt8](repeating: 46, count: Int(number % 7) * 60)
            let batch = RecordBatch.encode(
                [LogRecord(value: value, timestamp: Int64(number))])
            let checksum = batch.withUnsafeBytes { BatchHeader($0)?.checksum ?? 0 }
            let results = try log.stage([.batch(id, batch)], wallMilliseconds: Int64(number))
            guard case .offsets(let base, _, _)? = results.first else { return false }
            told += [UInt64(id.rawValue), UInt64(bitPattern: base), UInt64(checksum)]
        }
        let vital = PartitionID(rawValue: 3)
        if number % 32 == 0, let next = log.index.highWatermark(vital), next > 100 {
            let start = max(next - 100, log.index.partition(vital)?.logStart ?? 0)
            _ = try log.stage(
                [.setLogStart(vital, offset: start)], wallMilliseconds: Int64(number))
        }
        try log.flush(wallMilliseconds: Int64(number))
        return told.withUnsafeBytes { write(1, $0.baseAddress, $0.count) == $0.count }
    }
}
