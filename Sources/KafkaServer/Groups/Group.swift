// One consumer group: its members, its generation, and its way through the states that
// `GroupCoordinator.swift` draws. Each event is one method; times come as arguments, answers go into
// an array.

struct Group: Sendable {
    /// A rebalance that gathers its members.
    struct Preparing: Hashable, Sendable {
        /// Who has not joined by then is out.
        var deadline: Milliseconds
        /// Set after Empty: the group waits although everybody it knows has joined.
        var initial: Initial?
    }

    /// The wait for members that start together.
    struct Initial: Hashable, Sendable {
        /// How much longer it may become.
        var rest: Milliseconds
        /// One came meanwhile, so that more may.
        var hasNewcomer = false
    }

    enum State: Hashable, Sendable {
        case empty(since: Milliseconds)
        case preparing(Preparing)
        /// Who has not sent a SyncGroup by then is out.
        case completing(until: Milliseconds)
        /// The same, nil when everybody has.
        case stable(until: Milliseconds?)
    }

    /// A member id that was given out and not used yet.
    struct Pending: Hashable, Sendable {
        var id: String
        var expires: Milliseconds

        var bytes: Int { id.utf8.count + 64 }
    }

    let name: String
    /// The order in which groups were made.
    let number: Int
    let limits: GroupLimits
    var state: State
    var generation: Int32 = 0
    /// Of the first member; an Empty group keeps it for those who look.
    var protocolType: String?
    /// Chosen with the generation.
    var protocolName: String?
    var leader: String?
    /// In the order in which they came.
    private(set) var members: [GroupMember] = []
    var pending: [Pending] = []
    /// What it costs to keep.
    private(set) var bytes: Int
    /// The earliest timer.
    private(set) var deadline: Milliseconds?

    init(name: String, number: Int, limits: GroupLimits, at now: Milliseconds) {
        self.name = name
        self.number = number
        self.limits = limits
        state = .empty(since: now)
        bytes = Self.overhead + 2 * name.utf8.count
    }

    private static let overhead = 256

    /// `bytes`, counted anew.
    var recount: Int {
        members.reduce(0) { $0 + $1.bytes }
            + pending.reduce(0) { $0 + $1.bytes } + Self.overhead + 2 * name.utf8.count
    }

    var emptySince: Milliseconds? {
        if case .empty(let since) = state { return since }
        return nil
    }

    /// Nobody has ever been in it, and nobody is about to.
    var isUnused: Bool { emptySince != nil && generation == 0 && pending.isEmpty }

    func place(of id: String) -> Int? { members.firstIndex { $0.id == id } }

    func place(ofInstance instanceID: String?) -> Int? {
        guard let instanceID else { return nil }
        return members.firstIndex { $0.instanceID == instanceID }
    }

    /// Why somebody who says to be this member is not: `unknownMemberID`, or `fencedInstanceID` when
    /// another has taken its name. nil: it is.
    func refusal(of memberID: String, _ instanceID: String?) -> GroupError? {
        if instanceID != nil {
            guard let place = place(ofInstance: instanceID) else { return .unknownMemberID }
            return members[place].id == memberID ? nil : .fencedInstanceID
        }
        return place(of: memberID) == nil ? .unknownMemberID : nil
    }

    /// The longest that any member needs to rejoin.
    var rebalanceTimeout: Milliseconds { members.map(\.rebalanceTimeout).max() ?? 0 }

    // Changes that are counted

    mutating func append(_ member: GroupMember) {
        members.append(member)
        bytes += member.bytes
    }

    /// Takes a member out. What it waits for is answered with `unknownMemberID`: if the client is
    /// still there, it joins again.
    mutating func remove(at place: Int, into answers: inout [GroupAnswer]) {
        let member = members.remove(at: place)
        bytes -= member.bytes
        if leader == member.id { leader = nil }
        if let token = member.join.token {
            answers.append(GroupAnswer(token, .joinRefused(.unknownMemberID, memberID: "")))
        }
        if let token = member.sync.token {
            answers.append(GroupAnswer(token, .syncRefused(.unknownMemberID)))
        }
    }

    /// Changes a member.
    mutating func edit(_ place: Int, _ body: (inout GroupMember) -> Void) {
        bytes -= members[place].bytes
        body(&members[place])
        bytes += members[place].bytes
    }

    mutating func editAll(_ body: (inout GroupMember) -> Void) {
        for place in members.indices { edit(place, body) }
    }

    mutating func addPending(_ id: String, expires: Milliseconds) {
        // The oldest goes: a client that does use its id does it at once.
        if pending.count >= limits.members { removePending(at: 0) }
        let one = Pending(id: id, expires: expires)
        pending.append(one)
        bytes += one.bytes
    }

    mutating func removePending(at place: Int) {
        bytes -= pending.remove(at: place).bytes
    }

    // The protocol

    /// Whether a join can be reconciled with everybody but the member at `place`, which is the one
    /// that joins again.
    func supports(_ join: GroupRequest.Join, except place: Int?) -> Bool {
        guard !join.protocolType.isEmpty, !join.protocols.isEmpty else { return false }
        let others = members.indices.lazy.filter { $0 != place }
        if others.isEmpty { return place == nil || join.protocolType == protocolType }
        return join.protocolType == protocolType
            && join.protocols.contains { offer in
                others.allSatisfy { members[$0].offers(offer.name) }
            }
    }

    /// The assignor that most members like best among those that all have.
    func chosenProtocol() -> String? {
        guard let first = members.first else { return nil }
        let common = first.protocols.map(\.name).filter { name in
            members.allSatisfy { $0.offers(name) }
        }
        var votes: [(name: String, count: Int)] = []
        for member in members {
            guard let vote = member.protocols.first(where: { common.contains($0.name) })?.name
            else { continue }
            if let place = votes.firstIndex(where: { $0.name == vote }) {
                votes[place].count += 1
            } else {
                votes.append((vote, 1))
            }
        }
        // Of equals the one that the earliest member likes.
        return votes.reduce(nil as (name: String, count: Int)?) { best, next in
            guard let best, best.count >= next.count else { return next }
            return best
        }?.name
    }

    // Timers

    /// Finds the earliest timer again and returns it.
    mutating func rearm() -> Milliseconds? {
        var earliest: Milliseconds?
        func consider(_ time: Milliseconds?) {
            guard let time else { return }
            earliest = min(earliest ?? time, time)
        }
        switch state {
        case .empty: break
        case .preparing(let preparing): consider(preparing.deadline)
        case .completing(let until): consider(until)
        case .stable(let until): consider(until)
        }
        for one in pending { consider(one.expires) }
        for member in members { consider(member.expires) }
        deadline = earliest
        return earliest
    }
}
