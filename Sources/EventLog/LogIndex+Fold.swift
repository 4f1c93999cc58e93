// Folding: how frames change the state. The writer calls it after a flush, recovery and readers for
// every valid frame in order: one way for all. It allocates nothing for a batch that goes on where
// the last one of its partition ended, which is nearly every batch.

extension LogIndex {
    /// A segment begins. The first call tells the size of all; one that was begun before is left as
    /// it is, so a checkpoint may be taken before or after the segment that it opens was begun.
    package mutating func begin(_ header: SegmentHeader) {
        if let last = segments.last {
            guard header.segment > last.number else { return }
            let slot = segments.count - 1
            segments[slot].isSealed = true
            if header.previousSegment == last.number {
                segments[slot].length = header.previousLength
            }
        } else {
            isComplete = header.previousSegment == 0
        }
        segmentBytes = header.segmentBytes
        limits = LogLimits(segmentBytes: Int(segmentBytes))
        if header.firstSequence >= nextSequence {
            nextSequence = header.firstSequence
            lastHash = header.hashBefore
        }
        segments.append(SegmentSummary(header))
        samples = SegmentIndex()
        for slot in partitions.indices { partitions[slot].spacing = Partition.Spacing() }
    }

    /// Takes in a valid frame: `bytes` begin with its header, which stands at `position`.
    package mutating func fold(
        _ frame: FrameHeader, _ bytes: UnsafeRawBufferPointer, at position: UInt32, segment: UInt32
    ) {
        nextSequence = frame.sequence &+ 1
        lastHash = frame.hash
        lastKind = frame.kind
        if let slot = segmentSlot(segment) {
            let sector = UInt64(segments[slot].sectorBytes)
            let end = (UInt64(position) + UInt64(frame.length) + sector - 1) / sector * sector
            segments[slot].length = UInt32(min(end, UInt64(UInt32.max)))
            segments[slot].lastFrame = position
            segments[slot].newestMilliseconds = max(
                segments[slot].newestMilliseconds, frame.wallMilliseconds)
            if frame.kind == .index { segments[slot].indexPosition = position }
        }
        guard frame.kind == .data || frame.kind == .closing else { return }
        let end = min(Int(frame.length), bytes.count)
        var next = JournalFormat.frameHeaderBytes
        while end - next >= JournalFormat.entryHeaderBytes {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[next..<end])
            guard let entry = EntryHeader(rest) else {
                stray()
                return
            }
            take(
                entry, entry.body(in: rest), segment: segment,
                position: position &+ UInt32(truncatingIfNeeded: next), frame: position,
                wallMilliseconds: frame.wallMilliseconds)
            next += entry.span
        }
    }

    mutating func stray() { strays = strays == .max ? .max : strays + 1 }

    /// Takes in one entry, of a valid frame or salvaged.
    mutating func take(
        _ entry: EntryHeader, _ body: UnsafeRawBufferPointer, segment: UInt32, position: UInt32,
        frame: UInt32, wallMilliseconds: Int64
    ) {
        switch entry.kind {
        case .part: return
        case .meta:
            if let meta = MetaEntry(body) {
                apply(meta, wallMilliseconds: wallMilliseconds)
            } else {
                stray()
            }
        case .batch:
            let id = PartitionID(rawValue: entry.partition)
            guard let batch = BatchHeader(body), let slot = slot(of: id) ?? adopt(id) else {
                stray()
                return
            }
            let arrival = Arrival(
                segment: segment, position: position, frame: frame, first: entry.baseOffset,
                next: entry.baseOffset + Int64(entry.count),
                maxTimestamp: max(-1, batch.maxTimestamp),
                bytes: UInt32(truncatingIfNeeded: entry.span))
            if entry.isCopied {
                takeCopy(arrival, slot)
            } else if takeNew(arrival, slot) {
                note(producerOf: batch, id, arrival)
            }
        }
    }

    /// A new batch; false: it makes no sense here.
    private mutating func takeNew(_ arrival: Arrival, _ slot: Int) -> Bool {
        if let sample = partitions[slot].extend(arrival, samples) {
            if partitions[slot].isVital { account(arrival.segment, Int64(arrival.bytes)) }
            if let sample, let run = partitions[slot].runs.last {
                samples.add(
                    sample, partitions[slot].id, run: run.position, limit: limits.samples)
            }
            return true
        }
        // Wanted no longer: `setLogStart` was in a frame that is read after a checkpoint.
        guard arrival.next > partitions[slot].logStart else { return true }
        let id = partitions[slot].id
        let before = partitions[slot].runs.count
        guard partitions[slot].insert(arrival.run) else {
            stray()
            return false
        }
        runCount += partitions[slot].runs.count - before
        if partitions[slot].isVital { account(arrival.segment, Int64(arrival.bytes)) }
        gapTable.remove(id, arrival.first..<arrival.next, limit: limits.gaps)
        settle(slot, arrival.first..<arrival.next)
        return true
    }

    /// What offsets of a new batch, which do not simply go on, say about those before them.
    mutating func settle(_ slot: Int, _ offsets: Range<Int64>) {
        let id = partitions[slot].id
        let end = partitions[slot].highWatermark
        let doubt = partitions[slot].doubt
        if doubt >= 0, offsets.lowerBound >= doubt {
            partitions[slot].doubt = -1
            if offsets.lowerBound < end {
                // It was written before the rot was seen, so it tells how far the partition was.
                let start = max(doubt, partitions[slot].logStart)
                let next = max(offsets.upperBound, partitions[slot].runs.last?.next ?? 0, start)
                partitions[slot].highWatermark = next
                if start < end { gapTable.remove(id, start..<end, limit: limits.gaps) }
                miss(slot, start..<next)
                return
            }
        }
        // Offsets between were given and are gone.
        if offsets.lowerBound > end { miss(slot, end..<offsets.lowerBound) }
        partitions[slot].highWatermark = max(end, offsets.upperBound)
    }

    /// Makes a gap of what no run holds of `offsets`.
    mutating func miss(_ slot: Int, _ offsets: Range<Int64>) {
        let partition = partitions[slot]
        var next = max(offsets.lowerBound, partition.logStart)
        func miss(upTo end: Int64) {
            guard next < end else { return }
            gapTable.add(partition.id, next..<end, isExact: true, limit: limits.gaps)
        }
        for run in partition.runs[partition.slot(behind: next)...] {
            guard run.first < offsets.upperBound else { break }
            miss(upTo: run.first)
            next = max(next, run.next)
        }
        miss(upTo: offsets.upperBound)
    }

    /// A batch that was copied forward. Where nothing holds its offsets any more it is read at once;
    /// otherwise it waits until the segment that it comes from is freed.
    private mutating func takeCopy(_ arrival: Arrival, _ slot: Int) {
        guard arrival.next > partitions[slot].logStart else { return }
        let before = partitions[slot].runs.count + partitions[slot].copies.count
        defer {
            runCount += partitions[slot].runs.count + partitions[slot].copies.count - before
        }
        if partitions[slot].insert(arrival.run) {
            if partitions[slot].isVital { account(arrival.segment, Int64(arrival.bytes)) }
            gapTable.remove(
                partitions[slot].id, arrival.first..<arrival.next, limit: limits.gaps)
            let end = partitions[slot].highWatermark
            if arrival.first > end { miss(slot, end..<arrival.first) }
            partitions[slot].highWatermark = max(end, arrival.next)
            return
        }
        guard arrival.next <= partitions[slot].highWatermark else { return stray() }
        let old = partitions[slot].addCopy(arrival)
        guard partitions[slot].isVital else { return }
        account(arrival.segment, Int64(arrival.bytes))
        for run in old { account(run.segment, -Int64(run.bytes)) }
    }

    private mutating func note(producerOf batch: BatchHeader, _ id: PartitionID, _ arrival: Arrival)
    {
        guard batch.producerID >= 0, !batch.isControl else { return }
        producers.append(
            ProducerKey(producer: batch.producerID, partition: id), epoch: batch.producerEpoch,
            baseSequence: batch.baseSequence,
            lastOffsetDelta: Int32(truncatingIfNeeded: arrival.next - arrival.first - 1) & .max,
            baseOffset: arrival.first, limit: limits.producers)
    }

    /// Adds to what is vital in a segment.
    mutating func account(_ segment: UInt32, _ bytes: Int64) {
        guard let slot = segmentSlot(segment) else { return }
        segments[slot].vitalBytes = max(0, segments[slot].vitalBytes &+ bytes)
    }

    /// A partition whose topic was made in a frame that nobody can read any more gets one of its
    /// own, `lost.N`, vital, so that its records are neither invisible nor dropped.
    private mutating func adopt(_ id: PartitionID) -> Int? {
        guard id.rawValue > 0, id.rawValue < .max, id.rawValue >= nextPartition || !isComplete,
            partitions.count < limits.partitions, topicTable.all.count < limits.topics
        else { return nil }
        let name = "lost.\(id.rawValue)"
        guard topicTable[name] == nil else { return nil }
        topicTable.add(
            TopicInfo(
                name: name, id: LogID(head: 0, tail: UInt64(id.rawValue)),
                settings: TopicSettings(isVital: true), partitions: [id]))
        let slot = insertionSlot(of: id)
        partitions.insert(Partition(id, topic: name, number: 0, isVital: true), at: slot)
        nextPartition = max(nextPartition, id.rawValue + 1)
        return slot
    }
}
