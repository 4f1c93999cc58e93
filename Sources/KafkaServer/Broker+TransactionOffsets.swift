// Offsets that are committed with a transaction: they wait in it, and are the group's when it ends.

import EventLog
import KafkaWire
import Users

extension Broker {
    func commitInTransaction(
        _ request: TxnOffsetCommitRequest, _ version: Int16, _ peer: Peer,
        _ reply: @escaping (TxnOffsetCommitResponse) -> Void
    ) {
        let id = request.transactionalId
        serially(id) { done in
            var next = Transaction()
            var flaw = KafkaError.none
            do throws(KafkaError) {
                next = try self.transaction(
                    id, request.producerId, request.producerEpoch, version, peer)
                try self.checkMember(request, peer)
            } catch let error {
                flaw = error
            }
            var response = TxnOffsetCommitResponse()
            var taken: [(topic: Int, partition: Int)] = []
            for (place, topic) in request.topics.enumerated() {
                var result = TxnOffsetCommitResponse.Topic()
                result.name = topic.name
                for (slot, wanted) in topic.partitions.enumerated() {
                    var error = flaw
                    if error == .none {
                        do throws(KafkaError) {
                            next.put(
                                try self.commit(wanted, of: topic.name, request.groupId, peer))
                            taken.append((place, slot))
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
            guard !taken.isEmpty else {
                reply(response)
                return done()
            }
            next.isOpen = true
            self.write(id, next) { error in
                for place in taken {
                    response.topics[place.topic].partitions[place.partition].errorCode =
                        error ?? .none
                }
                reply(response)
                done()
            }
        }
    }

    /// A producer that says which member of the group it is has to be one.
    private func checkMember(
        _ request: TxnOffsetCommitRequest, _ peer: Peer
    ) throws(KafkaError) {
        guard peer.rights.mayUse(group: request.groupId) else { throw .groupAuthorizationFailed }
        guard
            request.generationId >= 0 || !request.memberId.isEmpty
                || request.groupInstanceId != nil
        else { return }
        let refusal = coordinator.refusal(
            ofCommit: GroupRequest.Speaker(
                group: request.groupId, generation: request.generationId,
                memberID: request.memberId, instanceID: request.groupInstanceId),
            at: clock())
        if let refusal { throw refusal.kafka }
    }

    private func commit(
        _ wanted: TxnOffsetCommitRequest.Topic.Partition, of topic: String, _ group: String,
        _ peer: Peer
    ) throws(KafkaError) -> Transaction.Commit {
        guard peer.rights.mayRead(topic) else { throw .topicAuthorizationFailed }
        let step = try step(
            .init {
                $0.partitionIndex = wanted.partitionIndex
                $0.committedOffset = wanted.committedOffset
                $0.committedLeaderEpoch = wanted.committedLeaderEpoch
                $0.committedMetadata = wanted.committedMetadata
            }, of: topics[topic], group)
        guard case .commit(_, let partition, let offset, let metadata) = step else {
            throw .unknownServerError
        }
        return .init {
            $0.group = group
            $0.partition = partition.rawValue
            $0.offset = offset
            $0.metadata = metadata
        }
    }
}
