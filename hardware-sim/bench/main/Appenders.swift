// Many that append to one log, each waiting until its record is on the disk before the next: as
// tasks that go on in the log's answer, as a consumer in the same program does; as connections of
// one event loop, which has to be woken for the answers; and as threads that block.

import BenchLines
import CLinux
import EventLog
import FireLogic
import Glibc
import Synchronization

enum Appenders {
    private final class Load: Sendable {
        let writer: LogWriter<DirectoryFiles>
        let partition: PartitionID
        let batch: [UInt8]
        let left: Atomic<Int>
        let failed = Atomic<Int>(0)

        init(
            _ writer: LogWriter<DirectoryFiles>, _ partition: PartitionID, _ batch: [UInt8],
            _ records: Int
        ) {
            self.writer = writer
            self.partition = partition
            self.batch = batch
            left = Atomic(records)
        }

        /// One appender's life.
        func run() {
            let isDone = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
            sem_init(isDone, 0, 0)
            let place = UInt(bitPattern: isDone)
            while left.subtract(1, ordering: .relaxed).newValue >= 0 {
                writer.append([.batch(partition, batch)]) { result in
                    if case .failure = result { self.failed.add(1, ordering: .relaxed) }
                    UnsafeMutablePointer<sem_t>(bitPattern: place).map { _ = sem_post($0) }
                }
                while sem_wait(isDone) != 0 {}
            }
            sem_destroy(isDone)
            isDone.deallocate()
        }
    }

    /// Records a second. The log is closed afterwards.
    static func rate(
        _ log: sending EventLog<DirectoryFiles>, _ partition: PartitionID,
        appenders: Int, records: Int, bytes: Int
    ) throws -> Double {
        let writer = try LogWriter(log)
        let load = Load(writer, partition, batch(bytes), records)
        var threads = [pthread_t](repeating: pthread_t(), count: appenders)
        let begin = Machine.now
        for index in threads.indices {
            let context = Unmanaged.passRetained(load).toOpaque()
            let code = pthread_create(
                &threads[index], nil,
                { context in
                    context.map { Unmanaged<Load>.fromOpaque($0).takeRetainedValue().run() }
                    return nil
                }, context)
            guard code == 0 else { throw BenchError("pthread_create", errno: code) }
        }
        for thread in threads { pthread_join(thread, nil) }
        let seconds = (Machine.now - begin).seconds
        writer.stop()
        guard load.failed.load(ordering: .relaxed) == 0 else {
            throw BenchError("\(load.failed.load(ordering: .relaxed)) refused", errno: 0)
        }
        return Double(records) / seconds
    }

    /// Tasks that append anew as soon as they are answered, on the thread that answers.
    private final class Tasks: @unchecked Sendable {
        private let writer: LogWriter<DirectoryFiles>
        private let partition: PartitionID
        private let batch: [UInt8]
        private let left: Atomic<Int>
        private let running: Atomic<Int>
        private let failed = Atomic<Int>(0)
        private let areDone: UnsafeMutablePointer<sem_t>

        init(
            _ writer: LogWriter<DirectoryFiles>, _ partition: PartitionID, _ batch: [UInt8],
            _ records: Int, tasks: Int
        ) {
            self.writer = writer
            self.partition = partition
            self.batch = batch
            left = Atomic(records)
            running = Atomic(tasks)
            areDone = .allocate(capacity: 1)
            sem_init(areDone, 0, 0)
        }

        deinit {
            sem_destroy(areDone)
            areDone.deallocate()
        }

        func next() {
            guard left.subtract(1, ordering: .relaxed).newValue >= 0 else {
                if running.subtract(1, ordering: .relaxed).newValue == 0 { sem_post(areDone) }
                return
            }
            writer.append([.batch(partition, batch)]) { result in
                if case .failure = result { self.failed.add(1, ordering: .relaxed) }
                self.next()
            }
        }

        /// Waits for the end: how many appends were refused.
        func wait() -> Int {
            while sem_wait(areDone) != 0 {}
            return failed.load(ordering: .relaxed)
        }
    }

    /// Records a second from so many tasks. The log is closed afterwards.
    static func taskRate(
        _ log: sending EventLog<DirectoryFiles>, _ partition: PartitionID,
        appenders: Int, records: Int, bytes: Int
    ) throws -> Double {
        let writer = try LogWriter(log)
        defer { writer.stop() }
        let tasks = Tasks(writer, partition, batch(bytes), records, tasks: appenders)
        let begin = Machine.now
        for _ in 0..<appenders { tasks.next() }
        let failed = tasks.wait()
        guard failed == 0 else { throw BenchError("\(failed) refused", errno: 0) }
        return Double(records) / (Machine.now - begin).seconds
    }

    /// A batch of one record.
    private static func batch(_ bytes: Int) -> [UInt8] {
        RecordBatch.encode([
            LogRecord(
                key: nil, value: [UInt8](repeating: 0x61, count: bytes),
                timestamp: wallMilliseconds())
        ])
    }

    /// One thread with many appends under way: what is answered is appended anew.
    private final class EventLoop: @unchecked Sendable {
        private let answered = Mutex<(count: Int, failed: Int)>((0, 0))
        private let bell: UnsafeMutablePointer<sem_t>

        init() {
            bell = .allocate(capacity: 1)
            sem_init(bell, 0, 0)
        }

        deinit {
            sem_destroy(bell)
            bell.deallocate()
        }

        func take(_ result: Result<[AppendResult], AppendError>) {
            let isFirst = answered.withLock { state in
                state.count += 1
                if case .failure = result { state.failed += 1 }
                return state.count == 1
            }
            if isFirst { sem_post(bell) }
        }

        /// Waits for answers: how many there are.
        func wait() -> (count: Int, failed: Int) {
            while sem_wait(bell) != 0 {}
            return answered.withLock { state in
                defer { state = (0, 0) }
                return state
            }
        }
    }

    /// Records a second from one event loop with so many appenders. The log is closed afterwards.
    static func loopRate(
        _ log: sending EventLog<DirectoryFiles>, _ partition: PartitionID,
        appenders: Int, records: Int, bytes: Int
    ) throws -> Double {
        let batch = batch(bytes)
        let writer = try LogWriter(log)
        defer { writer.stop() }
        let loop = EventLoop()
        let begin = Machine.now
        for _ in 0..<appenders {
            writer.append([.batch(partition, batch)]) { loop.take($0) }
        }
        var sent = appenders
        var done = 0
        while done < records {
            let (count, failed) = loop.wait()
            guard failed == 0 else { throw BenchError("\(failed) refused", errno: 0) }
            done += count
            for _ in 0..<count where sent < records {
                writer.append([.batch(partition, batch)]) { loop.take($0) }
                sent += 1
            }
        }
        return Double(records) / (Machine.now - begin).seconds
    }
}
