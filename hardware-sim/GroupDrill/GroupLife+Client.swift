// What a simulated client does, as stock clients do it: ask for an id, join, assign if it leads, sync,
// beat, commit, and join again when it is told to.

import DrillRandom
import KafkaServer

extension GroupLife {
    func start(_ client: Int, after delay: Int64) {
        clients[client].life += 1
        clients[client].doing = .nothing
        clients[client].memberID = ""
        clients[client].generation = -1
        queue.put(.starts(client, life: clients[client].life), at: now + delay)
    }

    /// Sends a request and remembers who asked.
    func send(
        _ client: Int, isAwaited: Bool = false,
        _ make: (RequestToken) -> GroupRequest
    ) {
        let token = newToken()
        askers[token] = client
        if isAwaited {
            clients[client].waiting = token
            let patience = Int64(clients[client].rebalanceTimeout) + 10_000
            queue.put(.losesPatience(client, token), at: now + patience)
        }
        queue.put(.asks(make(token), token, client), at: now + latency())
    }

    func join(_ client: Int) {
        let asker = clients[client]
        guard asker.doing != .fenced else { return }
        clients[client].doing = .joining
        send(client, isAwaited: true) { token in
            .join(
                GroupRequest.Join(
                    token: token, version: asker.version, group: asker.group,
                    memberID: asker.memberID, instanceID: asker.instanceID,
                    clientID: "c\(asker.number)", clientHost: "/127.0.0.1",
                    sessionTimeout: asker.sessionTimeout,
                    rebalanceTimeout: asker.rebalanceTimeout, protocolType: "consumer",
                    protocols: asker.protocols))
        }
    }

    func sync(_ client: Int) {
        let asker = clients[client]
        clients[client].doing = .syncing
        var assigned = asker.toAssign ?? []
        // One that does not lead and assigns all the same is not listened to.
        if asker.toAssign == nil && random.chance(1, in: 20) {
            assigned = [GroupAnswer.Member(memberID: asker.memberID, metadata: [])]
        }
        let assignments = assigned.enumerated().map { place, member in
            let mine = (0..<SimulatedAssignment.partitions).filter { $0 % assigned.count == place }
            return GroupRequest.Assignment(
                memberID: member.memberID,
                bytes: SimulatedAssignment(
                    generation: asker.generation, leader: asker.number, partitions: mine
                ).bytes)
        }
        clients[client].toAssign = nil
        send(client, isAwaited: true) { token in
            .sync(
                GroupRequest.Sync(
                    token: token, speaker: asker.speaker,
                    protocolType: asker.version >= 7 ? "consumer" : nil,
                    assignments: assignments))
        }
    }

    /// Beats and, now and then, commits.
    func beat(_ client: Int, _ life: Int, _ generation: Int32) {
        let asker = clients[client]
        guard asker.life == life, asker.generation == generation, asker.doing == .owning else {
            return
        }
        let next = Int64(asker.sessionTimeout) / 3
        if asker.hangsUntil <= now {
            send(client) { token in
                .heartbeat(GroupRequest.Heartbeat(token: token, speaker: asker.speaker))
            }
            if random.chance(1, in: 3) { commit(client) }
        }
        queue.put(.beats(client, life: life, generation: generation), at: now + next)
    }

    func commit(_ client: Int) {
        let asker = clients[client]
        let error = coordinator.refusal(ofCommit: asker.speaker, at: now)
        tell?("\(now) ms: client \(client) commits: \(error.map { "\($0)" } ?? "yes")")
        judge.hears(asker.memberID, at: now)
        if error == nil {
            judge.commits(asker, coordinator.describe(asker.group), at: now)
        }
    }

    func hear(_ answer: GroupAnswer, _ client: Int) {
        if clients[client].hangsUntil > now {
            queue.put(.hears(answer, client), at: clients[client].hangsUntil)
            return
        }
        let wasAwaited = clients[client].waiting == answer.token
        if wasAwaited { clients[client].waiting = nil }
        switch answer.body {
        case .joined(let joined):
            guard wasAwaited else { return }
            take(joined, client)
        case .joinRefused(let error, let memberID):
            guard wasAwaited else { return }
            if error == .memberIDRequired {
                clients[client].memberID = memberID
                join(client)
            } else {
                heed(error, client)
            }
        case .synced:
            guard wasAwaited else { return }
            clients[client].doing = .owning
            clients[client].wasTurnedAway = false
            let asker = clients[client]
            queue.put(
                .beats(client, life: asker.life, generation: asker.generation),
                at: now + Int64(random.below(Int(asker.sessionTimeout) / 3)))
        case .syncRefused(let error):
            guard wasAwaited else { return }
            heed(error, client)
        case .heartbeat(let error):
            guard clients[client].doing == .owning, let error else { return }
            heed(error, client)
        case .left: break
        }
    }

    private func take(_ joined: GroupAnswer.Joined, _ client: Int) {
        clients[client].doing = .joined
        clients[client].memberID = joined.memberID
        clients[client].generation = joined.generation
        let assigns = joined.leader == joined.memberID && !joined.skipsAssignment
        clients[client].toAssign = assigns ? joined.members : nil
        let thinks = clients[client].isSlow ? random.below(2_000) : random.below(20)
        queue.put(.syncs(client, life: clients[client].life), at: now + Int64(thinks))
    }

    /// Does what clients do about an error.
    private func heed(_ error: GroupError, _ client: Int) {
        var delay = Int64(random.below(100))
        switch error {
        case .rebalanceInProgress:
            if clients[client].isSlow && now < calmFrom {
                delay = Int64(random.below(Int(clients[client].rebalanceTimeout) * 3 / 2))
            }
        case .illegalGeneration: clients[client].generation = -1
        case .unknownMemberID:
            clients[client].memberID = ""
            clients[client].generation = -1
        case .fencedInstanceID:
            clients[client].doing = .fenced
            clients[client].life += 1
            return
        case .groupMaxSizeReached, .inconsistentGroupProtocol:
            clients[client].wasTurnedAway = true
            clients[client].memberID = ""
            delay = 4_000
        case .unknownServerError: delay = 1_000
        case .invalidGroupID, .invalidSessionTimeout, .invalidRequest, .nonEmptyGroup,
            .groupIDNotFound, .memberIDRequired, .groupSubscribedToTopic:
            judge.blame("client \(client) is told \(error)", at: now)
        }
        clients[client].doing = .nothing
        queue.put(.rejoins(client, life: clients[client].life), at: now + delay)
    }

    /// Drops the connection on which it waits, or leaves it open, and asks again on another.
    func reconnect(_ client: Int, cutsConnection: Bool = true) {
        guard let token = clients[client].waiting else { return }
        clients[client].waiting = nil
        if cutsConnection { cut(token, client) }
        switch clients[client].doing {
        case .joining: join(client)
        case .syncing:
            // The assignment is lost with the request: stock clients join again.
            join(client)
        case .nothing, .joined, .owning, .fenced: break
        }
    }

    /// It is gone without a word; what it asked on its connection goes with that, or stays unread.
    func kill(_ client: Int, cutsConnection: Bool) {
        clients[client].life += 1
        clients[client].doing = .nothing
        let waiting = clients[client].waiting
        clients[client].waiting = nil
        if cutsConnection, let waiting { cut(waiting, client) }
    }
}
