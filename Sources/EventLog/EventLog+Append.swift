// Staging appends and flushing them. `stage` decides everything that can be refused, so that what is
// staged is acknowledged by nothing but the disk. One append is in one frame, whole or not at all.

import Glibc

extension EventLog {
    /// Bytes that wait for the disk.
    package var stagedBytes: Int { staged.isEmpty ? 0 : staged.count }
    package var hasStaged: Bool { !staged.isEmpty }

    /// Takes an append in, whole or not at all; nothing is on the disk before `flush`. Offsets and
    /// partition numbers in the result are final as soon as it is flushed.
    /// - Throws: why not; `backlogged` is the only one that a flush cures.
    package func stage(
        _ steps: [AppendStep], wallMilliseconds: Int64
    ) throws(AppendError) -> [AppendResult] {
        if isAheadStale { catchUp() }
        try admit(steps)
        let mark = staged.mark
        var results: [AppendResult] = []
        results.reserveCapacity(steps.count)
        do throws(AppendError) {
            for step in steps { results.append(try stage(step, wallMilliseconds)) }
        } catch {
            if staged.isBehind(mark) {
                staged.cut(to: mark)
                isAheadStale = true
            }
            throw error
        }
        return results
    }

    /// Writes all that is staged as one frame, and waits until it is on the disk. After a throw it is
    /// staged as before, the segment is given up, and the next call tries the next one.
    package func flush(wallMilliseconds: Int64) throws(FileError) {
        guard !staged.isEmpty else { return }
        do throws(FileError) {
            try makeRoom(staged.writtenBytes, wallMilliseconds)
            // It may have been written with the beginning of a segment.
            if !staged.isEmpty { try commit(staged, .data, wallMilliseconds) }
        } catch {
            fail(error)
            throw error
        }
        staged.clear()
        counters.flushes &+= 1
        lastFailure = nil
        publish?(durableEnd, oldestSegment)
    }

    /// Stages what a frame holds that recovery found and did not fold.
    func stage(again frame: [UInt8]) {
        frame.withUnsafeBytes { frame in
            for (entry, body, _) in FrameEntries(frame) { _ = staged.append(entry, body) }
        }
        isStagedInDoubt = !staged.isEmpty
        if isStagedInDoubt { catchUp() }
    }

    /// What can be said before anything is staged: whether there is room for all of it.
    private func admit(_ steps: [AppendStep]) throws(AppendError) {
        if isClosed { throw .full }
        var bytes = 0
        var isOrdinary = false
        var isVital = false
        for step in steps {
            switch step {
            case .batch(let partition, let batch):
                bytes += JournalFormat.entryBytes(batch.count)
                // Of a partition that is not known the step itself is refused, or it is made by the
                // same append.
                if ahead.isVital(partition) { isVital = true } else { isOrdinary = true }
            case .commit, .createTopic, .addPartitions, .alterTopic, .deleteTopic, .setLogStart,
                .deleteGroup, .deleteCommit, .reserveProducerIDs, .reserveVolatile:
                bytes += 64
            }
        }
        let most = staged.limit - JournalFormat.frameHeaderBytes
        guard bytes <= most, steps.count <= Int(UInt16.max) else { throw .tooLarge }
        guard staged.hasRoom(entryBytes: bytes, steps.count) else { throw .backlogged }
        guard isOrdinary, !isVital else { return }
        // While the disk fails, the last quarter of the memory is for vital appends.
        if isDegraded, staged.count + bytes > staged.limit / 4 * 3 { throw .backlogged }
        if !mayGrow, let active {
            let free = active.capacity - active.position - staged.writtenBytes - bytes
            if free < active.capacity / 4 { throw .full }
        }
    }

    /// Whether a segment for more than what is free now can be had by any means.
    private var mayGrow: Bool {
        spares.count >= settings.reserve || index.segments.count > 1
            || (fileCount < settings.segments && createFailures == 0)
    }

    private func stage(
        _ step: AppendStep, _ wallMilliseconds: Int64
    ) throws(AppendError) -> AppendResult {
        if case .batch(let partition, let bytes) = step {
            return try stage(batch: bytes, partition)
        }
        guard let meta = try ahead.meta(for: step) else { throw .badBatch }
        try put(meta, wallMilliseconds)
        switch meta {
        case .createTopic(_, _, let first, let count, _), .addPartitions(_, let first, let count):
            return .partitions(first: first, count: count)
        case .alterTopic, .deleteTopic, .commit, .setLogStart, .deleteGroup, .deleteCommit,
            .reserveProducerIDs, .reserveVolatile, .freed:
            return .done
        }
    }

