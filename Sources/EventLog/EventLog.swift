// The single writer of a log. Appends are staged in memory and go out together: one frame, one write,
// one fdatasync. What is durable is then folded into `index`, by the same function that recovery and
// readers use; what is only staged stands in `ahead`, a second index, which tells the offsets that
// the next append gets. Called by one thread, such as SafetyLog's `RecordWriter`; never by two at once.
//
// A file call that fails never stops the log: the segment is given up, what waits stays in memory and
// goes to the next segment with the next flush. It never edits what was acknowledged, and takes no
// memory or disk beyond its settings.
//
// Extensions: +Append (stage, flush), +Roll (segments), +Spares (files for them), +Retention (freeing),
// +Copying (what is vital, forward), +Rest (its last frames). `Recovery` is where it starts from.

/// A log, opened for writing.
package final class EventLog<Files: LogFiles> {
    package let settings: LogSettings
    /// What is durable.
    package internal(set) var index: LogIndex
    package internal(set) var recovery: RecoveryReport
    package internal(set) var counters = LogCounters()
    /// The file call that failed last, until a flush succeeds again.
    package internal(set) var lastFailure: FileError?
    /// Told what is durable and which segment is the oldest: after each flush, and before a segment's
    /// file is used again. Must not call the log.
    package var publish: ((DurableEnd, _ oldest: UInt32) -> Void)?

    var files: Files
    /// `index` with all that is staged.
    var ahead: LogIndex
    /// `ahead` no longer equals `index` and what is staged, as the engine wrote frames of its own.
    var isAheadStale = false
    let staged: FrameBuffer
    /// What is staged begins with what may have been acknowledged by who wrote the log before. It is
    /// on the disk before the next segment has its name (`open`).
    var isStagedInDoubt = false
    /// For frames of the engine's own: copies, freed segments.
    let work: FrameBuffer
    var active: EventLogActive?
    /// Files that are ready to become segments.
    var spares: [String] = []
    /// A file that is being written with zeros.
    var making: Making?
    /// Files of segments that never held anything: they become spares after the next roll.
    var abandoned: [String] = []
    /// Creating a file failed: not tried again before something was freed or time has passed.
    var createFailures = 0
    /// The names that recovery found, or that files were given by the way, are on the disk. No
    /// file is written before they are.
    var areNamesDurable: Bool
    /// The active segment's own name is on the disk: nothing is acknowledged before it is.
    var isNameDurable: Bool
    /// The last file could not be created because the disk is full.
    var isDiskFull = false
    /// The oldest segment, on its way out.
    var freeing: Freeing?
    /// The segment whose vital records were counted as dropped last.
    var droppedSegment: UInt32 = 0
    /// The next segment's number: no segment ever has one that was used.
    var nextNumber: UInt32 = 1
    var nextFileNumber: UInt32 = 1
    /// Copying forward all that is vital makes no room any more: some of it has to go.
    var isCrowded = false
    /// Going on to the next segment: freeing one, which may go on as well, must not begin another.
    var isRolling = false
    var isClosed = false

    /// Opens the log in `files`, or makes one. `newLog` is the id of a new one; nil: a fresh one.
    /// Writes that fail do not make it throw: the log is then there to read, and tries again at the
    /// next flush (`lastFailure`).
    /// - Throws: the directory cannot be read.
    package init(
        _ files: Files, _ settings: LogSettings = LogSettings(),
        wallMilliseconds: Int64, newLog: LogID? = nil
    ) throws(LogError) {
        let settings = settings.bounded
        var files = files
        var recovery = Recovery(
            settings, sectorBytes: files.sectorBytes, newLog: newLog ?? .fresh())
        do throws(FileError) {
            try recovery.run(&files)
        } catch {
            throw .file(error)
        }
        self.settings = settings
        self.files = files
        self.recovery = recovery.report
        index = recovery.index
        ahead = recovery.index
        active = recovery.active
        areNamesDurable = recovery.areNamesDurable
        isNameDurable = recovery.areNamesDurable
        spares = recovery.spares
        abandoned = recovery.leftovers
        nextNumber = recovery.nextNumber
        nextFileNumber = recovery.nextFileNumber
        if let name = recovery.begun { making = Making(name: name) }
        staged = FrameBuffer(limit: settings.longestFrame, sectorBytes: files.sectorBytes)
        work = FrameBuffer(limit: settings.longestFrame, sectorBytes: files.sectorBytes)
        lastFailure = recovery.report.errors.last
        stage(again: recovery.doubtful)
        reclaimAbandoned()
        if active == nil {
            // A new log, or one whose last segment takes no more: begin the next one if that can be.
            do throws(FileError) {
                try roll(wallMilliseconds: wallMilliseconds)
            } catch {
                fail(error)
            }
            catchUp()
        }
    }

    deinit {
        if let active { files.close(active.file) }
        if let file = making?.file { files.close(file) }
    }

    /// The end of what is durable.
    package var durableEnd: DurableEnd {
        guard let last = index.segments.last else { return DurableEnd(segment: 0, length: 0) }
        return DurableEnd(segment: last.number, length: last.length)
    }

    package var oldestSegment: UInt32 { index.segments.first?.number ?? 0 }

    /// The last file call failed: appends wait in memory.
    package var isDegraded: Bool { lastFailure != nil }

    /// Files that are ready to become segments.
    package var spareCount: Int { spares.count }

    /// Bytes of vital records, and how many there may be before the oldest are dropped.
    package var vitalBytes: Int64 { index.segments.reduce(0) { $0 &+ $1.vitalBytes } }
    package var vitalLimit: Int64 { Int64(settings.segments) * Int64(settings.segmentBytes) / 2 }

    /// Notes a failed call. The log goes on.
    func fail(_ error: FileError) {
        counters.failures &+= 1
        lastFailure = error
    }

    /// Makes `ahead` equal to `index` and what is staged.
    func catchUp() {
        isAheadStale = false
        ahead = index
        guard !staged.isEmpty else { return }
        for (entry, body, position) in FrameEntries(staged.frame) {
            foldAhead(entry, body, position)
        }
    }
}

/// The segment that frames are written into.
struct EventLogActive {
    var number: UInt32
    var file: LogFile
    /// Where the next frame goes.
    var position: Int
    /// Bytes of the file.
    var capacity: Int
}
