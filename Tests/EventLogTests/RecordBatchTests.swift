// Record batches built and read back: what must come through as it went in, and that what
// contradicts itself is refused. Random bytes come in RecordBatchFuzzTests.

import CRC32C
import EventLog
import Testing

/// Records with everything that may be null, empty, twice or extreme.
let batchSamples: [LogRecord] = [
    LogRecord(key: nil, value: nil, timestamp: 1_700_000_000_000),
    LogRecord(key: [], value: [], timestamp: 1_700_000_000_005),
    LogRecord(
        key: Array("floor/3".utf8), value: Array(0...255),
        headers: [.init("a", [1]), .init("", nil), .init("a", []), .init("b", [2, 3])],
        timestamp: 1_699_999_999_990),
    LogRecord(key: [0], value: [UInt8](repeating: 7, count: 20_000), timestamp: 0),
    LogRecord(key: nil, value: [1], timestamp: -1),
]

private func read(_ batch: [UInt8]) throws -> [LogRecord] {
    var records: [LogRecord] = []
    try batch.withUnsafeBytes { try RecordBatch.forEachRecord($0) { records.append($0) } }
    return records
}

private func checked(_ batch: [UInt8]) -> BatchHeader? {
    batch.withUnsafeBytes { try? BatchHeader.checked($0) }
}

@Suite struct RecordBatchTests {
    @Test("RECORD: records come back as they went in, null and empty apart, headers in order")
    func roundTrip() throws {
        let batch = RecordBatch.encode(batchSamples)
        let expected = batchSamples.enumerated().map { number, record in
            var record = record
            record.offset = Int64(number)
            return record
        }
        #expect(try read(batch) == expected)
        let header = try #require(checked(batch))
        #expect(header.batchLength == batch.count)
        #expect(header.recordCount == 5 && header.lastOffsetDelta == 4)
        #expect(header.baseTimestamp == 1_700_000_000_000)
        #expect(header.maxTimestamp == 1_700_000_000_005)
        #expect(header.producerID == -1 && header.producerEpoch == -1 && header.baseSequence == -1)
        #expect(header.codec == BatchHeader.Codec.none && header.timestampType == .createTime)
        #expect(!header.isControl && !header.isTransactional)
    }

