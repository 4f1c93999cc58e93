// The thread around the log: answers come when the disk has answered, and once.

import EventLog
import Glibc
import Synchronization
import Testing

/// A disk whose syncs wait or fail when a test says so.
private final class Gate: Sendable {
    let state = Mutex((isShut: false, failure: Int32(0), syncs: 0))

    func set(shut: Bool = false, failure: Int32 = 0) {
        state.withLock { state in
            state.isShut = shut
            state.failure = failure
        }
    }

    var syncs: Int { state.withLock { $0.syncs } }

    func pass() throws(FileError) {
        while state.withLock({ $0.isShut }) { usleep(200) }
        let failure = state.withLock { state in
            state.syncs += 1
            return state.failure
        }
        if failure != 0 { throw FileError(call: "fdatasync", path: "", errno: failure) }
    }
}

private struct GatedFiles: LogFiles {
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
private final class Answers: Sendable {
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

@Suite struct LogWriterTests {
    private let partition = PartitionID(rawValue: 1)
    private let batch = RecordBatch.encode([
        LogRecord(key: nil, value: [1, 2, 3], timestamp: 5)
    ])

    private func open(_ directory: TemporaryLog, _ gate: Gate) throws -> sending EventLog<GatedFiles> {
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

    @Test("RECORD: no append is answered before the disk has answered; then all that waited are")
    func answersAfterTheSync() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(try open(directory, gate), clock: { 1 })
        gate.set(shut: true)
        let answers = Answers()
        for _ in 0..<100 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
        usleep(50_000)
        #expect(answers.count == 0)
        let before = gate.syncs
        gate.set()
        #expect(answers.wait(for: 100))
        writer.stop()
        var offsets: [Int64] = []
        for answer in answers.values {
            guard case .offsets(let base, 1, false) = try answer.get().first else {
                Issue.record("\(answer)")
                continue
            }
            offsets.append(base)
        }
        #expect(offsets == Array(0..<100))
        // The first append alone, the others together, and the closing frame.
        #expect(gate.syncs - before <= 4)
    }

    @Test("RECORD: a disk that fails is tried again, and what waited is then there, once")
    func triesAgain() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        do {
            let writer = try LogWriter(try open(directory, gate), clock: { 1 })
            gate.set(failure: EIO)
            let answers = Answers()
            for _ in 0..<3 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
            usleep(100_000)
            #expect(answers.count == 0)
            #expect(writer.lastFailure != nil)
            gate.set()
            #expect(answers.wait(for: 3))
            #expect(writer.lastFailure == nil)
            writer.stop()
            #expect(answers.count == 3)
        }
        let log = try open(directory, gate)
        #expect(log.index.highWatermark(partition) == 3)
    }

    @Test("BOUNDED: more than may wait is refused at once, on the caller's thread")
    func refusesABacklog() throws {
        let directory = try TemporaryLog()
        let gate = Gate()
        let writer = try LogWriter(
            try open(directory, gate), backlogBytes: 10 * batch.count, clock: { 1 })
        gate.set(shut: true)
        let answers = Answers()
        // One may be under way already.
        for _ in 0..<40 { writer.append([.batch(partition, batch)]) { answers.take($0) } }
        let refused = answers.values
        #expect(refused.count >= 19)
        #expect(refused.allSatisfy { $0 == .failure(.backlogged) })
        gate.set()
        #expect(answers.wait(for: 40))
        writer.stop()
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        #expect(answers.values.last == .failure(.full))
    }

    @Test("RECORD: one append that is refused costs the others nothing")
    func refusesOne() throws {
        let directory = try TemporaryLog()
        let writer = try LogWriter(try open(directory, Gate()), clock: { 1 })
        let answers = Answers()
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        writer.append([.batch(partition, [1, 2, 3])]) { answers.take($0) }
        writer.append([.batch(partition, batch)]) { answers.take($0) }
        #expect(answers.wait(for: 3))
        writer.stop()
        #expect(answers.values.filter { $0 == .failure(.badBatch) }.count == 1)
        #expect(answers.values.filter { (try? $0.get()) != nil }.count == 2)
    }
}
