// How members go: they say so, an administrator says so, their time is up, or their connection is cut
// before they knew that they were members.

extension Group {
    /// Takes out all that leave, and then lets the others rejoin once.
    mutating func leave(
        _ leave: GroupRequest.Leave, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        var left: [GroupAnswer.Left] = []
        for leaver in leave.members {
            let error = takeOut(leaver, into: &answers)
            left.append(GroupAnswer.Left(member: leaver, error: error))
        }
        answers.append(GroupAnswer(leave.token, .left(left, nil)))
        if left.contains(where: { $0.error == nil }) { membersLeft(at: now, into: &answers) }
    }

    private mutating func takeOut(
        _ leaver: GroupRequest.Leaver, into answers: inout [GroupAnswer]
    ) -> GroupError? {
        if leaver.memberID.isEmpty {
            guard let place = place(ofInstance: leaver.instanceID) else { return .unknownMemberID }
            remove(at: place, into: &answers)
            return nil
        }
        if let place = pending.firstIndex(where: { $0.id == leaver.memberID }) {
            removePending(at: place)
            return nil
        }
        if let error = refusal(of: leaver.memberID, leaver.instanceID) { return error }
        if let place = place(of: leaver.memberID) { remove(at: place, into: &answers) }
        return nil
    }

    /// Lets happen what is due.
    mutating func tick(at now: Milliseconds, into answers: inout [GroupAnswer]) {
        while let place = pending.firstIndex(where: { $0.expires <= now }) {
            removePending(at: place)
        }
        let count = members.count
        var place = 0
        while place < members.count {
            let member = members[place]
            guard let expires = member.expires, expires <= now else {
                place += 1
                continue
            }
            if member.rests {
                edit(place) { $0.expires = nil }
                place += 1
            } else {
                remove(at: place, into: &answers)
            }
        }
        if let until = syncsUntil, until <= now {
            while let place = members.firstIndex(where: { !$0.hasSynced }) {
                remove(at: place, into: &answers)
            }
        }
        if members.count < count {
            membersLeft(at: now, into: &answers)
        } else {
            settle(at: now, into: &answers)
        }
    }

    private var syncsUntil: Milliseconds? {
        switch state {
        case .empty, .preparing: nil
        case .completing(let until): until
        case .stable(let until): until
        }
    }

    /// The connection of a request is gone. What it asked for stays asked for, but from now on its
    /// member's session runs, as nobody can be seen to wait.
    mutating func drop(
        _ token: RequestToken, at now: Milliseconds, into answers: inout [GroupAnswer]
    ) {
        guard
            let place = members.firstIndex(where: {
                $0.join.token == token || $0.sync.token == token
            })
        else { return }
        let member = members[place]
        if member.isNew && !member.knowsItsID && member.instanceID == nil {
            edit(place) { $0.join = .cut }
            remove(at: place, into: &answers)
            membersLeft(at: now, into: &answers)
            return
        }
        edit(place) { member in
            if member.join.token == token { member.join = .cut } else { member.sync = .cut }
            member.touch(at: now)
        }
    }
}
