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
        var state: Freeing
        if let freeing { state = freeing } else { state = try beginFreeing(oldest) }
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

    private func beginFreeing(_ oldest: SegmentSummary) throws(FileError) -> Freeing {
        let name = SegmentName.segment(oldest.number).text
        guard let file = try files.open(name) else {
            // Gone: there is nothing to copy. The walk below ends at once.
            throw FileError(call: "open", path: name, errno: ENOENT)
        }
        let size = try files.size(file)
        let end = min(Int(oldest.length), size)
        var dropped: PartitionID?
        if vitalBytes > vitalLimit { dropped = index.largestVital(in: oldest.number) }
        return Freeing(
            segment: oldest.number,
            window: SegmentWindow(file, segment: oldest.number, end: size), file: file,
            position: JournalFormat.segmentHeaderBytes, end: end, dropped: dropped,
            step: min(Int(oldest.sectorBytes), files.sectorBytes))
    }

    /// Bytes of the old segment from where copying stands, at most a megabyte and never less than
    /// the frame or entry there; nil: it is all done.
    private func nextEntries(_ state: inout Freeing) throws(FileError) -> UnsafeRawBufferPointer? {
        guard state.position < state.end,
            index.segments.first.map({ $0.vitalBytes > 0 }) ?? false
        else { return nil }
        return try state.window.bytes(
            at: state.position, min(state.end - state.position, 64 << 10), &files)
    }

    /// Copies what is vital in `bytes` into `work`, and moves on. False: `work` is full.
    private func copy(_ bytes: UnsafeRawBufferPointer, _ state: inout Freeing) -> Bool {
        if let frame = FrameHeader(unchecked: bytes), frame.segment == state.segment,
            Int(frame.position) == state.position, frame.log == index.log
        {
            state.position += JournalFormat.frameHeaderBytes
            return true
        }
        var whole = bytes
        if bytes.count >= JournalFormat.entryHeaderBytes {
            let length = Int(bytes.little(UInt32.self, at: 12))
            if length > bytes.count - JournalFormat.entryHeaderBytes,
                length <= state.end - state.position
            {
                do throws(FileError) {
                    whole = try state.window.bytes(
                        at: state.position, JournalFormat.entryBytes(length), &files)
                } catch {
                    counters.failures &+= 1
                }
            }
        }
        guard let entry = EntryHeader(whole) else {
            // Zeros up to the next frame, or rot: 8 bytes on there may be an entry again.
            state.position += JournalFormat.entryAlignment
            return true
        }
        guard entry.kind == .batch, entry.isWhole(in: whole),
            index.isVital(PartitionID(rawValue: entry.partition)),
            index.holds(entry, in: state.segment), !index.isCopied(entry)
        else {
            state.position += entry.span
            return true
        }
        let partition = PartitionID(rawValue: entry.partition)
        if partition == state.dropped {
            let next = entry.baseOffset + Int64(entry.count)
            if next > state.droppedTo { counters.vitalBytesDropped &+= UInt64(entry.span) }
            state.droppedTo = max(state.droppedTo, next)
            state.position += entry.span
            return true
        }
        // Room for `freed` and a log start has to be left.
        guard work.hasRoom(entryBytes: entry.span + 256, 3) else {
            // One that no frame of today's settings holds cannot be kept: it becomes a gap.
            if work.isEmpty { state.position += entry.span }
            return work.isEmpty
        }
        var copied = entry
        copied.isCopied = true
        _ = work.append(copied, entry.body(in: whole))
        state.position += entry.span
        return true
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

    /// Room for copies: the active segment, or the next one if there is a spare for it. False: there
    /// is none and will be none.
    private func roomForCopies(_ bytes: Int, _ wallMilliseconds: Int64) throws(FileError) -> Bool {
        guard let active, active.position + bytes > active.capacity else { return true }
        guard !spares.isEmpty else {
            if fileCount >= settings.segments || isDiskFull { return false }
            throw FileError(call: "write", path: "journal", errno: ENOSPC)
        }
        // `roll` uses `work` as well: what is in it is taken aside.
        let copies = Array(work.frame[JournalFormat.frameHeaderBytes...])
        let wasRolling = isRolling
        isRolling = true
        defer { isRolling = wasRolling }
        try roll(wallMilliseconds: wallMilliseconds, mayFree: false)
        work.clear()
        copies.withUnsafeBytes { copies in
            var rest = copies[...]
            while let entry = EntryHeader(UnsafeRawBufferPointer(rebasing: rest)) {
                _ = work.append(entry, entry.body(in: UnsafeRawBufferPointer(rebasing: rest)))
                rest = rest.dropFirst(entry.span)
            }
        }
        return true
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
        abandonFreeing()
        var next = index
        next.lose(segment: oldest.number)
        publish?(durableEnd, next.segments.first?.number ?? 0)
        let spare = SegmentName.spare(nextFile()).text
        countDropped(oldest.vitalBytes, in: oldest.number)
        try files.rename(SegmentName.segment(oldest.number).text, to: spare)
        areNamesDurable = false
        index = next
        isAheadStale = true
        spares.append(spare)
        counters.segmentsFreed &+= 1
        counters.segmentsGivenUp &+= 1
    }
}