    @Test("The bytes of a known batch")
    func knownBytes() {
        // One record "k" = "v" with a header h = nothing, 3 ms after nothing.
        let batch = RecordBatch.encode(
            [LogRecord(key: [0x6B], value: [0x76], headers: [.init("h", nil)], timestamp: 3)],
            producerID: 5, epoch: 6, baseSequence: 7)
        #expect(batch[..<17] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 61, 255, 255, 255, 255, 2])
        #expect(
            batch[21...] == [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,
                0, 5, 0, 6, 0, 0, 0, 7, 0, 0, 0, 1,
                22, 0, 0, 0, 2, 0x6B, 2, 0x76, 2, 2, 0x68, 1,
            ])
    }

    @Test("The log sets offset and leader epoch without touching the checksum")
    func base() throws {
        var batch = RecordBatch.encode(batchSamples)
        batch.withUnsafeMutableBytes {
            RecordBatch.setBase(offset: 1 << 40, leaderEpoch: 9, in: $0)
        }
        let header = try #require(checked(batch))
        #expect(header.baseOffset == 1 << 40 && header.partitionLeaderEpoch == 9)
        #expect(try read(batch).map(\.offset) == (0..<5).map { 1 << 40 + $0 })
    }

    @Test("Timestamps as far apart as numbers go come back")
    func extremeTimestamps() throws {
        let records = [Int64.max, .min, 0, -1, .min, .max].map {
            LogRecord(value: nil, timestamp: $0)
        }
        let batch = RecordBatch.encode(records)
        #expect(checked(batch)?.maxTimestamp == .max)
        #expect(try read(batch).map(\.timestamp) == records.map(\.timestamp))
    }

    @Test("Where the log's clock counts, every record has the batch's time")
    func logAppendTime() throws {
        var batch = RecordBatch.encode(batchSamples)
        batch[22] |= 8
        batch = resealed(batch)
        #expect(checked(batch)?.timestampType == .logAppendTime)
        #expect(try read(batch).allSatisfy { $0.timestamp == 1_700_000_000_005 })
    }

    @Test("A batch goes behind what the buffer holds")
    func appending() {
        var bytes: [UInt8] = [1, 2, 3]
        RecordBatch.append(batchSamples, into: &bytes)
        #expect(bytes[..<3] == [1, 2, 3] && Array(bytes[3...]) == RecordBatch.encode(batchSamples))
    }

    @Test("RECORD: every single flipped bit under the checksum is found")
    func bits() {
        var batch = RecordBatch.encode(Array(batchSamples[0..<3]))
        for bit in (8 * 8)..<(batch.count * 8) where !(12 * 8..<16 * 8).contains(bit) {
            batch[bit / 8] ^= 1 << (bit % 8)
            #expect(checked(batch) == nil, "bit \(bit)")
            batch[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test("A batch that ends early or goes on is refused")
    func lengths() {
        let batch = RecordBatch.encode(Array(batchSamples[0..<3]))
        for count in 0..<batch.count { #expect(checked(Array(batch[..<count])) == nil) }
        #expect(checked(batch + [0]) == nil)
    }

    @Test("A batch with a right checksum and a wrong count, codec or record is refused")
    func contradictions() {
        let batch = RecordBatch.encode(Array(batchSamples[0..<3]))
        func changed(_ place: Int, _ bytes: [UInt8]) -> BatchHeader? {
            var other = batch
            other.replaceSubrange(place..<(place + bytes.count), with: bytes)
            return checked(resealed(other))
        }
        #expect(changed(0, [9]) != nil)
        #expect(changed(16, [1]) == nil, "magic")
        #expect(changed(22, [5]) == nil, "a codec that does not exist")
        #expect(changed(22, [4]) != nil, "zstd is not looked into")
        #expect(changed(23, [0, 0, 0, 1]) == nil, "last offset delta")
        #expect(changed(57, [0, 0, 0, 2]) == nil, "record count")
        #expect(changed(57, [0, 0, 0, 4]) == nil, "record count")
        for count: UInt8 in [2, 4] {
            var other = batch
            other[26] = count - 1
            other[60] = count
            #expect(checked(resealed(other)) == nil, "\(count) records said, 3 there")
        }
        #expect(changed(23, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0]) == nil)
        // Record 0: length, attributes, timestamp delta, offset delta, key, value, headers.
        #expect(Array(batch[61..<68]) == [12, 0, 0, 0, 1, 1, 0])
        #expect(changed(64, [2]) == nil, "offset delta")
        #expect(changed(65, [3]) == nil, "a key of -2 bytes")
        #expect(changed(66, [2]) == nil, "a value behind the end")
        #expect(changed(67, [1]) == nil, "-1 headers")
        #expect(changed(67, [2]) == nil, "a header that is not there")
        #expect(changed(61, [10]) == nil, "a record shorter than its parts")
        #expect(changed(61, [14]) == nil, "a record longer than its parts")
        #expect(changed(61, [1]) == nil, "a record of -1 bytes")
    }

    @Test("Records that a codec has packed are not handed out")
    func compressed() {
        var batch = RecordBatch.encode(batchSamples)
        batch[22] |= 2
        #expect(throws: BatchError.compressed) { try read(batch) }
    }

    @Test("Numbers of variable length: every size, and those that do not end or do not fit")
    func varints() {
        for shift in 0..<64 {
            for value in [1 << shift, 0 &- (1 << shift), (1 << shift) &- 1] as [Int64] {
                var bytes: [UInt8] = []
                Varint.append(value, to: &bytes)
                #expect(bytes.count == Varint.count(value))
                bytes.withUnsafeBytes { raw in
                    var position = 0
                    #expect(Varint.read(raw, at: &position, before: raw.count) == value)
                    #expect(position == raw.count)
                    position = 0
                    #expect(
                        Varint.read32(raw, at: &position, before: raw.count)
                            == Int32(exactly: value))
                    position = 0
                    #expect(Varint.read(raw, at: &position, before: raw.count - 1) == nil)
                }
            }
        }
        for wrong in [
            [], [0x80], [UInt8](repeating: 0xFF, count: 9) + [2],
            [UInt8](repeating: 0x80, count: 10) + [0],
        ] {
            wrong.withUnsafeBytes { raw in
                var position = 0
                #expect(Varint.read(raw, at: &position, before: raw.count) == nil)
            }
        }
    }
}
