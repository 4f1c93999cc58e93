// One frame under `verify`: its place in the chain, its entries, their batches and the row of offsets
// of every partition; and what is said where a frame should be and is none.

extension LogVerifier {
    mutating func checkFrame(
        _ frame: FrameHeader, _ bytes: UnsafeRawBufferPointer, _ segment: UInt32
    ) {
        let position = Int(frame.position)
        report.frames += 1
        if report.firstSequence == nil {
            report.firstSequence = frame.sequence
            report.firstMilliseconds = frame.wallMilliseconds
        }
        report.lastSequence = frame.sequence
        report.lastMilliseconds = frame.wallMilliseconds
        if let chain {
            if frame.sequence != chain.sequence {
                report.damage(
                    segment, position, "is frame \(frame.sequence), expected \(chain.sequence)")
            }
            if frame.previousHash != chain.hash {
                report.damage(segment, position, "does not continue the chain of hashes")
            }
        }
        if FrameBuffer.hash(of: bytes) != frame.hash {
            report.damage(segment, position, "its SHA-256 does not fit")
        }
        chain = Chain(sequence: frame.sequence &+ 1, hash: frame.hash)
        if report.frames == 1, frame.kind == .checkpoint { begin(bytes) }
        var place = JournalFormat.frameHeaderBytes
        var entries = 0
        while place < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
            guard let entry = EntryHeader(rest), entry.span <= rest.count else {
                report.damage(segment, position + place, "is no entry")
                return
            }
            checkEntry(entry, rest, segment, position + place)
            place += entry.span
            entries += 1
        }
        if entries != Int(frame.entries) {
            report.damage(
                segment, position, "has \(entries) entries, says \(frame.entries)")
        }
    }

    private mutating func checkEntry(
        _ entry: EntryHeader, _ bytes: UnsafeRawBufferPointer, _ segment: UInt32, _ position: Int
    ) {
        guard entry.isWhole(in: bytes) else {
            report.damage(segment, position, "an entry's body does not fit its checksum")
            return
        }
        let body = entry.body(in: bytes)
        switch entry.kind {
        case .part: return
        case .meta:
            if MetaEntry(body) == nil {
                report.damage(segment, position, "is no change of the log")
            }
        case .batch:
            do throws(AppendError) {
                let batch = try BatchHeader.checked(body)
                if batch.baseOffset != entry.baseOffset
                    || Int64(batch.lastOffsetDelta) + 1 != Int64(entry.count)
                {
                    report.damage(segment, position, "a batch and its entry differ in offsets")
                }
            } catch {
                report.damage(segment, position, "is no record batch")
            }
            count(entry, segment, position)
        }
    }

    /// Takes from the oldest checkpoint where every partition goes on.
    private mutating func begin(_ checkpoint: UnsafeRawBufferPointer) {
        guard
            let index = LogReader.parts(checkpoint).withUnsafeBytes({ LogIndex(checkpoint: $0) })
        else { return }
        isComplete = true
        for partition in index.partitions { next[partition.id.rawValue] = partition.highWatermark }
    }

    /// Holds the row of offsets of the entry's partition.
    private mutating func count(_ entry: EntryHeader, _ segment: UInt32, _ position: Int) {
        let partition = PartitionID(rawValue: entry.partition)
        report.batches += 1
        report.records += UInt64(entry.count)
        let end = entry.baseOffset &+ Int64(entry.count)
        if entry.isCopied {
            // Copies keep their offsets; they are older than all that the log has seen here.
            if let expected = next[entry.partition], end > expected {
                report.damage(
                    segment, position, "a copied batch of partition \(entry.partition) is newer")
            }
            return
        }
        if let expected = next[entry.partition] ?? (isComplete ? 0 : nil),
            entry.baseOffset != expected
        {
            if entry.baseOffset < expected {
                report.damage(
                    segment, position,
                    "offset \(entry.baseOffset) of partition \(entry.partition) comes twice")
            } else {
                report.damage(
                    segment, position,
                    "offsets \(expected) ..< \(entry.baseOffset) of partition "
                        + "\(entry.partition) are missing before it")
                report.lose(partition, expected..<entry.baseOffset)
            }
        }
        next[entry.partition] = max(next[entry.partition] ?? 0, end)
    }

    // What is lost

    /// `range` held acknowledged frames and is no frame now. Its entries that check alone are
    /// counted as there, as recovery does.
    mutating func lost(
        _ segment: UInt32, _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer,
        _ nextSequence: UInt64?
    ) {
        var text = "\(range.count) bytes up to \(range.upperBound) are damaged"
        if let chain, let nextSequence, nextSequence > chain.sequence {
            text += ": frames \(chain.sequence) to \(nextSequence - 1)"
        }
        report.damage(segment, range.lowerBound, text)
        chain = nil
        var place = range.lowerBound
        while place + JournalFormat.entryHeaderBytes <= range.upperBound {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[place..<range.upperBound])
            guard let entry = EntryHeader(rest), entry.span <= rest.count else {
                place += JournalFormat.entryAlignment
                continue
            }
            if entry.kind == .batch, entry.isWhole(in: rest) { count(entry, segment, place) }
            place += entry.span
        }
    }
}
