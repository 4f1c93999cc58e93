// How a group's rebalance begins, goes on and ends.

extension Group {
    /// Everybody is to join again: SyncGroups that wait are refused, and the members get time.
    mutating func prepareRebalance(at now: Milliseconds, into answers: inout [GroupAnswer]) {
        switch state {
        case .preparing: return
        case .empty:
            let delay = limits.initialRebalanceDelay
            let initial = Initial(rest: max(rebalanceTimeout - delay, 0))
            state = .preparing(Preparing(deadline: now + delay, initial: initial))
        case .completing:
            refuseSyncs(.rebalanceInProgress, at: now, into: &answers)
            state = .preparing(Preparing(deadline: now + rebalanceTimeout))
        case .stable:
            editAll { $0.assignment = [] }
            state = .preparing(Preparing(deadline: now + rebalanceTimeout))
        }
    }

    /// Answers all SyncGroups that wait; their members' sessions begin anew.
    mutating func refuseSyncs(
        _ error: GroupError, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        editAll { member in
            guard member.sync.isWaiting else { return }
            if let token = member.sync.token {
                answers.append(GroupAnswer(token, .syncRefused(error)))
                member.touch(at: now)
            }
            member.sync = .none
        }
    }

    /// Members went: those who are left share what they had.
    mutating func membersLeft(at now: Milliseconds, into answers: inout [GroupAnswer]) {
        switch state {
        case .empty, .preparing: break
        case .completing, .stable: prepareRebalance(at: now, into: &answers)
        }
        settle(at: now, into: &answers)
    }

    /// Ends the gathering when everybody is there or the time is up. To be called after whatever
    /// may have brought that about.
    mutating func settle(at now: Milliseconds, into answers: inout [GroupAnswer]) {
        guard case .preparing(var preparing) = state else { return }
        if now >= preparing.deadline {
            if var initial = preparing.initial, initial.hasNewcomer, initial.rest > 0 {
                let more = min(max(limits.initialRebalanceDelay, 1), initial.rest)
                initial = Initial(rest: initial.rest - more)
                preparing = Preparing(deadline: now + more, initial: initial)
                state = .preparing(preparing)
            } else {
                beginGeneration(at: now, into: &answers)
            }
        } else if preparing.initial == nil, pending.isEmpty,
            members.allSatisfy(\.join.isWaiting)
        {
            beginGeneration(at: now, into: &answers)
        }
    }

    /// The next generation, of those who joined and of static members whose session goes on.
    private mutating func beginGeneration(
        at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        while let place = members.firstIndex(where: { !$0.join.isWaiting && $0.instanceID == nil })
        {
            remove(at: place, into: &answers)
        }
        guard !members.isEmpty else { return becomeEmpty(at: now) }
        let hasLeader = members.contains { $0.id == leader && $0.join.isWaiting }
        if !hasLeader {
            guard let next = members.first(where: \.join.isWaiting) else {
                // Static members alone, none of which is here: their sessions decide.
                state = .preparing(Preparing(deadline: now + rebalanceTimeout))
                return
            }
            leader = next.id
        }
        advanceGeneration()
        protocolName = chosenProtocol()
        state = .completing(until: now + rebalanceTimeout)
        let all = everybody()
        for place in members.indices {
            let join = members[place].join
            if let token = join.token { answers.append(current(place, all, token)) }
            edit(place) { member in
                member.hasSynced = false
                guard join.isWaiting else { return }
                member.join = .none
                member.isNew = false
                // One whose connection is gone has its time already.
                if join.token != nil { member.touch(at: now) }
            }
        }
    }

    private mutating func becomeEmpty(at now: Milliseconds) {
        advanceGeneration()
        protocolName = nil
        leader = nil
        state = .empty(since: now)
    }

    private mutating func advanceGeneration() {
        generation = generation == .max ? 1 : generation + 1
    }

    /// All members as their leader gets them.
    func everybody() -> [GroupAnswer.Member] {
        members.map {
            GroupAnswer.Member(
                memberID: $0.id, instanceID: $0.instanceID,
                metadata: $0.metadata(of: protocolName))
        }
    }

    /// What a member is told of the generation that is.
    func current(
        _ place: Int, _ everybody: [GroupAnswer.Member], _ token: RequestToken,
        leader: String? = nil, skipsAssignment: Bool = false
    ) -> GroupAnswer {
        let id = members[place].id
        let leader = leader ?? self.leader ?? ""
        return GroupAnswer(
            token,
            .joined(
                GroupAnswer.Joined(
                    generation: generation, protocolType: protocolType ?? "",
                    protocolName: protocolName ?? "", leader: leader,
                    skipsAssignment: skipsAssignment, memberID: id,
                    members: leader == id ? everybody : [])))
    }
}
