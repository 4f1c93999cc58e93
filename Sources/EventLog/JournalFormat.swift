// The bytes of a journal. All numbers are little-endian; record batches are Kafka's own bytes.
//
//   segment      := header sector(s) 4,096 bytes, frame*, zeros or older bytes; a file of fixed size
//   header       := magic "SPSEG1\0\0", checksum u32 (CRC-32C of bytes 12 ..< 128), sector u32,
//                   log id 16 bytes, segment u32, segment bytes u32,
//                   previous segment u32, its durable length u32,
//                   first sequence u64, created wall clock i64 ms,
//                   hash before 32 bytes (of the frame before the first), zeros up to 4,096
//
//   frame        := frame header 128 bytes, entry*, zeros up to a sector; begins on a sector
//   frame header :=
//      0  magic u32 "SPF1"
//      4  checksum u32     CRC-32C of bytes 8 ..< length
//      8  length u32       bytes of header and entries, without the zeros behind them
//     12  kind u8          1 data, 2 checkpoint, 3 segment index, 4 closing
//     13  zero u8, entries u16
//     16  log id 16 bytes
//     32  segment u32, position u32    where it stands: a misdirected block gives itself away
//     40  sequence u64     one more than the frame before, through all segments
//     48  previous durable length u32  the end of the frame before, in this segment; 4,096 at first
//     52  zero u32
//     56  wall clock i64 ms
//     64  previous hash 32 bytes       hash of the frame before
//     96  hash 32 bytes                SHA-256 of bytes 8 ..< 96 and 128 ..< length
//
//   entry        := entry header 32 bytes, body, zeros up to 8 bytes
//   entry header :=
//      0  checksum u32     CRC-32C of bytes 4 ..< 32
//      4  kind u8          1 record batch, 2 meta (see MetaEntry), 3 part of a checkpoint or index
//      5  flags u8         bit 0: copied forward from a freed segment
//      6  zero u16
//      8  partition u32    number of the partition in this log, never given twice; 0 for meta
//     12  length u32       bytes of the body
//     16  base offset i64  of the batch, also written into it; 0 for meta
//     24  count u32        offsets that the batch spans; 0 for meta
//     28  body checksum u32  CRC-32C of the body
//
// Valid is a frame whose magic, checksum, log id, segment and position fit. Each entry checks alone,
// so that one bad byte costs one batch and its header says which offsets are missing.
// Write barrier: fdatasync after each frame; a frame with a valid one behind it was durable.

import CRC32C

