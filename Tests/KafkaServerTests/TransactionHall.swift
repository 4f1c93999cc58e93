// A transactional producer and a consumer that reads only what is committed, for the tests of
// transactions.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

/// A transactional producer.
struct TransactionalProducer {
    let hall: BrokerHall
    let id: String
    var producer: Int64 = -1
    var epoch: Int16 = -1
    var peer = BrokerHall.peer()

    init(_ hall: BrokerHall, _ id: String, timeout: Int32 = 60_000) throws {
        self.hall = hall
        self.id = id
        #expect(try start(timeout: timeout) == .none)
    }

    /// InitProducerId; `known` goes on with the epoch that it has.
    mutating func start(timeout: Int32 = 60_000, known: Bool = false) throws -> KafkaError {
        let answer = try hall.ask(
            .initProducerId(
                .init {
                    $0.transactionalId = id
                    $0.transactionTimeoutMs = timeout
                    $0.producerId = known ? producer : -1
                    $0.producerEpoch = known ? epoch : -1
                }), from: peer)
        guard case .initProducerId(let made)? = answer else { throw BrokerHall.Unexpected(answer) }
        if made.errorCode == .none { (producer, epoch) = (made.producerId, made.producerEpoch) }
        return made.errorCode
    }

    func add(_ topic: String, _ partitions: [Int32] = [0]) throws -> [KafkaError] {
        let answer = try hall.ask(
            .addPartitionsToTxn(
                .init { request in
                    request.v3AndBelowTransactionalId = id
                    request.v3AndBelowProducerId = producer
                    request.v3AndBelowProducerEpoch = epoch
                    request.v3AndBelowTopics = [
                        .init {
                            $0.name = topic
                            $0.partitions = partitions
                        }
                    ]
                }), from: peer)
        guard case .addPartitionsToTxn(let added)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return added.resultsByTopicV3AndBelow[0].resultsByPartition.map(\.partitionErrorCode)
    }

    func produce(
        _ topic: String, _ values: [String], in partition: Int32 = 0, sequence: Int32 = 0,
        transactional: Bool = true
    ) throws -> KafkaError {
        var batch = BrokerHall.batch(
            values, producer: producer, epoch: epoch, sequence: sequence)
        if transactional { batch = BrokerHall.transactional(batch) }
        guard case .produce(var request) = BrokerHall.produce(topic, batch, in: partition) else {
            return .unknownServerError
        }
        request.transactionalId = id
        let answer = try hall.ask(.produce(request), from: peer)
        guard case .produce(let response)? = answer else { throw BrokerHall.Unexpected(answer) }
        return response.responses[0].partitionResponses[0].errorCode
    }

    func commit(_ group: String, _ topic: String, _ offset: Int64) throws -> KafkaError {
        let first = try hall.ask(
            .addOffsetsToTxn(
                .init {
                    $0.transactionalId = id
                    $0.producerId = producer
                    $0.producerEpoch = epoch
                    $0.groupId = group
                }), from: peer)
        guard case .addOffsetsToTxn(let added)? = first else { throw BrokerHall.Unexpected(first) }
        guard added.errorCode == .none else { return added.errorCode }
        let answer = try hall.ask(
            .txnOffsetCommit(
                .init { request in
                    request.transactionalId = id
                    request.producerId = producer
                    request.producerEpoch = epoch
                    request.groupId = group
                    request.topics = [
                        .init { wanted in
                            wanted.name = topic
                            wanted.partitions = [.init { $0.committedOffset = offset }]
                        }
                    ]
                }), from: peer)
        guard case .txnOffsetCommit(let result)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return result.topics[0].partitions[0].errorCode
    }

    func end(_ isCommit: Bool, version: Int16? = nil) throws -> KafkaError {
        let answer = try hall.ask(
            .endTxn(
                .init {
                    $0.transactionalId = id
                    $0.producerId = producer
                    $0.producerEpoch = epoch
                    $0.committed = isCommit
                }), version: version, from: peer)
        guard case .endTxn(let result)? = answer else { throw BrokerHall.Unexpected(answer) }
        return result.errorCode
    }
}

extension BrokerHall {
    /// The batch, as one of a transaction.
    static func transactional(_ batch: [UInt8]) -> [UInt8] {
        RecordBatch.inTransaction(batch)
    }

    private func committed(
        _ topic: String, from offset: Int64 = 0, in partition: Int32 = 0
    ) throws -> FetchResponse.Topic.Partition {
        guard
            case .fetch(var request) = Self.fetch(topic, [(partition, offset)])
        else { throw Unexpected(nil) }
        request.isolationLevel = 1
        return try Self.partitions(of: ask(.fetch(request)))[0]
    }

    /// What a consumer shows that reads only what is committed: Kafka's rules for markers and the
    /// list of transactions that were not.
    func seen(
        _ topic: String, from offset: Int64 = 0, in partition: Int32 = 0
    ) throws -> [String] {
        let answer = try committed(topic, from: offset, in: partition)
        #expect(answer.errorCode == .none)
        var waiting = (answer.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }
        var dropped: Set<Int64> = []
        var values: [String] = []
        var rest = Array(answer.records?.bytes ?? [])
        while !rest.isEmpty {
            let length = try rest.withUnsafeBytes { bytes in
                guard let header = BatchHeader(bytes) else { return bytes.count }
                let last = header.baseOffset + Int64(header.lastOffsetDelta)
                while let first = waiting.first, first.firstOffset <= last {
                    dropped.insert(first.producerId)
                    waiting.removeFirst()
                }
                try RecordBatch.forEachRecord(bytes) { record in
                    if header.isControl {
                        if record.key?[3] == 0 { dropped.remove(header.producerID) }
                    } else if !header.isTransactional || !dropped.contains(header.producerID),
                        record.offset >= offset
                    {
                        values.append(String(decoding: record.value ?? [], as: UTF8.self))
                    }
                }
                return header.batchLength
            }
            rest.removeFirst(length)
        }
        return values
    }

    func stableEnd(_ topic: String) throws -> Int64 {
        try committed(topic).lastStableOffset
    }

    func offset(
        _ group: String, _ topic: String, stable: Bool = false
    ) throws -> (offset: Int64, error: KafkaError) {
        let answer = try ask(
            .offsetFetch(
                .init { request in
                    request.groupId = group
                    request.requireStable = stable
                    request.topics = [
                        .init {
                            $0.name = topic
                            $0.partitionIndexes = [0]
                        }
                    ]
                }))
        guard case .offsetFetch(let result)? = answer else { throw Unexpected(answer) }
        let partition = result.topics[0].partitions[0]
        return (partition.committedOffset, partition.errorCode)
    }
}
