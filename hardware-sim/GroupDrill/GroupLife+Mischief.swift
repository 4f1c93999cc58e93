// What goes wrong in a simulated life, until the calm: one misfortune after the other.

import DrillRandom
import KafkaServer

extension GroupLife {
    func mischief() {
        guard now < calmFrom else { return }
        queue.put(.mischief, at: now + Int64(random.below(2_500)))
        let client = random.below(clients.count)
        switch random.pick(weights: [2, 2, 3, 2, 2, 2, 3, 1, 1, 1, 2, 1, 1]) {
        case 0: kill(client, cutsConnection: false)
        case 1: kill(client, cutsConnection: true)
        case 2:
            kill(client, cutsConnection: random.chance(1, in: 2))
            start(client, after: Int64(random.below(3_000)))
        case 3: clients[client].hangsUntil = now + Int64(random.below(8_000))
        case 4: leave(client)
        case 5: change(client)
        case 6: reconnect(client, cutsConnection: random.chance(2, in: 3))
        case 7: removeByName(client)
        case 8: _ = coordinator.delete(clients[client].group); look(clients[client].group)
        case 9: speakOutOfTurn(client)
        case 10:
            // The leader has seen new topics, a follower has given partitions back.
            guard clients[client].doing == .owning else { return }
            join(client)
        case 11: quarrel(client)
        default: commitFromOutside(client)
        }
    }

    private func leave(_ client: Int) {
        let asker = clients[client]
        guard !asker.memberID.isEmpty else { return }
        kill(client, cutsConnection: random.chance(1, in: 2))
        send(client) { token in
            .leave(
                GroupRequest.Leave(
                    token: token, group: asker.group,
                    members: [
                        GroupRequest.Leaver(
                            memberID: asker.memberID, instanceID: asker.instanceID)
                    ]))
        }
        if random.chance(1, in: 2) { start(client, after: Int64(random.below(4_000))) }
    }

    /// It wants other topics.
    private func change(_ client: Int) {
        let byte = UInt8(random.below(26)) + UInt8(ascii: "a")
        for place in clients[client].protocols.indices {
            clients[client].protocols[place].metadata[8] = byte
        }
        if clients[client].doing == .owning { join(client) }
    }

    /// An administrator takes a static member out.
    private func removeByName(_ client: Int) {
        let asker = clients[client]
        send(client) { token in
            .leave(
                GroupRequest.Leave(
                    token: token, group: asker.group,
                    members: [
                        GroupRequest.Leaver(memberID: "", instanceID: asker.instanceID),
                        GroupRequest.Leaver(memberID: "stranger"),
                    ]))
        }
    }

    /// Requests of one who is none, or of another generation: refused, and nothing else happens.
    private func speakOutOfTurn(_ client: Int) {
        var speaker = clients[client].speaker
        if random.chance(1, in: 2) {
            speaker.generation &-= 1
        } else {
            speaker.memberID += "?"
        }
        send(client) { token in
            random.chance(1, in: 2)
                ? .heartbeat(GroupRequest.Heartbeat(token: token, speaker: speaker))
                : .sync(
                    GroupRequest.Sync(
                        token: token, speaker: speaker,
                        assignments: [
                            GroupRequest.Assignment(memberID: speaker.memberID, bytes: [1])
                        ]))
        }
    }

    /// Two clients are given the same name.
    private func quarrel(_ client: Int) {
        guard clients[client].instanceID != nil else { return }
        let other = random.below(clients.count)
        guard other != client, clients[other].group == clients[client].group,
            clients[other].instanceID != nil
        else { return }
        kill(other, cutsConnection: true)
        clients[other].instanceID = clients[client].instanceID
        start(other, after: 0)
    }

    /// One without a group commits: only where nobody is a member.
    private func commitFromOutside(_ client: Int) {
        let group = clients[client].group
        let speaker = GroupRequest.Speaker(group: group, generation: -1, memberID: "")
        let error = coordinator.refusal(ofCommit: speaker, at: now)
        let description = coordinator.describe(group)
        if (error == nil) != description.members.isEmpty {
            judge.blame("\(group): outside commit \(error.map { "\($0)" } ?? "taken")", at: now)
        }
    }

    /// The calm: whoever is dead stays dead, whoever hangs goes on, nobody dawdles.
    func rest() {
        for client in clients.indices {
            clients[client].hangsUntil = 0
            clients[client].isSlow = false
        }
    }
}
