// BOUNDED: what a group and all groups may cost, and what is refused beyond it.

import Testing

@testable import KafkaServer

@Suite struct GroupLimitTests {
    @Test("BOUNDED: a full group takes nobody new, and its members go on")
    func full() throws {
        let hall = GroupHall { $0.members = 2 }
        let members = try hall.stable(2)
        #expect(try hall.refused(hall.join(version: 3)) == .groupMaxSizeReached)
        #expect(try hall.refused(hall.join(version: 9)) == .groupMaxSizeReached)
        #expect(try hall.beat(members[0].memberID, 1) == nil)
    }

    @Test("BOUNDED: while a group rebalances those who come first fill it, the last one is out")
    func fullWhileRebalancing() throws {
        let hall = GroupHall { $0.members = 2 }
        let members = try hall.stable(2)
        let first = hall.join(members[0].memberID)
        let newcomer = hall.join(version: 3)
        #expect(hall[newcomer] == nil)
        #expect(try hall.refused(hall.join(members[1].memberID)) == .groupMaxSizeReached)
        #expect(try hall.joined(first).members.count == 2)
        #expect(try hall.joined(newcomer).generation == 2)
    }

    @Test("BOUNDED: of ids that are not used the oldest is forgotten")
    func unusedIDs() throws {
        let hall = GroupHall { $0.members = 3 }
        let ids = try (0..<4).map { _ in try hall.newID() }
        #expect(try hall.refused(hall.join(ids[0])) == .unknownMemberID)
        #expect(hall[hall.join(ids[1])] == nil)
        #expect(hall.coordinator.groups["g"]?.pending.map(\.id) == [ids[2], ids[3]])
    }

    @Test("BOUNDED: the group that has been Empty longest gives way to a new one")
    func groups() throws {
        let hall = GroupHall { $0.groups = 3 }
        for name in ["b", "a", "c"] {
            let token = hall.join(in: name, version: 3)
            hall.pass(100)
            let id = try hall.joined(token).memberID
            if name == "c" { continue }
            _ = try hall.leave([GroupRequest.Leaver(memberID: id)], from: name)
        }
        _ = hall.join(in: "d", version: 3)
        #expect(hall.coordinator.list().map(\.group) == ["a", "c", "d"])
        _ = hall.join(in: "e", version: 3)
        #expect(hall.coordinator.list().map(\.group) == ["c", "d", "e"])
        #expect(try hall.refused(hall.join(in: "f", version: 3)) == .groupMaxSizeReached)
    }

    @Test("BOUNDED: ids asked for under many names take no place from groups that were in use")
    func namesWithoutMembers() throws {
        let hall = GroupHall { $0.groups = 3 }
        let member = try hall.stable(1)[0]
        _ = try hall.leave([GroupRequest.Leaver(memberID: member.memberID)])
        for number in 0..<100 { _ = try hall.newID(in: "name \(number)") }
        #expect(hall.coordinator.list().map(\.group) == ["g", "name 98", "name 99"])
    }

    @Test("BOUNDED: names, assignors and metadata beyond their limits are refused")
    func sizes() throws {
        let hall = GroupHall()
        let long = String(repeating: "x", count: 1_025)
        let large = [GroupRequest.Offer(name: "a", metadata: Array(repeating: 0, count: 256 << 10))]
        let many = (0...16).map { GroupRequest.Offer(name: "\($0)", metadata: []) }
        for token in [
            hall.join(client: long), hall.join(as: long), hall.join(as: ""), hall.join(type: long),
            hall.join(offering: large), hall.join(offering: many),
        ] {
            #expect(try hall.refused(token) == .invalidRequest)
        }
        #expect(try hall.refused(hall.join(in: long)) == .invalidGroupID)
        #expect(hall.coordinator.list().isEmpty)
    }

    @Test("BOUNDED: all groups together cost no more than they may")
    func bytes() throws {
        let hall = GroupHall { $0.bytes = 100_000 }
        let offers = [
            GroupRequest.Offer(name: "range", metadata: Array(repeating: 1, count: 9_000))
        ]
        var refused = 0
        for number in 0..<30 {
            let token = hall.join(in: "g\(number % 7)", version: 3, offering: offers)
            if hall[token] != nil {
                #expect(try hall.refused(token) == .groupMaxSizeReached)
                refused += 1
            }
            #expect(hall.coordinator.bytes <= 100_000)
        }
        #expect(refused > 15 && refused < 30)
        #expect(hall.coordinator.bytes == hall.coordinator.recount)
    }

    @Test("BOUNDED: a client's long name is cut in its member id")
    func memberName() throws {
        let hall = GroupHall()
        let id = try hall.newID(client: String(repeating: "n", count: 500))
        #expect(id == String(repeating: "n", count: 64) + "-1")
    }

    @Test("Rebalance timeouts of any size and sign do no harm")
    func timeouts() throws {
        for rebalance: Int32 in [.min, -1, 0, 1, .max] {
            let hall = GroupHall()
            let members = try hall.stable(2, rebalance: rebalance)
            _ = hall.join(members[0].memberID, rebalance: rebalance)
            hall.pass(999)
            #expect(hall.state == .preparingRebalance)
            hall.pass(1_000_000)
            #expect(hall.state == .empty)
        }
    }

    @Test("The generation after the last number is the first")
    func lastGeneration() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        hall.coordinator.groups["g"]?.generation = .max
        #expect(try hall.joined(hall.join(member.memberID)).generation == 1)
    }
}
