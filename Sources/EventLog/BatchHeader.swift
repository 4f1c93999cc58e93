// The first bytes of a Kafka record batch v2, and what has to hold before a batch is let into a
// log. The engine and the gateway check with it what producers send, the index and the readers find
// their place with it. It never traps and allocates nothing, whatever the bytes are.
//
// All numbers are big-endian.
//
//   batch := base offset i64, length i32 (of all that follows), leader epoch i32, magic i8 = 2,
//            checksum u32 (CRC-32C of all that follows), attributes i16, last offset delta i32,
//            base timestamp i64, max timestamp i64, producer id i64, producer epoch i16,
//            base sequence i32, record count i32, record*      (see RecordCursor)
//   attributes := bits 0-2 codec (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd), bit 3 timestamp type,
//            bit 4 transactional, bit 5 control
//
// With a codec the records are one compressed piece, which stays as it is. Base offset and leader
// epoch are not under the checksum: the log sets them.

import CRC32C

/// What a record batch says of itself.
package struct BatchHeader: Hashable, Sendable {
    /// Bytes in front of the records.
    package static let bytes = 61
    /// Bytes that the length field does not count: base offset and itself.
    static let uncountedBytes = 12
    /// Where the bytes under the checksum begin.
    static let coveredFrom = 21
    static let magic: UInt8 = 2

    /// How the records are packed.
    package enum Codec: UInt8, Sendable { case none = 0, gzip, snappy, lz4, zstd }

    /// Whose clock the timestamps are of: the producer's, or the log's (then `maxTimestamp` is
    /// every record's).
    package enum TimestampType: UInt8, Sendable { case createTime = 0, logAppendTime }

    package var baseOffset: Int64
    /// Bytes of the whole batch, 61 and more; may be more than there are.
    package var batchLength: Int
    package var partitionLeaderEpoch: Int32
    package var checksum: UInt32
    package var attributes: UInt16
    package var lastOffsetDelta: Int32
    package var baseTimestamp: Int64
    package var maxTimestamp: Int64
    /// -1: the producer numbers nothing.
    package var producerID: Int64
    package var producerEpoch: Int16
    package var baseSequence: Int32
    package var recordCount: Int32

    /// Nil: a codec that does not exist.
    package var codec: Codec? { Codec(rawValue: UInt8(attributes & 7)) }
    package var timestampType: TimestampType {
        attributes & 8 == 0 ? .createTime : .logAppendTime
    }
    package var isTransactional: Bool { attributes & Self.transactional != 0 }
    package var isControl: Bool { attributes & Self.control != 0 }

    /// Bits of `attributes`.
    static let transactional: UInt16 = 16
    static let control: UInt16 = 32

    /// The header in the first bytes of `bytes`, which may end before the batch does. Nil: too few
    /// bytes, another magic, or a length that is none. Nothing else is checked.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.bytes, bytes[16] == Self.magic,
            case let length = Int(bytes.big(Int32.self, at: 8)),
            length >= Self.bytes - Self.uncountedBytes,
            length <= Int(Int32.max) - Self.uncountedBytes
        else { return nil }
        baseOffset = bytes.big(Int64.self, at: 0)
        batchLength = length + Self.uncountedBytes
        partitionLeaderEpoch = bytes.big(Int32.self, at: 12)
        checksum = bytes.big(UInt32.self, at: 17)
        attributes = bytes.big(UInt16.self, at: 21)
        lastOffsetDelta = bytes.big(Int32.self, at: 23)
        baseTimestamp = bytes.big(Int64.self, at: 27)
        maxTimestamp = bytes.big(Int64.self, at: 35)
        producerID = bytes.big(Int64.self, at: 43)
        producerEpoch = bytes.big(Int16.self, at: 51)
        baseSequence = bytes.big(Int32.self, at: 53)
        recordCount = bytes.big(Int32.self, at: 57)
    }

    /// The header of a batch that may be stored: `bytes` are exactly one batch v2 with its right
    /// checksum, a codec that exists, and counts that fit each other. Of an uncompressed one every
    /// record has been walked through; what a codec has packed is not looked into.
    ///
    /// Not decided here: whether a control or transactional batch may come from this producer.
    package static func checked(
        _ bytes: UnsafeRawBufferPointer
    ) throws(AppendError) -> BatchHeader {
        guard let header = BatchHeader(bytes), header.batchLength == bytes.count,
            let codec = header.codec,
            header.lastOffsetDelta >= 0, header.recordCount >= 1,
            header.lastOffsetDelta == header.recordCount - 1,
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[coveredFrom...]))
                == header.checksum
        else { throw .badBatch }
        if codec == .none && !RecordCursor.isWhole(bytes, header) { throw .badBatch }
        return header
    }
}
