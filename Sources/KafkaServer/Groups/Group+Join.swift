// A group takes a JoinGroup: from somebody new, from a static member that comes back, or from a member.

extension Group {
    /// `newID` is the id that somebody gets who has none.
    mutating func join(
        _ join: GroupRequest.Join, newID: String, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        func refuse(_ error: GroupError, _ memberID: String, _ answers: inout [GroupAnswer]) {
            answers.append(GroupAnswer(join.token, .joinRefused(error, memberID: memberID)))
        }
        let isNew = join.memberID.isEmpty
        let place = isNew ? self.place(ofInstance: join.instanceID) : self.place(of: join.memberID)
        if !accepts(place) {
            if let place { remove(at: place, into: &answers) }
            refuse(.groupMaxSizeReached, "", &answers)
        } else if !supports(join, except: place) {
            refuse(.inconsistentGroupProtocol, join.memberID, &answers)
        } else if isNew {
            if let place {
                replaceStatic(place, join, newID, at: now, into: &answers)
            } else if join.version >= 4 && join.instanceID == nil {
                addPending(newID, expires: now + Milliseconds(join.sessionTimeout))
                refuse(.memberIDRequired, newID, &answers)
            } else {
                add(join, newID, knowsItsID: false, at: now, into: &answers)
            }
        } else if let given = pending.firstIndex(where: { $0.id == join.memberID }),
            join.instanceID == nil
        {
            removePending(at: given)
            add(join, join.memberID, knowsItsID: true, at: now, into: &answers)
        } else if let error = refusal(of: join.memberID, join.instanceID) {
            refuse(error, join.memberID, &answers)
        } else if let place {
            rejoin(place, join, at: now, into: &answers)
        }
        settle(at: now, into: &answers)
    }

    /// Whether there is room. While a group rebalances, those who have joined count: if there are too
    /// many, the last to rejoin are out.
    private func accepts(_ place: Int?) -> Bool {
        switch state {
        case .empty: return true
        case .preparing:
            if let place, members[place].join.isWaiting { return true }
            return members.count(where: \.join.isWaiting) < limits.members
        case .completing, .stable: return place != nil || members.count < limits.members
        }
    }

    private mutating func add(
        _ join: GroupRequest.Join, _ id: String, knowsItsID: Bool, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        if members.isEmpty { protocolType = join.protocolType }
        append(GroupMember(join, id: id, knowsItsID: knowsItsID, limits: limits, at: now))
        if leader == nil { leader = id }
        if case .preparing(var preparing) = state {
            preparing.initial?.hasNewcomer = true
            state = .preparing(preparing)
        }
        prepareRebalance(at: now, into: &answers)
    }

    /// A member joins again.
    private mutating func rejoin(
        _ place: Int, _ join: GroupRequest.Join, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        let isLeader = members[place].id == leader
        let isSame = members[place].matches(join)
        switch state {
        case .completing where isSame:
            // It may have missed the answer.
            edit(place) { $0.touch(at: now) }
            answers.append(current(place, isLeader ? everybody() : [], join.token))
        case .stable where isSame && !isLeader:
            edit(place) { $0.touch(at: now) }
            answers.append(current(place, [], join.token))
        case .completing, .stable, .preparing:
            // A leader joins again when topics have changed, of which its metadata does not tell. A
            // cooperative member tells in its metadata what it has given back.
            wait(place, join, at: now, into: &answers)
            prepareRebalance(at: now, into: &answers)
        case .empty:
            preconditionFailure("an Empty group has no member that could join again")
        }
    }

    /// The JoinGroup of a member waits for the next generation.
    private mutating func wait(
        _ place: Int, _ join: GroupRequest.Join, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        if let token = members[place].join.token {
            // The client has asked again on another connection.
            let id = members[place].id
            answers.append(GroupAnswer(token, .joinRefused(.rebalanceInProgress, memberID: id)))
        }
        let limits = limits
        edit(place) { member in
            member.update(join, limits)
            member.join = .open(join.token)
            if member.isNew { member.expires = now + limits.newMemberJoin }
        }
    }

    /// A static member comes back without its id, as after a restart of the client: it takes its own
    /// place under a new id, and who has the old one is fenced. While the group is Stable and the
    /// member wants the same as before, nobody else notices.
    private mutating func replaceStatic(
        _ place: Int, _ join: GroupRequest.Join, _ newID: String, at now: Milliseconds,
        into answers: inout [GroupAnswer]
    ) {
        let old = members[place]
        if let token = old.join.token {
            answers.append(
                GroupAnswer(token, .joinRefused(.fencedInstanceID, memberID: old.id)))
        }
        if let token = old.sync.token {
            answers.append(GroupAnswer(token, .syncRefused(.fencedInstanceID)))
        }
        let oldLeader = leader
        if leader == old.id { leader = newID }
        let limits = limits
        edit(place) { member in
            member.rename(newID)
            member.update(join, limits)
            member.join = .none
            member.sync = .none
            if member.isNew {
                member.expires = now + limits.newMemberJoin
            } else {
                member.touch(at: now)
            }
        }
        if case .stable = state, chosenProtocol() == protocolName,
            Subscription.areSame(
                old.metadata(of: protocolName), members[place].metadata(of: protocolName),
                protocolType: protocolType)
        {
            // Before version 9 a leader would compute an assignment that nobody takes. It is told
            // that its former self leads, which it takes for another.
            let knowsToSkip = join.version >= 9
            let skips = knowsToSkip && leader == newID
            answers.append(
                current(
                    place, skips ? everybody() : [], join.token,
                    leader: knowsToSkip ? leader : oldLeader, skipsAssignment: skips))
        } else {
            edit(place) { $0.join = .open(join.token) }
            // Out of CompletingRebalance too: the leader may be about to assign to the old id.
            prepareRebalance(at: now, into: &answers)
        }
    }
}
