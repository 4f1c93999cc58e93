// Fetch: limits, errors, and waiting for more.

import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct BrokerFetchTests {
    @Test("The whole batch that holds the offset comes, also when it is larger than the limit")
    func whole() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        for partition in [Int32(0), 1] {
            _ = try hall.produce("t", BrokerHall.batch(["a", "b", "c"]), in: partition)
            _ = try hall.produce("t", BrokerHall.batch(["d"]), in: partition)
        }
        let one = try hall.fetch("t", [(0, 1)], each: 1)
        #expect(try one[0].values == ["0:a", "1:b", "2:c"])
        // Only the first partition with records may be over the limits.
        let two = try hall.fetch("t", [(0, 4), (1, 0), (0, 0)], max: 1)
        #expect(try two.map { try $0.values } == [[], ["0:a", "1:b", "2:c"], []])
        #expect(try hall.fetch("t", [(0, 0), (1, 3)]).map { try $0.values.count } == [4, 1])
    }

    @Test("An offset that is not there, and a partition that is not, are errors at once")
    func errors() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        _ = try hall.produce("t", BrokerHall.batch(["a"]))
        for (topic, place, error) in [
            ("t", (Int32(0), Int64(2)), KafkaError.offsetOutOfRange),
            ("t", (0, -1), .offsetOutOfRange), ("t", (1, 0), .unknownTopicOrPartition),
            ("t", (-1, 0), .unknownTopicOrPartition), ("u", (0, 0), .unknownTopicOrPartition),
        ] {
            let pending = hall.send(BrokerHall.fetch(topic, [place], wait: 1_000))
            #expect(pending.isAnswered)
            #expect(
                try BrokerHall.partitions(of: pending.response).map(\.errorCode) == [error])
        }
        let end = hall.send(BrokerHall.fetch("t", [(0, 1)], wait: 0))
        #expect(try BrokerHall.partitions(of: end.response).map(\.errorCode) == [.none])
    }

    @Test("A fetch at the end waits for a record, and no longer than it said")
    func waits() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let first = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 500), from: BrokerHall.peer(2))
        let second = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 500, min: 10_000), from: BrokerHall.peer(3))
        #expect(!first.isAnswered)
        _ = try hall.produce("t", BrokerHall.batch(["a"]))
        #expect(first.isAnswered)
        #expect(try BrokerHall.partitions(of: first.response)[0].values == ["0:a"])
        hall.pass(499)
        #expect(!second.isAnswered)
        hall.pass(1)
        #expect(second.isAnswered)
        #expect(try BrokerHall.partitions(of: second.response)[0].values == ["0:a"])
        #expect(hall.broker.nextDeadline == nil)
    }

    @Test("Idle fetches that wait long are answered together, none before its time; short ones at theirs")
    func together() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        func fetch(_ wait: Int32, _ connection: UInt64) -> BrokerHall.Pending {
            hall.send(
                BrokerHall.fetch("t", [(0, 0)], wait: wait), from: BrokerHall.peer(connection))
        }
        let first = fetch(401, 2)
        hall.pass(20)
        let second = fetch(430, 3)
        let short = fetch(101, 4)
        hall.pass(100)
        #expect(!short.isAnswered)
        hall.pass(1)
        #expect(short.isAnswered)
        hall.pass(328)
        #expect(!first.isAnswered && !second.isAnswered)
        hall.pass(1)
        #expect(first.isAnswered && second.isAnswered)
    }

    @Test("A fetch that waits is told when its topic goes, and forgotten with its connection")
    func gone() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let told = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 60_000), from: BrokerHall.peer(3))
        let forgotten = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 60_000), from: BrokerHall.peer(2))
        hall.broker.closed(2)
        _ = try hall.ask(.deleteTopics(.init { $0.topics = [.init { $0.name = "t" }] }))
        #expect(told.isAnswered)
        #expect(
            try BrokerHall.partitions(of: told.response)[0].errorCode == .unknownTopicOrPartition)
        #expect(!forgotten.isAnswered)
    }

    @Test("A fetch that waits does not hold up what its client asks behind it")
    func behind() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        let own = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 60_000), from: BrokerHall.peer(2))
        let others = hall.send(
            BrokerHall.fetch("t", [(0, 0)], wait: 60_000), from: BrokerHall.peer(3))
        #expect(!own.isAnswered)
        #expect(hall.send(.metadata(.init()), from: BrokerHall.peer(2)).isAnswered)
        #expect(own.isAnswered)
        #expect(try BrokerHall.partitions(of: own.response)[0].errorCode == .none)
        #expect(!others.isAnswered)
    }

    @Test("A client that knows a later leader than there is one is told so")
    func epochs() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        guard case .fetch(var request) = BrokerHall.fetch("t", [(0, 0)]) else { return }
        request.topics[0].partitions[0].currentLeaderEpoch = 1
        let answer = try hall.ask(.fetch(request))
        #expect(try BrokerHall.partitions(of: answer)[0].errorCode == .unknownLeaderEpoch)
    }
}
