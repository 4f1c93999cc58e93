// Access control lists: made, found, deleted, kept across a kill, and what they add to the rights of
// the users file and take away.

import EventLog
import KafkaWire
import Testing
import Users

@testable import KafkaServer

@Suite struct AclTests {
    private func entry(
        _ principal: String, _ operation: Int8, _ name: String, kind: Int8 = 2, pattern: Int8 = 3,
        permission: Int8 = 3, host: String = "*"
    ) -> CreateAclsRequest.Creation {
        .init {
            $0.resourceType = kind
            $0.resourceName = name
            $0.resourcePatternType = pattern
            $0.principal = principal
            $0.host = host
            $0.operation = operation
            $0.permissionType = permission
        }
    }

    private func create(
        _ hall: BrokerHall, _ entries: CreateAclsRequest.Creation..., from peer: Peer? = nil
    ) throws -> [KafkaError] {
        let answer = try hall.ask(
            .createAcls(.init { $0.creations = entries }), from: peer ?? BrokerHall.peer())
        guard case .createAcls(let made)? = answer else { throw BrokerHall.Unexpected(answer) }
        return made.results.map(\.errorCode)
    }

    /// `kind name: principal operation` of all that is found.
    private func found(
        _ hall: BrokerHall, name: String? = nil, pattern: Int8 = 1, principal: String? = nil,
        operation: Int8 = 1
    ) throws -> [String] {
        let answer = try hall.ask(
            .describeAcls(
                .init {
                    $0.resourceTypeFilter = 1
                    $0.resourceNameFilter = name
                    $0.patternTypeFilter = pattern
                    $0.principalFilter = principal
                    $0.operation = operation
                    $0.permissionType = 1
                }))
        guard case .describeAcls(let shown)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(shown.errorCode == .none)
        return shown.resources.flatMap { resource in
            resource.acls.map {
                "\(resource.resourceType) \(resource.resourceName): \($0.principal) \($0.operation)"
            }
        }
    }

    private func peer(
        _ user: String, read: [String] = [], write: [String] = [], admin: Bool = false
    ) -> Peer {
        var peer = BrokerHall.peer(7)
        peer.user = user
        peer.rights = Rights()
        peer.rights.read = read.compactMap { NamePattern($0) }
        peer.rights.write = write.compactMap { NamePattern($0) }
        peer.rights.isAdmin = admin
        return peer
    }

    private func read(_ hall: BrokerHall, _ topic: String, _ peer: Peer) throws -> KafkaError {
        try BrokerHall.partitions(of: hall.ask(BrokerHall.fetch(topic, [(0, 0)]), from: peer))[0]
            .errorCode
    }

    private func write(_ hall: BrokerHall, _ topic: String, _ peer: Peer) throws -> KafkaError {
        let answer = try hall.ask(
            BrokerHall.produce(topic, BrokerHall.batch(["a"])), from: peer)
        guard case .produce(let response)? = answer else { throw BrokerHall.Unexpected(answer) }
        return response.responses[0].partitionResponses[0].errorCode
    }

