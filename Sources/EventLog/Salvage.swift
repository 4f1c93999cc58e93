// What can still be had from bytes that are no valid frame, and what an end of a log is: torn, so
// never acknowledged, or rotten. Called by recovery; pure but for reading.
//
// An entry checks alone, but says nothing of the segment it was written into: a lost write lets an
// older entry be seen in its place. So an entry counts only where it cannot be an older one: behind
// a frame header that belongs here, entry after entry; or as a batch whose offsets were not given
// before.

enum Salvage {
    /// Longest stretch that is looked at in one piece.
    private static let mostBytes = 64 << 20

    /// Folds what still checks of `range` into `index`, and notes what is lost. Returns how many
    /// entries were kept.
    static func fold(
        _ range: Range<Int>, _ window: SegmentWindow, _ index: inout LogIndex,
        _ files: inout some LogFiles
    ) throws(FileError) -> Int {
        let sector = Int(
            index.segments.last { $0.number == window.segment }?.sectorBytes ?? 512)
        var kept = 0
        var known: [EntryHeader] = []
        var unknown = 0
        let bytes = try window.bytes(
            at: range.lowerBound, min(range.count, mostBytes), &files)
        // Bytes behind the end of the file are lost as well.
        unknown += range.count - bytes.count
        var position = 0
        /// End of the frame whose header was legible, while the walk through it never lost its way.
        var frameEnd = 0
        /// All of that frame but for one bit is as it was written.
        var isProved = false
        /// Behind the header of a frame that belongs elsewhere: what follows was written there.
        var isMisplaced = false
        if let frame = BitFlip.frame(
            bytes, log: index.log, segment: window.segment, position: range.lowerBound,
            sequence: index.nextSequence)
        {
            frameEnd = Int(frame.length)
            isProved = true
            position = JournalFormat.frameHeaderBytes
        }
        while position + 8 <= bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            if let frame = FrameHeader(unchecked: rest) {
                isMisplaced =
                    frame.log != index.log || frame.segment != window.segment
                    || Int(frame.position) != range.lowerBound + position
                isProved = false
                frameEnd = isMisplaced ? 0 : position + Int(frame.length)
                if isMisplaced { unknown += JournalFormat.frameHeaderBytes }
                position += JournalFormat.frameHeaderBytes
                continue
            }
            guard let entry = EntryHeader(rest) else {
                // Padding behind a frame's last entry; there is none where it ends with a sector.
                let end = JournalFormat.round(range.lowerBound + position, up: sector)
                if position == frameEnd, frameEnd > 0, end > range.lowerBound + position {
                    position = min(end - range.lowerBound, bytes.count)
                } else {
                    if !isProved { frameEnd = 0 }
                    unknown += 8
                    position += 8
                }
                continue
            }
            let isInStep = position + entry.span <= frameEnd
            let isNew =
                entry.kind == .batch && !entry.isCopied && !isMisplaced
                && entry.baseOffset
                    >= index.highWatermark(PartitionID(rawValue: entry.partition)) ?? 0
            if entry.kind == .part {
                // Checkpoints and indexes can be computed again.
            } else if !(isInStep && (entry.kind == .meta || entry.isCopied)) && !isNew {
                unknown += entry.span
            } else if entry.isWhole(in: rest) {
                index.foldSalvaged(
                    entry, body: entry.body(in: rest),
                    at: Place(
                        segment: window.segment,
                        position: UInt32(range.lowerBound + position)))
                kept += 1
            } else {
                known.append(entry)
            }
            position += entry.span
        }
        index.noteRot(
            in: window.segment, UInt32(range.lowerBound)..<UInt32(range.upperBound),
            known: known, isWhole: unknown == 0, unknownBytes: unknown)
        return kept
    }

    /// What stands behind the last valid frame.
    struct Torn {
        /// Bytes of the frame that was being written, as far as they can be told.
        var tornBytes: Int
        /// Where it ends at most: up to there zeros are written.
        var end: Int
        /// It is no torn frame: it was written whole, and one bit of it is wrong now.
        var rotten: FrameHeader?
        /// The wrong bit of `rotten`, counted from the frame's beginning, where all of its sector is
        /// zeros. A sector that was never written looks the same as one that lost its only bit.
        var onlyBit: Int?
        /// `rotten` with its bit turned back, where the sector with the bit may as well be one that was
        /// never written and still has what stood there when the file was another segment.
        var mended: [UInt8] = []
    }

    /// Looks at what stands at `position`, behind the last valid frame. Nil: zeros.
    static func torn(
        at position: Int, longest longestFrame: Int, sectorBytes: Int, _ window: SegmentWindow,
        _ index: LogIndex,
        _ files: inout some LogFiles
    ) throws(FileError) -> Torn? {
        // One write was under way at most, of one frame.
        let bytes = try window.bytes(at: position, longestFrame, &files)
        guard let last = bytes.lastIndex(where: { $0 != 0 }) else { return nil }
        var torn = Torn(tornBytes: 0, end: position + last + 1)
        if let (frame, bit) = BitFlip.flipped(
            bytes, log: index.log, segment: window.segment, position: position,
            sequence: index.nextSequence)
        {
            torn.rotten = frame
            torn.end = position + Int(frame.length)
            let start = (position + bit / 8) & ~(sectorBytes - 1)
            if start >= position {
                let first = start - position
                let sector = bytes[first..<min(first + sectorBytes, bytes.count)]
                let isUsedAgain =
                    last >= JournalFormat.round(Int(frame.length), up: sectorBytes)
                if sector.allSatisfy({ $0 == 0 }) {
                    torn.onlyBit = bit
                } else if isUsedAgain, first >= JournalFormat.frameHeaderBytes {
                    torn.mended = [UInt8](bytes[..<Int(frame.length)])
                    torn.mended[bit / 8] ^= 1 << (bit % 8)
                }
            }
        } else if let frame = FrameHeader(unchecked: bytes), frame.log == index.log,
            frame.segment == window.segment, Int(frame.position) == position
        {
            torn.tornBytes = min(Int(frame.length), bytes.count)
            torn.end = max(torn.end, min(position + Int(frame.length), window.end))
        }
        return torn
    }
}

extension LogIndex {
    /// Goes on behind a frame that is known to have been written and that is rotten now.
    mutating func pass(_ frame: FrameHeader, upTo end: UInt32) {
        nextSequence = frame.sequence &+ 1
        lastHash = frame.hash
        lastKind = frame.kind
        if let last = segments.indices.last { segments[last].length = end }
    }
}
