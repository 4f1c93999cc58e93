// The volatile log's thread: takes the signals that wait, a few times a second while there are any, and
// appends them as one batch to a log in memory. It survives the program, not a power cut, and no disk
// holds it up. What it cannot write waits in its queue; what finds that full is counted by the loop.

import ControlLoop
import EventLog
import FireLogic
import Glibc
import Handover
import Synchronization

package final class SignalWriter: JournalWork, @unchecked Sendable {
    /// 8 MB of memory: half a minute of 10,000 signals a second, a day of a small building's.
    package static let defaultSettings = LogSettings(
        segmentBytes: 1 << 20, segments: 8, reserve: 1, longestFrame: 128 << 10)
    /// Signals wait so long for others, so that one write takes many.
    private static let lingerMilliseconds: UInt32 = 25
    private static let retryMilliseconds: Int32 = 1_000
    private static let signalsABatch = 4_096

    package let queue: Handover<QueuedSignal>
    let refused = RefusedCount()
    let bell: Doorbell
    private let directory: String
    private let livePath: String
    private let settings: LogSettings
    private let failed = Atomic<Bool>(false)
    private var thread: JournalThread?

    // The thread's own.
    private var offsets: VolatileOffsets?
    private var log: EventLog<DirectoryFiles>?
    private var partition: PartitionID?
    private var page: LivePageWriter?
    private var batch = BatchBuilder()
    private var steps: [AppendStep] = []
    private var patience = 40

    /// Prepares the writer of the log in `directory`; `begin` starts its thread.
    package init(
        directory: String, livePath: String, settings: LogSettings = defaultSettings
    ) throws(DoorbellError) {
        self.directory = directory
        self.livePath = livePath
        self.settings = settings
        bell = try Doorbell()
        queue = Handover(capacity: RecordJournal.signalCapacity, bell: bell)
    }

    /// To be handed to the durable log's writer, which reserves the offsets.
    package var reserves: Doorbell { bell }

    /// Starts the thread. `records`: the writer that reserves its offsets.
    package func begin(with records: RecordWriter) throws(FileError) {
        offsets = records.offsets
        thread = try JournalThread("signals", self, bell: bell)
    }

    /// Signals cannot be written.
    package var isFailed: Bool { failed.load(ordering: .relaxed) }

    package func stop() {
        thread?.stop()
        thread = nil
    }

    func turn(isStopping: Bool) -> JournalThread.Next {
        let wall = BootTime.wallMilliseconds
        guard let offsets, let found = offsets.found else { return reserveIsMissing(isStopping) }
        guard let (log, partition) = opened(wall, from: found) else {
            return failure(isStopping)
        }
        if log.hasStaged {
            guard (try? log.flush(wallMilliseconds: wall)) != nil else {
                return failure(isStopping)
            }
        }
        let next = log.index.highWatermark(partition) ?? 0
        offsets.use(next)
        let room = offsets.granted - next
        guard room > 0 else { return reserveIsMissing(isStopping) }
        failed.store(false, ordering: .relaxed)
        guard queue.count > 0 else { return isStopping ? .done : .wait(-1) }
        if !isStopping { usleep(Self.lingerMilliseconds * 1_000) }
        bell.answer()
        fillBatch(Int(min(room, Int64(Self.signalsABatch))))
        steps.removeAll(keepingCapacity: true)
        steps.append(.batch(partition, batch.bytes))
        defer { steps.removeAll(keepingCapacity: true) }
        guard (try? log.stage(steps, wallMilliseconds: wall)) != nil,
            (try? log.flush(wallMilliseconds: wall)) != nil
        else { return failure(isStopping) }
        return .again
    }

    func end() {
        try? log?.close(wallMilliseconds: BootTime.wallMilliseconds)
        log = nil
        page = nil
    }

    /// The other thread has to open its log or to reserve offsets first. At a stop it has a moment
    /// for that.
    private func reserveIsMissing(_ isStopping: Bool) -> JournalThread.Next {
        guard isStopping else { return .wait(-1) }
        patience -= 1
        return queue.count > 0 && patience > 0 ? .wait(50) : .done
    }

    private func failure(_ isStopping: Bool) -> JournalThread.Next {
        failed.store(true, ordering: .relaxed)
        return isStopping ? .done : .wait(Self.retryMilliseconds)
    }

    private func fillBatch(_ room: Int) {
        batch.removeAll()
        while batch.count < room, let signal = queue.take() {
            // The form that Topics.swift documents, without the memory that a message would need.
            var key = signal.detector.bigEndian
            var value: UInt8 = signal.code
            let isLevel = signal.code <= 1
            withUnsafeBytes(of: &key) { key in
                withUnsafeBytes(of: &value) { value in
                    batch.append(
                        key: key, value: isLevel ? value : nil,
                        timestamp: signal.wallMilliseconds)
                }
            }
        }
        batch.finish()
    }

    private func opened(
        _ wall: Int64, from found: Int64
    ) -> (EventLog<DirectoryFiles>, PartitionID)? {
        if let log, let partition { return (log, partition) }
        makeDirectory()
        guard let files = try? DirectoryFiles(directory, isVolatile: true),
            let log = try? EventLog(files, settings, wallMilliseconds: wall),
            let partition = Self.partition(log, wall, from: found)
        else { return nil }
        self.log = log
        self.partition = partition
        publish(log, wall)
        return (log, partition)
    }

    /// A file of that name was the ring of an earlier version.
    private func makeDirectory() {
        var information = stat()
        if stat(directory, &information) == 0, information.st_mode & S_IFMT == S_IFREG {
            unlink(directory)
        }
        mkdir(directory, 0o755)
    }

    /// The topic's partition, made if it is missing. An empty one begins where offsets are free.
    private static func partition(
        _ log: EventLog<DirectoryFiles>, _ wall: Int64, from found: Int64
    ) -> PartitionID? {
        let name = Topic.signals.name
        if log.index.topic(named: name) == nil {
            let topic = AppendStep.createTopic(
                name: name, id: .fresh(), partitions: 1, TopicSettings())
            guard (try? log.stage([topic], wallMilliseconds: wall)) != nil,
                (try? log.flush(wallMilliseconds: wall)) != nil
            else { return nil }
        }
        guard let partition = log.index.topic(named: name)?.partitions.first else { return nil }
        if log.index.highWatermark(partition) == 0, found > 0 {
            guard
                (try? log.stage(
                    [.setLogStart(partition, offset: found)], wallMilliseconds: wall)) != nil,
                (try? log.flush(wallMilliseconds: wall)) != nil
            else { return nil }
        }
        return partition
    }

    private func publish(_ log: EventLog<DirectoryFiles>, _ wall: Int64) {
        page = try? LivePageWriter(
            path: livePath, log: log.index.log, directory: directory, wallMilliseconds: wall,
            bootNanoseconds: BootTime.now.nanoseconds)
        log.publish = { [unowned self] end, oldest in
            guard let page, let log = self.log else { return }
            page.publish(
                durable: end, oldest: oldest,
                LiveCounters(
                    flushes: log.counters.flushes, bytesWritten: log.counters.bytesWritten,
                    dropped: refused.count, health: log.isDegraded ? .failing : [],
                    wallMilliseconds: BootTime.wallMilliseconds,
                    bootNanoseconds: BootTime.now.nanoseconds))
        }
        log.publish?(log.durableEnd, log.oldestSegment)
    }
}
