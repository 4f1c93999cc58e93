// How a reader keeps its index up to date: from the newest checkpoint that can be read, then frame
// by frame up to what is durable. A damaged frame costs its entries that do not check and nothing
// else; what it may have held besides is learned from the next checkpoint.

extension LogReader {
    private static let reloads = 10

    /// Folds what has become durable since the last call. False when there was nothing new.
    /// - Throws: `noLog` when the directory has none now, or the file call that failed. The index
    ///   stays as it was; the next call tries again.
    @discardableResult
    package func refresh() throws(ReadError) -> Bool {
        live.attach()
        if directory.isReplaced {
            do throws(FileError) {
                directory = try SegmentDirectory(path)
            } catch {
                throw .file(error)
            }
            try reload()
            return true
        }
        let isLive = live.isLive
        let end = isLive ? live.durable : nil
        seen = live.durable
        if isLive, let log = live.log, log != index.log {
            try reload()
            return true
        }
        if let end, end == folded { return false }
        let isLost =
            end.map { $0 < folded || live.oldest > folded.segment }
            ?? !(current.map { directory.holds($0) } ?? false)
        if isLost {
            try reload()
            return true
        }
        let before = (folded, index.nextSequence)
        let isWhole: Bool
        do throws(FileError) {
            isWhole = try follow(to: end)
        } catch {
            throw .file(error)
        }
        if !isWhole || (end == nil && hasComeAlive) {
            try reload()
            return true
        }
        return before != (folded, index.nextSequence)
    }

    /// Reads the newest checkpoint and all behind it.
    func reload() throws(ReadError) {
        do throws(FileError) {
            // The writer may free what is being read; it cannot do that often in so short a time.
            for attempt in 0..<Self.reloads {
                live.attach()
                let isLive = live.isLive
                let end = isLive ? live.durable : nil
                seen = live.durable
                guard try load(isLive ? live.log : nil, end) else {
                    if isLive, live.durable != end { continue }
                    break
                }
                let isWhole = try follow(to: end)
                if end == nil, hasComeAlive { continue }
                if isWhole || attempt == Self.reloads - 1 || !live.isLive { return }
            }
        } catch {
            throw .file(error)
        }
        throw .noLog(path)
    }

    /// Whether a writer has told its end since there was none: what was folded to the last valid
    /// frame meanwhile may be more than what is durable. A writer publishes before it appends.
    private var hasComeAlive: Bool {
        live.attach()
        return live.isLive && live.durable != nil
    }

    /// Begins with the newest usable checkpoint, or the oldest segment. False: there is no segment.
    private func load(_ log: LogID?, _ end: DurableEnd?) throws(FileError) -> Bool {
        forgetFiles()
        hasMissed = false
        searched = nil
        var oldest: (SegmentFile, SegmentHeader)?
        for number in try directory.list().segments.reversed() {
            if let end, number > end.segment { continue }
            guard let file = try directory.open(number), let header = try file.header(),
                header.log == log ?? oldest?.1.log ?? header.log
            else { continue }
            oldest = (file, header)
            index = LogIndex(log: header.log)
            if try begin(file, header, isCheckpointed: true) { return true }
        }
        guard let (file, header) = oldest else { return false }
        index = LogIndex(log: header.log)
        _ = try begin(file, header, isCheckpointed: false)
        return true
    }

    /// Makes `file` the current segment. When its checkpoint is asked for, the index becomes that
    /// one; false: it cannot be read.
    private func begin(
        _ file: SegmentFile, _ header: SegmentHeader, isCheckpointed: Bool
    ) throws(FileError) -> Bool {
        if isCheckpointed {
            guard
                let (frame, bytes) = try frame(
                    file, at: JournalFormat.segmentHeaderBytes, limit: file.bytes),
                frame.kind == .checkpoint,
                let loaded = Self.parts(bytes).withUnsafeBytes({ LogIndex(checkpoint: $0) }),
                loaded.log == header.log
            else { return false }
            index = loaded
            hasMissed = false
        }
        index.begin(header)
        current = file
        folded = DurableEnd(
            segment: file.number, length: UInt32(JournalFormat.segmentHeaderBytes))
        return true
    }

    /// Folds up to `end`, or, without one, all that is valid. False: a segment on the way is not
    /// there.
    private func follow(to end: DurableEnd?) throws(FileError) -> Bool {
        while let file = current {
            if let end, end.segment == file.number {
                try fold(file, upTo: Int(end.length), isOpen: false)
                return true
            }
            guard let (next, header) = try successor(of: file, upTo: end?.segment ?? .max) else {
                if end != nil { return false }
                try fold(file, upTo: file.bytes, isOpen: true)
                return true
            }
            try fold(file, upTo: Int(header.previousLength), isOpen: false)
            let isRead = hasMissed ? try begin(next, header, isCheckpointed: true) : false
            if !isRead { _ = try begin(next, header, isCheckpointed: false) }
        }
        return false
    }

    /// The segment that goes on where `file` ends. Where several say so, the newest does: the writer
    /// gave the others up before anything was acknowledged in them.
    private func successor(
        of file: SegmentFile, upTo last: UInt32
    ) throws(FileError) -> (SegmentFile, SegmentHeader)? {
        for number in try directory.list().segments.reversed() where number <= last {
            guard number > file.number else { return nil }
            if let next = try directory.open(number), let header = try next.header(),
                header.log == index.log, header.previousSegment == file.number
            {
                return (next, header)
            }
        }
        return nil
    }

