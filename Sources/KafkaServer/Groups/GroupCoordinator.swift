// Consumer groups: who is in them, who leads, which generation holds, and who may commit. A value
// without I/O, clock or thread: requests and times go in, answers come out. It speaks Kafka's
// classic group protocol as stock clients expect it (KIP-62, 134, 345, 394, 429, 559, 814), but no
// wire format: the server decodes, calls, and encodes. Committed offsets live in the log, not here.
//
// A group's states, with Kafka's names:
//
//                     first join
//      Empty ──────────────────────────► PreparingRebalance ◄──────────────┐
//        ▲                                  │            ▲                 │
//        │ nobody left                      │ all have   │ a member comes, │ a member comes,
//        ├──────────────────────────────────┤ rejoined,  │ goes, expires,  │ goes, expires,
//        │                                  │ or time    │ changes its     │ changes its
//        │                                  ▼ is up      │ metadata        │ metadata, or the
//        │                               CompletingRebalance               │ leader rejoins
//        │ delete                           │                              │
//        ▼                                  │ the leader's SyncGroup       │
//      Dead                                 └───────────► Stable ──────────┘
//
//   Empty                nobody is a member. Offsets may be committed without a member id.
//   PreparingRebalance   JoinGroup requests wait until every member has sent one, or until the
//                        longest rebalance timeout of the members is up; who has not come by then is
//                        out (a static member stays until its session ends). Members learn of it
//                        from their heartbeats (REBALANCE_IN_PROGRESS) and may still commit. Out of
//                        Empty the group waits `initialRebalanceDelay` for members that start
//                        together, and once more whenever one came meanwhile.
//   CompletingRebalance  A new generation: all JoinGroups were answered, the leader with the members
//                        and their metadata, the others with none. SyncGroups wait for the leader's,
//                        which brings the assignment; who sends none in a rebalance timeout is out.
//   Stable               Every SyncGroup is answered with the assignment of that member.
//   Dead                 The group is not here. Groups in this state are not kept: it is what
//                        `describe` says of one that is unknown or was deleted.
//
// Timers: a member that sends nothing for its session timeout is removed, which hands its partitions
// to the others (takeover). The timer rests while a JoinGroup or SyncGroup of that member waits on a
// live connection, as the client sends no heartbeats then; a first JoinGroup waits `newMemberJoin` at
// most. A member id that was given out and not used expires with the session timeout asked for.
//
// What is kept is bounded by `GroupLimits`: groups, members, ids given out, bytes. An Empty group is
// kept for its generation number and its listing; the one that has been Empty longest is forgotten
// when a new group needs its place. That fences nobody wrongly: member ids are never given twice, so
// a commit or heartbeat of a former life fails by its member id whatever its generation.
//
// A gateway that starts again knows no member: each gets UNKNOWN_MEMBER_ID and joins anew, and goes on
// at the committed offsets.

/// A moment or a length of time on the caller's clock that only goes forward, in milliseconds.
package typealias Milliseconds = Int64

package struct GroupCoordinator {
    package let limits: GroupLimits
    /// Makes a member id out of the client's id or the group instance id. Ids must be unique for
    /// ever, also across starts of the program.
    private let newMemberID: (_ name: String) -> String
    var groups: [String: Group] = [:]
    /// Of all groups; at most `limits.bytes`.
    package private(set) var bytes = 0
    /// Groups that were made; breaks ties.
    private var made = 0
    /// No timer is due before this. It may be early, never late.
    package private(set) var nextDeadline: Milliseconds?

    package init(
        limits: GroupLimits = GroupLimits(), newMemberID: @escaping (_ name: String) -> String
    ) {
        self.limits = limits
        self.newMemberID = newMemberID
    }

    /// Takes a request. The answers are those that became due by it, in order: to this request, to
    /// others that waited, to both or to none yet. Every request is answered exactly once, by this
    /// call, a later one or `tick`, unless its connection goes away (`drop`).
    package mutating func handle(_ request: GroupRequest, at now: Milliseconds) -> [GroupAnswer] {
        var answers: [GroupAnswer] = []
        switch request {
        case .join(let join): handle(join, at: now, into: &answers)
        case .sync(let sync): handle(sync, at: now, into: &answers)
        case .heartbeat(let heartbeat):
            let error = refusal(heartbeat, at: now)
            answers.append(GroupAnswer(heartbeat.token, .heartbeat(error)))
        case .leave(let leave): handle(leave, at: now, into: &answers)
        }
        return answers
    }

    /// Lets everything happen that is due at `now`. To be called when `nextDeadline` has come.
    package mutating func tick(at now: Milliseconds) -> [GroupAnswer] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        var answers: [GroupAnswer] = []
        // In the order of their names: the order of a dictionary is different in every run.
        let due = groups.filter { $0.value.deadline.map { $0 <= now } ?? false }.keys.sorted()
        for name in due {
            change(name, at: now) { $0.tick(at: now, into: &answers) }
        }
        self.nextDeadline = groups.values.lazy.compactMap(\.deadline).min()
        return answers
    }

    /// The connection of these requests is gone: nothing is answered to them. Their members stay for
    /// their session timeout; only one that cannot know its id, as the answer would have been the
    /// first to tell it, is gone at once. Returns what others get because of that.
    package mutating func drop(
        _ tokens: [RequestToken], of group: String, at now: Milliseconds
    ) -> [GroupAnswer] {
        var answers: [GroupAnswer] = []
        change(group, at: now) { group in
            for token in tokens { group.drop(token, at: now, into: &answers) }
        }
        return answers
    }

    /// Changes a group that there is, and keeps the books: bytes, and the next deadline.
    @discardableResult
    mutating func change<Result>(
        _ name: String, at now: Milliseconds, _ body: (inout Group) -> Result
    ) -> Result? {
        guard let place = groups.index(forKey: name) else { return nil }
        bytes -= groups.values[place].bytes
        let result = body(&groups.values[place])
        bytes += groups.values[place].bytes
        if groups.values[place].isUnused {
            bytes -= groups.values[place].bytes
            groups.remove(at: place)
            return result
        }
        let due = groups.values[place].rearm()
        if let due { nextDeadline = min(nextDeadline ?? due, due) }
        return result
    }

    /// `bytes`, counted anew: for drills and tests.
    package var recount: Int { groups.values.reduce(0) { $0 + $1.recount } }

    /// Forgets a group.
    mutating func remove(_ name: String) {
        guard let group = groups.removeValue(forKey: name) else { return }
        bytes -= group.bytes
    }

    /// Makes a group, in the place of an Empty one if there is no other. False: there is no room.
    mutating func makeGroup(_ name: String, at now: Milliseconds) -> Bool {
        if groups.count >= limits.groups {
            // First those that never had a member: ids asked for under ever new names take no place
            // from groups that were in use.
            let oldest = groups.filter { $0.value.emptySince != nil }.min {
                let (a, b) = ($0.value, $1.value)
                return (min(a.generation, 1), a.emptySince ?? 0, a.number)
                    < (min(b.generation, 1), b.emptySince ?? 0, b.number)
            }
            guard let oldest else { return false }
            remove(oldest.key)
        }
        let group = Group(name: name, number: made, limits: limits, at: now)
        made += 1
        bytes += group.bytes
        groups[name] = group
        return true
    }

    /// An id for a new member of `group`.
    func memberID(for join: GroupRequest.Join) -> String {
        let name = join.instanceID ?? join.clientID
        let id = newMemberID(String(name.prefix(limits.memberNameCharacters)))
        precondition(!id.isEmpty, "a member id is never empty: that is how clients ask for one")
        return id
    }
}
