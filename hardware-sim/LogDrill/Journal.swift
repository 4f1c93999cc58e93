// The journal as it stands on the disk, read by the drill itself: no index, no recovery, only the
// frames in the order in which the log says that its segments follow each other.

import EventLog
import Glibc
import SimulatedDisk

/// All entries of the durable frames.
struct Journal {
    struct Key: Hashable {
        var partition: PartitionID
        var base: Int64
    }

    struct Entry {
        var segment: UInt32
        /// Bytes of the frame that it stands in.
        var frameBytes: Range<Int>
        /// The body's bytes in the segment.
        var body: Range<Int>
        var count: Int
        var isCopied: Bool
    }

    private(set) var entries: [Key: [Entry]] = [:]
    /// What is wrong with the chain of frames.
    private(set) var faults: [String] = []
    /// Where the frames of each segment stand.
    private(set) var frameRanges: [UInt32: [Range<Int>]] = [:]
    /// Bytes of frames of each segment, as they stand in its file.
    private(set) var bytes: [UInt32: [UInt8]] = [:]
    private let sectorBytes: Int

    static func name(of segment: UInt32) -> String { SegmentName.segment(segment).text }

    /// Reads the segments that `index` names, as far as it says that they go.
    init(_ disk: SimulatedDisk, _ index: LogIndex) {
        sectorBytes = disk.sectorBytes
        entries.reserveCapacity(1_024)
        var sequence: UInt64?
        var hash: Digest?
        for segment in index.segments {
            guard let file = disk.bytes(of: Self.name(of: segment.number)) else {
                faults.append("RECORD: segment \(segment.number) is not there")
                continue
            }
            bytes[segment.number] = file
            let end = min(Int(segment.length), file.count)
            file.withUnsafeBytes { all in
                read(all, segment.number, end, index.log, &sequence, &hash)
            }
        }
        if let sequence, sequence != index.nextSequence {
            faults.append("RECORD: frame \(sequence) is next and not \(index.nextSequence)")
        }
    }

    private mutating func read(
        _ all: UnsafeRawBufferPointer, _ segment: UInt32, _ end: Int, _ log: LogID,
        _ sequence: inout UInt64?, _ hash: inout Digest?
    ) {
        guard let header = SegmentHeader(all), header.segment == segment, header.log == log else {
            faults.append("RECORD: segment \(segment) has no header")
            return
        }
        var position = JournalFormat.segmentHeaderBytes
        while position < end {
            let rest = UnsafeRawBufferPointer(rebasing: all[position...])
            guard
                let frame = FrameHeader.valid(
                    rest, log: log, segment: segment, position: position)
            else {
                faults.append("RECORD: no frame at \(position) of segment \(segment), end \(end)")
                return
            }
            if sequence ?? frame.sequence != frame.sequence
                || hash ?? frame.previousHash
                    != frame.previousHash
            {
                faults.append("RECORD: the chain breaks at \(position) of segment \(segment)")
            }
            sequence = frame.sequence + 1
            hash = frame.hash
            frameRanges[segment, default: []].append(position..<position + Int(frame.length))
            walk(all, frame, position) { header, place in
                let body = place + JournalFormat.entryHeaderBytes
                let entry = Entry(
                    segment: segment, frameBytes: position..<position + Int(frame.length),
                    body: body..<body + Int(header.length),
                    count: Int(header.count), isCopied: header.isCopied)
                let key = Key(
                    partition: PartitionID(rawValue: header.partition), base: header.baseOffset)
                if header.kind == .batch { entries[key, default: []].append(entry) }
                return true
            }
            position = JournalFormat.round(position + Int(frame.length), up: sectorBytes)
        }
    }

    /// Calls `body` with every entry of a frame and where its header stands, while it returns true.
    private func walk(
        _ all: UnsafeRawBufferPointer, _ frame: FrameHeader, _ position: Int,
        _ body: (EntryHeader, Int) -> Bool
    ) {
        var next = position + JournalFormat.frameHeaderBytes
        let end = position + Int(frame.length)
        while next < end {
            let rest = UnsafeRawBufferPointer(rebasing: all[next..<end])
            guard let entry = EntryHeader(rest), body(entry, next) else { return }
            next += entry.span
        }
    }

    /// Whether an entry is this batch, byte by byte but for what the log sets.
    func holds(_ batch: Truth.Batch, _ entry: Entry) -> Bool {
        guard let all = bytes[entry.segment], entry.body.count == batch.bytes.count,
            entry.count == batch.count
        else { return false }
        return all.withUnsafeBytes { all in
            batch.bytes.withUnsafeBytes { wanted in
                let found = UnsafeRawBufferPointer(rebasing: all[entry.body])
                return found.big(Int64.self, at: 0) == batch.base
                    && found[8..<12].elementsEqual(wanted[8..<12])
                    && UnsafeRawBufferPointer(rebasing: found[16...]).isEqual(
                        to: UnsafeRawBufferPointer(rebasing: wanted[16...]))
            }
        }
    }

    /// Goes on from the place that a lookup named until an entry of the partition holds `offset`.
    func walk(from location: Location, _ partition: PartitionID, to offset: Int64) -> Entry? {
        let segment = location.place.segment
        guard let all = bytes[segment] else { return nil }
        return all.withUnsafeBytes { all in
            var found: Entry?
            var position = Int(location.frame)
            var isFirst = true
            while found == nil, position + JournalFormat.frameHeaderBytes <= all.count,
                position <= Int(location.last),
                let frame = FrameHeader(
                    unchecked: UnsafeRawBufferPointer(rebasing: all[position...])),
                frame.segment == segment, Int(frame.position) == position,
                position + Int(frame.length) <= all.count
            {
                walk(all, frame, position) { header, place in
                    if isFirst && place < Int(location.place.position) { return true }
                    let next = header.baseOffset + Int64(header.count)
                    guard header.kind == .batch, header.partition == partition.rawValue,
                        header.baseOffset <= offset, next > offset
                    else { return true }
                    let body = place + JournalFormat.entryHeaderBytes
                    found = Entry(
                        segment: segment, frameBytes: position..<position + Int(frame.length),
                        body: body..<body + Int(header.length),
                        count: Int(header.count), isCopied: header.isCopied)
                    return false
                }
                isFirst = false
                position = JournalFormat.round(position + Int(frame.length), up: sectorBytes)
            }
            return found
        }
    }
}

extension UnsafeRawBufferPointer {
    func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let a = baseAddress, let b = other.baseAddress else { return true }
        return memcmp(a, b, count) == 0
    }
}
