// Reads a log from its files: which segments are its own and in which order, the newest checkpoint
// that can be used, and what stands behind it (LOG.md, "Validity and recovery"). Called once, when a
// log is opened for writing. It writes nothing but zeros over a torn tail.
//
// It reads the header of every segment and the frames behind the checkpoint, so its time depends on
// the size of a segment and not of the log. Nothing it reads can make it trap or loop.

import Glibc

/// One recovery; its results are what a log starts from.
struct Recovery {
    /// A file with the name of a segment.
    struct Candidate {
        var number: UInt32
        var size: Int
        /// Nil: the first sector is rotten.
        var header: SegmentHeader?
        /// The name and the header are of different numbers.
        var isMisnamed = false
    }

    let settings: LogSettings
    let sectorBytes: Int
    var index: LogIndex
    var report = RecoveryReport()
    var active: EventLogActive?
    var spares: [String] = []
    var leftovers: [String] = []
    /// A file that was being written with zeros.
    var begun: String?
    var nextNumber: UInt32 = 1
    var nextFileNumber: UInt32 = 0

    /// The names that were found are on the disk.
    var areNamesDurable = false

    private var candidates: [UInt32: Candidate] = [:]
    private var isFound = false

    init(_ settings: LogSettings, sectorBytes: Int, newLog: LogID) {
        self.settings = settings
        self.sectorBytes = sectorBytes
        index = LogIndex(log: newLog)
    }

    /// - Throws: the directory cannot be read.
    mutating func run(_ files: inout some LogFiles) throws(FileError) {
        let names = try files.names().sorted()
        collect(names, &files)
        chooseLog(&files)
        if isFound {
            let (base, chain) = findChain(&files)
            if let base { index = base }
            fold(chain, &files)
            findMissing()
        } else {
            report.isNew = true
        }
        setAside()
        do throws(FileError) {
            // So have the names.
            try files.syncDirectory()
            areNamesDurable = true
        } catch {
            report.note(error)
        }
    }

    // Which files

    private mutating func collect(_ names: [String], _ files: inout some LogFiles) {
        for name in names {
            switch SegmentName(name) {
            case .segment(let number)?:
                nextNumber = max(nextNumber, number == .max ? .max : number + 1)
                inspect(name, number, &files)
            case .spare(let number)?:
                nextFileNumber = max(nextFileNumber, number)
                spares.append(name)
            case .making(let number)?:
                nextFileNumber = max(nextFileNumber, number)
                if begun == nil { begun = name } else { leftovers.append(name) }
            case nil: continue
            }
        }
    }

    private mutating func inspect(
        _ name: String, _ number: UInt32, _ files: inout some LogFiles
    ) {
        do throws(FileError) {
            guard let file = try files.open(name) else {
                report.foreign.append(name)
                return
            }
            defer { files.close(file) }
            let size = try files.size(file)
            let window = SegmentWindow(
                file, segment: number, end: min(size, JournalFormat.segmentHeaderBytes))
            let top = try window.bytes(at: 0, JournalFormat.segmentHeaderBytes, &files)
            report.bytesRead += window.bytesRead
            var candidate = Candidate(
                number: number, size: min(size & ~4_095, Int(UInt32.max)),
                header: SegmentHeader(top))
            if let header = candidate.header {
                candidate.isMisnamed = header.segment != number
                if header.segment < .max { nextNumber = max(nextNumber, header.segment + 1) }
            }
            candidates[number] = candidate
        } catch {
            report.note(error)
            candidates[number] = Candidate(number: number, size: 0, header: nil)
        }
    }

