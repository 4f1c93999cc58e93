// Consumer groups on the wire: requests become the coordinator's, its answers become responses, also
// those that come later. What the coordinator does not know and the log does (groups that have
// offsets and no member since the start) is added here.

import EventLog
import KafkaWire
import Users

/// Who waits for an answer of the coordinator.
struct GroupReply {
    var connection: UInt64
    var group: String
    var reply: (GroupAnswer.Body) -> Void
}

extension GroupError {
    /// The same code: both are the protocol's.
    var kafka: KafkaError { KafkaError(rawValue: rawValue) ?? .unknownServerError }
}

extension Broker {
    func join(
        _ request: JoinGroupRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) {
        let token = wait(peer, request.groupId) { body in
            reply(.joinGroup(Self.joined(body)))
        }
        take(
            .join(
                GroupRequest.Join(
                    token: token, version: version, group: request.groupId,
                    memberID: request.memberId, instanceID: request.groupInstanceId,
                    clientID: peer.clientID, clientHost: peer.address,
                    sessionTimeout: request.sessionTimeoutMs,
                    rebalanceTimeout: request.rebalanceTimeoutMs,
                    protocolType: request.protocolType,
                    protocols: request.protocols.map {
                        GroupRequest.Offer(name: $0.name, metadata: $0.metadata)
                    })))
    }

    private static func joined(_ body: GroupAnswer.Body) -> JoinGroupResponse {
        .init { response in
            switch body {
            case .joined(let joined):
                response.generationId = joined.generation
                response.protocolType = joined.protocolType
                response.protocolName = joined.protocolName
                response.leader = joined.leader
                response.skipAssignment = joined.skipsAssignment
                response.memberId = joined.memberID
                response.members = joined.members.map { member in
                    .init {
                        $0.memberId = member.memberID
                        $0.groupInstanceId = member.instanceID
                        $0.metadata = member.metadata
                    }
                }
            case .joinRefused(let error, let memberID):
                response.errorCode = error.kafka
                response.memberId = memberID
            case .synced, .syncRefused, .heartbeat, .left:
                response.errorCode = .unknownServerError
            }
        }
    }

    func sync(_ request: SyncGroupRequest, _ peer: Peer, _ reply: @escaping Reply) {
        let token = wait(peer, request.groupId) { body in
            reply(
                .syncGroup(
                    .init { response in
                        switch body {
                        case .synced(let synced):
                            response.protocolType = synced.protocolType
                            response.protocolName = synced.protocolName
                            response.assignment = synced.assignment
                        case .syncRefused(let error): response.errorCode = error.kafka
                        case .joined, .joinRefused, .heartbeat, .left:
                            response.errorCode = .unknownServerError
                        }
                    }))
        }
        take(
            .sync(
                GroupRequest.Sync(
                    token: token,
                    speaker: GroupRequest.Speaker(
                        group: request.groupId, generation: request.generationId,
                        memberID: request.memberId, instanceID: request.groupInstanceId),
                    protocolType: request.protocolType, protocolName: request.protocolName,
                    assignments: request.assignments.map {
                        GroupRequest.Assignment(memberID: $0.memberId, bytes: $0.assignment)
                    })))
    }

    func heartbeat(_ request: HeartbeatRequest, _ peer: Peer, _ reply: @escaping Reply) {
        let token = wait(peer, request.groupId) { body in
            guard case .heartbeat(let error) = body else { return }
            reply(.heartbeat(.init { $0.errorCode = error?.kafka ?? .none }))
        }
        take(
            .heartbeat(
                GroupRequest.Heartbeat(
                    token: token,
                    speaker: GroupRequest.Speaker(
                        group: request.groupId, generation: request.generationId,
                        memberID: request.memberId, instanceID: request.groupInstanceId))))
    }

    func leave(
        _ request: LeaveGroupRequest, _ version: Int16, _ peer: Peer, _ reply: @escaping Reply
    ) {
        let token = wait(peer, request.groupId) { body in
            guard case .left(let left, let error) = body else { return }
            reply(
                .leaveGroup(
                    .init { response in
                        response.errorCode = error?.kafka ?? .none
                        if version < 3 {
                            if let only = left.first?.error { response.errorCode = only.kafka }
                            return
                        }
                        response.members = left.map { one in
                            .init {
                                $0.memberId = one.member.memberID
                                $0.groupInstanceId = one.member.instanceID
                                $0.errorCode = one.error?.kafka ?? .none
                            }
                        }
                    }))
        }
        let members =
            version < 3
            ? [GroupRequest.Leaver(memberID: request.memberId)]
            : request.members.map {
                GroupRequest.Leaver(memberID: $0.memberId, instanceID: $0.groupInstanceId)
            }
        take(.leave(GroupRequest.Leave(token: token, group: request.groupId, members: members)))
    }

