// The reading side of `log-peer`: follows a log as any other process does, and checks every record
// against what `PeerWriter` puts into it.

import EventLog
import Glibc

final class PeerReader {
    private static let fetchBytes = 256 << 10

    private let reader: LogReader
    private let partition: PartitionID
    private var records = 0
    private var wrong = 0
    private var lost: Int64 = 0
    private var lapped = 0
    private var late: [Int64] = []

    init(directory: String) throws {
        reader = try LogReader(directory: directory)
        while reader.index.topic(named: "t") == nil {
            _ = reader.wait()
            try reader.refresh()
        }
        guard let first = reader.index.topic(named: "t")?.partitions.first else {
            throw Refusal.order
        }
        partition = first
    }

    /// Answers: records, wrong ones, lost offsets, how often the log went round under it, and how
    /// late records came, in nanoseconds: half of them and 99 of 100.
    func follow(from offset: Int64, until end: Int64) throws -> String {
        var next = offset
        var bytes: [UInt8] = []
        while next < end {
            bytes.removeAll(keepingCapacity: true)
            do {
                let result = try reader.read(
                    partition, from: next, maxBytes: Self.fetchBytes, into: &bytes)
                for gap in result.gaps { lost += gap.offsets.upperBound - gap.offsets.lowerBound }
                try check(bytes, from: next)
                if result.next == next {
                    _ = reader.wait()
                    try reader.refresh()
                }
                next = result.next
            } catch let error as ReadError {
                guard case .outOfRange(let start, _) = error, start > next else { throw error }
                lapped += 1
                next = start
            }
        }
        return "\(records) \(wrong) \(lost) \(lapped) \(percentile(late, 500)) "
            + "\(percentile(late, 990))"
    }

    private func check(_ bytes: [UInt8], from offset: Int64) throws {
        let now = LogPeer.now
        var expected = offset
        try bytes.withUnsafeBytes { all in
            var rest = all
            while let header = BatchHeader(rest), header.batchLength <= rest.count {
                try RecordBatch.forEachRecord(rest) { record in
                    guard record.offset >= offset else { return }
                    records += 1
                    let value = record.value ?? []
                    guard value.count >= 16, record.offset >= expected else {
                        wrong += 1
                        return
                    }
                    expected = record.offset + 1
                    let clock = value.withUnsafeBytes {
                        $0.loadUnaligned(fromByteOffset: 8, as: Int64.self)
                    }
                    if value != PeerWriter.value(record.offset, clock, value.count) { wrong += 1 }
                    late.append(now - clock)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[header.batchLength...])
            }
        }
    }

    /// Reads from the log start to the end as fast as it goes, checksums included; best of five.
    func scan() throws -> String {
        guard let info = reader.index.partition(partition) else { throw Refusal.order }
        var best = Int64.max
        var total = 0
        var bytes: [UInt8] = []
        for _ in 0..<5 {
            total = 0
            var next = info.logStart
            let start = LogPeer.now
            while next < info.highWatermark {
                bytes.removeAll(keepingCapacity: true)
                let result = try reader.read(
                    partition, from: next, maxBytes: Self.fetchBytes, into: &bytes)
                total += result.bytes
                next = result.next
            }
            best = min(best, LogPeer.now - start)
        }
        return "\(total) \(Double(best) / 1e9) \(Double(total) / Double(max(1, best))) GB/s"
    }
}
