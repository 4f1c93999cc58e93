// Rights to consumer groups: who may be a member, commit, and look. Offsets of a topic that a user
// may not read are none of its business either.

import KafkaWire
import Users

extension Broker {
    /// nil: it was answered.
    func permitGroup(
        _ request: KafkaRequest, _ version: Int16, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted? {
        let error = KafkaError.groupAuthorizationFailed
        let refusal: KafkaResponse
        switch request {
        case .joinGroup(let request) where !rights.mayUse(group: request.groupId):
            refusal = .joinGroup(
                .init {
                    $0.errorCode = error
                    $0.memberId = request.memberId
                })
        case .syncGroup(let request) where !rights.mayUse(group: request.groupId):
            refusal = .syncGroup(.init { $0.errorCode = error })
        case .heartbeat(let request) where !rights.mayUse(group: request.groupId):
            refusal = .heartbeat(.init { $0.errorCode = error })
        case .leaveGroup(let request) where !rights.mayUse(group: request.groupId):
            refusal = .leaveGroup(.init { $0.errorCode = error })
        case .offsetFetch(let request) where !rights.mayUse(group: request.groupId):
            refusal = .offsetFetch(
                .init { response in
                    response.errorCode = error
                    response.topics = (request.topics ?? []).map { Self.refused($0, error) }
                })
        case .findCoordinator(let request): return permit(request, version, rights, reply)
        case .offsetCommit(let request): return permit(request, rights, reply)
        case .offsetFetch(let request): return permit(request, rights, reply)
        case .describeGroups(let request): return permit(request, rights, reply)
        case .listGroups(let request):
            return Permitted(request: .listGroups(request)) { response in
                guard case .listGroups(var result) = response else { return reply(response) }
                result.groups.removeAll { !rights.isAdmin && !rights.mayUse(group: $0.groupId) }
                reply(.listGroups(result))
            }
        default: return Permitted(request: request, reply: reply)
        }
        denials += 1
        reply(refusal)
        return nil
    }

    private func permit(
        _ request: FindCoordinatorRequest, _ version: Int16, _ rights: Rights,
        _ reply: @escaping Reply
    ) -> Permitted {
        Permitted(request: .findCoordinator(request)) { response in
            guard request.keyType == 0, case .findCoordinator(var result) = response else {
                return reply(response)
            }
            let error = KafkaError.groupAuthorizationFailed
            func may(_ group: String) -> Bool { rights.isAdmin || rights.mayUse(group: group) }
            if version < 4 {
                if !may(request.key) { result.errorCode = error }
            } else {
                for place in result.coordinators.indices where !may(result.coordinators[place].key)
                {
                    result.coordinators[place].errorCode = error
                }
            }
            reply(.findCoordinator(result))
        }
    }

    private func permit(
        _ request: OffsetCommitRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted? {
        let mayUse = rights.mayUse(group: request.groupId)
        let error = mayUse ? KafkaError.topicAuthorizationFailed : .groupAuthorizationFailed
        var rest = request
        var refused: [OffsetCommitResponse.Topic] = []
        rest.topics.removeAll { topic in
            if mayUse, rights.mayRead(topic.name) { return false }
            refused.append(
                .init { result in
                    result.name = topic.name
                    result.partitions = topic.partitions.map { partition in
                        .init {
                            $0.partitionIndex = partition.partitionIndex
                            $0.errorCode = error
                        }
                    }
                })
            return true
        }
        if !refused.isEmpty { denials += 1 }
        if rest.topics.isEmpty {
            reply(.offsetCommit(.init { $0.topics = refused }))
            return nil
        }
        return Permitted(request: .offsetCommit(rest)) { response in
            guard case .offsetCommit(var result) = response else { return reply(response) }
            result.topics += refused
            reply(.offsetCommit(result))
        }
    }

    private func permit(
        _ request: OffsetFetchRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        var refused: [OffsetFetchResponse.Topic] = []
        rest.topics?.removeAll { topic in
            guard !rights.mayRead(topic.name) else { return false }
            refused.append(Self.refused(topic, .topicAuthorizationFailed))
            return true
        }
        return Permitted(request: .offsetFetch(rest)) { response in
            guard case .offsetFetch(var result) = response else { return reply(response) }
            result.topics.removeAll { !rights.mayRead($0.name) }
            result.topics += refused
            reply(.offsetFetch(result))
        }
    }

    private static func refused(
        _ topic: OffsetFetchRequest.Topic, _ error: KafkaError
    ) -> OffsetFetchResponse.Topic {
        .init { result in
            result.name = topic.name
            result.partitions = topic.partitionIndexes.map { number in
                .init {
                    $0.partitionIndex = number
                    $0.committedOffset = -1
                    $0.metadata = ""
                    $0.errorCode = error
                }
            }
        }
    }

    private func permit(
        _ request: DescribeGroupsRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        var refused: [DescribeGroupsResponse.Group] = []
        rest.groups.removeAll { name in
            guard !rights.isAdmin, !rights.mayUse(group: name) else { return false }
            refused.append(
                .init {
                    $0.groupId = name
                    $0.errorCode = .groupAuthorizationFailed
                })
            return true
        }
        return Permitted(request: .describeGroups(rest)) { response in
            guard case .describeGroups(var result) = response else { return reply(response) }
            result.groups += refused
            reply(.describeGroups(result))
        }
    }
}