extension LogIndex {
    /// Whether the partition's records are copied forward.
    func isVital(_ id: PartitionID) -> Bool {
        slot(of: id).map { partitions[$0].isVital } ?? false
    }

    /// Whether these offsets are read from this segment and still wanted.
    func holds(_ entry: EntryHeader, in segment: UInt32) -> Bool {
        guard let slot = slot(of: PartitionID(rawValue: entry.partition)) else { return false }
        let partition = partitions[slot]
        guard entry.baseOffset + Int64(entry.count) > partition.logStart else { return false }
        let run = partition.slot(behind: entry.baseOffset)
        return run < partition.runs.count && partition.runs[run].segment == segment
            && partition.runs[run].first <= entry.baseOffset
    }

    /// Whether the entry was copied forward already.
    func isCopied(_ entry: EntryHeader) -> Bool {
        slot(of: PartitionID(rawValue: entry.partition)).map {
            partitions[$0].isCopied(entry.baseOffset..<entry.baseOffset + Int64(entry.count))
        } ?? false
    }

    /// Bytes, about, of vital records that are lost when the segment is freed: wanted, not dropped on
    /// purpose, and neither copied yet nor among `work`, the copies of the frame that frees it.
    func uncopied<Files>(
        in segment: UInt32, _ state: EventLog<Files>.Freeing, _ work: FrameEntries
    ) -> Int64 {
        var sum: Int64 = 0
        for partition in partitions where partition.isVital {
            let runs = partition.runs.filter { $0.segment == segment }
            guard !runs.isEmpty else { continue }
            var copies = partition.copies.map(\.offsets)
            for (entry, _, _) in work
            where entry.kind == .batch && entry.partition == partition.id.rawValue {
                copies.append(entry.baseOffset..<entry.baseOffset + Int64(entry.count))
            }
            copies.sort { $0.lowerBound < $1.lowerBound }
            let start = max(
                partition.logStart, partition.id == state.dropped ? state.droppedTo : 0)
            for run in runs where run.next > start {
                var lost: Int64 = 0
                var next = max(run.first, start)
                for copy in copies where copy.upperBound > next && copy.lowerBound < run.next {
                    lost += max(0, copy.lowerBound - next)
                    next = max(next, copy.upperBound)
                }
                lost += max(0, run.next - next)
                if lost > 0 {
                    let share = Double(lost) / Double(run.next - run.first)
                    sum += max(1, Int64(Double(run.bytes) * share))
                }
            }
        }
        return sum
    }

    /// Bytes that were copied forward out of the segment that is on its way out.
    var copiedBytes: Int {
        partitions.reduce(0) { sum, partition in
            partition.copies.reduce(sum) { $0 + Int($1.bytes) }
        }
    }

    /// The vital partition with the most bytes, of those with records in `segment`.
    func largestVital(in segment: UInt32) -> PartitionID? {
        var most: (id: PartitionID, bytes: Int64)?
        for partition in partitions where partition.isVital {
            guard partition.runs.contains(where: { $0.segment == segment }) else { continue }
            let bytes = partition.runs.reduce(Int64(0)) { $0 &+ Int64($1.bytes) }
            if bytes > most?.bytes ?? -1 { most = (partition.id, bytes) }
        }
        return most?.id
    }
}
