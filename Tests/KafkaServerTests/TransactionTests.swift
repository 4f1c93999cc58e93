// Transactions as a producer and a consumer see them: all of one counts or nothing, also when the
// broker is killed in between, and an older producer of the same id is shut out.

import EventLog
import KafkaWire
import Testing
import Users

@testable import KafkaServer

@Suite struct TransactionTests {
    @Test("A transaction is seen when it is committed, and not before")
    func commits() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.produce("t", ["early"]) == .invalidTxnState)
        #expect(try producer.add("t", [0, 1]) == [.none, .none])
        #expect(try producer.produce("t", ["a", "b"]) == .none)
        #expect(try producer.produce("t", ["c"], in: 1) == .none)
        #expect(try hall.seen("t") == [])
        #expect(try hall.stableEnd("t") == 0)
        #expect(try hall.fetch("t", [(0, 0)])[0].values == ["0:a", "1:b"])
        #expect(try producer.end(true) == .none)
        #expect(try hall.seen("t") == ["a", "b"])
        #expect(try hall.seen("t", in: 1) == ["c"])
        // The marker takes an offset.
        #expect(try hall.stableEnd("t") == 3)
        // Asked again, as the answer was lost.
        #expect(try producer.end(true) == .none)
        #expect(try producer.end(false) == .invalidTxnState)
        #expect(try producer.produce("t", ["late"], sequence: 2) == .invalidTxnState)
    }

    @Test("What is not committed is never seen; what others write meanwhile is, behind it")
    func aborts() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["bad"]) == .none)
        #expect(try hall.produce("t", BrokerHall.batch(["plain"])).errorCode == .none)
        #expect(try hall.seen("t") == [])
        #expect(try producer.end(false) == .none)
        #expect(try hall.seen("t") == ["plain"])
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["good"], sequence: 1) == .none)
        #expect(try producer.end(true) == .none)
        #expect(try hall.seen("t") == ["plain", "good"])
        // Whoever begins behind the marker is not told to drop what comes then.
        #expect(try hall.seen("t", from: 3) == ["good"])
    }

    @Test("A new producer of the id shuts the older one out, and ends what it had open")
    func fences() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let old = try TransactionalProducer(hall, "one")
        #expect(try old.add("t") == [.none])
        #expect(try old.produce("t", ["lost"]) == .none)
        let new = try TransactionalProducer(hall, "one")
        #expect(new.producer == old.producer && new.epoch == old.epoch + 1)
        #expect(try hall.stableEnd("t") == 2)
        #expect(try old.produce("t", ["ghost"], sequence: 1) == .invalidProducerEpoch)
        #expect(try old.end(true) == .producerFenced)
        #expect(try old.end(true, version: 1) == .invalidProducerEpoch)
        #expect(try old.add("t") == [.producerFenced])
        #expect(try new.add("t") == [.none])
        #expect(try new.produce("t", ["kept"]) == .none)
        #expect(try new.end(true) == .none)
        #expect(try hall.seen("t") == ["kept"])
        let other = try TransactionalProducer(hall, "two")
        #expect(other.producer != new.producer)
    }

    @Test(
        "A producer goes on with the next epoch after an error, also when it asks twice (KIP-360)")
    func goesOn() throws {
        let hall = try BrokerHall()
        var producer = try TransactionalProducer(hall, "one")
        let before = producer
        #expect(try producer.start(known: true) == .none)
        #expect(producer.epoch == before.epoch + 1)
        var again = before
        #expect(try again.start(known: true) == .none)
        #expect(again.epoch == producer.epoch)
        let new = try TransactionalProducer(hall, "one")
        #expect(new.epoch == producer.epoch + 1)
        #expect(try producer.start(known: true) == .producerFenced)
    }

    @Test("A transaction that takes too long is ended, and its producer is told")
    func timeIsOver() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        var producer = try TransactionalProducer(hall, "one", timeout: 5_000)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["slow"]) == .none)
        hall.pass(4_999)
        #expect(try hall.stableEnd("t") == 0)
        #expect(hall.broker.nextDeadline == 6_000)
        hall.pass(1)
        // Answered behind the end that is on its way.
        #expect(try producer.end(true) == .producerFenced)
        #expect(try hall.seen("t") == [])
        #expect(try hall.stableEnd("t") == 2)
        #expect(hall.broker.nextDeadline == nil)
        #expect(try producer.start(known: true) == .none)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["kept"]) == .none)
        #expect(try producer.end(true) == .none)
        #expect(try hall.seen("t") == ["kept"])
    }

    @Test("Offsets count with the transaction")
    func offsets() throws {
        let hall = try BrokerHall(controller: true)
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.commit("g", "alarms", 1) == .none)
        #expect(try hall.offset("g", "alarms").offset == -1)
        #expect(try hall.offset("g", "alarms", stable: true).error == .unstableOffsetCommit)
        #expect(try producer.end(false) == .none)
        #expect(try hall.offset("g", "alarms", stable: true).offset == -1)
        #expect(try producer.commit("g", "alarms", 1) == .none)
        #expect(try producer.end(true) == .none)
        #expect(try hall.offset("g", "alarms", stable: true).offset == 1)
    }

    @Test("Nothing of the controller's and nothing unknown is in a transaction")
    func refusals() throws {
        let hall = try BrokerHall(controller: true)
        try hall.make("t")
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.add("alarms") == [.topicAuthorizationFailed])
        #expect(try producer.add("none") == [.unknownTopicOrPartition])
        #expect(
            try producer.add("t", [0, 7]) == [.operationNotAttempted, .unknownTopicOrPartition])
        #expect(try producer.add("__transactions") == [.unknownTopicOrPartition])
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["x"], transactional: false) == .invalidRecord)
        let nameless = BrokerHall.transactional(
            BrokerHall.batch(["x"], producer: producer.producer, epoch: 0, sequence: 0))
        #expect(try hall.produce("t", nameless).errorCode == .invalidTxnState)
        var stranger = producer
        stranger.producer += 1
        #expect(try stranger.end(true) == .invalidProducerIdMapping)
        #expect(try stranger.start(timeout: 0) == .invalidTransactionTimeout)
        #expect(try stranger.start(timeout: 900_001) == .invalidTransactionTimeout)
    }

    @Test("A transactional id is its first user's")
    func owner() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        var rights = Rights()
        rights.write = [try #require(NamePattern("t"))]
        var mine = try TransactionalProducer(hall, "free")
        mine.peer = Peer(
            connection: 2, clientID: "a", address: "/192.0.2.3", host: "192.0.2.9", port: 9092,
            user: "a", rights: rights)
        #expect(try mine.start() == .transactionalIdAuthorizationFailed)
        #expect(try mine.end(true) == .transactionalIdAuthorizationFailed)
        #expect(try mine.add("t") == [.transactionalIdAuthorizationFailed])
    }

    @Test("A topic that is deleted does not keep a transaction from its end")
    func deleted() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        try hall.make("gone")
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.add("t") == [.none])
        #expect(try producer.add("gone") == [.none])
        #expect(try producer.produce("t", ["kept"]) == .none)
        let deletion = hall.send(
            .deleteTopics(.init { $0.topics = [.init { $0.name = "gone" }] }))
        #expect(try producer.end(true) == .none)
        try hall.wait(deletion)
        #expect(try hall.seen("t") == ["kept"])
    }

    @Test("Who waits for committed records is served by the marker")
    func waits() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.add("t", [0, 1]) == [.none, .none])
        #expect(try producer.produce("t", ["a"], in: 1) == .none)
        guard
            case .fetch(var request) = BrokerHall.fetch("t", [(1, 0)], wait: 30_000)
        else { return }
        request.isolationLevel = 1
        let pending = hall.send(.fetch(request), from: BrokerHall.peer(2))
        #expect(!pending.isAnswered)
        #expect(try producer.end(true) == .none)
        try hall.wait(pending)
        #expect(try BrokerHall.partitions(of: pending.response)[0].records?.count ?? 0 > 0)
    }
}
