// Committed offsets: records of the service log, durable before they are answered, and never ahead of
// what is durable in the partition.

import EventLog
import KafkaWire

extension Broker {
    func commit(_ request: OffsetCommitRequest, _ reply: @escaping Reply) {
        let refusal = coordinator.refusal(
            ofCommit: GroupRequest.Speaker(
                group: request.groupId, generation: request.generationIdOrMemberEpoch,
                memberID: request.memberId, instanceID: request.groupInstanceId),
            at: clock())?.kafka
        var response = OffsetCommitResponse()
        var steps: [AppendStep] = []
        var places: [(topic: Int, partition: Int)] = []
        for (place, topic) in request.topics.enumerated() {
            var result = OffsetCommitResponse.Topic()
            result.name = topic.name
            let served = topics[topic.name]
            for (slot, wanted) in topic.partitions.enumerated() {
                var error = refusal ?? .none
                if error == .none {
                    do throws(KafkaError) {
                        steps.append(try step(wanted, of: served, request.groupId))
                        places.append((place, slot))
                    } catch let flaw {
                        error = flaw
                    }
                }
                result.partitions.append(
                    .init {
                        $0.partitionIndex = wanted.partitionIndex
                        $0.errorCode = error
                    })
            }
            response.topics.append(result)
        }
        guard !steps.isEmpty else { return reply(.offsetCommit(response)) }
        append(steps) { outcome in
            if case .failure(let error) = outcome {
                for place in places {
                    response.topics[place.topic].partitions[place.partition].errorCode =
                        error == .tooLarge ? .offsetMetadataTooLarge : error.kafka
                }
            }
            reply(.offsetCommit(response))
        }
    }

    func step(
        _ wanted: OffsetCommitRequest.Topic.Partition, of topic: ServedTopic?, _ group: String
    ) throws(KafkaError) -> AppendStep {
        guard let topic, topic.partition(wanted.partitionIndex) != nil else {
            throw .unknownTopicOrPartition
        }
        guard let partition = topics.commitPartition(topic, wanted.partitionIndex) else {
            throw .coordinatorLoadInProgress
        }
        let note = CommitNote(
            leaderEpoch: wanted.committedLeaderEpoch, metadata: wanted.committedMetadata ?? "")
        guard note.stored.utf8.count <= LogLimits.longestMetadata else {
            throw .offsetMetadataTooLarge
        }
        guard wanted.committedOffset >= 0 else { throw .invalidCommitOffsetSize }
        return .commit(
            group: group, partition, offset: wanted.committedOffset, metadata: note.stored)
    }

    func committed(_ request: OffsetFetchRequest) -> OffsetFetchResponse {
        guard let index = topics.service.reader?.index else {
            return .init { $0.errorCode = .coordinatorNotAvailable }
        }
        var wanted = request.topics
        if wanted == nil {
            var byTopic: [String: [Int32]] = [:]
            for (partition, _) in index.commits(of: request.groupId) {
                guard let shown = topics.shown(partition) else { continue }
                byTopic[shown.topic, default: []].append(shown.number)
            }
            wanted = byTopic.sorted { $0.key < $1.key }.map { name, partitions in
                .init {
                    $0.name = name
                    $0.partitionIndexes = partitions
                }
            }
        }
        return .init { response in
            response.topics = (wanted ?? []).map { topic in
                let served = topics[topic.name]
                return .init { result in
                    result.name = topic.name
                    result.partitions = topic.partitionIndexes.map { number in
                        let place = served.flatMap { topics.commitPartition($0, number) }
                        let commit = place.flatMap {
                            index.committed(group: request.groupId, $0)
                        }
                        let isUnstable =
                            request.requireStable
                            && place.map {
                                transactions.isUnstable(group: request.groupId, $0)
                            } == true
                        let note = CommitNote(isUnstable ? "" : commit?.metadata ?? "")
                        return .init {
                            $0.partitionIndex = number
                            $0.errorCode = isUnstable ? .unstableOffsetCommit : .none
                            $0.committedOffset = isUnstable ? -1 : commit?.offset ?? -1
                            $0.committedLeaderEpoch = note.leaderEpoch
                            $0.metadata = note.metadata
                        }
                    }
                }
            }
        }
    }

    func deleteOffsets(_ request: OffsetDeleteRequest, _ reply: @escaping Reply) {
        var response = OffsetDeleteResponse()
        guard topics.service.reader?.index.groups.contains(request.groupId) == true else {
            response.errorCode = .groupIdNotFound
            return reply(.offsetDelete(response))
        }
        var steps: [AppendStep] = []
        for topic in request.topics {
            let served = topics[topic.name]
            let refusal = coordinator.refusal(
                ofDeletingOffsets: topic.name, of: request.groupId)
            response.topics.append(
                .init { result in
                    result.name = topic.name
                    result.partitions = topic.partitions.map { wanted in
                        .init {
                            $0.partitionIndex = wanted.partitionIndex
                            if let refusal {
                                $0.errorCode = refusal.kafka
                            } else if let served,
                                let id = topics.commitPartition(served, wanted.partitionIndex)
                            {
                                steps.append(.deleteCommit(group: request.groupId, id))
                            } else {
                                $0.errorCode = .unknownTopicOrPartition
                            }
                        }
                    }
                })
        }
        guard !steps.isEmpty else { return reply(.offsetDelete(response)) }
        append(steps) { outcome in
            if case .failure(let error) = outcome { response.errorCode = error.kafka }
            reply(.offsetDelete(response))
        }
    }
}
