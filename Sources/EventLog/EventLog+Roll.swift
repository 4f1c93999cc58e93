// Going on to the next segment. That takes a spare, writes a header and a checkpoint into it, and only
// then gives it the segment's name: a file with the name of a segment has always had both.
//
// Order of the barriers: header and checkpoint, fdatasync; rename; fsync of the directory; only then
// frames. A crash in between leaves a spare, or a segment that nothing was acknowledged in.

import Glibc

extension EventLog {
    /// Sees to it that `bytes` fit behind the last frame, in the active segment or the next one.
    func makeRoom(_ bytes: Int, _ wallMilliseconds: Int64) throws(FileError) {
        defer { isCrowded = false }
        let circle = max(index.segments.count, 3)
        for round in 0...(2 * settings.segments) {
            // It came round to where it began, and found nothing that need not be copied.
            isCrowded = round > circle
            guard let active, active.position + bytes + tailBytes <= active.capacity else {
                // What is copied forward may fill the next one at once: then the one behind it.
                try roll(wallMilliseconds: wallMilliseconds)
                continue
            }
            if hasRoomToSpare(bytes) { return }
            // Here is the last room for what has to be copied before there is a spare again.
            do throws(FileError) { try refill(wallMilliseconds) } catch {
                // What is staged goes first, while there is a segment for it.
                guard let active = self.active,
                    active.position + bytes + tailBytes <= active.capacity
                else { throw error }
                return
            }
        }
        guard let active, active.position + bytes <= active.capacity else {
            throw FileError(call: "write", path: "journal", errno: EFBIG)
        }
    }

    /// Whether `bytes` fit behind the last frame with room left for what has to be written there.
    func hasRoomToSpare(_ bytes: Int) -> Bool {
        active.map { $0.position + bytes + tailBytes + copyDebt <= $0.capacity } ?? false
    }

    /// Bytes kept free at a segment's end for the index of its samples, and for freeing the oldest
    /// segment when nothing else is left.
    private var tailBytes: Int { 8_192 + index.samples.count * 24 }

    /// Bytes of the active segment that freeing the oldest one will take, where there is no other
    /// room for it.
    private var copyDebt: Int {
        guard spares.isEmpty, canFree, let oldest = index.segments.first else { return 0 }
        let bytes = max(0, Int(oldest.vitalBytes) - index.copiedBytes)
        guard bytes > 0 else { return 0 }
        let frames = bytes / (settings.longestFrame / 2) + 2
        return bytes + frames * (JournalFormat.frameHeaderBytes + files.sectorBytes)
    }

    /// Goes on to the next segment. `mayFree`: a spare may be had by freeing the oldest one, which
    /// is not so in the middle of that.
    func roll(wallMilliseconds: Int64, mayFree: Bool = true) throws(FileError) {
        sealActive(wallMilliseconds)
        var isOpen = false
        while !isOpen {
            if spares.isEmpty {
                guard mayFree else {
                    throw FileError(call: "open", path: "spare", errno: ENOSPC)
                }
                try needSpare(wallMilliseconds)
            }
            isOpen = try open(spare: spares.removeFirst(), wallMilliseconds)
        }
        counters.rolls &+= 1
        reclaimAbandoned()
        // At the cap, room for copying forward has to be there before it is needed.
        let wanted = fileCount < settings.segments ? 1 : settings.reserve
        guard !isRolling else { return }
        isRolling = true
        defer { isRolling = false }
        for _ in 0..<(settings.segments * 2) where spares.count < wanted {
            do throws(FileError) {
                try refill(wallMilliseconds)
            } catch {
                // There is a segment to write into: what is staged goes first.
                counters.failures &+= 1
                return
            }
        }
    }

    /// Ends one spare's making, or one segment's freeing.
    func refill(_ wallMilliseconds: Int64) throws(FileError) {
        let before = spares.count
        let most = settings.segmentBytes / Self.zeroStepBytes + settings.segmentBytes / 4_096 + 64
        for _ in 0..<most where spares.count <= before {
            guard active != nil, try spareStep(wallMilliseconds) else { return }
        }
    }

    /// Writes the index of the active segment's samples as its last frame. Without it, looking up in
    /// this segment takes longer; so what fails here fails nothing else.
    private func sealActive(_ wallMilliseconds: Int64) {
        // One that stands there already, as the next segment could not be begun, is enough.
        guard let active, index.lastKind != .index else { return }
        let body = index.samples.encoded()
        work.clear()
        if work.hasRoom(for: body.count), index.samples.count > 0 {
            _ = body.withUnsafeBytes { body in
                work.append(EntryHeader(kind: .part, length: 0, bodyChecksum: 0), body)
            }
            if active.position + work.writtenBytes <= active.capacity {
                do throws(FileError) {
                    try commit(work, .index, wallMilliseconds)
                } catch {
                    counters.failures &+= 1
                }
            }
        }
        work.clear()
    }

