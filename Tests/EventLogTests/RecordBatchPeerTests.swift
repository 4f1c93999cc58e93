// Record batches against kafka-python, which was written by others from the same protocol: what it
// builds is read here, what is built here is read there.

import EventLog
import Foundation
import Testing

/// A line of Tests/peers/kafka-batches.
private struct PeerBatch: Codable {
    struct Header: Codable {
        var key: String
        var value: Data?
    }

    struct Record: Codable {
        var offset: Int64
        var timestamp: Int64
        var key: Data?
        var value: Data?
        var headers: [Header]
    }

    var batch: Data
    var records: [Record]

    var logRecords: [LogRecord] {
        records.map { record in
            LogRecord(
                key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                headers: record.headers.map { .init($0.key, $0.value.map { Array($0) }) },
                timestamp: record.timestamp, offset: record.offset)
        }
    }

    /// What kafka-batches prints.
    static func output(_ arguments: [String], input: [[UInt8]] = []) throws -> [PeerBatch] {
        let lines = input.map { Data($0).base64EncodedString() + "\n" }.joined()
        return try PythonPeer.output(
            of: PythonPeer.python(), [PythonPeer.path("kafka-batches")] + arguments,
            input: Array(lines.utf8)
        ).split(separator: "\n").map {
            try JSONDecoder().decode(PeerBatch.self, from: Data($0.utf8))
        }
    }
}

@Suite struct RecordBatchPeerTests {
    @Test("kafka-python's batches are let in with every codec, and their records are read")
    func theirs() throws {
        let seed = SplitMix.printed("kafka-python's record batches").state
        let batches = try PeerBatch.output(["build", "\(seed)"])
        var stored: [[UInt8]] = []
        var codecs: Set<BatchHeader.Codec?> = []
        for batch in batches {
            var bytes = Array(batch.batch)
            let header = try bytes.withUnsafeBytes { try BatchHeader.checked($0) }
            codecs.insert(header.codec)
            #expect(Int(header.recordCount) == batch.records.count)
            #expect(header.producerID == Int64(batch.records.count))
            #expect(header.producerEpoch == 3 && header.baseSequence == 17)
            #expect(header.maxTimestamp == batch.records.map(\.timestamp).max())
            if header.codec == BatchHeader.Codec.none {
                var records: [LogRecord] = []
                try bytes.withUnsafeBytes {
                    try RecordBatch.forEachRecord($0) { records.append($0) }
                }
                #expect(records == batch.logRecords)
            }
            bytes.withUnsafeMutableBytes {
                RecordBatch.setBase(offset: 1_000, leaderEpoch: 5, in: $0)
            }
            stored.append(bytes)
        }
        #expect(codecs == [BatchHeader.Codec.none, .gzip, .snappy, .lz4, .zstd])

        // And as the log stores them they can read them again.
        let read = try PeerBatch.output(["read"], input: stored)
        try #require(read.count == batches.count)
        for (batch, before) in zip(read, batches) {
            let expected = before.logRecords.map { record in
                var record = record
                record.offset += 1_000
                return record
            }
            #expect(batch.logRecords == expected)
        }
    }

    @Test("kafka-python reads the batches that are built here")
    func ours() throws {
        var random = SplitMix.printed("record batches for kafka-python")
        let written = (0..<60).map { _ in
            (0..<Int.random(in: 1...40, using: &random)).map { random.record(offset: Int64($0)) }
        }
        let read = try PeerBatch.output(["read"], input: written.map { RecordBatch.encode($0) })
        #expect(read.map(\.logRecords) == written)
    }
}

extension SplitMix {
    fileprivate mutating func record(offset: Int64) -> LogRecord {
        LogRecord(
            key: piece(), value: piece(),
            headers: (0..<[0, 0, 1, 5][Int.random(in: 0..<4, using: &self)]).map { _ in
                .init(["", "a", "größe"].randomElement(using: &self) ?? "", piece())
            },
            timestamp: 1_700_000_000_000 + Int64.random(in: -(1 << 36)...(1 << 36), using: &self),
            offset: offset)
    }

    private mutating func piece() -> [UInt8]? {
        guard let count = [nil, 0, 1, 63, 64, 300].randomElement(using: &self) ?? nil else {
            return nil
        }
        return bytes(count)
    }
}