    /// The log that most segments belong to; of two, the one with the newest segment. What is not
    /// of it is left alone.
    private mutating func chooseLog(_ files: inout some LogFiles) {
        var counts: [LogID: (files: Int, newest: UInt32)] = [:]
        for candidate in candidates.values {
            guard let header = candidate.header, !candidate.isMisnamed else { continue }
            let known = counts[header.log] ?? (0, 0)
            counts[header.log] = (known.files + 1, max(known.newest, candidate.number))
        }
        let most = counts.max {
            ($0.value.files, $0.value.newest) < ($1.value.files, $1.value.newest)
        }
        var log = most?.key
        for number in candidates.keys.sorted(by: >) {
            guard let candidate = candidates[number], candidate.header == nil else { continue }
            // The header is rotten: the frames say whose they are.
            let found = firstFrame(candidate, log, &files)
            guard let found else {
                drop(number, isForeign: true)
                continue
            }
            log = log ?? found.log
            report.rot.append(
                RottenStretch(
                    segment: number, positions: 0..<UInt32(JournalFormat.segmentHeaderBytes),
                    salvaged: 0))
        }
        guard let log else { return }
        isFound = true
        index = LogIndex(log: log)
        for candidate in candidates.values {
            guard let header = candidate.header else { continue }
            if header.log != log {
                drop(candidate.number, isForeign: true)
            } else if candidate.isMisnamed, firstFrame(candidate, log, &files) != nil {
                // Frames of its name stand in it: the header is an older one, which a lost write left.
                candidates[candidate.number]?.header = nil
                candidates[candidate.number]?.isMisnamed = false
                report.rot.append(
                    RottenStretch(
                        segment: candidate.number,
                        positions: 0..<UInt32(JournalFormat.segmentHeaderBytes), salvaged: 0))
            } else if candidate.isMisnamed {
                // A spare that was to become that segment when the power went, or a copy of it.
                let isCopy = candidates[header.segment]?.header?.segment == header.segment
                drop(candidate.number, isForeign: isCopy)
            }
        }
    }

    private mutating func drop(_ number: UInt32, isForeign: Bool) {
        candidates[number] = nil
        let name = SegmentName.segment(number).text
        if isForeign { report.foreign.append(name) } else { leftovers.append(name) }
    }

    /// Any frame of the file that is whole; of `log`, if that is known.
    private mutating func firstFrame(
        _ candidate: Candidate, _ log: LogID?, _ files: inout some LogFiles
    ) -> FrameHeader? {
        with(candidate, &files) { window, files throws(FileError) in
            var log = log
            var position = JournalFormat.segmentHeaderBytes
            while log == nil, position < window.end {
                // Without any header: a frame that is whole in its place says which log it is.
                let top = try window.bytes(
                    at: position, JournalFormat.frameHeaderBytes, &files)
                if let frame = FrameHeader(unchecked: top), frame.segment == candidate.number,
                    Int(frame.position) == position,
                    Int(frame.length) <= window.end - position,
                    FrameHeader.valid(
                        try window.bytes(at: position, Int(frame.length), &files),
                        log: frame.log, segment: frame.segment, position: position) != nil
                {
                    log = frame.log
                } else {
                    position += 64
                }
            }
            guard let log else { return nil }
            var walk = SegmentWalk(
                window, log: log, sectorBytes: 64, limit: window.end, nextSequence: 0)
            for _ in 0..<2 {
                if case .frame(let header, _, _) = try walk.next(&files) { return header }
            }
            return nil
        } ?? nil
    }

    /// Opens a candidate's file for `body`; nil when a call fails.
    private mutating func with<Files: LogFiles, Value>(
        _ candidate: Candidate, _ files: inout Files,
        _ body: (SegmentWindow, inout Files) throws(FileError) -> Value
    ) -> Value? {
        do throws(FileError) {
            let name = SegmentName.segment(candidate.number).text
            guard let file = try files.open(name) else { return nil }
            defer { files.close(file) }
            let window = SegmentWindow(file, segment: candidate.number, end: candidate.size)
            defer { report.bytesRead += window.bytesRead }
            return try body(window, &files)
        } catch {
            report.note(error)
            return nil
        }
    }

    // In which order

