// The frames without entries that end a log for a while, or for good. They say that nothing is missing
// behind the last records: what happens to those from then on is told from a write that never was.
//
// None of them takes the room at a segment's end, in which the oldest one is freed when there is no
// other: a log that is opened and closed again and again there would come to a start that can only
// give up its oldest segment. They go to the next segment then, whose checkpoint does as well.

import Glibc

extension EventLog {
    /// Whether the last frame holds records and has nothing behind it.
    package var isExposed: Bool { index.lastKind == .data }

    /// Writes a frame without entries behind the last one, if that holds records and nothing waits. To be
    /// called when nothing has been appended for a while. Where the segment is at its end and there
    /// can be no other, nothing is written.
    package func rest(wallMilliseconds: Int64) throws(FileError) {
        guard !isClosed, staged.isEmpty, isExposed else { return }
        try end(.resting, wallMilliseconds)
    }

    /// Writes a last frame that says that nothing is missing behind it, after what is staged. The log
    /// takes no more appends. Nothing is written where `rest` would not, or where a closing frame is
    /// the last one already.
    package func close(wallMilliseconds: Int64) throws(FileError) {
        guard !isClosed else { return }
        try flush(wallMilliseconds: wallMilliseconds)
        isClosed = true
        guard index.lastKind != .closing else { return }
        try end(.closing, wallMilliseconds)
    }

    private func end(_ kind: FrameHeader.Kind, _ wallMilliseconds: Int64) throws(FileError) {
        guard active != nil else { return }
        do throws(FileError) {
            work.clear()
            if !hasRoomToSpare(work.writtenBytes) {
                guard try hasSpare(wallMilliseconds) else { return }
                // Freeing the oldest segment may have been all that there had to be room for.
                if !hasRoomToSpare(work.writtenBytes) {
                    try roll(wallMilliseconds: wallMilliseconds, mayFree: false)
                }
                work.clear()
                guard kind == .closing || isExposed, hasRoomToSpare(work.writtenBytes) else {
                    publish?(durableEnd, oldestSegment)
                    return
                }
            }
            try commit(work, kind, wallMilliseconds)
        } catch {
            fail(error)
            throw error
        }
        publish?(durableEnd, oldestSegment)
    }

    /// Whether there is a next segment, perhaps by freeing the oldest one in good order.
    private func hasSpare(_ wallMilliseconds: Int64) throws(FileError) -> Bool {
        guard spares.isEmpty else { return true }
        do throws(FileError) {
            try refill(wallMilliseconds)
        } catch {
            // A disk without room is no failure of what is there.
            guard active != nil else { throw error }
            counters.failures &+= 1
        }
        return active != nil && !spares.isEmpty
    }
}
