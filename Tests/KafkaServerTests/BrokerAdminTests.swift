// Administration of topics: what is done, what is refused, and that the controller's are left alone.

import KafkaWire
import Testing

@testable import KafkaServer

@Suite struct BrokerAdminTests {
    private func create(
        _ hall: BrokerHall, _ name: String, _ partitions: Int32, replicas: Int16 = 1,
        _ configs: [String: String?] = [:], isTrial: Bool = false
    ) throws -> KafkaError {
        let answer = try hall.ask(
            .createTopics(
                .init {
                    $0.validateOnly = isTrial
                    $0.topics = [
                        .init {
                            $0.name = name
                            $0.numPartitions = partitions
                            $0.replicationFactor = replicas
                            $0.configs = configs.map { entry in
                                .init {
                                    $0.name = entry.key
                                    $0.value = entry.value
                                }
                            }
                        }
                    ]
                }))
        guard case .createTopics(let made)? = answer else { throw BrokerHall.Unexpected(answer) }
        return made.topics[0].errorCode
    }

    /// Names of all topics, each with its number of partitions.
    private func topics(_ hall: BrokerHall) throws -> [String] {
        let answer = try hall.ask(.metadata(.init { $0.topics = nil }))
        guard case .metadata(let metadata)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(metadata.brokers.map(\.host) == ["192.0.2.9"])
        return metadata.topics.map { "\($0.name ?? "") \($0.partitions.count)" }.sorted()
    }

    @Test("Topics are made, tried, refused and deleted")
    func lives() throws {
        let hall = try BrokerHall { $0.partitions = 4 }
        #expect(try create(hall, "tried", 1, isTrial: true) == .none)
        #expect(try create(hall, "a", 2, replicas: 3) == .none)
        #expect(try create(hall, "b", -1, replicas: -1) == .none)
        #expect(try create(hall, "a", 2) == .topicAlreadyExists)
        #expect(try create(hall, "c", 0) == .invalidPartitions)
        #expect(try create(hall, "c", 1, replicas: 0) == .invalidReplicationFactor)
        for name in ["", ".", "a b", "ä", "__commits.a", String(repeating: "x", count: 250)] {
            #expect(try create(hall, name, 1) == .invalidTopicException)
        }
        #expect(try create(hall, "c", 1, ["cleanup.policy": "compact"]) == .invalidConfig)
        #expect(try create(hall, "c", 1, ["retention.ms": "soon"]) == .invalidConfig)
        #expect(try create(hall, "c", 1, ["colour": "red"]) == .invalidConfig)
        #expect(try topics(hall) == ["a 2", "b 4"])
        let answer = try hall.ask(
            .deleteTopics(
                .init { $0.topics = [.init { $0.name = "a" }, .init { $0.name = "c" }] }))
        guard case .deleteTopics(let gone)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(gone.responses.map(\.errorCode) == [.none, .unknownTopicOrPartition])
        #expect(try topics(hall) == ["b 4"])
    }

    @Test("A topic that is asked for is made, unless the installer or the client does not want it")
    func made() throws {
        func ask(_ hall: BrokerHall, _ name: String, may: Bool = true) throws -> KafkaError {
            let answer = try hall.ask(
                .metadata(
                    .init {
                        $0.topics = [.init { $0.name = name }]
                        $0.allowAutoTopicCreation = may
                    }))
            guard case .metadata(let found)? = answer else { throw BrokerHall.Unexpected(answer) }
            return found.topics[0].errorCode
        }
        let hall = try BrokerHall { $0.partitions = 2 }
        #expect(try ask(hall, "a", may: false) == .unknownTopicOrPartition)
        #expect(try ask(hall, "a") == .none)
        #expect(try ask(hall, "a b") == .invalidTopicException)
        #expect(try topics(hall) == ["a 2"])
        let strict = try BrokerHall { $0.makesTopics = false }
        #expect(try ask(strict, "a") == .unknownTopicOrPartition)
    }

