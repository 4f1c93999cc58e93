// The first bytes of a segment; see JournalFormat.swift for where each stands. Reading believes a header
// whose checksum fits and leaves its numbers to the caller.

import CRC32C

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
