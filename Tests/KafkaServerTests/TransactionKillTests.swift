// What is left of transactions when the broker is killed and another one reads the log.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct TransactionKillTests {
    @Test(
        "RECORD: after a kill what was open is open, and what was not committed stays unseen")
    func kill() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        try hall.make("in")
        #expect(try hall.produce("in", BrokerHall.batch(["1", "2"])).errorCode == .none)
        let producer = try TransactionalProducer(hall, "one")
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["bad"]) == .none)
        #expect(try producer.end(false) == .none)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["good"], sequence: 1) == .none)
        #expect(try producer.commit("g", "in", 2) == .none)
        hall.restart()
        #expect(try hall.seen("t") == [])
        #expect(try hall.stableEnd("t") == 2)
        #expect(try hall.offset("g", "in").offset == -1)
        #expect(try hall.offset("g", "in", stable: true).error == .unstableOffsetCommit)
        #expect(try producer.produce("t", ["more"], sequence: 2) == .none)
        #expect(try producer.end(true) == .none)
        hall.restart()
        #expect(try producer.end(true) == .none)
        #expect(try hall.seen("t") == ["good", "more"])
        #expect(try hall.offset("g", "in", stable: true).offset == 2)
        var next = producer
        #expect(try next.start() == .none)
        #expect(next.producer == producer.producer && next.epoch == producer.epoch + 1)
    }

    @Test(
        "RECORD: what nobody goes on with after a kill is ended when its time is over"
    )
    func killAndGone() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let producer = try TransactionalProducer(hall, "one", timeout: 5_000)
        #expect(try producer.add("t") == [.none])
        #expect(try producer.produce("t", ["lost"]) == .none)
        hall.restart()
        hall.pass(5_000)
        #expect(try producer.end(true) == .producerFenced)
        #expect(try hall.stableEnd("t") == 2)
        #expect(try hall.seen("t") == [])
    }

    @Test("BOUNDED: the topic of transactions is written anew, and says the same afterwards")
    func writtenAnew() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let producer = try TransactionalProducer(hall, "one")
        let open = try TransactionalProducer(hall, "open")
        #expect(try open.add("t") == [.none])
        var other = try TransactionalProducer(hall, "other")
        for _ in 0..<700 { #expect(try other.start() == .none) }
        let topic = try #require(
            hall.broker.topics.service.reader?.index.topic(named: ServedTopics.transactions))
        let state = try #require(
            hall.broker.topics.service.reader?.index.partition(topic.partitions[0]))
        #expect(state.logStart > 0)
        hall.restart()
        #expect(try open.end(true) == .none)
        #expect(try producer.add("t") == [.none])
        let epoch = other.epoch
        #expect(try other.start() == .none)
        #expect(other.epoch == epoch + 1)
    }
}
