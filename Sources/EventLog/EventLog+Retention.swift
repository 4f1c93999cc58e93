// Freeing segments. The oldest segment goes first: what is vital in it is copied forward, offsets and
// times kept; then `freed` makes it durable that the segment is no longer needed; then readers are
// told; only then its file becomes a spare. Until `freed` is durable the old entries are the ones
// that count, so a crash anywhere in between loses nothing: the copying begins anew.

import Glibc

extension EventLog {
    /// The oldest segment, half copied.
    struct Freeing {
        var segment: UInt32
        var window: SegmentWindow
        var file: LogFile
        var position: Int
        /// Where its last frame ends.
        var end: Int
        /// Partition that has more than its share of what vital topics may fill: its records here
        /// are dropped.
        var dropped: PartitionID?
        var droppedTo: Int64 = 0
        var step: Int
        /// How often it was read again, as not all that is vital could be copied.
        var rereads = 0
    }

    private static var mostRereads: Int { 3 }

    var canFree: Bool { index.segments.count > 1 && active != nil }

    /// Moves log starts on by the topics' retention, as part of what is staged.
    package func retain(wallMilliseconds: Int64) {
        if isAheadStale { catchUp() }
        for (partition, offset) in ahead.logStarts(dueAt: wallMilliseconds) {
            do throws(AppendError) {
                _ = try stage(
                    [.setLogStart(partition, offset: offset)], wallMilliseconds: wallMilliseconds)
            } catch {
                // What does not fit now is due again with the next call.
                if error == .backlogged { return }
            }
        }
    }

    /// One step of freeing the oldest segment: copies what fills one frame, or ends it.
    func freeingStep(_ wallMilliseconds: Int64) throws(FileError) {
        guard let oldest = index.segments.first, canFree else { return }
        if let freeing, freeing.segment != oldest.number {
            files.close(freeing.file)
            self.freeing = nil
        }
        var begun = freeing
        if begun == nil { begun = try beginFreeing(oldest) }
        guard var state = begun else {
            // Its file is gone: there is nothing to copy, and the next start will find that as well.
            countDropped(oldest.vitalBytes, in: oldest.number)
            index.lose(segment: oldest.number)
            isAheadStale = true
            publish?(durableEnd, oldestSegment)
            return
        }
        freeing = state
        work.clear()
        var isDone = false
        do throws(FileError) {
            while true {
                // One frame of the old segment always fits a frame of copies: not a larger one.
                guard let piece = try nextEntries(&state) else {
                    isDone = true
                    break
                }
                if !copy(piece, &state) { break }
            }
        } catch {
            // Unreadable: what cannot be copied becomes a gap when the segment is freed.
            counters.failures &+= 1
            isDone = true
        }
        if isDone {
            let lost = index.uncopied(in: state.segment, state, FrameEntries(work.frame))
            if lost > 0, state.rereads < Self.mostRereads {
                // A read that failed once may succeed.
                state.rereads += 1
                state.window = SegmentWindow(
                    state.file, segment: state.segment, end: state.window.end)
                state.position = JournalFormat.segmentHeaderBytes
                isDone = false
            } else {
                countDropped(lost, in: state.segment)
            }
        }
        if isDone { putFreed(state) }
        guard !work.isEmpty else {
            freeing = state
            return
        }
        guard try roomForCopies(work.writtenBytes, wallMilliseconds) else {
            return try freeByForce(state, wallMilliseconds)
        }
        counters.bytesCopied &+= UInt64(work.count)
        do throws(FileError) {
            try commit(work, .data, wallMilliseconds)
        } catch {
            abandonFreeing()
            throw error
        }
        work.clear()
        isAheadStale = true
        freeing = state
        publish?(durableEnd, oldestSegment)
        if isDone { endFreeing(state) }
    }

    /// Counts vital bytes that go with a segment, once, and before it is done: a crash, or a call
    /// that fails halfway, may leave it done.
    private func countDropped(_ bytes: Int64, in segment: UInt32) {
        guard bytes > 0, droppedSegment != segment else { return }
        droppedSegment = segment
        counters.vitalBytesDropped &+= UInt64(bytes)
    }

