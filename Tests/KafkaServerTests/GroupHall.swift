// A coordinator with counted member ids and a clock that is moved by hand: for all tests of groups.

import Testing

@testable import KafkaServer

final class GroupHall {
    var coordinator: GroupCoordinator
    private(set) var now: Milliseconds = 1_000
    private var tokens: UInt64 = 0
    private(set) var answers: [RequestToken: GroupAnswer.Body] = [:]

    init(_ change: (inout GroupLimits) -> Void = { _ in }) {
        var limits = GroupLimits()
        limits.initialRebalanceDelay = 100
        change(&limits)
        var count = 0
        coordinator = GroupCoordinator(limits: limits) { name in
            count += 1
            return "\(name)-\(count)"
        }
    }

    subscript(_ token: RequestToken) -> GroupAnswer.Body? { answers[token] }

    private func take(_ more: [GroupAnswer]) {
        for answer in more {
            #expect(answers[answer.token] == nil, "\(answer) is answered twice")
            answers[answer.token] = answer.body
        }
    }

    /// Time passes, and every timer rings.
    func pass(_ time: Milliseconds) {
        let end = now + time
        while let next = coordinator.nextDeadline, next <= end {
            now = max(now, next)
            take(coordinator.tick(at: now))
        }
        now = end
    }

    static let range = [GroupRequest.Offer(name: "range", metadata: [1])]

    func offers(_ names: String...) -> [GroupRequest.Offer] {
        names.map { GroupRequest.Offer(name: $0, metadata: Array($0.utf8)) }
    }

    func join(
        _ memberID: String = "", in group: String = "g", version: Int16 = 9,
        as instanceID: String? = nil, client: String = "c", session: Int32 = 10_000,
        rebalance: Int32 = 60_000, type: String = "consumer",
        offering protocols: [GroupRequest.Offer] = range
    ) -> RequestToken {
        tokens += 1
        let token = RequestToken(tokens)
        take(
            coordinator.handle(
                .join(
                    GroupRequest.Join(
                        token: token, version: version, group: group, memberID: memberID,
                        instanceID: instanceID, clientID: client, clientHost: "/127.0.0.1",
                        sessionTimeout: session, rebalanceTimeout: rebalance, protocolType: type,
                        protocols: protocols)), at: now))
        return token
    }

    func sync(
        _ member: GroupAnswer.Joined, in group: String = "g", as instanceID: String? = nil,
        type: String? = nil, name: String? = nil, _ assignments: [String: [UInt8]] = [:]
    ) -> RequestToken {
        tokens += 1
        let token = RequestToken(tokens)
        take(
            coordinator.handle(
                .sync(
                    GroupRequest.Sync(
                        token: token,
                        speaker: GroupRequest.Speaker(
                            group: group, generation: member.generation,
                            memberID: member.memberID, instanceID: instanceID),
                        protocolType: type, protocolName: name,
                        assignments: assignments.sorted { $0.key < $1.key }.map {
                            GroupRequest.Assignment(memberID: $0.key, bytes: $0.value)
                        })), at: now))
        return token
    }

    /// nil: all is well.
    func beat(
        _ memberID: String, _ generation: Int32, in group: String = "g",
        as instanceID: String? = nil
    ) throws -> GroupError? {
        tokens += 1
        let speaker = GroupRequest.Speaker(
            group: group, generation: generation, memberID: memberID, instanceID: instanceID)
        let token = RequestToken(tokens)
        take(
            coordinator.handle(
                .heartbeat(GroupRequest.Heartbeat(token: token, speaker: speaker)), at: now))
        guard case .heartbeat(let error) = try #require(answers[token]) else {
            throw Unexpected(body: answers[token])
        }
        return error
    }

    func leave(
        _ members: [GroupRequest.Leaver], from group: String = "g"
    ) throws -> [GroupError?] {
        tokens += 1
        let token = RequestToken(tokens)
        take(
            coordinator.handle(
                .leave(GroupRequest.Leave(token: token, group: group, members: members)), at: now))
        guard case .left(let left, nil) = try #require(answers[token]) else {
            throw Unexpected(body: answers[token])
        }
        #expect(left.map(\.member) == members)
        return left.map(\.error)
    }

    func drop(_ token: RequestToken, of group: String = "g") {
        take(coordinator.drop([token], of: group, at: now))
    }

    func commit(
        _ memberID: String, _ generation: Int32, in group: String = "g",
        as instanceID: String? = nil
    ) -> GroupError? {
        coordinator.refusal(
            ofCommit: GroupRequest.Speaker(
                group: group, generation: generation, memberID: memberID, instanceID: instanceID),
            at: now)
    }

    // What was answered

    struct Unexpected: Error { var body: GroupAnswer.Body? }

    func joined(_ token: RequestToken) throws -> GroupAnswer.Joined {
        guard case .joined(let joined) = answers[token] else {
            throw Unexpected(body: answers[token])
        }
        return joined
    }

    func refused(_ token: RequestToken) throws -> GroupError {
        switch answers[token] {
        case .joinRefused(let error, _), .syncRefused(let error): return error
        default: throw Unexpected(body: answers[token])
        }
    }

    func assignment(_ token: RequestToken) throws -> [UInt8] {
        guard case .synced(let synced) = answers[token] else {
            throw Unexpected(body: answers[token])
        }
        return synced.assignment
    }

    /// The id that a new member is told to join with.
    func newID(
        in group: String = "g", client: String = "c", session: Int32 = 10_000,
        _ protocols: [GroupRequest.Offer] = range
    ) throws -> String {
        let token = join(in: group, client: client, session: session, offering: protocols)
        guard case .joinRefused(.memberIDRequired, let id) = answers[token] else {
            throw Unexpected(body: answers[token])
        }
        return id
    }

    var state: GroupState { coordinator.describe("g").state }

    /// Members that have joined, as their answers say, the leader first; their group is
    /// CompletingRebalance. Names make static ones.
    func completing(
        _ count: Int, as names: [String] = [], session: Int32 = 10_000, rebalance: Int32 = 60_000,
        _ protocols: [GroupRequest.Offer] = range
    ) throws -> [GroupAnswer.Joined] {
        let tokens = (0..<count).map { place in
            join(
                version: names.isEmpty ? 3 : 9, as: names.isEmpty ? nil : names[place],
                session: session, rebalance: rebalance,
                offering: protocols)
        }
        pass(300)
        return try tokens.map { try joined($0) }
    }

    /// The same, Stable: each is assigned one byte, its place.
    func stable(
        _ count: Int, as names: [String] = [], session: Int32 = 10_000, rebalance: Int32 = 60_000,
        _ protocols: [GroupRequest.Offer] = range
    ) throws -> [GroupAnswer.Joined] {
        let members = try completing(
            count, as: names, session: session, rebalance: rebalance, protocols)
        let given = members.enumerated().map { ($1.memberID, [UInt8($0)]) }
        for (place, member) in members.enumerated() {
            _ = sync(
                member, as: names.isEmpty ? nil : names[place],
                place == 0 ? Dictionary(uniqueKeysWithValues: given) : [:])
        }
        #expect(state == .stable)
        return members
    }
}
