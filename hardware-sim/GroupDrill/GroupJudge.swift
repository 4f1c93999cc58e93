// Watches all that goes into the coordinator and comes out of it, and says what must never be:
//
//   a token is answered twice, after its connection went, never, or too late
//   a generation goes back
//   a generation has two leaders, or an assignment that its leader did not make
//   a partition has two owners in one generation
//   a member that was not heard of for its session timeout is still in
//   somebody commits who owns nothing in the generation that is
//   more is kept than the limits allow

import KafkaServer

struct GroupJudge {
    private struct Question {
        var asked: Int64
        var client: Int
        var request: GroupRequest
    }

    /// What is known of one generation of one life of a group.
    private struct Generation {
        var leader: String?
        /// The client that was told to assign.
        var assigner: Int?
        var owners: [Int: String] = [:]
    }

    let limits: GroupLimits
    /// The longest rebalance timeout of all clients.
    let patience: Int64
    private(set) var violations: [String] = []
    private var open: [RequestToken: Question] = [:]
    private var closed: Set<RequestToken> = []
    /// Of each group that is there: its latest generation, and all of them.
    private var latest: [String: Int32] = [:]
    private var generations: [String: [Int32: Generation]] = [:]
    /// When each member id was last heard of, and its session timeout.
    private var heard: [String: (time: Int64, session: Int64)] = [:]
    /// Who is behind a member id.
    private var owners: [String: String] = [:]
    private(set) var answered = 0

    init(limits: GroupLimits, patience: Int64) {
        self.limits = limits
        self.patience = patience
    }

    mutating func blame(_ text: String, at now: Int64) {
        if violations.count < 20 { violations.append("\(now) ms: \(text)") }
    }

    mutating func asks(_ request: GroupRequest, _ token: RequestToken, _ client: Int, at now: Int64)
    {
        open[token] = Question(asked: now, client: client, request: request)
        switch request {
        case .join(let join):
            heard[join.memberID] = (now, Int64(join.sessionTimeout))
        case .sync(let sync): hears(sync.speaker.memberID, at: now)
        case .heartbeat(let heartbeat): hears(heartbeat.speaker.memberID, at: now)
        case .leave: break
        }
    }

    mutating func hears(_ memberID: String, at now: Int64) {
        heard[memberID]?.time = now
    }

    mutating func drops(_ token: RequestToken, at now: Int64) {
        guard let question = open.removeValue(forKey: token) else { return }
        closed.insert(token)
        switch question.request {
        case .join(let join):
            heard[join.memberID]?.time = now
            // Its new id, if it was to get one, is told to nobody: the session runs for that one.
            if join.memberID.isEmpty { unknown.append((now, Int64(join.sessionTimeout))) }
        case .sync(let sync): hears(sync.speaker.memberID, at: now)
        case .heartbeat, .leave: break
        }
    }

    /// Sessions of members whose id was never told.
    private var unknown: [(time: Int64, session: Int64)] = []

    mutating func sees(_ answer: GroupAnswer, at now: Int64) {
        answered += 1
        guard let question = open.removeValue(forKey: answer.token) else {
            blame("\(answer.token) answered again or after its connection went", at: now)
            return
        }
        closed.insert(answer.token)
        let waited = now - question.asked
        switch (question.request, answer.body) {
        case (.join(let join), .joined(let joined)):
            heard[joined.memberID] = (now, Int64(join.sessionTimeout))
            owners[joined.memberID] = join.instanceID ?? joined.memberID
            see(joined, join, question.client, at: now)
        case (.join, .joinRefused): break
        case (.sync(let sync), .synced(let synced)):
            hears(sync.speaker.memberID, at: now)
            see(synced, sync, at: now)
        case (.sync(let sync), .syncRefused): hears(sync.speaker.memberID, at: now)
        case (.heartbeat, .heartbeat), (.leave, .left):
            if waited > 0 { blame("\(question.request) waited \(waited) ms", at: now) }
        default: blame("\(question.request) got \(answer.body)", at: now)
        }
        if waited > patience { blame("\(question.request) waited \(waited) ms", at: now) }
    }

