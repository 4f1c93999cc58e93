// The segments of a log as the index sees them: how long, how vital, how new. Part of `LogIndex`.

/// A place in the journal: the header of an entry.
package struct Place: Hashable, Sendable {
    package var segment: UInt32
    package var position: UInt32

    package init(segment: UInt32, position: UInt32) {
        self.segment = segment
        self.position = position
    }
}

/// What is known of one segment.
package struct SegmentSummary: Hashable, Sendable {
    package var number: UInt32
    package var sectorBytes: UInt32
    package var firstSequence: UInt64
    package var createdMilliseconds: Int64
    /// End of the last frame, rounded up to a sector: the next one goes there.
    package var length: UInt32
    /// Where the last frame begins; 0: there is none yet.
    package var lastFrame: UInt32
    /// The frame with its samples (`SegmentIndex`), when there is one.
    package var indexPosition: UInt32?
    /// A later segment follows, and nothing will be written here.
    package var isSealed: Bool
    /// Newest wall clock of its frames.
    package var newestMilliseconds: Int64
    /// Bytes of entries of vital topics that are still wanted: what copying forward would take.
    package var vitalBytes: Int64

    init(_ header: SegmentHeader) {
        number = header.segment
        let sector = header.sectorBytes
        let isSector = (64...4_096).contains(sector) && sector & (sector - 1) == 0
        sectorBytes = isSector ? sector : 512
        firstSequence = header.firstSequence
        createdMilliseconds = header.createdMilliseconds
        length = UInt32(JournalFormat.segmentHeaderBytes)
        lastFrame = 0
        isSealed = false
        newestMilliseconds = header.createdMilliseconds
        vitalBytes = 0
    }

    init(
        number: UInt32, sectorBytes: UInt32, firstSequence: UInt64, createdMilliseconds: Int64,
        length: UInt32, lastFrame: UInt32, indexPosition: UInt32?, isSealed: Bool,
        newestMilliseconds: Int64, vitalBytes: Int64
    ) {
        self.number = number
        self.sectorBytes = sectorBytes
        self.firstSequence = firstSequence
        self.createdMilliseconds = createdMilliseconds
        self.length = length
        self.lastFrame = lastFrame
        self.indexPosition = indexPosition
        self.isSealed = isSealed
        self.newestMilliseconds = newestMilliseconds
        self.vitalBytes = vitalBytes
    }
}
