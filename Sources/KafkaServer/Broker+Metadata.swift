// Metadata: one broker that leads every partition, reached at the address at which the client came.

import EventLog
import KafkaWire

extension Broker {
    func metadata(
        _ request: MetadataRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) {
        let answer = { (topics: [MetadataResponse.Topic]) in
            var response = self.metadata(topics, peer)
            if request.includeClusterAuthorizedOperations {
                response.clusterAuthorizedOperations = Operations.onCluster(peer.rights)
            }
            if request.includeTopicAuthorizedOperations {
                for place in response.topics.indices {
                    guard let topic = response.topics[place].name.flatMap({ self.topics[$0] })
                    else { continue }
                    response.topics[place].topicAuthorizedOperations = Operations.on(
                        topic, peer.rights)
                }
            }
            reply(.metadata(response))
        }
        // In version 0 no topics means all, later it means none; nil means all.
        guard let wanted = request.topics, !(version == 0 && wanted.isEmpty) else {
            return answer(topics.all.map { describe($0) })
        }
        let mayMake = settings.makesTopics && (version < 4 || request.allowAutoTopicCreation)
        let missing = wanted.compactMap(\.name).filter { name in
            topics[name] == nil && isFree(name)
        }
        guard mayMake, !missing.isEmpty else {
            return answer(wanted.map { describe($0) })
        }
        var open = Set(missing).count
        for name in Set(missing) {
            make(name, partitions: settings.partitions, TopicSettings()) { _ in
                open -= 1
                if open == 0 {
                    answer(wanted.map { self.describe($0) })
                }
            }
        }
    }

    /// Whether a client may make a topic of this name.
    func isFree(_ name: String) -> Bool {
        TopicInfo.isValid(name: name) && !topics.isReserved(name)
    }

    /// Makes a topic of the service log.
    func make(
        _ name: String, partitions: Int32, _ settings: TopicSettings,
        then: @escaping (KafkaError) -> Void
    ) {
        append(
            [.createTopic(name: name, id: .fresh(), partitions: Int(partitions), settings)]
        ) { outcome in
            switch outcome {
            case .success: then(.none)
            case .failure(let error): then(error.kafka)
            }
        }
    }

    private func metadata(
        _ topics: [MetadataResponse.Topic], _ peer: Peer
    ) -> MetadataResponse {
        .init { response in
            response.brokers = [
                .init {
                    $0.nodeId = settings.nodeID
                    $0.host = peer.host
                    $0.port = peer.port
                }
            ]
            response.clusterId = settings.clusterID
            response.controllerId = settings.nodeID
            response.topics = topics
        }
    }

    private func describe(_ wanted: MetadataRequest.Topic) -> MetadataResponse.Topic {
        let isByID = wanted.topicId != .zero
        let found =
            isByID
            ? topics[WireID(head: wanted.topicId.high, tail: wanted.topicId.low)]
            : wanted.name.flatMap { topics[$0] }
        if let found { return describe(found) }
        return .init {
            $0.name = wanted.name
            $0.topicId = wanted.topicId
            if isByID {
                $0.errorCode = .unknownTopicId
            } else {
                $0.errorCode =
                    TopicInfo.isValid(name: wanted.name ?? "")
                    ? .unknownTopicOrPartition : .invalidTopicException
            }
        }
    }

    private func describe(_ topic: ServedTopic) -> MetadataResponse.Topic {
        .init { result in
            result.name = topic.name
            result.topicId = WireUUID(high: topic.info.id.head, low: topic.info.id.tail)
            result.partitions = topic.info.partitions.indices.map { number in
                .init {
                    $0.partitionIndex = Int32(truncatingIfNeeded: number)
                    $0.leaderId = settings.nodeID
                    $0.leaderEpoch = Self.leaderEpoch
                    $0.replicaNodes = [settings.nodeID]
                    $0.isrNodes = [settings.nodeID]
                }
            }
        }
    }

    func cluster(_ request: DescribeClusterRequest, _ peer: Peer) -> DescribeClusterResponse {
        .init { response in
            if request.includeClusterAuthorizedOperations {
                response.clusterAuthorizedOperations = Operations.onCluster(peer.rights)
            }
            response.clusterId = settings.clusterID
            response.controllerId = settings.nodeID
            response.brokers = [
                .init {
                    $0.brokerId = settings.nodeID
                    $0.host = peer.host
                    $0.port = peer.port
                }
            ]
        }
    }

    func findCoordinator(
        _ request: FindCoordinatorRequest, _ version: Int16, _ peer: Peer
    ) -> FindCoordinatorResponse {
        // Groups and transactional ids (key types 0 and 1) are both looked after here.
        .init { response in
            if version >= 4 {
                response.coordinators = request.coordinatorKeys.map { key in
                    .init {
                        $0.key = key
                        $0.nodeId = settings.nodeID
                        $0.host = peer.host
                        $0.port = peer.port
                    }
                }
            } else {
                response.nodeId = settings.nodeID
                response.host = peer.host
                response.port = peer.port
            }
        }
    }
}
