// A service log with streams at work and no gateway: a test produces, lets the engine run, and may stop
// it between any two appends, as a kill would.

import EventLog
import Foundation
import Streams
import Synchronization
import Testing

@testable import KafkaServer

final class StreamHall {
    let directory: URL
    let service: ServiceLog
    /// What the broker would know of transactions.
    var transactions = Transactions()
    private var safety: String?
    private let reader: LogReader

    /// `controller`: there is a controller's log too, with these batches in `alarms`.
    init(controller batches: [[UInt8]]? = nil) throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        service = try Self.log(directory, "service")
        reader = try LogReader(directory: service.path)
        guard let batches else { return }
        let log = try Self.log(directory, "safety")
        safety = log.path
        _ = try Self.append(
            log,
            [.createTopic(name: "alarms", id: .fresh(), partitions: 1, TopicSettings())]
                + batches.map { .batch(PartitionID(rawValue: 1), $0) })
        log.writer.stop()
        // The broker does this.
        try make("__commits.alarms", partitions: 1)
    }

    deinit {
        service.writer.stop()
        try? FileManager.default.removeItem(at: directory)
    }

    private static func log(_ directory: URL, _ name: String) throws -> ServiceLog {
        try ServiceLog(
            directory: directory.appendingPathComponent(name).path,
            livePath: directory.appendingPathComponent("\(name).live").path,
            settings: LogSettings(segmentBytes: 4 << 20, segments: 32, longestFrame: 1 << 20))
    }

    /// One append, until it is on the disk.
    static func append(
        _ log: ServiceLog, _ steps: [AppendStep]
    ) throws -> Result<[AppendResult], AppendError> {
        let answer = Mutex<Result<[AppendResult], AppendError>?>(nil)
        let done = DispatchSemaphore(value: 0)
        log.writer.append(steps) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        try #require(done.wait(timeout: .now() + 60) == .success, "the log does not answer")
        return try #require(answer.withLock { $0 })
    }

    func make(_ topic: String, partitions: Int) throws {
        _ = try Self.append(
            service,
            [.createTopic(name: topic, id: .fresh(), partitions: partitions, TopicSettings())]
        ).get()
    }

    func produce(_ topic: String, _ batch: [UInt8], in partition: Int = 0) throws {
        try reader.refresh()
        let info = try #require(reader.index.topic(named: topic))
        _ = try Self.append(service, [.batch(info.partitions[partition], batch)]).get()
    }

    func engine(_ rules: [StreamRule]) -> StreamEngine {
        StreamEngine(
            rules,
            topics: ServedTopics(
                service: ServedLog(path: service.path), safety: safety.map { ServedLog(path: $0) },
                volatile: nil))
    }

    /// Does one job; with `isTold` the engine learns of it.
    func perform(_ job: StreamEngine.Job, _ engine: StreamEngine, isTold: Bool = true) throws {
        let outcome = try Self.append(service, job.steps)
        if isTold { engine.answered(job.token, outcome) }
    }

    func partition(_ topic: String) throws -> PartitionID {
        try reader.refresh()
        return try #require(reader.index.topic(named: topic)?.partitions.first)
    }

    /// The transaction is over; with `first` its records up to the marker do not hold.
    func end(
        _ id: String, abortedFrom first: Int64? = nil, to last: Int64 = 0, by producer: Int64 = 0,
        in partition: PartitionID = PartitionID(rawValue: 0)
    ) {
        guard let open = transactions[id] else { return }
        transactions.set(
            id, open.after(first == nil ? Transaction.committed : Transaction.aborted), now: 0)
        guard let first else { return }
        var part = AbortedPart()
        part.partition = partition.rawValue
        part.producerID = producer
        part.first = first
        part.last = last
        transactions.add(part)
    }

    /// What the engine wants now.
    func next(_ engine: StreamEngine, again: Bool = false) -> [StreamEngine.Job] {
        engine.look()
        return engine.next(transactions, again: again)
    }

    /// Lets the engine run until nothing is left to do.
    func run(_ engine: StreamEngine) throws {
        while true {
            let jobs = next(engine)
            if jobs.isEmpty { return }
            for job in jobs { try perform(job, engine) }
        }
    }

    /// Every record of a partition.
    func records(_ topic: String, in partition: Int = 0) throws -> [LogRecord] {
        var found: [LogRecord] = []
        for batch in try batches(topic, in: partition) {
            try batch.withUnsafeBytes { batch in
                try RecordBatch.forEachRecord(batch) { found.append($0) }
            }
        }
        return found
    }

    /// Every batch of a partition.
    func batches(_ topic: String, in partition: Int = 0) throws -> [[UInt8]] {
        try reader.refresh()
        let info = try #require(reader.index.topic(named: topic), "\(topic)")
        var found: [[UInt8]] = []
        var next: Int64 = 0
        while true {
            var bytes: [UInt8] = []
            let read = try reader.read(
                info.partitions[partition], from: next, maxBytes: 1 << 20, into: &bytes)
            if read.batches == 0 { return found }
            next = read.next
            while !bytes.isEmpty {
                let length = try #require(bytes.withUnsafeBytes { BatchHeader($0) }).batchLength
                found.append(Array(bytes[..<length]))
                bytes.removeFirst(length)
            }
        }
    }

    func committed(_ group: String, _ topic: String, in partition: Int = 0) throws -> Int64? {
        try reader.refresh()
        let info = try #require(reader.index.topic(named: topic))
        return reader.index.committed(group: group, info.partitions[partition])?.offset
    }
}

extension StreamRule {
    /// A stream of the records whose dotted key fits.
    static func filter(
        _ name: String, from: String, to: String, key: String? = nil
    ) throws -> StreamRule {
        var condition = StreamCondition()
        if let key { condition.key = try #require(KeyPattern(key)) }
        return StreamRule(name: name, from: from, to: [to], condition: condition)
    }
}