    /// The newest checkpoint that can be used, and the segments from there on, oldest first. A
    /// segment that none of the later ones goes back to never held anything.
    private mutating func findChain(
        _ files: inout some LogFiles
    ) -> (LogIndex?, chain: [Candidate]) {
        var chain: [Candidate] = []
        var rest = candidates.values.sorted { $0.number > $1.number }[...]
        while let candidate = rest.popFirst() {
            chain.append(candidate)
            if let base = checkpoint(candidate, &files) { return (base, chain.reversed()) }
            report.checkpointsSkipped += 1
            guard let header = candidate.header else { continue }
            rest = rest.drop { $0.number > header.previousSegment }
            if header.previousSegment > 0, rest.first?.number != header.previousSegment {
                // Its file is missing: nothing is known of it but its number.
                chain.append(Candidate(number: header.previousSegment, size: -1, header: nil))
            }
        }
        return (nil, chain.reversed())
    }

    /// The index in a segment's first frame.
    private mutating func checkpoint(
        _ candidate: Candidate, _ files: inout some LogFiles
    ) -> LogIndex? {
        let log = index.log
        return with(candidate, &files) { window, files throws(FileError) in
            let position = JournalFormat.segmentHeaderBytes
            let top = try window.bytes(at: position, JournalFormat.frameHeaderBytes, &files)
            guard let frame = FrameHeader(unchecked: top), frame.kind == .checkpoint,
                Int(frame.length) <= window.end - position
            else { return nil }
            let bytes = try window.bytes(at: position, Int(frame.length), &files)
            guard
                FrameHeader.valid(bytes, log: log, segment: candidate.number, position: position)
                    != nil
            else { return nil }
            var entries = FrameEntries(
                UnsafeRawBufferPointer(rebasing: bytes[..<Int(frame.length)]))
            guard let (entry, body, _) = entries.next(), entry.kind == .part,
                let index = LogIndex(checkpoint: body), index.log == log
            else { return nil }
            return index
        } ?? nil
    }

    // What stands in them

    private mutating func fold(_ chain: [Candidate], _ files: inout some LogFiles) {
        for (place, candidate) in chain.enumerated() {
            let next = place + 1 < chain.count ? chain[place + 1] : nil
            index.begin(header(of: candidate))
            guard candidate.size >= 0 else {
                loseWhole(candidate.number)
                continue
            }
            // The next segment's header says where this one ends, whatever stands behind that.
            var limit: Int?
            if let header = next?.header, header.previousSegment == candidate.number {
                limit = Int(header.previousLength)
            }
            fold(candidate, limit: limit, isLast: next == nil, &files)
        }
    }

    /// The header as it was read, or as it must have been.
    private func header(of candidate: Candidate) -> SegmentHeader {
        if let header = candidate.header { return header }
        let last = index.segments.last { $0.number < candidate.number }
        return SegmentHeader(
            log: index.log, segment: candidate.number,
            segmentBytes: UInt32(max(candidate.size, settings.segmentBytes)),
            sectorBytes: last?.sectorBytes ?? UInt32(sectorBytes),
            previousSegment: last?.number ?? 0, previousLength: last?.length ?? 0,
            firstSequence: index.nextSequence, createdMilliseconds: 0, hashBefore: index.lastHash)
    }

    private mutating func loseWhole(_ number: UInt32) {
        report.missing.append(number)
        let positions = UInt32(JournalFormat.segmentHeaderBytes)..<UInt32(settings.segmentBytes)
        index.noteRot(in: number, positions, known: [], isWhole: false)
        index.lose(segment: number)
    }

