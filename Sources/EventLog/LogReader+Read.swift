// Reading by offset and by time: locate a run, walk its entries, hand on whole batches that fit
// their checksums. What cannot be read any more is skipped and reported as a gap; when the writer
// has used a segment again meanwhile, what was read of it is dropped and the read begins anew.

extension LogReader {
    /// Appends whole batches of `partition` to `bytes`, from the one that holds `offset`: as many as
    /// stay within `maxBytes` together, the first one in any case. At the end it brings none.
    /// - Throws: `outOfRange` when `offset` is not between log start and end, as `refresh` last saw
    ///   them or as they have become meanwhile.
    package func read(
        _ partition: PartitionID, from offset: Int64, maxBytes: Int, into bytes: inout [UInt8]
    ) throws(ReadError) -> ReadResult {
        let mark = bytes.count
        var absence = Absence(index)
        while absence.isBearable {
            try check(partition, offset)
            do throws(FileError) {
                switch try readOnce(partition, offset, maxBytes, &bytes) {
                case .done(let result): return result
                case .gone(let segment): absence.note(segment)
                }
            } catch {
                bytes.removeLast(bytes.count - mark)
                throw .file(error)
            }
            bytes.removeLast(bytes.count - mark)
            cursors[partition] = nil
            try look(absence)
        }
        // The log is used up faster than this process can read it.
        let info = index.partition(partition)
        throw .outOfRange(logStart: info?.highWatermark ?? 0, end: info?.highWatermark ?? 0)
    }

    private func check(_ partition: PartitionID, _ offset: Int64) throws(ReadError) {
        guard let slot = index.slot(of: partition) else { throw .unknownPartition }
        let state = index.partitions[slot]
        guard offset >= state.logStart, offset <= state.highWatermark else {
            throw .outOfRange(logStart: state.logStart, end: state.highWatermark)
        }
    }

    private enum Attempt {
        case done(ReadResult)
        /// A segment is not there, or was used again meanwhile: `bytes` may hold anything.
        case gone(UInt32)
    }

    private func readOnce(
        _ partition: PartitionID, _ offset: Int64, _ maxBytes: Int, _ bytes: inout [UInt8]
    ) throws(FileError) -> Attempt {
        var result = ReadResult(next: offset)
        var isFull = false
        while !isFull, let location = try locate(partition, result.next) {
            if location.run.lowerBound > result.next {
                skip(partition, to: location.run.lowerBound, &result)
            }
            guard let file = try file(location.place.segment) else {
                return .gone(location.place.segment)
            }
            try walk(file, partition, location, &result) { result, entry, body in
                if result.batches > 0, result.bytes + body.count > maxBytes {
                    isFull = true
                    return false
                }
                bytes.append(contentsOf: body)
                result.bytes += body.count
                result.batches += 1
                result.next = entry.baseOffset + Int64(entry.count)
                return true
            }
            if isGone(file) { return .gone(file.number) }
            if result.bytes >= maxBytes { break }
        }
        // Lost offsets at the very end.
        let end = index.highWatermark(partition) ?? 0
        if !isFull, result.next < end, index.locate(partition, offset: result.next) == nil {
            skip(partition, to: end, &result)
        }
        return .done(result)
    }

    /// Where to begin for `offset`: where the last read ended, if it goes on there, or by the index.
    private func locate(
        _ partition: PartitionID, _ offset: Int64
    ) throws(FileError) -> Location? {
        guard var location = index.locate(partition, offset: offset) else { return nil }
        if let cursor = cursors[partition], cursor.offset == offset,
            cursor.place.segment == location.place.segment,
            location.run.contains(offset), cursor.place.position <= location.last,
            cursor.place.position > location.place.position
        {
            location.place = cursor.place
            return location
        }
        let isSealed = location.place.segment != index.segments.last?.number
        if isSealed, location.run.lowerBound < offset {
            let samples = try samples(of: location.place.segment)
            return index.locate(partition, offset: offset, sealed: samples)
        }
        return location
    }

    private func skip(_ partition: PartitionID, to offset: Int64, _ result: inout ReadResult) {
        guard offset > result.next else { return }
        let isExact = index.gap(partition, at: result.next)?.isExact ?? true
        if let last = result.gaps.last, last.offsets.upperBound == result.next,
            last.isExact == isExact
        {
            result.gaps[result.gaps.count - 1].offsets = last.offsets.lowerBound..<offset
        } else {
            result.gaps.append(
                LogGap(partition: partition, offsets: result.next..<offset, isExact: isExact))
        }
        result.next = offset
    }

