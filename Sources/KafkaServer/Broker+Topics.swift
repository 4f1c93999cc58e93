// Making, growing, emptying and deleting topics. Only those of the service log: what the controller
// writes is its own.

import EventLog
import KafkaWire

extension Broker {
    /// Answers each of many, some at once and some by the log, and then all together.
    final class Gathering<Response> {
        var response: Response
        private var open = 1
        private let reply: (Response) -> Void

        init(_ response: Response, _ reply: @escaping (Response) -> Void) {
            self.response = response
            self.reply = reply
        }

        func begin() { open += 1 }

        func end() {
            open -= 1
            if open == 0 { reply(response) }
        }
    }

    func createTopics(_ request: CreateTopicsRequest, _ reply: @escaping Reply) {
        let gathering = Gathering(CreateTopicsResponse()) { reply(.createTopics($0)) }
        for (place, topic) in request.topics.enumerated() {
            let count = topic.numPartitions == -1 ? settings.partitions : topic.numPartitions
            var result = CreateTopicsResponse.Topic()
            result.name = topic.name
            let isTwice = request.topics.filter { $0.name == topic.name }.count > 1
            do throws(TopicRefusal) {
                if isTwice { throw TopicRefusal(.invalidRequest, "the topic is named twice") }
                let new = try check(topic, count)
                result.numPartitions = new.count
                result.replicationFactor = 1
                result.configs = []
                gathering.response.topics.append(result)
                if request.validateOnly { continue }
                gathering.begin()
                make(topic.name, partitions: new.count, new.settings) { error in
                    gathering.response.topics[place].errorCode = error
                    if error != .none {
                        gathering.response.topics[place].numPartitions = -1
                        gathering.response.topics[place].replicationFactor = -1
                    } else if let made = self.topics[topic.name] {
                        gathering.response.topics[place].topicId = WireUUID(
                            high: made.info.id.head, low: made.info.id.tail)
                    }
                    gathering.end()
                }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
                gathering.response.topics.append(result)
            }
        }
        gathering.end()
    }

    private func check(
        _ topic: CreateTopicsRequest.Topic, _ wanted: Int32
    ) throws(TopicRefusal) -> (count: Int32, settings: TopicSettings) {
        guard topics[topic.name] == nil else {
            throw TopicRefusal(.topicAlreadyExists, "topic '\(topic.name)' already exists")
        }
        guard isFree(topic.name) else {
            throw TopicRefusal(
                .invalidTopicException, "a name has 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'")
        }
        var count = wanted
        if !topic.assignments.isEmpty {
            guard topic.numPartitions == -1, topic.replicationFactor == -1 else {
                throw TopicRefusal(
                    .invalidRequest, "give either an assignment or a number of partitions")
            }
            let numbers = topic.assignments.map(\.partitionIndex).sorted()
            guard numbers == Array(0..<Int32(numbers.count)),
                topic.assignments.allSatisfy({ $0.brokerIds.contains(settings.nodeID) })
            else {
                throw TopicRefusal(
                    .invalidReplicaAssignment, "there is one broker, \(settings.nodeID)")
            }
            count = Int32(numbers.count)
        } else {
            guard count > 0 else {
                throw TopicRefusal(.invalidPartitions, "a topic has at least 1 partition")
            }
            // More replicas than there are brokers are taken as one, so that a client's habit of
            // asking for three does not fail here.
            guard topic.replicationFactor == -1 || topic.replicationFactor > 0 else {
                throw TopicRefusal(.invalidReplicationFactor, "at least 1 replica")
            }
        }
        var new = TopicSettings()
        for config in topic.configs {
            try TopicConfig.set(
                config.name, config.value, in: &new, limit: settings.maxMessageBytes)
        }
        return (count, new)
    }

