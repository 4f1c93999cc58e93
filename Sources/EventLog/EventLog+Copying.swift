// Copying what is vital forward out of the oldest segment, a frame at a time. What cannot be read is
// skipped: `freeingStep` asks afterwards what is missing.

import Glibc

extension EventLog {
    /// Bytes of the old segment from where copying stands, at most a megabyte and never less than
    /// the frame or entry there; nil: it is all done.
    func nextEntries(_ state: inout Freeing) throws(FileError) -> UnsafeRawBufferPointer? {
        guard state.position < state.end,
            index.segments.first.map({ $0.vitalBytes > 0 }) ?? false
        else { return nil }
        return try state.window.bytes(
            at: state.position, min(state.end - state.position, 64 << 10), &files)
    }

    /// Copies what is vital in `bytes` into `work`, and moves on. False: `work` is full.
    func copy(_ bytes: UnsafeRawBufferPointer, _ state: inout Freeing) -> Bool {
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

    /// Room for copies: the active segment, or the next one if there is a spare for it. False: there
    /// is none and will be none.
    func roomForCopies(_ bytes: Int, _ wallMilliseconds: Int64) throws(FileError) -> Bool {
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
}