    private mutating func fold(
        _ candidate: Candidate, limit: Int?, isLast: Bool, _ files: inout some LogFiles
    ) {
        do throws(FileError) {
            let name = SegmentName.segment(candidate.number).text
            guard let file = try files.open(name) else { return loseWhole(candidate.number) }
            var isKept = false
            defer { if !isKept { files.close(file) } }
            let window = SegmentWindow(file, segment: candidate.number, end: candidate.size)
            defer { report.bytesRead += window.bytesRead }
            let sector = Int(
                index.segments.last { $0.number == candidate.number }?.sectorBytes ?? 512)
            var walk = SegmentWalk(
                window, log: index.log, sectorBytes: sector, limit: limit ?? window.end,
                nextSequence: firstSequence(candidate))
            walking: while true {
                switch try walk.next(&files) {
                case .frame(let header, let bytes, let position):
                    report.framesRead += 1
                    index.fold(
                        header, UnsafeRawBufferPointer(rebasing: bytes[..<Int(header.length)]),
                        at: UInt32(position), segment: candidate.number)
                case .bad(let range):
                    try salvage(range, window, &files)
                case .end(let position):
                    if isLast {
                        isKept = try resume(candidate, file, window, position, sector, &files)
                    } else if position < limit ?? 0 {
                        try salvage(position..<(limit ?? 0), window, &files)
                    }
                    break walking
                }
            }
        } catch {
            // Unreadable for now: nothing is written there, and the rest counts as lost.
            report.note(error)
            let from = index.segments.last?.length ?? 0
            index.noteRot(
                in: candidate.number, from..<max(from, UInt32(max(limit ?? candidate.size, 0))),
                known: [], isWhole: false)
        }
    }

    /// Sequence that a segment's frames begin with. The checkpoint's own frame is behind its index.
    private func firstSequence(_ candidate: Candidate) -> UInt64 {
        min(index.nextSequence, candidate.header?.firstSequence ?? index.nextSequence)
    }

    private mutating func salvage(
        _ range: Range<Int>, _ window: SegmentWindow, _ files: inout some LogFiles
    ) throws(FileError) {
        let kept = try Salvage.fold(range, window, &index, &files)
        report.rot.append(
            RottenStretch(
                segment: window.segment,
                positions: UInt32(range.lowerBound)..<UInt32(range.upperBound), salvaged: kept))
    }

    // Where writing goes on

    /// Ends recovery at the last segment's end: takes away what a torn write left and makes it the
    /// active one. False: writing goes on in the next segment.
    private mutating func resume(
        _ candidate: Candidate, _ file: LogFile, _ window: SegmentWindow, _ end: Int,
        _ sector: Int, _ files: inout some LogFiles
    ) throws(FileError) -> Bool {
        report.isClean = index.lastKind == .closing
        do throws(FileError) {
            // The writer may have died between a write and its sync, and the power is still on: what
            // is shown from now on has to be on the disk.
            try files.sync(file)
        } catch {
            report.note(error)
            return false
        }
        if window.lastUnreadable > end {
            // Nobody knows what stands there: it is rot, and writing goes on in the next segment.
            report.isClean = false
            try salvage(end..<window.end, window, &files)
            if let last = index.segments.indices.last {
                index.segments[last].length = UInt32(window.end)
            }
            return false
        }
        let whole = Int(candidate.header?.segmentBytes ?? 0)
        if candidate.size < whole, end < whole {
            // Part of the file is gone, and nobody knows what stood there.
            let lost = UInt32(end)..<UInt32(whole)
            index.noteRot(in: candidate.number, lost, known: [], isWhole: false)
            report.rot.append(
                RottenStretch(segment: candidate.number, positions: lost, salvaged: 0))
            return false
        }
        var end = end
        if let torn = try Salvage.torn(
            at: end, longest: max(settings.longestFrame, 1 << 20), sectorBytes: sectorBytes,
            window, index, &files)
        {
            report.tornBytes = torn.tornBytes
            if let frame = torn.rotten, let bit = torn.onlyBit,
                try complete(frame, bit, file, end, window, &files)
            {
                report.isClean = frame.kind == .closing
                end = JournalFormat.round(torn.end, up: sector)
            } else if let frame = torn.rotten {
                // It was acknowledged, and the next frame behind it makes that known to everybody.
                report.isClean = frame.kind == .closing
                let start = end
                end = JournalFormat.round(torn.end, up: sector)
                try salvage(start..<min(end, window.end), window, &files)
                index.pass(frame, upTo: UInt32(end))
                // A write to it failed: none follows.
                if torn.onlyBit != nil { return false }
            } else if torn.end > end {
                do throws(FileError) {
                    try clear(file, end..<torn.end, &files)
                } catch {
                    report.note(error)
                    return false
                }
            }
        }
        let position = JournalFormat.round(end, up: max(sector, sectorBytes))
        guard position < candidate.size else { return false }
        active = EventLogActive(
            number: candidate.number, file: file, position: position, capacity: candidate.size)
        return true
    }

