// Files that will become segments. They are made ahead of need by `prepare`, in small steps: written
// with zeros, or of the oldest segment when there may be no more files.

import Glibc

extension EventLog {
    /// A file that is written with zeros before it is used: only then a later fdatasync has nothing
    /// to write but the frame.
    struct Making {
        var name: String
        var file: LogFile?
        var done = 0
    }

    static var zeroStepBytes: Int { 256 << 10 }

    /// Files of the log, used or not.
    var fileCount: Int {
        index.segments.count + spares.count + abandoned.count + (making == nil ? 0 : 1)
    }

    /// Idle work: one small step towards having spares. False: there is nothing to do.
    package func prepare(wallMilliseconds: Int64) throws(FileError) -> Bool {
        guard !isClosed, spares.count < settings.reserve || freeing != nil || making != nil else {
            return false
        }
        do throws(FileError) {
            return try spareStep(wallMilliseconds)
        } catch {
            counters.failures &+= 1
            throw error
        }
    }

    /// One step towards one more spare: of a new file while there may be more, else of the oldest
    /// segment. False: neither can be.
    func spareStep(_ wallMilliseconds: Int64) throws(FileError) -> Bool {
        if freeing == nil, making != nil || (fileCount < settings.segments && createFailures == 0) {
            do throws(FileError) {
                try makingStep()
                isDiskFull = false
                return true
            } catch {
                createFailures += 1
                isDiskFull = error.errno == ENOSPC || error.errno == EDQUOT
                guard canFree else { throw error }
            }
        }
        guard canFree else { return false }
        try freeingStep(wallMilliseconds)
        return true
    }

    /// Sees to it that there is a spare, whatever that takes.
    func needSpare(_ wallMilliseconds: Int64) throws(FileError) {
        // Files whose names were in doubt: their new ones are on the disk before they are written.
        reclaimAbandoned()
        createFailures = 0
        let wasFull = isDiskFull
        let most = 2 * (settings.segmentBytes / Self.zeroStepBytes + settings.segments) + 64
        for _ in 0..<most where spares.isEmpty {
            do throws(FileError) {
                guard try spareStep(wallMilliseconds) else { break }
            } catch {
                // On a disk that stays full, and without a segment to write to, there is only the
                // oldest one.
                guard wasFull, isDiskFull, active == nil else { throw error }
                break
            }
        }
        guard spares.isEmpty else { return }
        try freeUncopied(isForced: fileCount >= settings.segments || isDiskFull)
    }

    /// Creates the file that will be a spare, or writes its next zeros.
    private func makingStep() throws(FileError) {
        if fileCount > settings.segments, let surplus = making {
            // A crash left one more than there may be.
            making = nil
            if let file = surplus.file { files.close(file) }
            try drop(surplus.name)
            return
        }
        var step = making ?? Making(name: SegmentName.making(nextFile()).text)
        if step.file == nil {
            if making != nil, let file = try files.open(step.name) {
                if try files.size(file) == settings.segmentBytes {
                    step.file = file
                } else {
                    files.close(file)
                    try files.remove(step.name)
                }
            }
            if step.file == nil {
                making = nil
                step.file = try files.create(step.name, bytes: settings.segmentBytes)
            }
            making = step
            return
        }
        guard let file = step.file else { return }
        do throws(FileError) {
            let count = min(Self.zeroStepBytes, settings.segmentBytes - step.done)
            try writeZeros(file, at: step.done, count)
            step.done += count
            making = step
            guard step.done >= settings.segmentBytes else { return }
            files.close(file)
            making = nil
            let name = SegmentName.spare(nextFile()).text
            try files.rename(step.name, to: name)
            spares.append(name)
        } catch {
            // The file may be no good; another one is made from the beginning.
            if making != nil { files.close(file) }
            making = nil
            do throws(FileError) { try files.remove(step.name) } catch {
                abandoned.append(step.name)
            }
            throw error
        }
    }

    /// Removes a file that is no good.
    func drop(_ name: String) throws(FileError) {
        do throws(FileError) { try files.remove(name) } catch {
            if error.errno != ENOENT { abandoned.append(name) }
            throw error
        }
    }

    private func writeZeros(_ file: LogFile, at offset: Int, _ count: Int) throws(FileError) {
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4_096)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        counters.writes &+= 1
        counters.bytesWritten &+= UInt64(count)
        try files.write(file, at: offset, UnsafeRawBufferPointer(zeros))
        counters.syncs &+= 1
        try files.sync(file)
    }

    /// Lets files of segments that never held anything become spares.
    func reclaimAbandoned() {
        let names = abandoned
        abandoned = []
        for name in names {
            do throws(FileError) {
                let spare = SegmentName.spare(nextFile()).text
                try files.rename(name, to: spare)
                areNamesDurable = false
                spares.append(spare)
            } catch {
                counters.failures &+= 1
                if error.errno != ENOENT { abandoned.append(name) }
            }
        }
    }

    /// Makes the names durable that were found, or given by the way.
    func syncNames() throws(FileError) {
        guard !areNamesDurable else { return }
        try files.syncDirectory()
        areNamesDurable = true
    }

    func nextFile() -> UInt32 {
        nextFileNumber &+= 1
        return nextFileNumber
    }
}