    private func grow(_ hall: BrokerHall, _ topic: String, _ count: Int32) throws -> KafkaError {
        let answer = try hall.ask(
            .createPartitions(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = topic
                            $0.count = count
                        }
                    ]
                }))
        guard case .createPartitions(let grown)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return grown.results[0].errorCode
    }

    private func deleteRecords(
        _ hall: BrokerHall, _ topic: String, before offset: Int64
    ) throws -> DeleteRecordsResponse.Topic.Partition {
        let answer = try hall.ask(
            .deleteRecords(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = topic
                            $0.partitions = [.init { $0.offset = offset }]
                        }
                    ]
                }))
        guard case .deleteRecords(let done)? = answer else { throw BrokerHall.Unexpected(answer) }
        return done.topics[0].partitions[0]
    }

    @Test("A topic grows, and never shrinks")
    func grows() throws {
        let hall = try BrokerHall()
        try hall.make("t", partitions: 2)
        #expect(try grow(hall, "t", 3) == .none)
        #expect(try grow(hall, "t", 3) == .invalidPartitions)
        #expect(try grow(hall, "t", 1) == .invalidPartitions)
        #expect(try grow(hall, "u", 3) == .unknownTopicOrPartition)
        #expect(try topics(hall) == ["t 3"])
        #expect(try hall.produce("t", BrokerHall.batch(["a"]), in: 2).baseOffset == 0)
    }

    @Test("Records are deleted up to an offset")
    func records() throws {
        let hall = try BrokerHall()
        try hall.make("t")
        for value in ["a", "b", "c"] { _ = try hall.produce("t", BrokerHall.batch([value])) }
        #expect(try deleteRecords(hall, "t", before: 2).lowWatermark == 2)
        #expect(try deleteRecords(hall, "t", before: 1).lowWatermark == 2)
        #expect(try deleteRecords(hall, "t", before: 4).errorCode == .offsetOutOfRange)
        #expect(try deleteRecords(hall, "t", before: -2).errorCode == .offsetOutOfRange)
        #expect(try hall.fetch("t", [(0, 1)])[0].errorCode == .offsetOutOfRange)
        #expect(try hall.fetch("t", [(0, 2)])[0].values == ["2:c"])
        #expect(try deleteRecords(hall, "t", before: -1).lowWatermark == 3)
        #expect(try hall.fetch("t", [(0, 3)])[0].logStartOffset == 3)
    }

    /// The entries of a topic that are not defaults.
    private func configs(_ hall: BrokerHall, _ topic: String) throws -> [String: String] {
        let answer = try hall.ask(
            .describeConfigs(
                .init {
                    $0.resources = [
                        .init {
                            $0.resourceType = 2
                            $0.resourceName = topic
                            $0.configurationKeys = nil
                        }
                    ]
                }))
        guard case .describeConfigs(let found)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        #expect(found.results[0].configs.contains { $0.name == "cleanup.policy" })
        return Dictionary(
            uniqueKeysWithValues: found.results[0].configs.filter { $0.configSource == 1 }.map {
                ($0.name, $0.value ?? "")
            })
    }

    private func alter(
        _ hall: BrokerHall, _ topic: String, _ name: String, _ value: String?
    ) throws -> KafkaError {
        let answer = try hall.ask(
            .incrementalAlterConfigs(
                .init {
                    $0.resources = [
                        .init {
                            $0.resourceType = 2
                            $0.resourceName = topic
                            $0.configs = [
                                .init {
                                    $0.name = name
                                    $0.value = value
                                    $0.configOperation = value == nil ? 1 : 0
                                }
                            ]
                        }
                    ]
                }))
        guard case .incrementalAlterConfigs(let done)? = answer else {
            throw BrokerHall.Unexpected(answer)
        }
        return done.responses[0].errorCode
    }

    @Test("Retention is set and taken back entry by entry, or all at once")
    func configs() throws {
        let hall = try BrokerHall()
        #expect(try create(hall, "t", 1, ["retention.ms": "60000"]) == .none)
        #expect(try configs(hall, "t") == ["retention.ms": "60000"])
        #expect(try alter(hall, "t", "retention.bytes", "1000000") == .none)
        #expect(
            try configs(hall, "t") == ["retention.ms": "60000", "retention.bytes": "1000000"])
        #expect(try alter(hall, "t", "retention.ms", nil) == .none)
        #expect(try alter(hall, "t", "cleanup.policy", "compact") == .invalidConfig)
        #expect(try configs(hall, "t") == ["retention.bytes": "1000000"])
        let answer = try hall.ask(
            .alterConfigs(
                .init {
                    $0.resources = [
                        .init {
                            $0.resourceType = 2
                            $0.resourceName = "t"
                            $0.configs = [
                                .init {
                                    $0.name = "retention.ms"
                                    $0.value = "5000"
                                }
                            ]
                        }
                    ]
                }))
        guard case .alterConfigs(let done)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(done.responses.map(\.errorCode) == [.none])
        #expect(try configs(hall, "t") == ["retention.ms": "5000"])
    }

    @Test("RECORD: no client deletes, grows, empties or configures the controller's topics")
    func controllers() throws {
        let hall = try BrokerHall(controller: true)
        for topic in ["alarms", "signals"] {
            #expect(try create(hall, topic, 1) == .topicAlreadyExists)
            #expect(try grow(hall, topic, 5) == .topicAuthorizationFailed)
            #expect(
                try deleteRecords(hall, topic, before: 1).errorCode == .topicAuthorizationFailed)
            #expect(try alter(hall, topic, "retention.ms", "1") == .topicAuthorizationFailed)
            let answer = try hall.ask(
                .deleteTopics(.init { $0.topics = [.init { $0.name = topic }] }))
            guard case .deleteTopics(let gone)? = answer else {
                throw BrokerHall.Unexpected(answer)
            }
            #expect(gone.responses.map(\.errorCode) == [.topicAuthorizationFailed])
            #expect(try hall.fetch(topic, [(0, 0)])[0].values == ["0:first"])
        }
        #expect(try topics(hall) == ["alarms 2", "signals 1"])
    }

    @Test("What a client may do with a topic is told where it asks, and nothing where not")
    func operations() throws {
        let hall = try BrokerHall(controller: true)
        try hall.make("t")
        func ask(_ wants: Bool) throws -> [Int32] {
            let answer = try hall.ask(
                .metadata(
                    .init {
                        $0.topics = nil
                        $0.includeTopicAuthorizedOperations = wants
                    }), version: 8)
            guard case .metadata(let found)? = answer else { throw BrokerHall.Unexpected(answer) }
            return found.topics.sorted { $0.name ?? "" < $1.name ?? "" }
                .map(\.topicAuthorizedOperations)
        }
        // Bits 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, 10 and 11 configurations.
        #expect(try ask(true) == [0b0101_0000_1000, 0b0101_0001_1000, 0b1101_1111_1000])
        #expect(try ask(false) == [.min, .min, .min])
    }

    @Test("RECORD: no topic of a client takes a controller's name before the controller is there")
    func late() throws {
        let hall = try BrokerHall(isLate: true)
        for name in ["signals", "alarms", "valves", "audit"] {
            #expect(try create(hall, name, 1) == .invalidTopicException)
            let answer = try hall.ask(.metadata(.init { $0.topics = [.init { $0.name = name }] }))
            guard case .metadata(let found)? = answer else { throw BrokerHall.Unexpected(answer) }
            #expect(found.topics.map(\.errorCode) == [.unknownTopicOrPartition])
            #expect(
                try hall.produce(name, BrokerHall.batch(["x"])).errorCode
                    == .unknownTopicOrPartition)
        }
        #expect(try create(BrokerHall(), "alarms", 1) == .none)
    }
}
