// Frames in memory as the writer would flush them, for tests of what is folded from them.

import CRC32C
import EventLog

/// Makes the segments of one log and keeps their frames. The hash of a frame is a counter here:
/// folding only passes it on.
struct FrameMaker {
    /// One entry to be.
    enum Entry {
        case batch(
            UInt32, base: Int64, count: UInt32, BatchShape = BatchShape(), isCopied: Bool = false)
        case meta(MetaEntry)
        case raw(EntryHeader.Kind, [UInt8])
    }

    /// What a batch says of itself, beyond its offsets.
    struct BatchShape {
        var time: Int64 = -1
        var producer: Int64 = -1
        var epoch: Int16 = -1
        var sequence: Int32 = -1
        var bytes = 100
    }

    struct Frame {
        var header: FrameHeader
        var bytes: [UInt8]
        var position: UInt32
        var segment: UInt32
        /// Where each entry stands in the segment.
        var entries: [UInt32]
    }

    let log = LogID(head: 1, tail: 2)
    var segmentBytes: UInt32 = 16 << 20
    private(set) var segment: UInt32 = 0
    private(set) var position: UInt32 = 4_096
    private var previousLength: UInt32 = 4_096
    private var sequence: UInt64 = 0
    private var hash = Digest.zero
    var wall: Int64 = 0

    mutating func nextSegment() -> SegmentHeader {
        let header = SegmentHeader(
            log: log, segment: segment + 1, segmentBytes: segmentBytes, sectorBytes: 512,
            previousSegment: segment, previousLength: segment == 0 ? 0 : position,
            firstSequence: sequence, createdMilliseconds: wall, hashBefore: hash)
        segment += 1
        position = 4_096
        previousLength = 4_096
        return header
    }

    mutating func frame(_ entries: [Entry], kind: FrameHeader.Kind = .data) -> Frame {
        var bytes = [UInt8](repeating: 0, count: JournalFormat.frameHeaderBytes)
        var places: [UInt32] = []
        for entry in entries {
            places.append(position + UInt32(bytes.count))
            bytes += Self.bytes(entry)
        }
        var header = FrameHeader(
            length: UInt32(bytes.count), kind: kind, entries: UInt16(entries.count), log: log,
            segment: segment, position: position, sequence: sequence,
            previousLength: previousLength, wallMilliseconds: wall, previousHash: hash)
        sequence += 1
        hash = Digest((sequence, 0, 0, 0))
        header.hash = hash
        bytes.withUnsafeMutableBytes { header.write(into: $0) }
        let frame = Frame(
            header: header, bytes: bytes, position: position, segment: segment, entries: places)
        position += UInt32(JournalFormat.round(bytes.count, up: 512))
        previousLength = position
        return frame
    }

    static func bytes(_ entry: Entry) -> [UInt8] {
        let body: [UInt8]
        var header: EntryHeader
        switch entry {
        case .batch(let partition, let base, let count, let shape, let isCopied):
            body = batch(base: base, count: count, shape)
            header = EntryHeader(
                kind: .batch, isCopied: isCopied, partition: partition, length: 0,
                baseOffset: base, count: count, bodyChecksum: 0)
        case .meta(let meta):
            body = meta.encoded()
            header = EntryHeader(kind: .meta, length: 0, bodyChecksum: 0)
        case .raw(let kind, let bytes):
            body = bytes
            header = EntryHeader(
                kind: kind, partition: 1, length: 0, count: kind == .batch ? 1 : 0, bodyChecksum: 0)
        }
        header.length = UInt32(body.count)
        header.bodyChecksum = CRC32C.checksum(of: body)
        var bytes = [UInt8](repeating: 0, count: header.span)
        bytes.withUnsafeMutableBytes { header.write(into: $0) }
        bytes.replaceSubrange(32..<32 + body.count, with: body)
        return bytes
    }

    /// A batch with a true header; its records are zeros, which nobody looks into here.
    static func batch(base: Int64, count: UInt32, _ shape: BatchShape) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(61, shape.bytes))
        bytes.withUnsafeMutableBytes { bytes in
            bytes.storeBig(base, at: 0)
            bytes.storeBig(Int32(bytes.count - 12), at: 8)
            bytes[16] = 2
            bytes.storeBig(Int32(bitPattern: count) - 1, at: 23)
            bytes.storeBig(shape.time, at: 35)
            bytes.storeBig(shape.producer, at: 43)
            bytes.storeBig(shape.epoch, at: 51)
            bytes.storeBig(shape.sequence, at: 53)
            bytes.storeBig(Int32(bitPattern: count), at: 57)
        }
        return bytes
    }
}

extension LogIndex {
    mutating func fold(_ frame: FrameMaker.Frame) {
        frame.bytes.withUnsafeBytes {
            fold(frame.header, $0, at: frame.position, segment: frame.segment)
        }
    }

    /// Salvages one entry of a frame.
    mutating func salvage(_ frame: FrameMaker.Frame, _ number: Int) {
        frame.bytes.withUnsafeBytes { bytes in
            let at = Int(frame.entries[number] - frame.position)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
            guard let entry = EntryHeader(rest) else { return }
            foldSalvaged(
                entry, body: entry.body(in: rest),
                at: Place(segment: frame.segment, position: frame.entries[number]))
        }
    }

    /// This index as recovery finds it: from its checkpoint.
    func recovered() -> LogIndex? { checkpoint().withUnsafeBytes { LogIndex(checkpoint: $0) } }
}

extension FrameMaker.Frame {
    /// The header of one entry.
    func entry(_ number: Int) -> EntryHeader? {
        bytes.withUnsafeBytes {
            EntryHeader(UnsafeRawBufferPointer(rebasing: $0[Int(entries[number] - position)...]))
        }
    }
}
