// A life of consumer groups in simulated time, from a seed: clients of all kinds join, sync, commit,
// dawdle, hang, die, come back and quarrel about names, while `GroupJudge` watches. Then they come to
// rest, and everybody who can must own a share; then all die, and nothing may be left.

import DrillRandom
import KafkaServer

package final class GroupLife {
    enum Event {
        case starts(Int, life: Int)
        case asks(GroupRequest, RequestToken, Int)
        case hears(GroupAnswer, Int)
        case beats(Int, life: Int, generation: Int32)
        case rejoins(Int, life: Int)
        case syncs(Int, life: Int)
        /// Gives up waiting and asks again on another connection.
        case losesPatience(Int, RequestToken)
        case mischief
        case tick(Int64)
    }

    package let seed: UInt64
    var random: Random
    var coordinator: GroupCoordinator
    var judge: GroupJudge
    var queue = EventQueue<Event>()
    let groups: [String]
    var clients: [GroupClient] = []
    var now: Int64 = 0
    /// Mischief ends.
    var calmFrom: Int64 = 0
    private var tokens: UInt64 = 0
    /// Who asked, while the answer is out.
    var askers: [RequestToken: Int] = [:]
    private var tickAt: Int64?
    /// Events of this very moment.
    private var atOnce = 0
    package private(set) var events = 0
    package var tell: ((String) -> Void)?

    package var violations: [String] { judge.violations }
    package var answered: Int { judge.answered }

    package init(seed: UInt64) {
        self.seed = seed
        var random = Random(seed: seed)
        var limits = GroupLimits()
        limits.initialRebalanceDelay = random.pick([0, 50, 100, 3_000])
        if random.chance(1, in: 8) { limits.members = random.number(in: 1...4) }
        if random.chance(1, in: 8) { limits.groups = 1 }
        if random.chance(1, in: 8) { limits.bytes = random.number(in: 2_000...9_000) }
        if random.chance(1, in: 8) { limits.newMemberJoin = 1_500 }
        var count = 0
        coordinator = GroupCoordinator(limits: limits) { name in
            count += 1
            return "\(name)#\(count)"
        }
        let rebalances: [Int32] = [1_000, 2_000, 5_000, 8_000]
        groups = Array(["one", "two"].prefix(random.number(in: 1...2)))
        for number in 0..<random.number(in: 1...7) {
            let isStatic = random.chance(1, in: 3)
            let session = random.pick([2_000, 3_000, 6_000] as [Int32])
            clients.append(
                GroupClient(
                    number: number, group: groups[random.below(groups.count)],
                    version: isStatic
                        ? random.pick([5, 7, 9]) : random.pick([0, 1, 3, 4, 5, 9]),
                    instanceID: isStatic ? "static-\(random.below(4))" : nil,
                    sessionTimeout: session, rebalanceTimeout: random.pick(rebalances),
                    protocols: Self.protocols(&random, number), isSlow: random.chance(1, in: 6)))
        }
        let slowest = clients.map { Int64(max($0.rebalanceTimeout, $0.sessionTimeout)) }.max() ?? 0
        judge = GroupJudge(
            limits: limits, patience: max(slowest, limits.initialRebalanceDelay))
        self.random = random
    }

    /// What a client offers. Now and then one that nobody else has.
    private static func protocols(_ random: inout Random, _ number: Int) -> [GroupRequest.Offer] {
        let metadata: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 1, UInt8(ascii: "t"), UInt8(number)]
        var names = random.pick([
            ["range", "roundrobin"], ["range"], ["range", "cooperative-sticky"],
            ["roundrobin", "range"],
        ])
        if random.chance(1, in: 20) { names = random.pick([["mine"], ["cooperative-sticky"]]) }
        return names.map { GroupRequest.Offer(name: $0, metadata: metadata) }
    }

    /// Lives it: `mischief` milliseconds of trouble, then rest, then death.
    package func run(mischief: Int64 = 25_000) {
        calmFrom = mischief
        for client in clients.indices {
            start(client, after: Int64(random.below(random.pick([50, 3_000]))))
        }
        queue.put(.mischief, at: Int64(random.below(5_000)))
        live(until: mischief)
        rest()
        live(until: mischief + 60_000)
        judgeRest()
        for client in clients.indices { kill(client, cutsConnection: random.chance(1, in: 2)) }
        live(until: mischief + 120_000)
        judgeEnd()
    }

    private func live(until end: Int64) {
        while judge.violations.isEmpty, let (time, event) = queue.take() {
            if time > end {
                queue.put(event, at: time)
                break
            }
            atOnce = now == time ? atOnce + 1 : 0
            if atOnce > 1_000 { judge.blame("a timer rings without end", at: now) }
            now = time
            events += 1
            happen(event)
        }
        now = end
    }

    private func happen(_ event: Event) {
        switch event {
        case .starts(let client, let life):
            guard clients[client].life == life else { return }
            join(client)
        case .asks(let request, let token, let client): ask(request, token, client)
        case .hears(let answer, let client): hear(answer, client)
        case .beats(let client, let life, let generation): beat(client, life, generation)
        case .rejoins(let client, let life):
            guard clients[client].life == life, clients[client].doing != .joining else { return }
            join(client)
        case .syncs(let client, let life):
            guard clients[client].life == life, clients[client].doing == .joined else { return }
            sync(client)
        case .losesPatience(let client, let token):
            guard clients[client].waiting == token else { return }
            reconnect(client)
        case .mischief: mischief()
        case .tick(let time): tick(time)
        }
    }

    // Between clients and coordinator

    func newToken() -> RequestToken {
        tokens += 1
        return RequestToken(tokens)
    }

    /// A request reaches the coordinator, unless its connection is gone.
    private func ask(_ request: GroupRequest, _ token: RequestToken, _ client: Int) {
        guard askers[token] != nil else { return }
        tell?("\(now) ms: client \(client): \(request)")
        judge.asks(request, token, client, at: now)
        take(coordinator.handle(request, at: now))
        lookAtAll()
    }

    /// Cuts the connection of a request: no answer to it may come any more.
    func cut(_ token: RequestToken, _ client: Int) {
        askers[token] = nil
        tell?("\(now) ms: client \(client): \(token) is cut")
        judge.drops(token, at: now)
        take(coordinator.drop([token], of: clients[client].group, at: now))
        look(clients[client].group)
    }

    private func take(_ answers: [GroupAnswer]) {
        for answer in answers {
            judge.sees(answer, at: now)
            guard let client = askers.removeValue(forKey: answer.token) else { continue }
            tell?("\(now) ms: to client \(client): \(answer.body)")
            queue.put(.hears(answer, client), at: now + latency())
        }
        // The event loop's timer.
        if let next = coordinator.nextDeadline, tickAt.map({ next < $0 }) ?? true {
            tickAt = next
            queue.put(.tick(next), at: max(next, now))
        }
    }

    private func tick(_ time: Int64) {
        guard tickAt == time else { return }
        tickAt = nil
        take(coordinator.tick(at: now))
        lookAtAll()
    }

    /// A group may have gone to make room for another.
    private func lookAtAll() {
        for group in groups { look(group) }
    }

    func look(_ group: String) {
        judge.sees(coordinator.describe(group), at: now)
        if coordinator.bytes != coordinator.recount {
            judge.blame("\(coordinator.bytes) bytes are \(coordinator.recount)", at: now)
        }
        judge.sees(bytes: coordinator.bytes, groups: coordinator.list().count, at: now)
    }

    func latency() -> Int64 {
        random.chance(1, in: 50) ? Int64(random.below(800)) : Int64(random.below(8))
    }

    // The ends

    /// Everybody who fits owns a share, and all partitions have an owner.
    private func judgeRest() {
        guard violations.isEmpty else { return }
        for group in groups {
            let here = clients.filter { $0.group == group && $0.doing == .owning }
            let lost = clients.filter {
                $0.group == group && ![.owning, .fenced, .nothing].contains($0.doing)
                    && !$0.wasTurnedAway
            }
            let description = coordinator.describe(group)
            if !lost.isEmpty {
                judge.blame("\(group): at rest without a share: \(lost.map(\.number))", at: now)
            }
            if here.isEmpty { continue }
            if description.state != .stable {
                judge.blame("\(group) is \(description.state) at rest", at: now)
            }
            let shares = description.members.compactMap { SimulatedAssignment($0.assignment) }
            let owned = shares.flatMap(\.partitions).sorted()
            if owned != Array(0..<SimulatedAssignment.partitions) {
                judge.blame("\(group): at rest \(owned) are owned", at: now)
            }
            if Set(here.map(\.memberID)) != Set(description.members.map(\.memberID)) {
                judge.blame("\(group): members at rest \(description.members)", at: now)
            }
        }
    }

    /// All are dead: no member, no timer, no byte.
    private func judgeEnd() {
        guard violations.isEmpty else { return }
        judge.ends(at: now)
        for listing in coordinator.list() {
            if listing.state != .empty { judge.blame("\(listing) at the end", at: now) }
            if coordinator.delete(listing.group) != nil {
                judge.blame("\(listing) cannot be deleted", at: now)
            }
        }
        if let deadline = coordinator.nextDeadline, deadline > now {
            judge.blame("a timer at \(deadline) at the end", at: now)
        }
        if coordinator.bytes != 0 { judge.blame("\(coordinator.bytes) bytes left", at: now) }
    }
}
