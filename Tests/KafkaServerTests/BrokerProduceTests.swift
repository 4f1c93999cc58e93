// Produce: what is taken comes back byte for byte, what is refused is refused with Kafka's error, and
// a producer that sends again has sent once.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct BrokerProduceTests {
    @Test("A batch comes back byte for byte, with its offset and the leader's epoch in front")
    func bytes() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        let batch = BrokerHall.batch(["a", "b"])
        #expect(try hall.produce("t", batch, in: 1).baseOffset == 0)
        let second = try hall.produce("t", batch, in: 1)
        #expect(second.baseOffset == 2)
        #expect(second.logStartOffset == 0)
        let read = try hall.fetch("t", [(1, 2)])[0]
        let bytes = Array(try #require(read.records).bytes)
        #expect(Array(bytes[..<8]) == [0, 0, 0, 0, 0, 0, 0, 2])
        #expect(Array(bytes[12..<16]) == [0, 0, 0, 0])
        #expect(bytes[16...] == batch[16...])
        #expect(bytes[8..<12] == batch[8..<12])
        #expect(read.highWatermark == 4)
        #expect(try hall.fetch("t", [(0, 0)])[0].highWatermark == 0)
    }

    @Test("acks 0 is written and not answered; any other number is refused")
    func acks() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        #expect(
            try hall.ask(BrokerHall.produce("t", BrokerHall.batch(["a"]), acks: 0)) == nil)
        #expect(try hall.produce("t", BrokerHall.batch(["b"]), acks: 1).baseOffset == 1)
        #expect(
            try hall.produce("t", BrokerHall.batch(["c"]), acks: 2).errorCode
                == .invalidRequiredAcks)
        #expect(try hall.fetch("t", [(0, 0)])[0].values == ["0:a", "1:b"])
    }

    @Test("What is no batch for this broker is refused, and nothing of it is kept")
    func refused() throws {
        let hall = try BrokerHall { $0.maxMessageBytes = 500 }
        try hall.make("t")
        let good = BrokerHall.batch(["a"])
        var flipped = good
        flipped[flipped.count - 2] ^= 1
        var old = good
        old[16] = 1
        let cases: [([UInt8], KafkaError)] = [
            ([], .invalidRecord), ([1, 2, 3], .corruptMessage), (flipped, .corruptMessage),
            (old, .corruptMessage), (good + good, .corruptMessage),
            (BrokerHall.batch([String(repeating: "x", count: 500)]), .messageTooLarge),
        ]
        for (bytes, error) in cases {
            #expect(try hall.produce("t", bytes).errorCode == error)
        }
        #expect(
            try hall.produce("t", good, version: 2).errorCode == .unsupportedForMessageFormat)
        #expect(try hall.produce("t", good, in: 1).errorCode == .unknownTopicOrPartition)
        #expect(try hall.produce("u", good).errorCode == .unknownTopicOrPartition)
        #expect(try hall.fetch("t", [(0, 0)])[0].highWatermark == 0)
    }

    @Test("Control batches, and transactional ones without a transaction, are refused")
    func control() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        for (bit, error) in [(UInt8(16), KafkaError.invalidTxnState), (32, .invalidRecord)] {
            var batch = BrokerHall.batch(["a"])
            batch[22] |= bit
            #expect(try hall.produce("t", batch).errorCode == error)
        }
    }

    @Test("A batch sent again is there once, with its first offset; a gap is refused")
    func idempotent() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let ids = try (0..<2).map { _ in
            let answer = try hall.ask(.initProducerId(.init { $0.transactionalId = nil }))
            guard case .initProducerId(let made)? = answer else {
                throw BrokerHall.Unexpected(answer)
            }
            #expect(made.errorCode == .none)
            #expect(made.producerEpoch == 0)
            return made.producerId
        }
        #expect(Set(ids).count == 2)
        func batch(_ value: String, _ sequence: Int32, epoch: Int16 = 0) -> [UInt8] {
            BrokerHall.batch([value], producer: ids[0], epoch: epoch, sequence: sequence)
        }
        for number in 0..<6 {
            let sent = try hall.produce("t", batch("\(number)", Int32(number)))
            #expect(sent.baseOffset == Int64(number))
        }
        // The last five are remembered.
        for number in 1..<6 {
            let again = try hall.produce("t", batch("\(number)", Int32(number)))
            #expect(again.errorCode == .none)
            #expect(again.baseOffset == Int64(number))
        }
        #expect(try hall.produce("t", batch("x", 7)).errorCode == .outOfOrderSequenceNumber)
        #expect(try hall.produce("t", batch("6", 0, epoch: 1)).baseOffset == 6)
        #expect(try hall.produce("t", batch("x", 6)).errorCode == .invalidProducerEpoch)
        #expect(
            try hall.fetch("t", [(0, 0)])[0].values == (0..<7).map { "\($0):\($0)" })
    }

    @Test("Producer ids of a broker that starts again are others")
    func producerIDs() throws {
        let hall = try BrokerHall()
        var ids: Set<Int64> = []
        for _ in 0..<1_001 {
            let answer = try hall.ask(.initProducerId(.init { $0.transactionalId = nil }))
            guard case .initProducerId(let made)? = answer else {
                throw BrokerHall.Unexpected(answer)
            }
            ids.insert(made.producerId)
        }
        #expect(ids.count == 1_001)
        let reserved = try #require(hall.broker.topics.service.reader?.index.producerIDs)
        #expect(ids.allSatisfy { $0 < reserved })
    }

    @Test("RECORD: only the controller writes the controller's topics")
    func controllers() throws {
        let hall = try BrokerHall(controller: true)
        let batch = BrokerHall.batch(["forged"])
        for topic in ["alarms", "signals"] {
            #expect(try hall.produce(topic, batch).errorCode == .topicAuthorizationFailed)
            let read = try hall.fetch(topic, [(0, 0)])[0]
            #expect(try read.values == ["0:first"])
        }
    }

    /// A controller that knows detector 7, has a wired one 8, and is busy for 9.
    private final class Input: SignalInput {
        var taken: [String] = []
        func send(
            detector: UInt32, isAlarm: Bool, from connection: UInt64,
            answer: @escaping (SignalOutcome) -> Void
        ) {
            switch detector {
            case 7:
                taken.append("7 \(isAlarm)")
                answer(.taken)
            case 8: answer(.notNetworkDetector)
            case 9: answer(.busy)
            case 10: answer(.unreachable)
            case 11: answer(.refused)
            default: answer(.unknownDetector)
            }
        }
    }

    @Test("A client's signals go to the controller, one by one, and its answer back")
    func signals() throws {
        let input = Input()
        let hall = try BrokerHall(controller: true, signals: input)
        func send(_ pairs: [([UInt8]?, [UInt8]?)]) throws -> KafkaError {
            try hall.produce(
                "signals",
                RecordBatch.encode(pairs.map { LogRecord(key: $0, value: $1, timestamp: 1) })
            ).errorCode
        }
        #expect(try send([([0, 0, 0, 7], [1]), ([0, 0, 0, 7], [0])]) == .none)
        #expect(input.taken == ["7 true", "7 false"])
        #expect(try send([([0, 0, 0, 6], [1])]) == .invalidRecord)
        #expect(try send([([0, 0, 0, 8], [1])]) == .invalidRecord)
        #expect(try send([([0, 0, 0, 11], [1])]) == .invalidRecord)
        #expect(try send([([0, 0, 0, 9], [1])]) == .throttlingQuotaExceeded)
        #expect(try send([([0, 0, 0, 10], [1])]) == .brokerNotAvailable)
        let malformed: [([UInt8]?, [UInt8]?)] = [
            ([0, 0, 7], [1]), (nil, [1]), ([0, 0, 0, 7], [2]), ([0, 0, 0, 7], nil),
            ([0, 0, 0, 7], []), ([0, 0, 0, 7], [1, 1]),
        ]
        for pair in malformed { #expect(try send([pair]) == .invalidRecord) }
        #expect(input.taken.count == 2)
    }
}
