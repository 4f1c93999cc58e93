// A log on real files whose disk waits or fails when a test says so, and what its writer answered.

import EventLog
import Glibc
import Synchronization
import Testing

/// A disk whose syncs wait or fail when a test says so.
final class Gate: Sendable {
    let state = Mutex((isShut: false, failure: Int32(0), delay: UInt32(0), syncs: 0))
    /// The threads that synced, one after the other.
    let threads = Mutex<[pthread_t]>([])

    /// `delay`: microseconds of every sync.
    func set(shut: Bool = false, failure: Int32 = 0, delay: UInt32 = 0) {
        state.withLock { state in
            state.isShut = shut
            state.failure = failure
            state.delay = delay
        }
    }

    var syncs: Int { state.withLock { $0.syncs } }

    /// Syncs that this thread has made itself.
    var own: Int {
        let thread = pthread_self()
        return threads.withLock { $0.count { pthread_equal($0, thread) != 0 } }
    }

    func pass() throws(FileError) {
        while state.withLock({ $0.isShut }) { usleep(200) }
        let (failure, delay) = state.withLock { state in
            state.syncs += 1
            return (state.failure, state.delay)
        }
        threads.withLock { $0.append(pthread_self()) }
        if delay > 0 { usleep(delay) }
        if failure != 0 { throw FileError(call: "fdatasync", path: "", errno: failure) }
    }
}

struct GatedFiles: LogFiles {
    let files: DirectoryFiles
    let gate: Gate

    var sectorBytes: Int { files.sectorBytes }
    func names() throws(FileError) -> [String] { try files.names() }
    func open(_ name: String) throws(FileError) -> LogFile? { try files.open(name) }
    func create(_ name: String, bytes: Int) throws(FileError) -> LogFile {
        try files.create(name, bytes: bytes)
    }
    func size(_ file: LogFile) throws(FileError) -> Int { try files.size(file) }
    func read(
        _ file: LogFile, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int { try files.read(file, at: offset, into: buffer) }
    func write(
        _ file: LogFile, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(FileError) { try files.write(file, at: offset, bytes) }
    func sync(_ file: LogFile) throws(FileError) {
        try gate.pass()
        try files.sync(file)
    }
    func close(_ file: LogFile) { files.close(file) }
    func rename(_ old: String, to new: String) throws(FileError) {
        try files.rename(old, to: new)
    }
    func remove(_ name: String) throws(FileError) { try files.remove(name) }
    func syncDirectory() throws(FileError) { try files.syncDirectory() }
}

/// What the writer answered.
final class Answers: Sendable {
    private let all = Mutex<[Result<[AppendResult], AppendError>]>([])

    func take(_ result: Result<[AppendResult], AppendError>) { all.withLock { $0.append(result) } }
    var count: Int { all.withLock { $0.count } }
    var values: [Result<[AppendResult], AppendError>] { all.withLock { $0 } }

    /// Waits for so many; false after 10 s.
    func wait(for count: Int) -> Bool {
        for _ in 0..<10_000 {
            if self.count >= count { return true }
            usleep(1_000)
        }
        return false
    }
}

/// One topic with one partition.
enum GatedLog {
    static let partition = PartitionID(rawValue: 1)
    static let batch = RecordBatch.encode([
        LogRecord(key: nil, value: [1, 2, 3], timestamp: 5)
    ])

    static func open(_ directory: TemporaryLog, _ gate: Gate) throws -> sending EventLog<GatedFiles>
    {
        let log = try EventLog(
            GatedFiles(files: try DirectoryFiles(directory.path), gate: gate),
            LogSettings(segmentBytes: 1 << 20, segments: 4), wallMilliseconds: 1)
        if log.index.topics.isEmpty {
            _ = try log.stage(
                [
                    .createTopic(
                        name: "t", id: LogID(head: 1, tail: 1), partitions: 1, TopicSettings())
                ], wallMilliseconds: 1)
            try log.flush(wallMilliseconds: 1)
        }
        return log
    }
}