    private func abandonFreeing() {
        if let freeing { files.close(freeing.file) }
        freeing = nil
        work.clear()
    }

    /// Nil: there is no such file.
    private func beginFreeing(_ oldest: SegmentSummary) throws(FileError) -> Freeing? {
        guard let file = try files.open(SegmentName.segment(oldest.number).text) else { return nil }
        let size = try files.size(file)
        let end = min(Int(oldest.length), size)
        var dropped: PartitionID?
        if vitalBytes > vitalLimit || isCrowded { dropped = index.largestVital(in: oldest.number) }
        return Freeing(
            segment: oldest.number,
            window: SegmentWindow(file, segment: oldest.number, end: size), file: file,
            position: JournalFormat.segmentHeaderBytes, end: end, dropped: dropped,
            step: min(Int(oldest.sectorBytes), files.sectorBytes))
    }

    private func putFreed(_ state: Freeing) {
        if let dropped = state.dropped, state.droppedTo > 0 {
            put(.setLogStart(dropped, offset: state.droppedTo))
        }
        put(.freed(segment: state.segment))
    }

    private func put(_ meta: MetaEntry) {
        let body = meta.encoded()
        guard work.hasRoom(for: body.count) else { return }
        _ = body.withUnsafeBytes { body in
            work.append(EntryHeader(kind: .meta, length: 0, bodyChecksum: 0), body)
        }
    }

    /// The oldest segment goes although not all that is vital in it was copied: what was not becomes
    /// a gap. Else nothing could be written any more, and new alarms count more than old ones.
    private func freeByForce(_ state: Freeing, _ wallMilliseconds: Int64) throws(FileError) {
        let left = (index.segments.first?.vitalBytes ?? 0) - Int64(index.copiedBytes)
        work.clear()
        put(.freed(segment: state.segment))
        guard let active, active.position + work.writtenBytes <= active.capacity else {
            return try freeUncopied(isForced: true)
        }
        countDropped(left, in: state.segment)
        do throws(FileError) { try commit(work, .data, wallMilliseconds) } catch {
            abandonFreeing()
            throw error
        }
        work.clear()
        isAheadStale = true
        publish?(durableEnd, oldestSegment)
        endFreeing(state)
    }

    /// The segment is durably free: its file becomes a spare.
    private func endFreeing(_ state: Freeing) {
        guard !index.segments.contains(where: { $0.number == state.segment }) else { return }
        files.close(state.file)
        freeing = nil
        counters.segmentsFreed &+= 1
        createFailures = 0
        abandoned.append(SegmentName.segment(state.segment).text)
        reclaimAbandoned()
    }

    /// The last way to a spare, when nothing can be written anywhere: the oldest segment, if nothing
    /// vital stands in it, is given up without a word in the journal. So it is lost, and not freed: a
    /// power cut may bring it back, and until the next checkpoint a start finds no more than that it
    /// is missing. Its records are gaps here as they will be there; a log start that moved on now
    /// could go back then.
    func freeUncopied(isForced: Bool = false) throws(FileError) {
        guard let oldest = index.segments.first, index.segments.count > 1,
            oldest.vitalBytes == 0 || isForced
        else { throw FileError(call: "create", path: "spare", errno: ENOSPC) }
        // What is left of the log has to be on the disk first: a start may have found the newest segment
        // under a name that a power cut takes back.
        try syncNames()
        abandonFreeing()
        var next = index
        // Where what is staged may have freed it already, that is written with the next segment.
        if !isStagedInDoubt || !FrameEntries(staged.frame).freed.contains(oldest.number) {
            next.lose(segment: oldest.number)
        }
        let spare = SegmentName.spare(nextFile()).text
        // A call that fails may have done it all the same.
        countDropped(oldest.vitalBytes, in: oldest.number)
        counters.segmentsGivenUp &+= 1
        try files.rename(SegmentName.segment(oldest.number).text, to: spare)
        areNamesDurable = false
        index = next
        publish?(durableEnd, oldestSegment)
        isAheadStale = true
        spares.append(spare)
        counters.segmentsFreed &+= 1
    }
}