    private mutating func see(
        _ joined: GroupAnswer.Joined, _ join: GroupRequest.Join, _ client: Int, at now: Int64
    ) {
        let group = join.group
        if joined.generation < latest[group] ?? 0 {
            blame("\(group): generation \(joined.generation) after \(latest[group] ?? 0)", at: now)
        }
        if !join.memberID.isEmpty && joined.memberID != join.memberID {
            blame("\(group): \(join.memberID) was given \(joined.memberID)", at: now)
        }
        if !join.protocols.contains(where: { $0.name == joined.protocolName }) {
            blame("\(group): \(joined.protocolName) is nothing \(joined.memberID) offers", at: now)
        }
        let leads = joined.leader == joined.memberID
        if leads == joined.members.isEmpty {
            blame("\(group): leader \(leads) with \(joined.members.count) members", at: now)
        }
        let leader = owners[joined.leader] ?? joined.leader
        let known = generations[group, default: [:]][joined.generation]?.leader
        // The leader may be told last, and a static one is named by what it was called before.
        if let known, known != leader, (owners[known] ?? known) != leader {
            blame("\(group) \(joined.generation): leaders \(known) and \(leader)", at: now)
        }
        var generation = generations[group]?[joined.generation] ?? Generation()
        generation.leader = leader
        if leads && !joined.skipsAssignment { generation.assigner = client }
        generations[group, default: [:]][joined.generation] = generation
    }

    private mutating func see(
        _ synced: GroupAnswer.Synced, _ sync: GroupRequest.Sync, at now: Int64
    ) {
        let group = sync.speaker.group
        // Who leads and forgets a member gives it nothing.
        guard !synced.assignment.isEmpty else { return }
        guard let assignment = SimulatedAssignment(synced.assignment) else {
            return blame("\(group): no assignment: \(synced.assignment)", at: now)
        }
        if assignment.generation != sync.speaker.generation {
            blame(
                "\(group): \(sync.speaker.memberID) in \(sync.speaker.generation) got an assignment "
                    + "of \(assignment.generation)", at: now)
        }
        if generations[group]?[assignment.generation]?.assigner != assignment.leader {
            blame("\(group): client \(assignment.leader) assigned and does not lead", at: now)
        }
        let owner = sync.speaker.instanceID ?? sync.speaker.memberID
        for partition in assignment.partitions {
            let other = generations[group, default: [:]][
                assignment.generation, default: Generation()
            ].owners.updateValue(owner, forKey: partition)
            if let other, other != owner {
                blame(
                    "\(group) \(assignment.generation): \(partition) belongs to \(other) and "
                        + owner, at: now)
            }
        }
    }

    mutating func commits(_ client: GroupClient, _ description: GroupDescription, at now: Int64) {
        let isMember = description.members.contains {
            $0.memberID == client.memberID && $0.instanceID == client.instanceID
        }
        let isFine =
            isMember && description.generation == client.generation
            && description.state != .completingRebalance
        if !isFine { blame("\(client.group): \(client.owner) may commit", at: now) }
    }

    /// What the coordinator shows of a group at any time.
    mutating func sees(_ description: GroupDescription, at now: Int64) {
        let group = description.group
        guard description.state != .dead else {
            latest[group] = nil
            generations[group] = nil
            return
        }
        if description.generation < latest[group] ?? 0 {
            blame("\(group): \(description.generation) after \(latest[group] ?? 0)", at: now)
        }
        latest[group] = description.generation
        if (description.state == .empty) != description.members.isEmpty
            && description.state != .preparingRebalance
        {
            blame("\(group): \(description.state) with \(description.members.count)", at: now)
        }
        if description.members.count > 2 * limits.members {
            blame("\(group): \(description.members.count) members", at: now)
        }
        let waiting = Set(open.values.map { self.memberID(of: $0.request) })
        for member in description.members where !waiting.contains(member.memberID) {
            if let known = heard[member.memberID] {
                if known.time + known.session < now {
                    blame("\(group): \(member.memberID) is dead since \(known)", at: now)
                }
            } else if !waiting.contains("")
                && !unknown.contains(where: { $0.time + $0.session >= now })
            {
                blame("\(group): nobody is behind \(member.memberID)", at: now)
            }
        }
    }

    private func memberID(of request: GroupRequest) -> String? {
        switch request {
        case .join(let join): join.memberID
        case .sync(let sync): sync.speaker.memberID
        case .heartbeat, .leave: nil
        }
    }

    mutating func sees(bytes: Int, groups: Int, at now: Int64) {
        if bytes > limits.bytes { blame("\(bytes) bytes", at: now) }
        if bytes < 0 { blame("\(bytes) bytes", at: now) }
        if groups > limits.groups { blame("\(groups) groups", at: now) }
    }

    /// Nobody is left: nothing may wait.
    mutating func ends(at now: Int64) {
        for (token, question) in open.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            blame("\(token) was never answered: \(question.request)", at: now)
        }
    }
}
