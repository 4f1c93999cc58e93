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
        /// When `memory` was as it is.
        package var stamp: Stamp

        package init(
            plan: SitePlan, planChecksum: UInt32, planFile: @escaping @Sendable () -> [UInt8]?,
            boot: BootID, memory: Memory, stamp: Stamp
        ) {
            self.plan = plan
            self.planChecksum = planChecksum
            self.planFile = planFile
            self.boot = boot
            self.memory = memory
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
    private static let groupRecords = 256
    /// Entries of a memory in one append.
    private static let entriesAtOnce = 1_024

    package let queue: Handover<QueuedRecord>
    let refused = RefusedCount()
    let bell: Doorbell
    let offsets: VolatileOffsets?
    private let directory: String
    private let livePath: String
    private let settings: LogSettings
    private let start: Start
    private let announce: @Sendable (Record, Stamp) -> Void
    private let complain: @Sendable (String) -> Void
    private let stallHook: @Sendable () -> Void
    private var thread: JournalThread?

    private let failed = Atomic<Bool>(false)
    /// Boot clock when the call that runs now began; 0 while idle.
    private let busySince = Atomic<Int64>(0)
    private let written = Atomic<Int>(0)

    // The thread's own.
    private var log: EventLog<DirectoryFiles>?
    private var partitions: SafetyPartitions?
    private var page: LivePageWriter?
    /// The directory that was opened.
    private var place: (dev_t, ino_t)?
    private var group: [QueuedRecord] = []
    private var recordBatch = BatchBuilder()
    private var toldBatches = SafetyPartitions.told.map { _ in BatchBuilder() }
    private var steps: [AppendStep] = []
    private var entryBytes: [UInt8] = []
    /// What is staged and waits for a flush: records, and how far signals are reserved.
    private var stagedRecords = 0
    private var stagedReserve: Int64?
    private var memory: Memory
    private var memoryAt: Instant
    private var sinceMemory = 0
    private var rolls: UInt64 = 0
    private var isBegun = false
    private var hasPlan = false
    private var retainAt: Int64 = 0
    private var retryAt: Instant = .zero
    private var told: FileError?

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

    private func flush(_ log: EventLog<DirectoryFiles>, _ wall: Int64) -> Bool {
        stallHook()
        do throws(FileError) {
            try log.flush(wallMilliseconds: wall)
        } catch {
            tell(error)
            return false
        }
        told = nil
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
        failed.store(false, ordering: .relaxed)
        if wall >= retainAt || wall < retainAt - Self.retainMilliseconds {
            retainAt = wall + Self.retainMilliseconds
            log.retain(wallMilliseconds: wall)
            if log.hasStaged { return .again }
        }
        let hasMore = (try? log.prepare(wallMilliseconds: wall)) ?? false
        return .wait(hasMore ? Self.idleMilliseconds : Int32(Self.retainMilliseconds))
    }

    // Opening

    /// The log, opened with its topics; nil: not to be had now.
    private func opened(_ wall: Int64) -> (EventLog<DirectoryFiles>, SafetyPartitions)? {
        if let log, let partitions, isInPlace { return (log, partitions) }
        forget()
        mkdir(directory, 0o750)
        guard let log = open(wall) else { return nil }
        let missing = SafetyTopics.missing(in: log.index)
        if !missing.isEmpty {
            guard (try? log.stage(missing, wallMilliseconds: wall)) != nil, flush(log, wall) else {
                return nil
            }
        }
        guard let partitions = SafetyPartitions(log.index) else { return nil }
        self.log = log
        self.partitions = partitions
        place = Self.identity(of: directory)
        publish(log, wall)
        rolls = log.counters.rolls
        offsets?.find(log.index.volatileReserve(partitions.signals))
        return (log, partitions)
    }

    private func open(_ wall: Int64) -> EventLog<DirectoryFiles>? {
        do throws(FileError) {
            let files = try DirectoryFiles(directory)
            do throws(LogError) {
                return try EventLog(files, settings, wallMilliseconds: wall)
            } catch {
                switch error {
                case .file(let error): tell(error)
                }
            }
        } catch {
            tell(error)
        }
        return nil
    }

    /// The fault lamp says that nothing is written; this says why.
    private func tell(_ error: FileError) {
        if error == told { return }
        told = error
        complain("\(error)")
    }

    /// A log that is gone. What was staged in it was never acknowledged, and lives on in `memory`.
    private func forget() {
        guard log != nil else { return }
        log = nil
        page = nil
        partitions = nil
        stagedRecords = 0
        stagedReserve = nil
        hasPlan = false
        sinceMemory = Self.recordsAMemory
    }

    /// False: someone took the directory away, and what is written there would be gone with the
    /// program.
    private var isInPlace: Bool {
        guard let place, let found = Self.identity(of: directory) else { return false }
        return place == found
    }

    private static func identity(of path: String) -> (dev_t, ino_t)? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return (information.st_dev, information.st_ino)
    }

    private func publish(_ log: EventLog<DirectoryFiles>, _ wall: Int64) {
        page = try? LivePageWriter(
            path: livePath, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: BootTime.now.nanoseconds)
        log.publish = { [unowned self] end, oldest in
            guard let page, let log = self.log else { return }
            var health: LiveHealth = []
            if log.isDegraded { health.insert(.failing) }
            if log.recovery.isDamaged { health.insert(.rotten) }
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    dropped: refused.count, health: health, wallMilliseconds: BootTime.wallMilliseconds,
                    bootNanoseconds: BootTime.now.nanoseconds))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
    }

    // Staging

    /// False: something could not be staged and waits.
    private func stage(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) -> Bool {
        do throws(AppendError) {
            if !isBegun {
                try stageMemory(log, partitions, .memoryAtStart, start.memory, start.stamp, wall)
                isBegun = true
            } else if sinceMemory >= Self.recordsAMemory || rolls != log.counters.rolls {
                let stamp = Stamp(boot: memoryAt, wallMilliseconds: wall)
                try stageMemory(log, partitions, .memoryOnTheWay, memory, stamp, wall)
                sinceMemory = 0
                rolls = log.counters.rolls
            }
            if !hasPlan {
                try stagePlan(log, partitions, wall)
                hasPlan = true
            }
            if let wanted = offsets?.wanted {
                _ = try log.stage(
                    [.reserveVolatile(partitions.signals, upTo: wanted)], wallMilliseconds: wall)
                stagedReserve = wanted
            }
            if !group.isEmpty { try stageGroup(log, partitions, wall) }
            return true
        } catch {
            // What was staged before it goes out first; then it is tried again.
            return log.hasStaged
        }
    }

    private func fillGroup() {
        while group.count < Self.groupRecords, let entry = queue.take() {
            group.append(entry)
            // Also while nothing can be written: who watches learns it all the same.
            if let record = entry.words.record { announce(record, entry.stamp) }
        }
    }

    private func stageGroup(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) throws(AppendError) {
        recordBatch.removeAll()
        for place in toldBatches.indices { toldBatches[place].removeAll() }
        for entry in group { add(entry) }
        do throws(AppendError) {
            _ = try log.stage(batches(partitions, hasNotifications: true), wallMilliseconds: wall)
        } catch {
            guard error == .full else { throw error }
            // No room but the reserve: what is only told to people stays out.
            _ = try log.stage(batches(partitions, hasNotifications: false), wallMilliseconds: wall)
        }
        stagedRecords += group.count
        for entry in group {
            guard let record = entry.words.record else { continue }
            remember(record, entry.stamp)
        }
        group.removeAll(keepingCapacity: true)
    }

    private func add(_ entry: QueuedRecord) {
        entryBytes.removeAll(keepingCapacity: true)
        LogEntry(
            kind: .record, number: entry.number, machine: start.boot.head, stamp: entry.stamp,
            words: entry.words
        ).append(to: &entryBytes)
        let wall = entry.stamp.wallMilliseconds
        recordBatch.append(key: nil, value: entryBytes, timestamp: wall)
        for message in entry.words.record?.messages(start.plan) ?? [] {
            guard let place = SafetyPartitions.told.firstIndex(of: message.topic) else { continue }
            toldBatches[place].append(key: message.key, value: message.value, timestamp: wall)
        }
    }

    private func batches(
        _ partitions: SafetyPartitions, hasNotifications: Bool
    ) -> [AppendStep] {
        recordBatch.finish()
        var steps: [AppendStep] = [.batch(partitions.records, recordBatch.bytes)]
        for place in toldBatches.indices where toldBatches[place].count > 0 {
            if !hasNotifications && SafetyPartitions.told[place] == .notifications { continue }
            toldBatches[place].finish()
            steps.append(.batch(partitions.told(place), toldBatches[place].bytes))
        }
        return steps
    }

    private func remember(_ record: Record, _ stamp: Stamp) {
        memory.age(by: stamp.boot - memoryAt)
        memoryAt = max(memoryAt, stamp.boot)
        memory.apply(record, age: .zero)
    }

    /// Appends a memory and, with its last part, commits where it begins. Nothing is staged before
    /// it, so that its offset is known.
    private func stageMemory(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ kind: LogEntry.Kind,
        _ memory: Memory, _ stamp: Stamp, _ wall: Int64
    ) throws(AppendError) {
        let first = log.index.highWatermark(partitions.records) ?? 0
        var entries = memory.entries(kind, machine: start.boot.head, stamp)[...]
        while !entries.isEmpty {
            recordBatch.removeAll()
            for entry in entries.prefix(Self.entriesAtOnce) {
                entryBytes.removeAll(keepingCapacity: true)
                entry.append(to: &entryBytes)
                recordBatch.append(key: nil, value: entryBytes, timestamp: wall)
            }
            entries = entries.dropFirst(Self.entriesAtOnce)
            recordBatch.finish()
            var steps: [AppendStep] = [.batch(partitions.records, recordBatch.bytes)]
            if entries.isEmpty {
                steps.append(
                    .commit(
                        group: SafetyTopics.memoryGroup, partitions.records, offset: first,
                        metadata: ""))
            }
            try stageOrFlush(log, steps, wall)
        }
    }

    /// Appends the plan's file unless it is the one that was appended last.
    private func stagePlan(
        _ log: EventLog<DirectoryFiles>, _ partitions: SafetyPartitions, _ wall: Int64
    ) throws(AppendError) {
        let name = String(start.planChecksum, radix: 16)
        let info = log.index.partition(partitions.plans)
        if let last = log.index.committed(group: SafetyTopics.planGroup, partitions.plans),
            last.metadata == name, last.offset >= info?.logStart ?? 0
        {
            return
        }
        guard let file = start.planFile(), !file.isEmpty else { return }
        let parts = (file.count + PlanEntry.longestPart - 1) / PlanEntry.longestPart
        let first = info?.highWatermark ?? 0
        for part in 0..<parts {
            let from = part * PlanEntry.longestPart
            let bytes = file[from..<min(file.count, from + PlanEntry.longestPart)]
            let key = PlanEntry(
                checksum: start.planChecksum, part: UInt16(part), parts: UInt16(parts)
            ).key
            recordBatch.removeAll()
            recordBatch.append(key: key, value: Array(bytes), timestamp: wall)
            recordBatch.finish()
            var steps: [AppendStep] = [.batch(partitions.plans, recordBatch.bytes)]
            if part == parts - 1 {
                steps.append(
                    .commit(
                        group: SafetyTopics.planGroup, partitions.plans, offset: first,
                        metadata: name))
            }
            try stageOrFlush(log, steps, wall)
        }
    }

    /// Stages, after a flush where there is no room left to stage in.
    private func stageOrFlush(
        _ log: EventLog<DirectoryFiles>, _ steps: [AppendStep], _ wall: Int64
    ) throws(AppendError) {
        do throws(AppendError) {
            _ = try log.stage(steps, wallMilliseconds: wall)
        } catch {
            guard error == .backlogged, flush(log, wall) else { throw error }
            _ = try log.stage(steps, wallMilliseconds: wall)
        }
    }
}