    // Waiting

    private func wait(
        _ peer: Peer, _ group: String, _ reply: @escaping (GroupAnswer.Body) -> Void
    ) -> RequestToken {
        lastGroupToken += 1
        let token = RequestToken(lastGroupToken)
        groupReplies[token] = GroupReply(
            connection: peer.connection, group: group, reply: reply)
        return token
    }

    private func take(_ request: GroupRequest) {
        answer(coordinator.handle(request, at: clock()))
    }

    func tickGroups() { answer(coordinator.tick(at: clock())) }

    private func answer(_ answers: [GroupAnswer]) {
        for answer in answers {
            groupReplies.removeValue(forKey: answer.token)?.reply(answer.body)
        }
    }

    func dropGroupReplies(of connection: UInt64) {
        let gone = groupReplies.filter { $0.value.connection == connection }
        for (group, tokens) in Dictionary(grouping: gone.keys, by: { gone[$0]?.group ?? "" }) {
            for token in tokens { groupReplies[token] = nil }
            answer(coordinator.drop(tokens, of: group, at: clock()))
        }
    }

    // Administration

    func describeGroups(
        _ request: DescribeGroupsRequest, _ rights: Rights
    ) -> DescribeGroupsResponse {
        let stored = Set(topics.service.reader?.index.groups ?? [])
        return .init { response in
            response.groups = request.groups.map { name in
                let group = coordinator.describe(name)
                return .init { result in
                    result.groupId = name
                    if request.includeAuthorizedOperations {
                        result.authorizedOperations = Operations.on(group: name, rights)
                    }
                    let isStored = group.state == .dead && stored.contains(name)
                    result.groupState =
                        (isStored ? GroupState.empty : group.state).rawValue
                    result.protocolType = isStored ? "consumer" : group.protocolType
                    result.protocolData = group.protocolName
                    result.members = group.members.map { member in
                        .init {
                            $0.memberId = member.memberID
                            $0.groupInstanceId = member.instanceID
                            $0.clientId = member.clientID
                            $0.clientHost = member.clientHost
                            $0.memberMetadata = member.metadata
                            $0.memberAssignment = member.assignment
                        }
                    }
                }
            }
        }
    }

    func listGroups(_ request: ListGroupsRequest) -> ListGroupsResponse {
        var groups = coordinator.list()
        let known = Set(groups.map(\.group))
        for name in topics.service.reader?.index.groups ?? [] where !known.contains(name) {
            groups.append(GroupListing(group: name, protocolType: "consumer", state: .empty))
        }
        let wanted = Set(request.statesFilter.map { $0.lowercased() })
        return .init { response in
            response.groups = groups.filter {
                wanted.isEmpty || wanted.contains($0.state.rawValue.lowercased())
            }.map { group in
                .init {
                    $0.groupId = group.group
                    $0.protocolType = group.protocolType
                    $0.groupState = group.state.rawValue
                }
            }
        }
    }

    func deleteGroups(_ request: DeleteGroupsRequest, _ reply: @escaping Reply) {
        let stored = Set(topics.service.reader?.index.groups ?? [])
        let gathering = Gathering(DeleteGroupsResponse()) { reply(.deleteGroups($0)) }
        for (place, name) in request.groupsNames.enumerated() {
            var error = coordinator.delete(name)
            if error == .groupIDNotFound, stored.contains(name) { error = nil }
            gathering.response.results.append(
                .init {
                    $0.groupId = name
                    $0.errorCode = error?.kafka ?? .none
                })
            guard error == nil, stored.contains(name) else { continue }
            gathering.begin()
            append([.deleteGroup(name)]) { outcome in
                if case .failure(let error) = outcome {
                    gathering.response.results[place].errorCode = error.kafka
                }
                gathering.end()
            }
        }
        gathering.end()
    }
}
