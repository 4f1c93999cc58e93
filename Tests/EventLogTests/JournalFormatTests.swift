// The bytes of segment, frame and entry headers.

import CRC32C
import EventLog
import Testing

@Suite struct JournalFormatTests {
    private let header = SegmentHeader(
        log: LogID(head: 1, tail: 2), segment: 7, segmentBytes: 1 << 20, sectorBytes: 512,
        previousSegment: 6, previousLength: 9_000, firstSequence: 42, createdMilliseconds: -5,
        hashBefore: Digest((3, 4, 5, 6)))

    @Test("RECORD: every single flipped bit in a segment header is found")
    func segmentHeaderBits() {
        var bytes = [UInt8](repeating: 0xFF, count: JournalFormat.segmentHeaderBytes)
        bytes.withUnsafeMutableBytes { header.write(into: $0) }
        #expect(bytes.withUnsafeBytes { SegmentHeader($0) } == header)
        for bit in 0..<(128 * 8) {
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(bytes.withUnsafeBytes { SegmentHeader($0) } == nil, "bit \(bit)")
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }

    @Test("RECORD: every single flipped bit in an entry is found")
    func entryBits() {
        let body: [UInt8] = Array(0..<40)
        let entry = EntryHeader(
            kind: .batch, partition: 3, length: 40, baseOffset: 99, count: 2,
            bodyChecksum: body.withUnsafeBytes { CRC32C.checksum(of: $0) })
        var bytes = [UInt8](repeating: 0, count: entry.span)
        bytes.withUnsafeMutableBytes { entry.write(into: $0) }
        bytes.replaceSubrange(32..<72, with: body)
        #expect(bytes.withUnsafeBytes { EntryHeader($0) } == entry)
        for bit in 0..<(72 * 8) {
            bytes[bit / 8] ^= 1 << (bit % 8)
            let isFound = bytes.withUnsafeBytes { EntryHeader($0)?.isWhole(in: $0) != true }
            #expect(isFound, "bit \(bit)")
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
    }
}
