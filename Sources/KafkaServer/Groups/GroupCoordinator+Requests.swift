// The coordinator takes requests: what is refused whatever the group, and who creates one.

extension GroupCoordinator {
    mutating func handle(
        _ join: GroupRequest.Join, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        if let error = refusal(of: join) {
            answers.append(
                GroupAnswer(join.token, .joinRefused(error, memberID: join.memberID)))
            return
        }
        if groups[join.group] == nil && !makeGroup(join.group, at: now) {
            answers.append(
                GroupAnswer(join.token, .joinRefused(.groupMaxSizeReached, memberID: "")))
            return
        }
        let newID = join.memberID.isEmpty ? memberID(for: join) : ""
        change(join.group, at: now) { group in
            group.join(join, newID: newID, at: now, into: &answers)
        }
    }

    /// What is wrong with a join before its group is asked.
    private func refusal(of join: GroupRequest.Join) -> GroupError? {
        if let error = refusal(ofGroup: join.group) { return error }
        let names = [join.memberID, join.clientID, join.clientHost, join.protocolType]
        guard names.allSatisfy({ $0.utf8.count <= limits.nameBytes }),
            join.instanceID.map({ !$0.isEmpty && $0.utf8.count <= limits.nameBytes }) ?? true,
            join.protocols.count <= limits.protocols,
            GroupMember.bytes(of: join.protocols) <= limits.metadataBytes
        else { return .invalidRequest }
        guard limits.sessionTimeouts.contains(Milliseconds(join.sessionTimeout)) else {
            return .invalidSessionTimeout
        }
        guard let group = groups[join.group] else {
            // Only somebody new makes a group.
            if !join.memberID.isEmpty { return .unknownMemberID }
            if join.protocolType.isEmpty || join.protocols.isEmpty {
                return .inconsistentGroupProtocol
            }
            return hasRoom(for: join, replacing: 0) ? nil : .groupMaxSizeReached
        }
        let place = group.place(of: join.memberID) ?? group.place(ofInstance: join.instanceID)
        let old = place.map { group.members[$0].bytes } ?? 0
        return hasRoom(for: join, replacing: old) ? nil : .groupMaxSizeReached
    }

    /// The longest that a join can cost: a new group and a member with all its names.
    private func hasRoom(for join: GroupRequest.Join, replacing old: Int) -> Bool {
        let names = join.group.utf8.count * 2 + join.clientID.utf8.count * 2
        let more = join.clientHost.utf8.count + (join.instanceID?.utf8.count ?? 0) * 2
        let member = GroupMember.overhead * 2 + GroupMember.bytes(of: join.protocols)
        return bytes - old + names + more + member <= limits.bytes
    }

    private func refusal(ofGroup name: String) -> GroupError? {
        name.isEmpty || name.utf8.count > limits.nameBytes ? .invalidGroupID : nil
    }

    mutating func handle(
        _ sync: GroupRequest.Sync, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        if let error = refusal(ofGroup: sync.speaker.group) {
            answers.append(GroupAnswer(sync.token, .syncRefused(error)))
            return
        }
        let room = limits.bytes - bytes
        let found: Void? = change(sync.speaker.group, at: now) { group in
            group.sync(sync, room: room, at: now, into: &answers)
        }
        if found == nil { answers.append(GroupAnswer(sync.token, .syncRefused(.unknownMemberID))) }
    }

    mutating func refusal(
        _ heartbeat: GroupRequest.Heartbeat, at now: Milliseconds
    ) -> GroupError? {
        if let error = refusal(ofGroup: heartbeat.speaker.group) { return error }
        let error = change(heartbeat.speaker.group, at: now) { group in
            group.heartbeat(heartbeat.speaker, at: now)
        }
        return error ?? .unknownMemberID
    }

    mutating func handle(
        _ leave: GroupRequest.Leave, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        if let error = refusal(ofGroup: leave.group) {
            answers.append(GroupAnswer(leave.token, .left([], error)))
            return
        }
        let found: Void? = change(leave.group, at: now) { group in
            group.leave(leave, at: now, into: &answers)
        }
        if found == nil {
            let left = leave.members.map { GroupAnswer.Left(member: $0, error: .unknownMemberID) }
            answers.append(GroupAnswer(leave.token, .left(left, nil)))
        }
    }

    /// Whether offsets may be committed for a group by this one, now; nil: they may. A commit with
    /// generation -1 and no member id is that of a consumer without a group, or of an administrator:
    /// allowed while nobody is a member. To be asked before the offsets go into the log, and acted on
    /// before the next call.
    package mutating func refusal(
        ofCommit speaker: GroupRequest.Speaker, at now: Milliseconds
    ) -> GroupError? {
        let error = change(speaker.group, at: now) { group in group.commit(speaker, at: now) }
        return error ?? (speaker.generation < 0 ? nil : .illegalGeneration)
    }
}