    @Test(
        "RECORD: entries are found by filters, once each, also after a kill, until they are deleted"
    )
    func lives() throws {
        let hall = try BrokerHall()
        #expect(try found(hall) == [])
        let entries = [
            entry("User:a", 3, "orders"), entry("User:b", 4, "or", pattern: 4),
            entry("User:b", 3, "*", kind: 3),
        ]
        #expect(
            try create(hall, entries[0], entries[1], entries[2]) == [.none, .none, .none])
        #expect(try create(hall, entries[0]) == [.none])
        hall.restart()
        let all = ["2 orders: User:a 3", "2 or: User:b 4", "3 *: User:b 3"]
        #expect(try found(hall) == all)
        #expect(try found(hall, principal: "User:b") == [all[1], all[2]])
        #expect(try found(hall, operation: 3) == [all[0], all[2]])
        #expect(try found(hall, name: "orders", pattern: 3) == [all[0]])
        #expect(try found(hall, name: "orders", pattern: 4) == [])
        #expect(try found(hall, name: "orders", pattern: 2) == all)
        let answer = try hall.ask(
            .deleteAcls(
                .init {
                    $0.filters = [
                        .init {
                            $0.resourceTypeFilter = 2
                            $0.patternTypeFilter = 1
                            $0.operation = 1
                            $0.permissionType = 1
                        },
                        .init { $0.resourceTypeFilter = 2 },
                    ]
                }))
        guard case .deleteAcls(let deleted)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(deleted.filterResults.map(\.errorCode) == [.none, .invalidRequest])
        #expect(deleted.filterResults[0].matchingAcls.map(\.resourceName) == ["orders", "or"])
        hall.restart()
        #expect(try found(hall) == [all[2]])
        let topics = try hall.ask(.metadata(.init { $0.topics = nil }))
        guard case .metadata(let metadata)? = topics else { throw BrokerHall.Unexpected(topics) }
        #expect(metadata.topics.isEmpty)
    }

    @Test("Entries that say nothing, and more than there may be, are refused")
    func refused() throws {
        let hall = try BrokerHall()
        for bad in [
            entry("User:a", 3, "t", kind: 1), entry("User:a", 3, ""), entry("a", 3, "t"),
            entry("User:a", 1, "t"), entry("User:a", 3, "t", pattern: 2),
            entry("User:a", 3, "t", permission: 1), entry("User:a", 3, "t", host: ""),
            entry("User:a", 3, "a b"), entry("User:a", 3, String(repeating: "x", count: 250)),
        ] {
            #expect(try create(hall, bad) == [.invalidRequest])
        }
        #expect(try found(hall) == [])
        let answer = try hall.ask(
            .createAcls(
                .init { request in
                    request.creations = (0...AclList.most).map { entry("User:a", 3, "t\($0)") }
                }))
        guard case .createAcls(let made)? = answer else { throw BrokerHall.Unexpected(answer) }
        #expect(made.results.filter { $0.errorCode == .none }.count == AclList.most)
        #expect(made.results.last?.errorCode == .policyViolation)
    }

    @Test("An entry that allows adds to the rights of who is logged in, never a controller's topic")
    func allows() throws {
        let hall = try BrokerHall(controller: true)
        try hall.make("t")
        try hall.make("u")
        let anna = peer("anna")
        #expect(try read(hall, "t", anna) == .topicAuthorizationFailed)
        #expect(
            try create(hall, entry("User:anna", 3, "t"), entry("User:anna", 4, "u"))
                == [.none, .none])
        #expect(try read(hall, "t", anna) == .none)
        #expect(try read(hall, "u", anna) == .topicAuthorizationFailed)
        #expect(try write(hall, "u", anna) == .none)
        #expect(try write(hall, "t", anna) == .topicAuthorizationFailed)
        #expect(try read(hall, "t", peer("bert")) == .topicAuthorizationFailed)
        #expect(try create(hall, entry("User:*", 2, "*")) == [.none])
        #expect(try read(hall, "u", peer("bert")) == .none)
        #expect(try read(hall, "alarms", anna) == .topicAuthorizationFailed)
        #expect(try write(hall, "alarms", anna) == .topicAuthorizationFailed)
        #expect(try read(hall, "alarms", peer("carl", read: ["alarms"])) == .none)
        #expect(
            try create(hall, entry("User:anna", 3, "x"), from: anna) == [
                .clusterAuthorizationFailed
            ])
    }

    @Test("An entry that denies takes away, whoever gave it, and from anybody without users")
    func denies() throws {
        let hall = try BrokerHall(controller: true)
        try hall.make("t")
        let boss = peer("boss", read: ["*"], write: ["*"], admin: true)
        #expect(
            try create(
                hall, entry("User:boss", 3, "t", permission: 2),
                entry("User:boss", 3, "t"), entry("User:boss", 3, "al", pattern: 4, permission: 2))
                == [.none, .none, .none])
        #expect(try read(hall, "t", boss) == .topicAuthorizationFailed)
        #expect(try read(hall, "alarms", boss) == .topicAuthorizationFailed)
        #expect(try write(hall, "t", boss) == .none)
        #expect(try read(hall, "t", BrokerHall.peer()) == .none)
        // Of another host it says nothing.
        #expect(
            try create(
                hall, entry("User:ANONYMOUS", 4, "t", permission: 2, host: "192.0.2.77"))
                == [.none])
        #expect(try write(hall, "t", BrokerHall.peer()) == .none)
        #expect(
            try create(
                hall, entry("User:ANONYMOUS", 4, "t", permission: 2, host: "192.0.2.1"))
                == [.none])
        #expect(try write(hall, "t", BrokerHall.peer()) == .topicAuthorizationFailed)
    }
}