    /// Folds the current segment up to `limit`. `isOpen`: nobody knows whether it goes that far.
    private func fold(_ file: SegmentFile, upTo limit: Int, isOpen: Bool) throws(FileError) {
        let limit = min(limit, file.bytes)
        let sector = Int(index.segments.last?.sectorBytes ?? 512)
        var isReread = false
        while Int(folded.length) < limit {
            let position = Int(folded.length)
            if let (frame, bytes) = try frame(file, at: position, limit: limit) {
                index.fold(
                    frame, bytes, at: UInt32(truncatingIfNeeded: position), segment: file.number)
                folded.length = UInt32(
                    truncatingIfNeeded: position
                        + JournalFormat.round(Int(frame.length), up: sector))
                isReread = false
                continue
            }
            // The kernel may hold an older copy of what was written past it.
            if !isReread {
                isReread = true
                buffer.forget()
                file.forgetCache(at: position, bytes: limit - position)
                continue
            }
            if isOpen && searched == folded { return }
            let next = try nextFrame(file, behind: position, limit: limit, sector: sector)
            if isOpen && next == nil {
                searched = folded
                return
            }
            let stop = next ?? limit
            if try !isCut(file, position..<stop, next) {
                try salvage(file, position..<stop, sector)
            }
            folded.length = UInt32(truncatingIfNeeded: stop)
            isReread = false
        }
        buffer.shrink()
    }

    private func nextFrame(
        _ file: SegmentFile, behind start: Int, limit: Int, sector: Int
    ) throws(FileError) -> Int? {
        var position = start + sector
        while position < limit {
            if try frame(file, at: position, limit: limit) != nil { return position }
            position += sector
        }
        return nil
    }

    /// Whether `range` is where recovery has cut off a torn write: zeros, and the frame behind knows
    /// nothing of it.
    private func isCut(
        _ file: SegmentFile, _ range: Range<Int>, _ next: Int?
    ) throws(FileError) -> Bool {
        guard let next, let (frame, _) = try frame(file, at: next, limit: file.bytes),
            Int(frame.previousLength) == range.lowerBound
        else { return false }
        var position = range.lowerBound
        while position < range.upperBound {
            let bytes = try buffer.bytes(file, at: position, needed: 1, limit: range.upperBound)
            guard !bytes.isEmpty, bytes.allSatisfy({ $0 == 0 }) else { return false }
            position += bytes.count
        }
        return true
    }

    /// Keeps the entries of a damaged stretch that check alone. An entry is only looked for where
    /// one has to begin: behind a frame's header or another entry.
    private func salvage(
        _ file: SegmentFile, _ range: Range<Int>, _ sector: Int
    ) throws(FileError) {
        rotten += 1
        hasMissed = true
        var known: [EntryHeader] = []
        var frame = range.lowerBound
        while frame < range.upperBound {
            var position = frame + JournalFormat.frameHeaderBytes
            while let (entry, bytes) = try entry(file, at: position, limit: range.upperBound) {
                let place = Place(
                    segment: file.number, position: UInt32(truncatingIfNeeded: position))
                if entry.isWhole(in: bytes) {
                    index.foldSalvaged(entry, body: entry.body(in: bytes), at: place)
                } else {
                    known.append(entry)
                }
                position += entry.span
            }
            // Behind what was read, where the next frame may begin.
            frame = JournalFormat.round(max(position, frame + sector), up: sector)
            while frame < range.upperBound, try !isFrame(file, at: frame, limit: range.upperBound) {
                frame += sector
            }
        }
        // Whole: a reader invents no offsets. Later entries tell what is missing.
        index.noteRot(
            in: file.number,
            UInt32(
                truncatingIfNeeded: range.lowerBound)..<UInt32(
                    truncatingIfNeeded: range.upperBound),
            known: known, isWhole: true)
    }

    /// The entry at `position`, with all bytes of header and body; nil when its header does not
    /// check.
    @inline(__always)
    func entry(
        _ file: SegmentFile, at position: Int, limit: Int
    ) throws(FileError) -> (EntryHeader, UnsafeRawBufferPointer)? {
        var bytes = try buffer.bytes(
            file, at: position, needed: JournalFormat.entryHeaderBytes, limit: limit)
        guard bytes.count >= JournalFormat.entryHeaderBytes else { return nil }
        let length = Int(bytes.little(UInt32.self, at: 12))
        guard length <= limit - position - JournalFormat.entryHeaderBytes else { return nil }
        if bytes.count < JournalFormat.entryHeaderBytes + length {
            bytes = try buffer.bytes(
                file, at: position, needed: JournalFormat.entryHeaderBytes + length, limit: limit)
        }
        guard let entry = EntryHeader(bytes) else { return nil }
        return (entry, bytes)
    }

    /// Whether the header of a frame of this place stands at `position`, its checksum left aside.
    func isFrame(_ file: SegmentFile, at position: Int, limit: Int) throws(FileError) -> Bool {
        let bytes = try buffer.bytes(
            file, at: position, needed: JournalFormat.frameHeaderBytes, limit: limit)
        guard let header = FrameHeader(unchecked: bytes) else { return false }
        return header.log == index.log && header.segment == file.number
            && Int(header.position) == position
    }
}
