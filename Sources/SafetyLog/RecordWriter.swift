// The durable log's thread: takes the records that wait, appends each with its messages to all their
// topics at once, one flush for what waits. Whatever the disk does, it does it here, and the control
// loop only sees `health`.
//
//   open (as often as it takes) ─► topics ─► memory of this start, plan ─► records … ─► memory …
//
// What cannot be written stays in memory and in the queue and is tried again; nothing that is in the
// log is ever overwritten. Every so many records, the memory that follows from all of them is appended
// and committed, so that the next start reads no more than that.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import Handover
import Synchronization

package final class RecordWriter: JournalWork, @unchecked Sendable {
    /// What a start of the controller gives to its log.
    package struct Start: Sendable {
        package var plan: SitePlan
        package var planChecksum: UInt32
        /// The plan's file, asked for only when the log does not have it; nil: not to be had.
        package var planFile: @Sendable () -> [UInt8]?
        package var boot: BootID
        package var memory: Memory
        /// What people were told of and not yet that it is over.
        package var episodes: Episodes
        /// When `memory` was as it is.
        package var stamp: Stamp

        /// `episodes` nil: none is open.
        package init(
            plan: SitePlan, planChecksum: UInt32, planFile: @escaping @Sendable () -> [UInt8]?,
            boot: BootID, memory: Memory, episodes: Episodes? = nil, stamp: Stamp
        ) {
            self.plan = plan
            self.planChecksum = planChecksum
            self.planFile = planFile
            self.boot = boot
            self.memory = memory
            self.episodes = episodes ?? Episodes(plan: plan, planChecksum: planChecksum)
            self.stamp = stamp
        }
    }

    /// 256 MB. Segments are small: a start reads the last one, and a new log is written full of zeros
    /// up to the end of the first before it takes a record.
    package static let defaultSettings = LogSettings(
        segmentBytes: 4 << 20, segments: 64, reserve: 4, longestFrame: 512 << 10)
    /// A write or sync that takes longer is a fault.
    package static let stall: Interval = .seconds(1)
    /// Records after which the memory is written again.
    package static let recordsAMemory = 4_096

    private static let retryMilliseconds: Int32 = 1_000
    /// Between two steps of preparing spare segments.
    private static let idleMilliseconds: Int32 = 20
    private static let retainMilliseconds: Int64 = 3_600_000
    private static let restMilliseconds = 1_000
    static let groupRecords = 256
    /// Entries of a memory in one append.
    static let entriesAtOnce = 1_024

    package let queue: Handover<QueuedRecord>
    let refused = RefusedCount()
    let bell: Doorbell
    let offsets: VolatileOffsets?
    let directory: String
    let livePath: String
    let settings: LogSettings
    let start: Start
    let announce: @Sendable (Record, Stamp) -> Void
    let complain: @Sendable (String) -> Void
    private let stallHook: @Sendable () -> Void
    private var thread: JournalThread?

    private let failed = Atomic<Bool>(false)
    /// Boot clock when the call that runs now began; 0 while idle.
    private let busySince = Atomic<Int64>(0)
    private let written = Atomic<Int>(0)

    // The thread's own.
    var log: EventLog<DirectoryFiles>?
    var partitions: SafetyPartitions?
    var page: LivePageWriter?
    /// The directory that was opened.
    var place: (dev_t, ino_t)?
    var group: [QueuedRecord] = []
    var recordBatch = BatchBuilder()
    var toldBatches = SafetyPartitions.told.map { _ in BatchBuilder() }
    var entryBytes: [UInt8] = []
    /// What is staged and waits for a flush: records, and how far signals are reserved.
    var stagedRecords = 0
    var stagedReserve: Int64?
    var memory: Memory
    var memoryAt: Instant
    var episodes: Episodes
    var sinceMemory = 0
    var rolls: UInt64 = 0
    var isBegun = false
    var hasPlan = false
    private var retainAt: Int64 = 0
    /// When the log is put to rest, if nothing comes meanwhile.
    private var restAt: Instant?
    private var retryAt: Instant = .zero
    var told: FileError?

    /// Prepares the writer of the log in `directory`; `begin` starts its thread. `announce` is told
    /// each record, on that thread, and `complain` why nothing can be written, once for each
    /// different reason. `stallHook` runs before each flush: a simulated disk that hangs.
    package init(
        directory: String, livePath: String, settings: LogSettings = defaultSettings,
        start: Start, signals: Doorbell? = nil,
        announce: @escaping @Sendable (Record, Stamp) -> Void = { _, _ in },
        complain: @escaping @Sendable (String) -> Void = { _ in },
        stallHook: @escaping @Sendable () -> Void = {}
    ) throws(DoorbellError) {
        self.directory = directory
        self.livePath = livePath
        self.settings = settings
        self.start = start
        self.announce = announce
        self.complain = complain
        self.stallHook = stallHook
        bell = try Doorbell()
        queue = Handover(capacity: RecordJournal.queueCapacity, bell: bell)
        offsets = signals.map { [bell] in VolatileOffsets(durable: bell, volatile: $0) }
        memory = start.memory
        memoryAt = start.stamp.boot
        episodes = start.episodes
        group.reserveCapacity(Self.groupRecords)
    }

    /// Starts the thread.
    package func begin() throws(FileError) {
        do throws(FileError) {
            thread = try JournalThread("journal", self, bell: bell)
        } catch {
            failed.store(true, ordering: .relaxed)
            throw error
        }
    }

    package var health: JournalHealth {
        if failed.load(ordering: .relaxed) { return .failed }
        let since = busySince.load(ordering: .relaxed)
        guard since != 0 else { return .good }
        return BootTime.now - Instant(nanoseconds: since) > Self.stall ? .stalled : .good
    }

    /// Records that are on the disk.
    package var durableRecords: Int { written.load(ordering: .acquiring) }

    /// Writes what waits and ends the thread. A disk that hangs keeps this waiting.
    package func stop() {
        thread?.stop()
        thread = nil
    }

    // The thread

    func turn(isStopping: Bool) -> JournalThread.Next {
        busySince.store(BootTime.now.nanoseconds, ordering: .relaxed)
        defer { busySince.store(0, ordering: .relaxed) }
        let wall = BootTime.wallMilliseconds
        fillGroup()
        let now = BootTime.now
        guard isStopping || now >= retryAt else {
            let left = (retryAt - now).milliseconds + 1
            return .wait(Int32(min(left, Int64(Self.retryMilliseconds))))
        }
        guard let (log, partitions) = opened(wall) else {
            return failure(isStopping)
        }
        if !log.hasStaged {
            guard stage(log, partitions, wall) else { return failure(isStopping) }
        }
        if log.hasStaged { return flush(log, wall) ? .again : failure(isStopping) }
        return isStopping ? .done : idle(log, wall)
    }

    func end() {
        try? log?.close(wallMilliseconds: BootTime.wallMilliseconds)
        log = nil
        page = nil
    }

    private func failure(_ isStopping: Bool) -> JournalThread.Next {
        failed.store(true, ordering: .relaxed)
        // Records that come meanwhile are no reason to try more often: each try costs a segment.
        retryAt = BootTime.now + .milliseconds(Int(Self.retryMilliseconds))
        return isStopping ? .done : .wait(Self.retryMilliseconds)
    }

    func flush(_ log: EventLog<DirectoryFiles>, _ wall: Int64) -> Bool {
        stallHook()
        do throws(FileError) {
            try log.flush(wallMilliseconds: wall)
        } catch {
            tell(error)
            return false
        }
        told = nil
        restAt = BootTime.now + .milliseconds(Self.restMilliseconds)
        failed.store(false, ordering: .relaxed)
        written.wrappingAdd(stagedRecords, ordering: .releasing)
        sinceMemory += stagedRecords
        stagedRecords = 0
        if let reserve = stagedReserve {
            stagedReserve = nil
            offsets?.grant(reserve)
        }
        return true
    }

    /// Nothing waits: prepares what will be needed, keeps the topics' limits, and says how long to
    /// sleep.
    private func idle(_ log: EventLog<DirectoryFiles>, _ wall: Int64) -> JournalThread.Next {
        let next = rest(log, wall)
        // What is held back is told in time.
        guard case .wait(let milliseconds) = next, episodes.nextDue != .never else { return next }
        let left = (episodes.nextDue - BootTime.now).milliseconds
        return .wait(min(milliseconds, Int32(clamping: max(0, left) + 1)))
    }

    private func rest(_ log: EventLog<DirectoryFiles>, _ wall: Int64) -> JournalThread.Next {
        failed.store(false, ordering: .relaxed)
        if wall >= retainAt || wall < retainAt - Self.retainMilliseconds {
            retainAt = wall + Self.retainMilliseconds
            log.retain(wallMilliseconds: wall)
            if log.hasStaged { return .again }
        }
        let hasMore = (try? log.prepare(wallMilliseconds: wall)) ?? false
        if hasMore { return .wait(Self.idleMilliseconds) }
        if let restAt {
            let left = (restAt - BootTime.now).milliseconds
            if left > 0 { return .wait(Int32(min(left + 1, Int64(Self.restMilliseconds)))) }
            self.restAt = nil
            do throws(FileError) { try log.rest(wallMilliseconds: wall) } catch { tell(error) }
        }
        return .wait(Int32(Self.retainMilliseconds))
    }
}
