// What a user may do, asked of a broker over real logs: for each kind of request what is allowed,
// what is refused and with which error.

import EventLog
import KafkaWire
import Testing
import Users

@testable import KafkaServer

private final class Taker: SignalInput {
    var taken: [UInt32] = []
    func send(
        detector: UInt32, isAlarm: Bool, from connection: UInt64,
        answer: @escaping (SignalOutcome) -> Void
    ) {
        taken.append(detector)
        answer(.taken)
    }
}

private func patterns(_ texts: String...) -> [NamePattern] { texts.compactMap { NamePattern($0) } }

/// Reads `shown` and `alarms`, writes `mine*`, is a member of `team`, signals for 17.
private var user: Peer {
    var rights = Rights()
    rights.read = patterns("shown", "alarms")
    rights.write = patterns("mine*")
    rights.groups = patterns("team")
    rights.detectors = [17...17]
    var peer = BrokerHall.peer()
    peer.user = "anna"
    peer.rights = rights
    return peer
}

private var nobody: Peer {
    var peer = BrokerHall.peer()
    peer.user = "bert"
    peer.rights = Rights()
    return peer
}

private var admin: Peer {
    var peer = nobody
    peer.rights.isAdmin = true
    return peer
}

@Suite struct BrokerRightsTests {
    private func hall(_ taker: Taker = Taker()) throws -> BrokerHall {
        let hall = try BrokerHall(controller: true, signals: taker)
        for name in ["shown", "hidden", "mine"] { try hall.make(name) }
        return hall
    }

    private func produced(
        _ hall: BrokerHall, _ topic: String, _ batch: [UInt8] = BrokerHall.batch(["a"]),
        _ peer: Peer = user
    ) throws -> KafkaError? {
        guard
            case .produce(let response)? = try hall.ask(
                BrokerHall.produce(topic, batch), from: peer)
        else { return nil }
        return response.responses.first?.partitionResponses.first?.errorCode
    }

