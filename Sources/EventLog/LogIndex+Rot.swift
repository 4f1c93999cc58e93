// Rotten stretches: bytes that were acknowledged and cannot be read any more. Recovery finds them
// and calls, in the order of the journal and for each stretch: `foldSalvaged` for every entry in it
// that still checks, then `noteRot` for the rest; then it folds what follows.
//
// The bound. Where entry headers are readable, the lost offsets are exact. Where they are not, the
// lost bytes may have held batches of any partition; a batch takes 96 bytes or more and spans at
// most `LogLimits.recordsPerBatch` offsets (compressed, so bytes say nothing of records). So every
// partition goes ahead by that many for every 96 lost bytes, and one more. If a later entry of the
// partition lies before that point, it was written before the rot was seen and tells exactly how far
// the partition was; the high watermark comes back. If none does, the writer goes on at the point
// ahead and the gap stays inexact. 64-bit offsets have room for 10 million losses of 512 bytes.

extension LogIndex {
    /// Smallest entry of a batch.
    private static let smallestBatch = 96
    /// Smallest entry of a meta.
    private static let smallestMeta = 40

    /// An entry of a rotten frame that checks alone.
    package mutating func foldSalvaged(
        _ entry: EntryHeader, body: UnsafeRawBufferPointer, at place: Place
    ) {
        take(
            entry, body, segment: place.segment, position: place.position, frame: place.position,
            wallMilliseconds: 0)
    }

    /// What was lost of `positions`: the entries whose headers are `known` and, unless those and the
    /// salvaged ones are the whole stretch, nobody knows what else. `unknownBytes`, when given, says
    /// how many bytes are not accounted for; otherwise it is the whole stretch.
    package mutating func noteRot(
        in segment: UInt32, _ positions: Range<UInt32>, known: [EntryHeader], isWhole: Bool,
        unknownBytes: Int? = nil
    ) {
        var metas = 0
        for entry in known {
            switch entry.kind {
            case .part: break
            case .meta: metas += 1
            case .batch: lose(entry)
            }
        }
        if !isWhole {
            let bytes = max(0, unknownBytes ?? positions.count)
            metas += bytes / Self.smallestMeta + 1
            for slot in partitions.indices { doubt(slot, bytes) }
        }
        if metas > 0 { loseMeta(metas) }
    }

    /// A segment cannot be read at all, or its file is gone. One that was folded, perhaps by way of a
    /// checkpoint, leaves exact gaps; one that never was may have held anything.
    package mutating func lose(segment: UInt32) {
        guard segmentSlot(segment) != nil else {
            return noteRot(in: segment, 0..<segmentBytes, known: [], isWhole: false)
        }
        // All of its frames were folded, so nothing but records is lost.
        free(segment, isLost: true)
    }

    private mutating func lose(_ entry: EntryHeader) {
        // What was to be copied still stands in the old segment, or `freed` makes it a gap.
        guard !entry.isCopied else { return }
        guard let slot = slot(of: PartitionID(rawValue: entry.partition)) else {
            // Its topic may have been made in the same stretch; the number is not given again.
            if entry.partition < .max { nextPartition = max(nextPartition, entry.partition + 1) }
            return
        }
        let next = entry.baseOffset + Int64(entry.count)
        guard next > partitions[slot].logStart else { return }
        settle(slot, entry.baseOffset..<next)
        miss(slot, entry.baseOffset..<next)
    }

    private mutating func doubt(_ slot: Int, _ bytes: Int) {
        let batches = Int64(bytes / Self.smallestBatch + 1)
        let (jump, isWide) = batches.multipliedReportingOverflow(
            by: Int64(LogLimits.recordsPerBatch))
        let from = partitions[slot].highWatermark
        let (next, isOver) = from.addingReportingOverflow(isWide ? .max : jump)
        let ahead = isOver ? Int64.max : next
        if partitions[slot].doubt < 0 { partitions[slot].doubt = from }
        partitions[slot].highWatermark = ahead
        gapTable.add(partitions[slot].id, from..<ahead, isExact: false, limit: limits.gaps)
    }

    /// Numbers that lost meta entries may have reserved are not given again.
    private mutating func loseMeta(_ count: Int) {
        let most = UInt64(count)
        lostMeta = lostMeta > .max - most ? .max : lostMeta + most
        isComplete = false
        let (jump, isWide) = Int64(count).multipliedReportingOverflow(
            by: LogLimits.reservedAtOnce)
        func ahead(_ number: Int64) -> Int64 {
            let (sum, isOver) = number.addingReportingOverflow(isWide ? .max : jump)
            return isOver ? .max : sum
        }
        producerIDs = ahead(producerIDs)
        for (partition, reserve) in volatileReserves {
            volatileReserves[partition] = ahead(reserve)
        }
    }
}
