// A broker without a socket: a real service log in a temporary directory, a clock that is moved by
// hand, and requests that are asked one after the other. For all tests of the broker.

import EventLog
import Foundation
import KafkaWire
import Testing

@testable import KafkaServer

final class BrokerHall {
    let directory: URL
    private(set) var broker: Broker
    private let service: ServiceLog
    private let makeBroker: () -> Broker
    private let signal = DispatchSemaphore(value: 0)
    private let time: Clock

    private final class Clock {
        var now: Int64 = 1_000
    }

    /// `controller`: serves a log of a controller with the topic `alarms`, of 2 partitions, and one
    /// with `signals`. `isLate`: it serves them, but they are not there yet.
    init(
        controller: Bool = false, isLate: Bool = false, signals: (any SignalInput)? = nil,
        _ change: (inout BrokerSettings) -> Void = { _ in }
    ) throws {
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("standpipe-broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        service = try Self.log(directory, "service")
        var logs: [ServedLog?] = [nil, nil]
        if isLate { logs = [ServedLog(path: "/nowhere/log"), ServedLog(path: "/nowhere/signals")] }
        if controller {
            for (slot, topic) in [("alarms", 2), ("signals", 1)].enumerated() {
                let log = try Self.log(directory, topic.0)
                let made = DispatchSemaphore(value: 0)
                log.writer.append([
                    .createTopic(name: topic.0, id: .fresh(), partitions: topic.1, TopicSettings()),
                    .batch(PartitionID(rawValue: 1), Self.batch(["first"])),
                ]) { _ in made.signal() }
                made.wait()
                log.writer.stop()
                logs[slot] = ServedLog(path: log.path)
            }
        }
        var settings = BrokerSettings(clusterID: "hall")
        change(&settings)
        let time = Clock()
        self.time = time
        makeBroker = { [settings, logs, service, signal] in
            Broker(
                settings,
                topics: ServedTopics(
                    service: ServedLog(path: service.path), safety: logs[0], volatile: logs[1]),
                writer: service.writer, inbox: Inbox { signal.signal() }, signals: signals,
                clock: { time.now })
        }
        broker = makeBroker()
    }

    /// The broker is gone with all that it knew; another one begins with what is on the disk.
    func restart() { broker = makeBroker() }

    deinit {
        service.writer.stop()
        try? FileManager.default.removeItem(at: directory)
    }

    private static func log(_ directory: URL, _ name: String) throws -> ServiceLog {
        try ServiceLog(
            directory: directory.appendingPathComponent(name).path,
            livePath: directory.appendingPathComponent("\(name).live").path,
            settings: LogSettings(segmentBytes: 1 << 20, segments: 4, longestFrame: 256 << 10))
    }

    static func peer(_ connection: UInt64 = 1) -> Peer {
        Peer(
            connection: connection, clientID: "hall", address: "/192.0.2.1", host: "192.0.2.9",
            port: 9092)
    }

    /// One request whose answer is waited for: what the disk takes is waited for, no other time.
    final class Pending {
        fileprivate(set) var isAnswered = false
        fileprivate(set) var response: KafkaResponse?
    }

    /// Hands a request in and does not wait.
    func send(
        _ request: KafkaRequest, version: Int16? = nil, from peer: Peer = BrokerHall.peer()
    ) -> Pending {
        let pending = Pending()
        broker.handle(
            request, version: version ?? request.api.versions.upperBound, from: peer
        ) { response in
            #expect(!pending.isAnswered, "answered twice: \(request)")
            pending.isAnswered = true
            pending.response = response
        }
        return pending
    }

    /// Waits for the log's thread until `pending` is answered.
    func wait(_ pending: Pending) throws {
        while !pending.isAnswered {
            try #require(signal.wait(timeout: .now() + 20) == .success, "the log does not answer")
            broker.drain()
        }
    }

    /// Asks and waits; nil where the request wants no response.
    func ask(
        _ request: KafkaRequest, version: Int16? = nil, from peer: Peer = BrokerHall.peer()
    ) throws -> KafkaResponse? {
        let pending = send(request, version: version, from: peer)
        try wait(pending)
        return pending.response
    }

    /// Time passes; what is due is done.
    func pass(_ milliseconds: Int64) {
        time.now += milliseconds
        broker.tick()
    }

    // Topics and records

    func make(_ name: String, partitions: Int32 = 1) throws {
        let answer = try ask(
            .createTopics(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = name
                            $0.numPartitions = partitions
                            $0.replicationFactor = 3
                        }
                    ]
                }))
        guard case .createTopics(let made)? = answer else { throw Unexpected(answer) }
        #expect(made.topics.map(\.errorCode) == [.none])
    }

    /// A batch of records whose values are `values`, at 1, 2, 3 … milliseconds behind `time`.
    static func batch(
        _ values: [String], time: Int64 = 1_700_000_000_000, producer: Int64 = -1,
        epoch: Int16 = -1, sequence: Int32 = -1
    ) -> [UInt8] {
        RecordBatch.encode(
            values.enumerated().map {
                LogRecord(value: Array($0.element.utf8), timestamp: time + Int64($0.offset))
            }, producerID: producer, epoch: epoch, baseSequence: sequence)
    }

    static func produce(
        _ topic: String, _ batch: [UInt8], in partition: Int32 = 0, acks: Int16 = -1
    ) -> KafkaRequest {
        .produce(
            .init {
                $0.acks = acks
                $0.topicData = [
                    .init {
                        $0.name = topic
                        $0.partitionData = [
                            .init {
                                $0.index = partition
                                $0.records = WireBytes(batch)
                            }
                        ]
                    }
                ]
            })
    }

    /// Produces one batch: its error and base offset.
    func produce(
        _ topic: String, _ batch: [UInt8], in partition: Int32 = 0, acks: Int16 = -1,
        version: Int16? = nil
    ) throws -> ProduceResponse.Topic.Partition {
        let answer = try ask(
            Self.produce(topic, batch, in: partition, acks: acks), version: version)
        guard case .produce(let response)? = answer,
            let result = response.responses.first?.partitionResponses.first
        else { throw Unexpected(answer) }
        return result
    }

    static func fetch(
        _ topic: String, _ places: [(partition: Int32, offset: Int64)], wait: Int32 = 0,
        min: Int32 = 1, max: Int32 = .max, each: Int32 = 1 << 20
    ) -> KafkaRequest {
        .fetch(
            .init {
                $0.maxWaitMs = wait
                $0.minBytes = min
                $0.maxBytes = max
                $0.topics = [
                    .init {
                        $0.topic = topic
                        $0.partitions = places.map { place in
                            .init {
                                $0.partition = place.partition
                                $0.fetchOffset = place.offset
                                $0.partitionMaxBytes = each
                            }
                        }
                    }
                ]
            })
    }

    func fetch(
        _ topic: String, _ places: [(partition: Int32, offset: Int64)], max: Int32 = .max,
        each: Int32 = 1 << 20
    ) throws -> [FetchResponse.Topic.Partition] {
        try Self.partitions(of: ask(Self.fetch(topic, places, max: max, each: each)))
    }

    static func partitions(of answer: KafkaResponse?) throws -> [FetchResponse.Topic.Partition] {
        guard case .fetch(let response)? = answer, let topic = response.responses.first else {
            throw Unexpected(answer)
        }
        return topic.partitions
    }

    struct Unexpected: Error {
        var answer: KafkaResponse?
        init(_ answer: KafkaResponse?) { self.answer = answer }
    }
}

extension FetchResponse.Topic.Partition {
    /// Every record: offset and value.
    var values: [String] {
        get throws {
            var found: [String] = []
            var rest = Array(records?.bytes ?? [])[...]
            while !rest.isEmpty {
                let length = try Array(rest).withUnsafeBytes { bytes in
                    try RecordBatch.forEachRecord(bytes) {
                        found.append(
                            "\($0.offset):\(String(decoding: $0.value ?? [], as: UTF8.self))")
                    }
                    return BatchHeader(bytes)?.batchLength ?? bytes.count
                }
                rest = rest.dropFirst(length)
            }
            return found
        }
    }
}
