// The one place where rights are asked. A request goes on with what its sender may have; the answer
// gets back, with an error, what was taken out. Signals are looked at later (+Produce), where their
// detectors are known, and so are transactions (+Transactions), which are one user's. What the broker refuses to everybody is not decided here.

import KafkaWire
import Users

extension Broker {
    /// What is left of a request, and where its answer goes.
    struct Permitted {
        var request: KafkaRequest
        var reply: Reply
    }

    /// nil: it was answered.
    func permit(
        _ request: KafkaRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) -> Permitted? {
        let rights = peer.rights
        if rights == .everything { return Permitted(request: request, reply: reply) }
        switch request {
        case .apiVersions, .describeCluster, .saslHandshake, .saslAuthenticate,
            .addPartitionsToTxn, .addOffsetsToTxn, .txnOffsetCommit, .endTxn:
            return Permitted(request: request, reply: reply)
        case .metadata(let request): return permit(request, version, rights, reply)
        case .produce(let request): return permit(request, rights, reply)
        case .fetch(let request): return permit(request, rights, reply)
        case .listOffsets(let request): return permit(request, rights, reply)
        case .offsetForLeaderEpoch(let request): return permit(request, rights, reply)
        case .initProducerId:
            guard rights.mayWriteSomething else {
                denials += 1
                reply(
                    .initProducerId(
                        .init {
                            $0.errorCode = .clusterAuthorizationFailed
                            $0.producerEpoch = -1
                        }))
                return nil
            }
            return Permitted(request: request, reply: reply)
        case .findCoordinator, .joinGroup, .syncGroup, .heartbeat, .leaveGroup, .offsetCommit,
            .offsetFetch, .describeGroups, .listGroups:
            return permitGroup(request, version, rights, reply)
        case .createTopics, .deleteTopics, .createPartitions, .deleteRecords, .describeConfigs,
            .alterConfigs, .incrementalAlterConfigs, .deleteGroups, .offsetDelete, .describeAcls,
            .createAcls, .deleteAcls:
            return permitAdministration(request, version, rights, reply)
        }
    }

    /// Takes the topics out of a request that the user may not have, `refused`, and puts the answers
    /// for them behind those for the others.
    private func permit<Topic, Answer>(
        _ topics: inout [Topic], _ may: (Topic) -> Bool, refused: (Topic) -> Answer
    ) -> [Answer] {
        var answers: [Answer] = []
        topics.removeAll { topic in
            if may(topic) { return false }
            answers.append(refused(topic))
            return true
        }
        if !answers.isEmpty { denials += 1 }
        return answers
    }

    private func permit(
        _ request: ProduceRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        let refused = permit(&rest.topicData) { topic in
            // Each detector is asked for where the batch is read.
            topics[topic.name]?.writer == .controllerTakesSignals
                ? !rights.detectors.isEmpty && !rights.isDenied(.write, topic.name)
                : rights.mayWrite(topic.name)
        } refused: { topic in
            ProduceResponse.Topic { result in
                result.name = topic.name
                result.partitionResponses = topic.partitionData.map { partition in
                    .init {
                        $0.index = partition.index
                        $0.baseOffset = -1
                        $0.errorCode = .topicAuthorizationFailed
                    }
                }
            }
        }
        return Permitted(request: .produce(rest)) { response in
            guard case .produce(var result) = response else { return reply(response) }
            result.responses += refused
            reply(.produce(result))
        }
    }

    private func permit(
        _ request: FetchRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        let refused = permit(&rest.topics) {
            rights.mayRead($0.topic)
        } refused: { topic in
            FetchResponse.Topic { result in
                result.topic = topic.topic
                result.partitions = topic.partitions.map { partition in
                    .init {
                        $0.partitionIndex = partition.partition
                        $0.errorCode = .topicAuthorizationFailed
                        $0.highWatermark = -1
                        $0.records = WireBytes([])
                    }
                }
            }
        }
        if refused.isEmpty { return Permitted(request: .fetch(rest), reply: reply) }
        // An error is told at once.
        rest.maxWaitMs = 0
        return Permitted(request: .fetch(rest)) { response in
            guard case .fetch(var result) = response else { return reply(response) }
            result.responses += refused
            reply(.fetch(result))
        }
    }

    private func permit(
        _ request: ListOffsetsRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        let refused = permit(&rest.topics) {
            rights.mayRead($0.name)
        } refused: { topic in
            ListOffsetsResponse.Topic { result in
                result.name = topic.name
                result.partitions = topic.partitions.map { partition in
                    .init {
                        $0.partitionIndex = partition.partitionIndex
                        $0.errorCode = .topicAuthorizationFailed
                    }
                }
            }
        }
        return Permitted(request: .listOffsets(rest)) { response in
            guard case .listOffsets(var result) = response else { return reply(response) }
            result.topics += refused
            reply(.listOffsets(result))
        }
    }

    private func permit(
        _ request: OffsetForLeaderEpochRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        let refused = permit(&rest.topics) {
            rights.mayRead($0.topic)
        } refused: { topic in
            OffsetForLeaderEpochResponse.Topic { result in
                result.topic = topic.topic
                result.partitions = topic.partitions.map { partition in
                    .init {
                        $0.partition = partition.partition
                        $0.errorCode = .topicAuthorizationFailed
                    }
                }
            }
        }
        return Permitted(request: .offsetForLeaderEpoch(rest)) { response in
            guard case .offsetForLeaderEpoch(var result) = response else { return reply(response) }
            result.topics += refused
            reply(.offsetForLeaderEpoch(result))
        }
    }

    /// Topics that a user may not see are not there; one that is named is refused. Who may not write
    /// a topic does not make it by asking for it.
    private func permit(
        _ request: MetadataRequest, _ version: Int16, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        func sees(_ name: String) -> Bool { maySee(name, rights) }
        var rest = request
        var refused: [MetadataResponse.Topic] = []
        let isAll = request.topics == nil || version == 0 && request.topics?.isEmpty == true
        rest.topics?.removeAll { topic in
            let byID = topics[WireID(head: topic.topicId.high, tail: topic.topicId.low)]
            let isByID = topic.topicId != .zero
            let name = isByID ? byID?.name : topic.name
            guard let name else { return false }
            let isMade = topics[name] == nil && !rights.mayWrite(name)
            guard !sees(name) || isMade else { return false }
            refused.append(
                .init {
                    $0.name = topic.name
                    $0.topicId = topic.topicId
                    $0.errorCode =
                        isByID
                        ? .unknownTopicId
                        : sees(name) ? .unknownTopicOrPartition : .topicAuthorizationFailed
                })
            return true
        }
        if refused.contains(where: { $0.errorCode == .topicAuthorizationFailed }) { denials += 1 }
        // In version 0 an empty list asks for all topics.
        if version == 0, !isAll, rest.topics?.isEmpty == true {
            rest.topics = nil
        }
        let answersAll = rest.topics == nil
        return Permitted(request: .metadata(rest)) { response in
            guard case .metadata(var result) = response else { return reply(response) }
            if isAll {
                result.topics.removeAll { !sees($0.name ?? "") }
            } else if answersAll {
                result.topics = []
            }
            result.topics += refused
            reply(.metadata(result))
        }
    }

    /// Whether a user learns that there is such a topic.
    func maySee(_ topic: String, _ rights: Rights) -> Bool {
        rights.isAdmin || rights.mayRead(topic) || rights.mayWrite(topic)
            || topic == ServedTopics.signals && !rights.detectors.isEmpty
    }
}