/// A SHA-256 value.
package struct Digest: Hashable, Sendable {
    package var words: (UInt64, UInt64, UInt64, UInt64)

    package static let zero = Digest((0, 0, 0, 0))

    package init(_ words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// Sizes of the format.
package enum JournalFormat {
    package static let segmentHeaderBytes = 4_096
    package static let frameHeaderBytes = 128
    package static let entryHeaderBytes = 32
    package static let entryAlignment = 8
    package static let frameMagic: UInt32 = 0x3146_5053
    package static let segmentMagic: UInt64 = 0x0000_3147_4553_5053

    /// Bytes of an entry with a body of `length` bytes.
    package static func entryBytes(_ length: Int) -> Int {
        entryHeaderBytes + round(length, up: entryAlignment)
    }

    /// `value` rounded up to a multiple of `step`, a power of two.
    package static func round(_ value: Int, up step: Int) -> Int {
        (value + step - 1) & ~(step - 1)
    }
}

/// The first bytes of a segment.
package struct SegmentHeader: Hashable, Sendable {
    package var log: LogID
    package var segment: UInt32
    package var segmentBytes: UInt32
    package var sectorBytes: UInt32
    package var previousSegment: UInt32
    package var previousLength: UInt32
    package var firstSequence: UInt64
    package var createdMilliseconds: Int64
    package var hashBefore: Digest

    package init(
        log: LogID, segment: UInt32, segmentBytes: UInt32, sectorBytes: UInt32,
        previousSegment: UInt32, previousLength: UInt32, firstSequence: UInt64,
        createdMilliseconds: Int64, hashBefore: Digest
    ) {
        self.log = log
        self.segment = segment
        self.segmentBytes = segmentBytes
        self.sectorBytes = sectorBytes
        self.previousSegment = previousSegment
        self.previousLength = previousLength
        self.firstSequence = firstSequence
        self.createdMilliseconds = createdMilliseconds
        self.hashBefore = hashBefore
    }

    /// The header in `bytes`, or nil when there is no valid one. Its numbers are as read: the caller
    /// checks sizes against the file.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 128, bytes.little(UInt64.self, at: 0) == JournalFormat.segmentMagic,
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[12..<128]))
                == bytes.little(UInt32.self, at: 8)
        else { return nil }
        sectorBytes = bytes.little(UInt32.self, at: 12)
        log = LogID(
            head: bytes.little(UInt64.self, at: 16), tail: bytes.little(UInt64.self, at: 24))
        segment = bytes.little(UInt32.self, at: 32)
        segmentBytes = bytes.little(UInt32.self, at: 36)
        previousSegment = bytes.little(UInt32.self, at: 40)
        previousLength = bytes.little(UInt32.self, at: 44)
        firstSequence = bytes.little(UInt64.self, at: 48)
        createdMilliseconds = bytes.little(Int64.self, at: 56)
        hashBefore = bytes.digest(at: 64)
    }

    /// Writes the header into the first 4,096 bytes of `bytes`, zeros behind it.
    package func write(into bytes: UnsafeMutableRawBufferPointer) {
        let area = UnsafeMutableRawBufferPointer(
            rebasing: bytes[..<JournalFormat.segmentHeaderBytes])
        area.initializeMemory(as: UInt8.self, repeating: 0)
        area.store(JournalFormat.segmentMagic, at: 0)
        area.store(sectorBytes, at: 12)
        area.store(log.head, at: 16)
        area.store(log.tail, at: 24)
        area.store(segment, at: 32)
        area.store(segmentBytes, at: 36)
        area.store(previousSegment, at: 40)
        area.store(previousLength, at: 44)
        area.store(firstSequence, at: 48)
        area.store(createdMilliseconds, at: 56)
        area.store(hashBefore, at: 64)
        let covered = UnsafeRawBufferPointer(rebasing: area[12..<128])
        area.store(CRC32C.checksum(of: covered), at: 8)
    }
}

/// The first bytes of a frame.
package struct FrameHeader: Hashable, Sendable {
    package enum Kind: UInt8, Sendable { case data = 1, checkpoint, index, closing }

    /// Bytes of header and entries.
    package var length: UInt32
    package var kind: Kind
    package var entries: UInt16
    package var log: LogID
    package var segment: UInt32
    package var position: UInt32
    package var sequence: UInt64
    package var previousLength: UInt32
    package var wallMilliseconds: Int64
    package var previousHash: Digest
    package var hash: Digest
    package var checksum: UInt32

    package init(
        length: UInt32, kind: Kind, entries: UInt16, log: LogID, segment: UInt32, position: UInt32,
        sequence: UInt64, previousLength: UInt32, wallMilliseconds: Int64, previousHash: Digest
    ) {
        self.length = length
        self.kind = kind
        self.entries = entries
        self.log = log
        self.segment = segment
        self.position = position
        self.sequence = sequence
        self.previousLength = previousLength
        self.wallMilliseconds = wallMilliseconds
        self.previousHash = previousHash
        hash = .zero
        checksum = 0
    }

    /// The header as it stands in `bytes`, or nil when magic, kind or length cannot be. Nothing else
    /// is checked: see `FrameHeader.valid`.
    package init?(unchecked bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= JournalFormat.frameHeaderBytes,
            bytes.little(UInt32.self, at: 0) == JournalFormat.frameMagic,
            let kind = Kind(rawValue: bytes[12])
        else { return nil }
        length = bytes.little(UInt32.self, at: 8)
        guard length >= UInt32(JournalFormat.frameHeaderBytes) else { return nil }
        self.kind = kind
        checksum = bytes.little(UInt32.self, at: 4)
        entries = bytes.little(UInt16.self, at: 14)
        log = LogID(
            head: bytes.little(UInt64.self, at: 16), tail: bytes.little(UInt64.self, at: 24))
        segment = bytes.little(UInt32.self, at: 32)
        position = bytes.little(UInt32.self, at: 36)
        sequence = bytes.little(UInt64.self, at: 40)
        previousLength = bytes.little(UInt32.self, at: 48)
        wallMilliseconds = bytes.little(Int64.self, at: 56)
        previousHash = bytes.digest(at: 64)
        hash = bytes.digest(at: 96)
    }

    /// Writes all but `hash` and `checksum`, which cover what comes later: see `FrameBuffer.seal`.
    package func write(into bytes: UnsafeMutableRawBufferPointer) {
        bytes.store(JournalFormat.frameMagic, at: 0)
        bytes.store(UInt32(0), at: 4)
        bytes.store(length, at: 8)
        bytes[12] = kind.rawValue
        bytes[13] = 0
        bytes.store(entries, at: 14)
        bytes.store(log.head, at: 16)
        bytes.store(log.tail, at: 24)
        bytes.store(segment, at: 32)
        bytes.store(position, at: 36)
        bytes.store(sequence, at: 40)
        bytes.store(previousLength, at: 48)
        bytes.store(UInt32(0), at: 52)
        bytes.store(wallMilliseconds, at: 56)
        bytes.store(previousHash, at: 64)
    }

    /// The frame that begins with `bytes[0]`: `bytes` go on to the end of what may belong to it (the
    /// segment, or its durable length). Nil unless it is whole, belongs to `log` and stands where it
    /// says. The hash is not recomputed.
    package static func valid(
        _ bytes: UnsafeRawBufferPointer, log: LogID, segment: UInt32, position: Int
    ) -> FrameHeader? {
        guard let header = FrameHeader(unchecked: bytes), Int(header.length) <= bytes.count,
            header.log == log, header.segment == segment, Int(header.position) == position,
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[8..<Int(header.length)]))
                == header.checksum
        else { return nil }
        return header
    }
}

