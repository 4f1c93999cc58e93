// Offsets: by place, by time, and those that groups commit.

import EventLog
import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct BrokerOffsetTests {
    private func list(_ hall: BrokerHall, _ time: Int64) throws -> [Int64] {
        let answer = try hall.ask(
            .listOffsets(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init { $0.timestamp = time }]
                        }
                    ]
                }))
        guard case .listOffsets(let response)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        let result = response.topics[0].partitions[0]
        #expect(result.errorCode == .none)
        return [result.offset, result.timestamp]
    }

    @Test("Offsets are found by time, record by record, and by their place")
    func times() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        #expect(try list(hall, -1) == [0, -1])
        #expect(try list(hall, -2) == [0, -1])
        #expect(try list(hall, -3) == [-1, -1])
        #expect(try list(hall, 0) == [-1, -1])
        // At 100, 101, 102; 50; 200, 201.
        for (values, time) in [(["a", "b", "c"], 100), (["d"], 50), (["e", "f"], 200)] {
            _ = try hall.produce("t", BrokerHall.batch(values, time: Int64(time)))
        }
        #expect(try list(hall, -1) == [6, -1])
        #expect(try list(hall, -2) == [0, -1])
        #expect(try list(hall, -3) == [5, 201])
        #expect(try list(hall, 0) == [0, 100])
        #expect(try list(hall, 102) == [2, 102])
        #expect(try list(hall, 103) == [4, 200])
        #expect(try list(hall, 201) == [5, 201])
        #expect(try list(hall, 202) == [-1, -1])
    }

    private func commit(
        _ hall: BrokerHall, _ topic: String, _ offset: Int64, metadata: String? = "m",
        partition: Int32 = 0, epoch: Int32 = -1
    ) throws -> KafkaError {
        let answer = try hall.ask(
            .offsetCommit(
                .init {
                    $0.groupId = "g"
                    $0.generationIdOrMemberEpoch = -1
                    $0.topics = [
                        .init {
                            $0.name = topic
                            $0.partitions = [
                                .init {
                                    $0.partitionIndex = partition
                                    $0.committedOffset = offset
                                    $0.committedLeaderEpoch = epoch
                                    $0.committedMetadata = metadata
                                }
                            ]
                        }
                    ]
                }))
        guard case .offsetCommit(let response)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return response.topics[0].partitions[0].errorCode
    }

    /// All that the group has committed: topic, partition, offset, epoch if there is one, metadata.
    private func committed(_ hall: BrokerHall) throws -> [String] {
        let answer = try hall.ask(
            .offsetFetch(
                .init {
                    $0.groupId = "g"
                    $0.topics = nil
                }))
        guard case .offsetFetch(let response)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return response.topics.flatMap { topic in
            topic.partitions.map {
                let epoch = $0.committedLeaderEpoch < 0 ? "" : "@\($0.committedLeaderEpoch)"
                return "\(topic.name) \($0.partitionIndex) \($0.committedOffset)\(epoch) "
                    + ($0.metadata ?? "-")
            }
        }
    }

    @Test("A commit is kept with its metadata, topic by topic, the controller's included")
    func commits() throws {
        let hall = try BrokerHall(controller: true)
        try hall.make("t", partitions: 2)
        #expect(try commit(hall, "t", 3, partition: 1) == .none)
        #expect(try commit(hall, "alarms", 1, metadata: nil) == .none)
        #expect(try committed(hall) == ["alarms 0 1 ", "t 1 3 m"])
        #expect(try commit(hall, "t", 2, partition: 1) == .none)
        #expect(try committed(hall) == ["alarms 0 1 ", "t 1 2 m"])
        #expect(try commit(hall, "t", 1, partition: 2) == .unknownTopicOrPartition)
        #expect(try commit(hall, "u", 1) == .unknownTopicOrPartition)
        let long = String(repeating: "x", count: LogLimits.longestMetadata + 1)
        #expect(try commit(hall, "t", 1, metadata: long) == .offsetMetadataTooLarge)
        // Where commits for the controller's topics stand is nobody's business.
        let answer = try hall.ask(.metadata(.init { $0.topics = nil }))
        guard case .metadata(let metadata)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(metadata.topics.compactMap(\.name).sorted() == ["alarms", "signals", "t"])
    }

    @Test("A commit gives back the leader epoch that came with it, whatever its metadata is")
    func epochs() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 1)
        for (epoch, metadata) in [
            (Int32(0), "m"), (7, ""), (.max, "\u{1}5\u{1}x"), (-1, "\u{1}5\u{1}x"), (-1, "\u{1}"),
        ] {
            #expect(try commit(hall, "t", 1, metadata: metadata, epoch: epoch) == .none)
            let shown = epoch < 0 ? "" : "@\(epoch)"
            #expect(try committed(hall) == ["t 0 1\(shown) \(metadata)"])
            hall.restart()
            #expect(try committed(hall) == ["t 0 1\(shown) \(metadata)"])
        }
    }

    @Test("A group's offsets go one by one, or with the group")
    func deletes() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        #expect(try commit(hall, "t", 0) == .none)
        #expect(try commit(hall, "t", 1, partition: 1) == .none)
        let one = try hall.ask(
            .offsetDelete(
                .init {
                    $0.groupId = "g"
                    $0.topics = [
                        .init {
                            $0.name = "t"
                            $0.partitions = [.init { $0.partitionIndex = 0 }]
                        }
                    ]
                }))
        guard case .offsetDelete(let deleted)? = one else { throw BrokerHall.Unexpected(one) }
        #expect(deleted.errorCode == .none)
        #expect(deleted.topics[0].partitions[0].errorCode == .none)
        #expect(try committed(hall) == ["t 1 1 m"])
        let listed = try hall.ask(.listGroups(.init()))
        guard case .listGroups(let groups)? = listed else { throw BrokerHall.Unexpected(listed) }
        #expect(groups.groups.map(\.groupId) == ["g"])
        #expect(groups.groups.map(\.groupState) == ["Empty"])
        let all = try hall.ask(.deleteGroups(.init { $0.groupsNames = ["g", "h"] }))
        guard case .deleteGroups(let gone)? = all else { throw BrokerHall.Unexpected(all) }
        #expect(gone.results.map(\.errorCode) == [.none, .groupIdNotFound])
        #expect(try committed(hall) == [])
    }
}
