// Many threads that append to one log, each waiting until its record is on the disk before the next.

import BenchLines
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
        _ log: consuming sending EventLog<DirectoryFiles>, _ partition: PartitionID,
        appenders: Int, records: Int, bytes: Int
    ) throws -> Double {
        let value = [UInt8](repeating: 0x61, count: bytes)
        let batch = RecordBatch.encode([
            LogRecord(key: nil, value: value, timestamp: wallMilliseconds())
        ])
        let writer = try LogWriter(log)
        let load = Load(writer, partition, batch, records)
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
}
