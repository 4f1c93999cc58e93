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
//     12  kind u8          1 data, 2 checkpoint, 3 segment index, 4 closing, 5 resting
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