    private func put(_ meta: MetaEntry, _ wallMilliseconds: Int64) throws(AppendError) {
        let body = meta.encoded()
        guard body.count <= staged.limit / 2 else { throw .tooLarge }
        guard staged.hasRoom(for: body.count) else { throw .backlogged }
        _ = body.withUnsafeBytes { body in
            staged.append(EntryHeader(kind: .meta, length: 0, bodyChecksum: 0), body)
        }
        ahead.apply(meta, wallMilliseconds: wallMilliseconds)
    }

    private func stage(
        batch bytes: [UInt8], _ partition: PartitionID
    ) throws(AppendError) -> AppendResult {
        var outcome: Result<AppendResult, AppendError> = .failure(.badBatch)
        bytes.withUnsafeBytes { bytes in
            do throws(AppendError) {
                outcome = .success(try stage(batch: bytes, partition))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }

    private func stage(
        batch bytes: UnsafeRawBufferPointer, _ partition: PartitionID
    ) throws(AppendError) -> AppendResult {
        let header = try BatchHeader.checked(bytes)
        let count = Int(header.recordCount)
        let (base, verdict) = try ahead.admit(
            header, partition, in: active?.number ?? nextNumber)
        if case .duplicate(let base, let count) = verdict {
            return .offsets(base: base, count: count, isDuplicate: true)
        }
        guard staged.hasRoom(for: bytes.count) else { throw .backlogged }
        let entry = EntryHeader(
            kind: .batch, partition: partition.rawValue,
            length: UInt32(truncatingIfNeeded: bytes.count), baseOffset: base,
            count: UInt32(truncatingIfNeeded: count), bodyChecksum: 0)
        let position = staged.append(entry, bytes) { copy in
            RecordBatch.setBase(offset: base, leaderEpoch: 0, in: copy)
        }
        foldAhead(entry, staged.body(at: position), position)
        return .offsets(base: base, count: count, isDuplicate: false)
    }

    /// Folds an entry of the staged frame into `ahead`, where it will stand if the frame goes into
    /// the active segment.
    func foldAhead(_ entry: EntryHeader, _ body: UnsafeRawBufferPointer, _ position: Int) {
        let frame = active?.position ?? JournalFormat.segmentHeaderBytes
        ahead.take(
            entry, body, segment: active?.number ?? nextNumber,
            position: UInt32(truncatingIfNeeded: frame + position),
            frame: UInt32(truncatingIfNeeded: frame), wallMilliseconds: 0)
    }

    /// Writes a frame behind the last one, waits for the disk, and folds it. If that fails, the
    /// segment is given up for good: nobody knows what stands there now.
    func commit(
        _ buffer: FrameBuffer, _ kind: FrameHeader.Kind, _ wallMilliseconds: Int64
    ) throws(FileError) {
        guard var active else {
            throw FileError(call: "write", path: "journal", errno: EIO)
        }
        if !isNameDurable {
            try files.syncDirectory()
            isNameDurable = true
        }
        let header = buffer.seal(
            FrameHeader(
                length: 0, kind: kind, entries: 0, log: index.log, segment: active.number,
                position: UInt32(truncatingIfNeeded: active.position),
                sequence: index.nextSequence,
                previousLength: index.segments.last?.length ?? 0,
                wallMilliseconds: wallMilliseconds, previousHash: index.lastHash))
        let written = buffer.written
        precondition(active.position + written.count <= active.capacity)
        do throws(FileError) {
            counters.writes &+= 1
            counters.bytesWritten &+= UInt64(written.count)
            try files.write(active.file, at: active.position, written)
            counters.syncs &+= 1
            try files.sync(active.file)
        } catch {
            files.close(active.file)
            self.active = nil
            isAheadStale = true
            throw error
        }
        index.fold(
            header, buffer.frame, at: UInt32(truncatingIfNeeded: active.position),
            segment: active.number)
        active.position += written.count
        self.active = active
    }
}