    @Test("A user writes where it may, and nobody writes what is the controller's or the gateway's")
    func produce() throws {
        let hall = try hall()
        #expect(try produced(hall, "mine") == KafkaError.none)
        #expect(try produced(hall, "shown") == .topicAuthorizationFailed)
        #expect(try produced(hall, "alarms") == .topicAuthorizationFailed)
        #expect(
            try produced(hall, "mine", BrokerHall.batch(["a"]), nobody) == .topicAuthorizationFailed
        )
        #expect(
            try produced(hall, "mine", BrokerHall.batch(["a"]), admin) == .topicAuthorizationFailed)
        var all = user
        all.rights = .everything
        hall.broker.audit(AuditEntry(.login, user: "anna"))
        #expect(try produced(hall, "mine") == KafkaError.none)
        #expect(
            try produced(hall, "alarms", BrokerHall.batch(["a"]), all) == .topicAuthorizationFailed)
        #expect(
            try produced(hall, "audit.gateway", BrokerHall.batch(["a"]), all)
                == .topicAuthorizationFailed)
    }

    @Test(
        "RELEASE: a user signals for its own detectors, and of a batch with another none is taken")
    func signals() throws {
        let taker = Taker()
        let hall = try hall(taker)
        func batch(_ detectors: UInt8...) -> [UInt8] {
            RecordBatch.encode(
                detectors.map { LogRecord(key: [0, 0, 0, $0], value: [1], timestamp: 1) })
        }
        #expect(try produced(hall, "signals", batch(17)) == KafkaError.none)
        #expect(try produced(hall, "signals", batch(17, 18)) == .topicAuthorizationFailed)
        #expect(try produced(hall, "signals", batch(17), nobody) == .topicAuthorizationFailed)
        var writer = nobody
        writer.rights.write = patterns("*")
        #expect(try produced(hall, "signals", batch(17), writer) == .topicAuthorizationFailed)
        #expect(taker.taken == [17])
    }

    @Test("A fetch of a topic that a user may not read is refused at once, the others are read")
    func fetch() throws {
        let hall = try hall()
        func errors(_ peer: Peer, _ topics: String...) throws -> [String: KafkaError] {
            let request = KafkaRequest.fetch(
                .init { request in
                    request.maxWaitMs = 60_000
                    request.minBytes = 1
                    request.topics = topics.map { name in
                        .init { topic in
                            topic.topic = name
                            topic.partitions = [.init { $0.partitionMaxBytes = 1_000 }]
                        }
                    }
                })
            guard case .fetch(let response)? = try hall.ask(request, from: peer) else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: response.responses.map {
                    ($0.topic, $0.partitions.first?.errorCode ?? .unknownServerError)
                })
        }
        #expect(
            try errors(user, "shown", "hidden", "mine")
                == [
                    "shown": .none, "hidden": .topicAuthorizationFailed,
                    "mine": .topicAuthorizationFailed,
                ])
        #expect(try errors(nobody, "alarms") == ["alarms": .topicAuthorizationFailed])
        #expect(try errors(user, "alarms") == ["alarms": .none])
    }

    @Test("Topics that a user may not see are left out, or refused when named, and never made")
    func metadata() throws {
        let hall = try hall()
        func topics(_ peer: Peer, _ names: [String]?, version: Int16 = 9) throws -> [String:
            KafkaError]
        {
            let request = KafkaRequest.metadata(
                .init { request in
                    request.allowAutoTopicCreation = true
                    request.topics = names?.map { name in .init { $0.name = name } }
                })
            guard
                case .metadata(let response)? = try hall.ask(request, version: version, from: peer)
            else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: response.topics.map { ($0.name ?? "", $0.errorCode) })
        }
        #expect(
            try topics(user, nil)
                == ["shown": .none, "mine": .none, "alarms": .none, "signals": .none])
        #expect(try topics(nobody, nil) == [:])
        #expect(try topics(admin, nil).count == 5)
        #expect(
            try topics(user, ["hidden", "shown", "mine.new", "new"])
                == [
                    "hidden": .topicAuthorizationFailed, "shown": .none, "mine.new": .none,
                    "new": .topicAuthorizationFailed,
                ])
        #expect(try topics(user, ["hidden"], version: 0) == ["hidden": .topicAuthorizationFailed])
        #expect(try topics(admin, ["new"]) == ["new": .unknownTopicOrPartition])
        #expect(hall.broker.topics["new"] == nil)
    }

    @Test("A group is its users' alone: join, commit, offsets, coordinator")
    func groups() throws {
        let hall = try hall()
        for (group, isMine) in [("team", true), ("other", false)] {
            let wanted: KafkaError = isMine ? .none : .groupAuthorizationFailed
            let join = KafkaRequest.heartbeat(.init { $0.groupId = group })
            guard case .heartbeat(let beat)? = try hall.ask(join, from: user) else { return }
            #expect((beat.errorCode == .groupAuthorizationFailed) == !isMine)
            let find = KafkaRequest.findCoordinator(.init { $0.coordinatorKeys = [group] })
            guard case .findCoordinator(let found)? = try hall.ask(find, from: user) else { return }
            #expect(found.coordinators.map(\.errorCode) == [wanted])
            let offsets = KafkaRequest.offsetFetch(
                .init {
                    $0.groupId = group
                    $0.topics = [
                        .init {
                            $0.name = "hidden"
                            $0.partitionIndexes = [0]
                        }
                    ]
                })
            guard case .offsetFetch(let fetched)? = try hall.ask(offsets, from: user) else {
                return
            }
            #expect(fetched.errorCode == wanted)
            #expect(
                fetched.topics.first?.partitions.first?.errorCode
                    == (isMine ? .topicAuthorizationFailed : .groupAuthorizationFailed))
            let commit = KafkaRequest.offsetCommit(
                .init { request in
                    request.groupId = group
                    request.topics = ["shown", "hidden"].map { name in
                        .init {
                            $0.name = name
                            $0.partitions = [.init { $0.committedOffset = 0 }]
                        }
                    }
                })
            guard case .offsetCommit(let committed)? = try hall.ask(commit, from: user) else {
                return
            }
            let errors = Dictionary(
                uniqueKeysWithValues: committed.topics.map {
                    ($0.name, $0.partitions.first?.errorCode)
                })
            #expect(errors["shown"] == wanted)
            #expect(
                errors["hidden"]
                    == (isMine ? KafkaError.topicAuthorizationFailed : .groupAuthorizationFailed))
        }
    }

    @Test("Only an admin makes and deletes topics")
    func administration() throws {
        let hall = try hall()
        func outcome(_ peer: Peer, _ name: String) throws -> [KafkaError] {
            let create = KafkaRequest.createTopics(
                .init {
                    $0.topics = [
                        .init {
                            $0.name = name
                            $0.numPartitions = 1
                            $0.replicationFactor = 1
                        }
                    ]
                })
            let delete = KafkaRequest.deleteTopics(.init { $0.topics = [.init { $0.name = name }] })
            guard case .createTopics(let made)? = try hall.ask(create, from: peer),
                case .deleteTopics(let gone)? = try hall.ask(delete, from: peer)
            else { return [] }
            return made.topics.map(\.errorCode) + gone.responses.map(\.errorCode)
        }
        #expect(try outcome(admin, "mine.1") == [.none, .none])
        #expect(
            try outcome(user, "mine.1") == [.topicAuthorizationFailed, .topicAuthorizationFailed])
    }

    @Test("What a client is told that it may do is what it may do")
    func operations() throws {
        let hall = try hall()
        func told(_ peer: Peer) throws -> [String: Int32] {
            let answer = try hall.ask(
                .metadata(
                    .init {
                        $0.topics = nil
                        $0.includeTopicAuthorizedOperations = true
                    }), version: 10, from: peer)
            guard case .metadata(let metadata)? = answer else {
                throw BrokerHall.Unexpected(answer)
            }
            return metadata.topics.reduce(into: [:]) {
                $0[$1.name ?? ""] = $1.topicAuthorizedOperations
            }
        }
        let (read, write, shown): (Int32, Int32, Int32) = (1 << 3, 1 << 4, 1 << 8 | 1 << 10)
        let changes: Int32 = 1 << 5 | 1 << 6 | 1 << 7 | 1 << 11
        let users = try told(user)
        #expect(users["shown"] == read | shown)
        #expect(users["mine"] == write | shown)
        #expect(users["signals"] == write | shown)
        #expect(try told(admin)["mine"] == changes | shown)
        #expect(try told(admin)["alarms"] == shown)
        #expect(try told(BrokerHall.peer())["mine"] == read | write | changes | shown)
    }

    @Test("RECORD: what a user was denied is in the audit, once a minute of each kind")
    func denied() throws {
        let hall = try hall()
        func entries() throws -> [String] {
            guard hall.broker.topics[ServedTopics.audit] != nil else { return [] }
            return try hall.fetch(ServedTopics.audit, [(0, 0)])[0].values
        }
        for _ in 0..<3 {
            _ = try hall.ask(BrokerHall.fetch("hidden", [(0, 0)]), from: user)
        }
        _ = try hall.ask(BrokerHall.produce("hidden", BrokerHall.batch(["a"])), from: user)
        _ = try hall.ask(BrokerHall.fetch("shown", [(0, 0)]), from: user)
        hall.pass(60_000)
        _ = try hall.ask(BrokerHall.fetch("hidden", [(0, 0)]), from: user)
        // Nobody waits for the audit: other appends pass until it is there.
        for number in 0..<100 where try entries().count < 3 { try hall.make("later\(number)") }
        let address = "\"user\":\"anna\",\"address\":\"192.0.2.1\""
        #expect(
            try entries().sorted() == [
                "0:{\"event\":\"denied\",\(address),\"detail\":\"fetch\"}",
                "1:{\"event\":\"denied\",\(address),\"detail\":\"produce\"}",
                "2:{\"event\":\"denied\",\(address),\"detail\":\"fetch\",\"left_out_before\":2}",
            ])
    }
}
