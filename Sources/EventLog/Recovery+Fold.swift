// What stands in the segments behind the checkpoint: frames are folded, a bad stretch with a later frame
// behind it is salvaged, and what is not there at all is noted as lost.

extension Recovery {
    mutating func fold(_ chain: [Candidate], _ files: inout some LogFiles) {
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

    mutating func fold(
        _ candidate: Candidate, limit: Int?, isLast: Bool, _ files: inout some LogFiles
    ) {
        do throws(FileError) {
            let name = SegmentName.segment(candidate.number).text
            guard let file = try files.open(name) else { return loseWhole(candidate.number) }
            var isKept = false
            defer { if !isKept { files.close(file) } }
            // The writer may have died between a write and its sync, and the power is still on: what
            // is shown from now on has to be on the disk. Before it is read, so that what a sync that
            // fails has lost is not seen.
            let isSynced = isLast ? sync(file, &files) : true
            var held: HeldFrame?
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
                    let frame = UnsafeRawBufferPointer(rebasing: bytes[..<Int(header.length)])
                    if isSynced {
                        index.fold(
                            header, frame, at: UInt32(position), segment: candidate.number)
                    } else {
                        fold(&held, candidate.number)
                        held = HeldFrame(header, [UInt8](frame), UInt32(position))
                    }
                case .bad(let range):
                    fold(&held, candidate.number)
                    try salvage(range, window, &files)
                case .end(let position):
                    if !isSynced {
                        settle(&held, candidate.number)
                    } else if isLast {
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

    mutating func salvage(
        _ range: Range<Int>, _ window: SegmentWindow, _ files: inout some LogFiles
    ) throws(FileError) {
        let kept = try Salvage.fold(range, window, &index, &files)
        report.rot.append(
            RottenStretch(
                segment: window.segment,
                positions: UInt32(range.lowerBound)..<UInt32(range.upperBound), salvaged: kept))
    }
}
