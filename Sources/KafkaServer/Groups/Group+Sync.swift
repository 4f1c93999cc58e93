// A group takes SyncGroups, heartbeats and the questions of those who want to commit: all from
// members of the generation that is.

extension Group {
    /// `room` is how many bytes of assignments can be kept.
    mutating func sync(
        _ sync: GroupRequest.Sync, room: Int, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        if let error = refusal(of: sync) {
            answers.append(GroupAnswer(sync.token, .syncRefused(error)))
            return
        }
        guard let place = place(of: sync.speaker.memberID) else { return }
        switch state {
        case .empty:
            preconditionFailure("an Empty group has no member")
        case .preparing:
            answers.append(GroupAnswer(sync.token, .syncRefused(.rebalanceInProgress)))
        case .completing:
            if let token = members[place].sync.token {
                // The client has asked again on another connection.
                answers.append(GroupAnswer(token, .syncRefused(.rebalanceInProgress)))
            }
            edit(place) { member in
                member.sync = .open(sync.token)
                member.hasSynced = true
            }
            guard members[place].id == leader else { return }
            assign(sync.assignments, room: room, at: now, into: &answers)
            settle(at: now, into: &answers)
        case .stable:
            edit(place) { member in
                member.hasSynced = true
                member.touch(at: now)
            }
            restWhenAllSynced()
            answers.append(assigned(place, sync.token))
        }
    }

    private func refusal(of sync: GroupRequest.Sync) -> GroupError? {
        if let error = refusal(of: sync.speaker) { return error }
        if let type = sync.protocolType, type != protocolType { return .inconsistentGroupProtocol }
        if let name = sync.protocolName, name != protocolName { return .inconsistentGroupProtocol }
        return nil
    }

    /// Why somebody is no member of this generation.
    private func refusal(of speaker: GroupRequest.Speaker) -> GroupError? {
        refusal(of: speaker.memberID, speaker.instanceID)
            ?? (speaker.generation == generation ? nil : .illegalGeneration)
    }

    /// Hands out what the leader has decided. A member that it forgot gets nothing.
    private mutating func assign(
        _ assignments: [GroupRequest.Assignment], room: Int, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        var given: [String: [UInt8]] = [:]
        for assignment in assignments { given[assignment.memberID] = assignment.bytes }
        guard members.reduce(0, { $0 + (given[$1.id]?.count ?? 0) }) <= room else {
            refuseSyncs(.unknownServerError, at: now, into: &answers)
            prepareRebalance(at: now, into: &answers)
            return
        }
        if case .completing(let until) = state { state = .stable(until: until) }
        for place in members.indices {
            edit(place) { $0.assignment = given[$0.id] ?? [] }
            if let token = members[place].sync.token {
                answers.append(assigned(place, token))
                edit(place) { $0.touch(at: now) }
            }
            edit(place) { $0.sync = .none }
        }
        restWhenAllSynced()
    }

    private func assigned(_ place: Int, _ token: RequestToken) -> GroupAnswer {
        GroupAnswer(
            token,
            .synced(
                GroupAnswer.Synced(
                    protocolType: protocolType ?? "", protocolName: protocolName ?? "",
                    assignment: members[place].assignment)))
    }

    private mutating func restWhenAllSynced() {
        guard case .stable = state, members.allSatisfy(\.hasSynced) else { return }
        state = .stable(until: nil)
    }

    /// A member says that it is alive. nil: all is well; `rebalanceInProgress` also counts as life.
    mutating func heartbeat(
        _ speaker: GroupRequest.Speaker, at now: Milliseconds
    ) -> GroupError? {
        if let error = refusal(of: speaker) { return error }
        guard let place = place(of: speaker.memberID) else { return .unknownMemberID }
        edit(place) { $0.touch(at: now) }
        switch state {
        case .empty: return .unknownMemberID
        case .preparing: return .rebalanceInProgress
        case .completing, .stable: return nil
        }
    }

    /// Whether this one may commit offsets now; a member that may is alive. Members commit until they
    /// rejoin; between their JoinGroup's answer and their assignment they own nothing to commit for.
    mutating func commit(_ speaker: GroupRequest.Speaker, at now: Milliseconds) -> GroupError? {
        if speaker.generation < 0 && members.isEmpty { return nil }
        if speaker.generation < 0 && speaker.memberID.isEmpty && speaker.instanceID == nil {
            return .unknownMemberID
        }
        if let error = refusal(of: speaker) { return error }
        if case .completing = state { return .rebalanceInProgress }
        if let place = place(of: speaker.memberID) { edit(place) { $0.touch(at: now) } }
        return nil
    }
}
