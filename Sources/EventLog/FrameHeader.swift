// The first bytes of a frame; see JournalFormat.swift for where each stands. `valid` is the one place
// that says what a valid frame is.

import CRC32C

/// The first bytes of a frame.
package struct FrameHeader: Hashable, Sendable {
    package enum Kind: UInt8, Sendable { case data = 1, checkpoint, index, closing, resting }

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