    /// Hands the batches of a run to `body`, from the one that holds `result.next`, until it returns
    /// false or the run ends. Moves `result.next` over what cannot be read.
    @inline(__always)
    func walk(
        _ file: SegmentFile, _ partition: PartitionID, _ location: Location,
        _ result: inout ReadResult,
        _ body: (inout ReadResult, EntryHeader, UnsafeRawBufferPointer) -> Bool
    ) throws(FileError) {
        guard let slot = index.segmentSlot(file.number) else { return }
        let limit = min(Int(index.segments[slot].length), file.bytes)
        let sector = Int(index.segments[slot].sectorBytes)
        var position = Int(location.place.position)
        /// End of what was last handed on: behind it stands whatever comes next.
        var known = position
        var isReread = false
        var mayJump = false
        /// Others' entries stood between this partition's.
        var isScattered = false
        buffer.jump()
        while result.next < location.run.upperBound {
            if mayJump, isScattered {
                mayJump = false
                if let next = try place(of: result.next, partition, in: file.number),
                    next > position
                {
                    buffer.jump()
                    position = next
                }
            }
            /// A run has no holes, so this one is damage: what is next may still stand elsewhere, and
            /// what stands here may be a copy of later batches.
            var isHole = position > Int(location.last)
            if !isHole, let (entry, bytes) = try entry(file, at: position, limit: limit) {
                if mayJump, entry.partition != partition.rawValue {
                    // Others' entries may fill megabytes before the next of this one.
                    mayJump = false
                    if let next = try place(of: result.next, partition, in: file.number),
                        next > position
                    {
                        isScattered = true
                        buffer.jump()
                        position = next
                        continue
                    }
                }
                let end = entry.baseOffset + Int64(entry.count)
                if entry.partition == partition.rawValue, entry.kind == .batch, end > result.next,
                    entry.baseOffset < location.run.upperBound
                {
                    isHole = entry.baseOffset > result.next || !entry.isWhole(in: bytes)
                    if !isHole {
                        guard body(&result, entry, entry.body(in: bytes)) else {
                            note(partition, result.next, file.number, position)
                            return
                        }
                        known = position + entry.span
                        isReread = false
                        mayJump = true
                    }
                }
                if !isHole { position += entry.span }
            } else if !isHole {
                // Usually the end of a frame.
                let boundary = JournalFormat.round(position, up: sector)
                if try isFrame(file, at: boundary, limit: limit) {
                    position = boundary + JournalFormat.frameHeaderBytes
                } else {
                    isHole = true
                }
            }
            guard isHole else { continue }
            isScattered = false
            if !isReread {
                isReread = true
                buffer.forget()
                file.forgetCache(at: known, bytes: limit - known)
                position = known
                continue
            }
            guard
                let (found, base) = try search(
                    file, partition, location, result.next, known, limit: limit)
            else { break }
            skip(partition, to: base, &result)
            position = found
            known = found
        }
        if result.next < location.run.upperBound {
            skip(partition, to: location.run.upperBound, &result)
        }
        note(partition, result.next, file.number, position)
    }

    /// Where the samples of `segment` say that `offset` stands, or what is before it.
    private func place(
        of offset: Int64, _ partition: PartitionID, in segment: UInt32
    ) throws(FileError) -> Int? {
        let location =
            segment == index.segments.last?.number
            ? index.locate(partition, offset: offset)
            : index.locate(partition, offset: offset, sealed: try samples(of: segment))
        guard let location, location.place.segment == segment else { return nil }
        return Int(location.place.position)
    }

    /// Behind damage: of the run's whole entries the one with the lowest offsets that are not before
    /// `offset`, and its base. All of the run is looked at, as a misplaced block may bring later ones
    /// before it.
    private func search(
        _ file: SegmentFile, _ partition: PartitionID, _ location: Location, _ offset: Int64,
        _ start: Int, limit: Int
    ) throws(FileError) -> (position: Int, base: Int64)? {
        var best: (position: Int, base: Int64)?
        for position in stride(
            from: start, through: Int(location.last), by: JournalFormat.entryAlignment)
        {
            if let (entry, bytes) = try entry(file, at: position, limit: limit),
                entry.kind == .batch, entry.partition == partition.rawValue,
                location.run.contains(entry.baseOffset),
                entry.baseOffset + Int64(entry.count) > offset,
                entry.baseOffset < best?.base ?? .max, entry.isWhole(in: bytes)
            {
                best = (position, entry.baseOffset)
                if entry.baseOffset <= offset { break }
            }
        }
        return best
    }

    private func note(_ partition: PartitionID, _ offset: Int64, _ segment: UInt32, _ position: Int)
    {
        // One a partition, so bounded by them.
        cursors[partition] = ReadCursor(
            offset: offset,
            place: Place(segment: segment, position: UInt32(truncatingIfNeeded: position)))
    }
}
