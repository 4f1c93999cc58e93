// In which order the segments follow each other, and the newest checkpoint that can be used: nothing
// before it has to be read.

extension Recovery {
    /// The newest checkpoint that can be used, and the segments from there on, oldest first. A
    /// segment that none of the later ones goes back to never held anything.
    mutating func findChain(
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
}