    func deleteTopics(
        _ request: DeleteTopicsRequest, _ version: Int16, _ reply: @escaping Reply
    ) {
        let gathering = Gathering(DeleteTopicsResponse()) { reply(.deleteTopics($0)) }
        let wanted: [(name: String?, id: WireUUID)] =
            version >= 6
            ? request.topics.map { ($0.name, $0.topicId) }
            : request.topicNames.map { ($0, .zero) }
        for (place, topic) in wanted.enumerated() {
            let found =
                topic.name.flatMap { topics[$0] }
                ?? topics[WireID(head: topic.id.high, tail: topic.id.low)]
            gathering.response.responses.append(
                .init {
                    $0.name = topic.name ?? found?.name
                    $0.topicId = topic.id
                    if found == nil {
                        $0.errorCode =
                            topic.name == nil ? .unknownTopicId : .unknownTopicOrPartition
                    } else if found?.writer != .clients {
                        $0.errorCode = .topicAuthorizationFailed
                        $0.errorMessage = "the topic is not for clients to change"
                    }
                })
            guard let found, found.writer == .clients else { continue }
            gathering.begin()
            append([.deleteTopic(name: found.name)]) { outcome in
                if case .failure(let error) = outcome {
                    gathering.response.responses[place].errorCode = error.kafka
                }
                gathering.end()
            }
        }
        gathering.end()
    }

    func createPartitions(_ request: CreatePartitionsRequest, _ reply: @escaping Reply) {
        let gathering = Gathering(CreatePartitionsResponse()) { reply(.createPartitions($0)) }
        for (place, wanted) in request.topics.enumerated() {
            let topic = topics[wanted.name]
            gathering.response.results.append(
                .init {
                    $0.name = wanted.name
                    guard let topic else {
                        $0.errorCode = .unknownTopicOrPartition
                        return
                    }
                    if topic.writer != .clients {
                        $0.errorCode = .topicAuthorizationFailed
                        $0.errorMessage = "the topic is not for clients to change"
                    } else if Int(wanted.count) <= topic.info.partitions.count {
                        $0.errorCode = .invalidPartitions
                        $0.errorMessage =
                            "topic '\(wanted.name)' has \(topic.info.partitions.count) partitions"
                            + " already; they can only become more"
                    }
                })
            guard gathering.response.results[place].errorCode == .none, !request.validateOnly
            else { continue }
            gathering.begin()
            append([.addPartitions(topic: wanted.name, upTo: Int(wanted.count))]) { outcome in
                if case .failure(let error) = outcome {
                    gathering.response.results[place].errorCode = error.kafka
                }
                gathering.end()
            }
        }
        gathering.end()
    }

    func deleteRecords(_ request: DeleteRecordsRequest, _ reply: @escaping Reply) {
        let gathering = Gathering(DeleteRecordsResponse()) { reply(.deleteRecords($0)) }
        for (place, wanted) in request.topics.enumerated() {
            gathering.response.topics.append(.init { $0.name = wanted.name })
            let topic = topics[wanted.name]
            for (slot, partition) in wanted.partitions.enumerated() {
                var result = DeleteRecordsResponse.Topic.Partition()
                result.partitionIndex = partition.partitionIndex
                result.lowWatermark = -1
                let state = topic?.state(partition.partitionIndex)
                let end = state?.highWatermark ?? 0
                let offset = partition.offset == -1 ? end : partition.offset
                if state == nil {
                    result.errorCode = .unknownTopicOrPartition
                } else if topic?.writer != .clients {
                    result.errorCode = .topicAuthorizationFailed
                } else if offset < 0 || offset > end {
                    result.errorCode = .offsetOutOfRange
                } else if let state, offset <= state.logStart {
                    result.lowWatermark = state.logStart
                } else if let state {
                    result.lowWatermark = offset
                    gathering.begin()
                    append([.setLogStart(state.id, offset: offset)]) { outcome in
                        if case .failure(let error) = outcome {
                            gathering.response.topics[place].partitions[slot].errorCode =
                                error.kafka
                            gathering.response.topics[place].partitions[slot].lowWatermark = -1
                        }
                        gathering.end()
                    }
                }
                gathering.response.topics[place].partitions.append(result)
            }
        }
        gathering.end()
    }
}

/// Why something is not done with a topic.
struct TopicRefusal: Error {
    var code: KafkaError
    var message: String

    init(_ code: KafkaError, _ message: String) {
        self.code = code
        self.message = message
    }
}