    /// Writes the sector that a last frame lacks and that has one bit only. Its hash proves what stood
    /// there, so the frame is right for sure; whether it was acknowledged and lost the bit, or the
    /// sector was never written, is the same then. False: it cannot be written.
    private mutating func complete(
        _ frame: FrameHeader, _ bit: Int, _ file: LogFile, _ position: Int,
        _ window: SegmentWindow, _ files: inout some LogFiles
    ) throws(FileError) -> Bool {
        let bytes = try window.bytes(at: position, Int(frame.length), &files)
        let whole = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count, alignment: 4_096)
        defer { whole.deallocate() }
        whole.copyMemory(from: bytes)
        whole[bit / 8] ^= 1 << (bit % 8)
        let sector = UnsafeMutableRawBufferPointer.allocate(
            byteCount: sectorBytes, alignment: 4_096)
        defer { sector.deallocate() }
        sector.initializeMemory(as: UInt8.self, repeating: 0)
        let place = position + bit / 8
        let start = place & ~(sectorBytes - 1)
        sector[place - start] = whole[bit / 8]
        do throws(FileError) {
            try files.write(file, at: start, UnsafeRawBufferPointer(sector))
            try files.sync(file)
        } catch {
            report.note(error)
            return false
        }
        index.fold(
            frame, UnsafeRawBufferPointer(whole), at: UInt32(position), segment: window.segment)
        return true
    }

    private func clear(
        _ file: LogFile, _ range: Range<Int>, _ files: inout some LogFiles
    ) throws(FileError) {
        let start = range.lowerBound & ~(sectorBytes - 1)
        let count = JournalFormat.round(range.upperBound - start, up: sectorBytes)
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4_096)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        // A sector of today may begin before the end of what was written in smaller ones.
        let kept = range.lowerBound - start
        if kept > 0 {
            _ = try files.read(
                file, at: start, into: UnsafeMutableRawBufferPointer(rebasing: zeros[..<kept]))
        }
        try files.write(file, at: start, UnsafeRawBufferPointer(zeros))
        try files.sync(file)
    }

    /// Segments that the log refers to and that are not there, and files that it no longer refers
    /// to.
    private mutating func findMissing() {
        for segment in index.segments where candidates[segment.number] == nil {
            report.missing.append(segment.number)
            // One that the writer gave up in need looks the same: `EventLog.freeUncopied`.
            index.lose(segment: segment.number)
        }
        // Those before the newest checkpoint are not read, but what is cut off is known.
        for segment in index.segments {
            guard let size = candidates[segment.number].map({ UInt32($0.size) }),
                size < segment.length,
                !report.rot.contains(where: {
                    $0.segment == segment.number && $0.positions.upperBound > size
                })
            else { continue }
            report.rot.append(
                RottenStretch(
                    segment: segment.number, positions: size..<segment.length, salvaged: 0))
        }
        for number in candidates.keys.sorted()
        where !index.segments.contains(where: { $0.number == number }) {
            leftovers.append(SegmentName.segment(number).text)
        }
    }

    private mutating func setAside() {
        report.foreign.sort()
        report.missing = Array(Set(report.missing)).sorted()
    }
}

/// The segment that frames are written into.
struct EventLogActive {
    var number: UInt32
    var file: LogFile
    /// Where the next frame goes.
    var position: Int
    /// Bytes of the file.
    var capacity: Int
}