/// The first bytes of an entry.
package struct EntryHeader: Hashable, Sendable {
    package enum Kind: UInt8, Sendable { case batch = 1, meta, part }

    package var kind: Kind
    package var isCopied: Bool
    package var partition: UInt32
    package var length: UInt32
    package var baseOffset: Int64
    package var count: UInt32
    package var bodyChecksum: UInt32

    package init(
        kind: Kind, isCopied: Bool = false, partition: UInt32 = 0, length: UInt32,
        baseOffset: Int64 = 0, count: UInt32 = 0, bodyChecksum: UInt32
    ) {
        self.kind = kind
        self.isCopied = isCopied
        self.partition = partition
        self.length = length
        self.baseOffset = baseOffset
        self.count = count
        self.bodyChecksum = bodyChecksum
    }

    /// The entry header in `bytes`, or nil when its own checksum does not fit, its body is longer
    /// than `bytes`, or its numbers cannot be. The body is not checked: see `isWhole`.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= JournalFormat.entryHeaderBytes, let kind = Kind(rawValue: bytes[4]),
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[4..<32]))
                == bytes.little(UInt32.self, at: 0)
        else { return nil }
        self.kind = kind
        isCopied = bytes[5] & 1 == 1
        partition = bytes.little(UInt32.self, at: 8)
        length = bytes.little(UInt32.self, at: 12)
        baseOffset = bytes.little(Int64.self, at: 16)
        count = bytes.little(UInt32.self, at: 24)
        bodyChecksum = bytes.little(UInt32.self, at: 28)
        guard Int(length) <= bytes.count - JournalFormat.entryHeaderBytes, baseOffset >= 0,
            baseOffset <= Int64.max - Int64(count), (kind == .batch) == (count > 0)
        else { return nil }
    }

    /// Whether the body behind the header in `bytes` is as it was written.
    package func isWhole(in bytes: UnsafeRawBufferPointer) -> Bool {
        CRC32C.checksum(of: body(in: bytes)) == bodyChecksum
    }

    /// The body, where the header begins `bytes`.
    package func body(in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: bytes[
                JournalFormat.entryHeaderBytes..<JournalFormat.entryHeaderBytes + Int(length)])
    }

    /// Bytes of header, body and the zeros behind it.
    package var span: Int { JournalFormat.entryBytes(Int(length)) }

    package func write(into bytes: UnsafeMutableRawBufferPointer) {
        bytes[4] = kind.rawValue
        bytes[5] = isCopied ? 1 : 0
        bytes.store(UInt16(0), at: 6)
        bytes.store(partition, at: 8)
        bytes.store(length, at: 12)
        bytes.store(baseOffset, at: 16)
        bytes.store(count, at: 24)
        bytes.store(bodyChecksum, at: 28)
        bytes.store(
            CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[4..<32])), at: 0)
    }
}
