// Which files of a directory are segments of the log that is opened, and whose the others are. Headers
// may be rotten, and files of other logs may lie there: what no frame or header proves is left alone.

extension Recovery {
    mutating func collect(_ names: [String], _ files: inout some LogFiles) {
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
    mutating func chooseLog(_ files: inout some LogFiles) {
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
    mutating func with<Files: LogFiles, Value>(
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
}
