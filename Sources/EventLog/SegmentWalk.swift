// Walks the frames of one segment in order, and says what is between them. Recovery and `verify` read
// a segment with it; it decides what is a frame of this log in this place, and believes no length.

/// The frames of one segment, one after the other.
package struct SegmentWalk {
    package enum Piece {
        /// A whole frame at `position`; the bytes are good until the next call.
        case frame(FrameHeader, UnsafeRawBufferPointer, position: Int)
        /// Bytes that are no frame, with a frame behind them.
        case bad(Range<Int>)
        /// No more frames; nothing valid from `position` on.
        case end(position: Int)
    }

    package let log: LogID
    package let window: SegmentWindow
    /// Frames begin on multiples of this.
    private let sectorBytes: Int
    /// Where the walk ends.
    private let limit: Int
    private var position: Int
    /// Frames before this are older ones that a lost write has left to be seen.
    private var nextSequence: UInt64
    /// Bytes whose checksum may still be computed in search of a frame: a stretch that is full of
    /// headers with long lengths does not hold up the start.
    private var budget: Int

    /// Walks from `position` to `limit`, for frames from sequence `nextSequence` on.
    package init(
        _ window: SegmentWindow, log: LogID, sectorBytes: Int,
        from position: Int = JournalFormat.segmentHeaderBytes, limit: Int, nextSequence: UInt64
    ) {
        self.window = window
        self.log = log
        self.sectorBytes = sectorBytes
        self.limit = max(min(limit, window.end), 0)
        self.position = position
        self.nextSequence = nextSequence
        budget = 8 * window.end
    }

    package mutating func next(_ files: inout some LogFiles) throws(FileError) -> Piece {
        let start = position
        while position <= limit - JournalFormat.frameHeaderBytes {
            if let header = try header(&files) {
                // Nothing was lost where the frame says that the one before it ended here: writing
                // went on at the next sector of a disk with larger ones.
                let isNext =
                    Int(header.previousLength) == start && header.sequence == nextSequence
                if position > start, !isNext { return .bad(start..<position) }
                let bytes = try window.bytes(at: position, Int(header.length), &files)
                let found = position
                position += JournalFormat.round(Int(header.length), up: sectorBytes)
                nextSequence = header.sequence &+ 1
                return .frame(header, bytes, position: found)
            }
            position += sectorBytes
        }
        position = limit
        return .end(position: start)
    }

    /// The valid frame at `position`.
    private mutating func header(_ files: inout some LogFiles) throws(FileError) -> FrameHeader? {
        let top = try window.bytes(at: position, JournalFormat.frameHeaderBytes, &files)
        guard let header = FrameHeader(unchecked: top), header.log == log,
            header.segment == window.segment, Int(header.position) == position,
            Int(header.length) <= limit - position, header.sequence >= nextSequence,
            Int(header.length) <= budget
        else { return nil }
        budget -= Int(header.length)
        let bytes = try window.bytes(at: position, Int(header.length), &files)
        return FrameHeader.valid(
            bytes, log: log, segment: window.segment, position: position)
    }
}
