// Where writing goes on: the end of the last segment is torn, rotten or clean. The only bytes that
// recovery writes are written here: zeros over a torn frame, or the one bit that a last frame lacks.

extension Recovery {
    /// Ends recovery at the last segment's end: takes away what a torn write left and makes it the
    /// active one. False: writing goes on in the next segment.
    mutating func resume(
        _ candidate: Candidate, _ file: LogFile, _ window: SegmentWindow, _ end: Int,
        _ sector: Int, _ files: inout some LogFiles
    ) throws(FileError) -> Bool {
        report.isClean = index.lastKind == .closing
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
            } else if let frame = torn.rotten, !torn.mended.isEmpty, !spares.isEmpty,
                isWrittenAgain(frame, torn.mended)
            {
                // Its hash proves what it held, so that is right whether it was acknowledged or not.
                report.tornBytes = torn.mended.count
                doubtful = torn.mended
                return false
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
}