    /// Makes a spare the next segment. False: it was no good, and is gone.
    private func open(spare: String, _ wallMilliseconds: Int64) throws(FileError) -> Bool {
        let opened: LogFile?
        do throws(FileError) { opened = try files.open(spare) } catch {
            // It is there and takes its room, so it is tried again.
            spares.append(spare)
            throw error
        }
        guard let file = opened else { return false }
        let number = nextNumber
        guard number < .max else {
            throw FileError(call: "write", path: "journal", errno: EOVERFLOW)
        }
        var isNamed = false
        var isRenamed = false
        var isShort = false
        do throws(FileError) {
            // What it was before must not come back under that name with what is written now.
            try syncNames()
            let capacity = try files.size(file) & ~4_095
            guard capacity >= settings.segmentBytes else {
                // A power cut left it short.
                isShort = true
                throw FileError(call: "fstat", path: spare, errno: EFBIG)
            }
            var next = index
            let frame = try writeStart(file, capacity, number, &next, wallMilliseconds)
            let name = SegmentName.segment(number).text
            nextNumber = number + 1
            isNamed = true
            try files.rename(spare, to: name)
            isRenamed = true
            try files.syncDirectory()
            if let active { files.close(active.file) }
            if isStagedInDoubt {
                isStagedInDoubt = false
                for segment in FrameEntries(staged.frame).freed {
                    abandoned.append(SegmentName.segment(segment).text)
                }
                staged.clear()
            }
            index = next
            active = EventLogActive(
                number: number, file: file,
                position: JournalFormat.segmentHeaderBytes + frame, capacity: capacity)
            isAheadStale = true
            isNameDurable = true
            return true
        } catch {
            files.close(file)
            if isShort {
                try drop(spare)
                return false
            }
            // Where the name is in doubt the number is not used again. The next start may find the
            // segment, and its header says where the active one ends: no frame may follow there.
            if isNamed, let active {
                files.close(active.file)
                self.active = nil
                isAheadStale = true
            }
            if isRenamed {
                abandoned.append(SegmentName.segment(number).text)
            } else {
                spares.append(spare)
            }
            throw error
        }
    }

    /// Writes a segment's header and its first frame, the checkpoint, and folds them into `next`; and
    /// what is staged, where that is in doubt. Returns how many bytes the frames take.
    private func writeStart(
        _ file: LogFile, _ capacity: Int, _ number: UInt32, _ next: inout LogIndex,
        _ wallMilliseconds: Int64
    ) throws(FileError) -> Int {
        let last = next.segments.last
        let header = SegmentHeader(
            log: next.log, segment: number, segmentBytes: UInt32(truncatingIfNeeded: capacity),
            sectorBytes: UInt32(files.sectorBytes), previousSegment: last?.number ?? 0,
            previousLength: last?.length ?? 0, firstSequence: next.nextSequence,
            createdMilliseconds: wallMilliseconds, hashBefore: next.lastHash)
        next.begin(header)
        let body = next.checkpoint()
        let start = FrameBuffer(
            limit: JournalFormat.frameHeaderBytes + JournalFormat.entryBytes(body.count)
                + files.sectorBytes, sectorBytes: files.sectorBytes)
        _ = body.withUnsafeBytes { body in
            start.append(EntryHeader(kind: .part, length: 0, bodyChecksum: 0), body)
        }
        guard
            JournalFormat.segmentHeaderBytes + start.writtenBytes + staged.limit <= capacity
        else {
            throw FileError(call: "write", path: "journal", errno: EFBIG)
        }
        let position = JournalFormat.segmentHeaderBytes
        let frame = start.seal(
            FrameHeader(
                length: 0, kind: .checkpoint, entries: 0, log: next.log, segment: number,
                position: UInt32(position), sequence: next.nextSequence,
                previousLength: UInt32(position), wallMilliseconds: wallMilliseconds,
                previousHash: next.lastHash))
        let top = UnsafeMutableRawBufferPointer.allocate(byteCount: position, alignment: 4_096)
        defer { top.deallocate() }
        header.write(into: top)
        counters.writes &+= 2
        counters.bytesWritten &+= UInt64(position + start.writtenBytes)
        try files.write(file, at: 0, UnsafeRawBufferPointer(top))
        try files.write(file, at: position, start.written)
        next.fold(frame, start.frame, at: UInt32(position), segment: number)
        var written = start.writtenBytes
        if isStagedInDoubt {
            let second = UInt32(position + written)
            let frame = staged.seal(
                FrameHeader(
                    length: 0, kind: .data, entries: 0, log: next.log, segment: number,
                    position: second, sequence: next.nextSequence, previousLength: second,
                    wallMilliseconds: wallMilliseconds, previousHash: next.lastHash))
            counters.writes &+= 1
            counters.bytesWritten &+= UInt64(staged.writtenBytes)
            try files.write(file, at: position + written, staged.written)
            next.fold(frame, staged.frame, at: second, segment: number)
            written += staged.writtenBytes
        }
        counters.syncs &+= 1
        try files.sync(file)
        return written
    }
}
