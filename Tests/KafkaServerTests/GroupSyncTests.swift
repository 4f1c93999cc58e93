// SyncGroup: how the leader's assignment reaches everybody.

import Testing

@testable import KafkaServer

@Suite struct GroupSyncTests {
    @Test("SyncGroups wait for the leader's, and each gets its own share")
    func waits() throws {
        let hall = GroupHall()
        let members = try hall.completing(3)
        let follower = hall.sync(members[1])
        #expect(hall[follower] == nil && hall.state == .completingRebalance)
        let leader = hall.sync(
            members[0], [members[0].memberID: [10], members[1].memberID: [11]])
        #expect(try hall.assignment(leader) == [10])
        #expect(try hall.assignment(follower) == [11])
        #expect(hall.state == .stable)
        // The leader has forgotten it.
        #expect(try hall.assignment(hall.sync(members[2])) == [])
    }

    @Test("In a stable group SyncGroup gives the share again, and assigns nothing")
    func again() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        #expect(try hall.assignment(hall.sync(members[1], [members[1].memberID: [99]])) == [1])
        #expect(try hall.assignment(hall.sync(members[0], [members[1].memberID: [99]])) == [0])
        #expect(try hall.assignment(hall.sync(members[1])) == [1])
    }

    @Test("An assignment of one that does not lead is not listened to")
    func notTheLeader() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        let follower = hall.sync(members[1], [members[1].memberID: [99]])
        #expect(hall[follower] == nil)
        _ = hall.sync(members[0])
        #expect(try hall.assignment(follower) == [])
    }

    @Test("The protocol type and name of version 5 must be those that were chosen")
    func protocols() throws {
        let hall = GroupHall()
        let members = try hall.completing(1)
        for (type, name) in [("connect", nil), (nil, "other"), ("consumer", "other")] {
            let token = hall.sync(members[0], type: type, name: name)
            #expect(try hall.refused(token) == .inconsistentGroupProtocol)
        }
        #expect(hall.state == .completingRebalance)
        let token = hall.sync(members[0], type: "consumer", name: "range")
        guard case .synced(let synced) = hall[token] else { throw GroupHall.Unexpected() }
        #expect(synced.protocolType == "consumer" && synced.protocolName == "range")
    }

    @Test("Strangers, other generations and groups that are not there are refused")
    func refused() throws {
        let hall = GroupHall()
        var member = try hall.completing(1)[0]
        #expect(try hall.refused(hall.sync(member, in: "other")) == .unknownMemberID)
        #expect(try hall.refused(hall.sync(member, in: "")) == .invalidGroupID)
        member.generation = 2
        #expect(try hall.refused(hall.sync(member)) == .illegalGeneration)
        member.generation = 0
        #expect(try hall.refused(hall.sync(member)) == .illegalGeneration)
        member.memberID = "stranger"
        #expect(try hall.refused(hall.sync(member)) == .unknownMemberID)
    }

    @Test("A SyncGroup during the next rebalance, and one that waits when it begins, are refused")
    func rebalance() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        let waiting = hall.sync(members[1])
        _ = hall.join(version: 3)
        #expect(try hall.refused(waiting) == .rebalanceInProgress)
        #expect(try hall.refused(hall.sync(members[0])) == .rebalanceInProgress)
    }

    @Test("Who sends no SyncGroup within the rebalance timeout is out, though it beats")
    func silent() throws {
        let hall = GroupHall()
        let members = try hall.completing(3, session: 10_000, rebalance: 5_000)
        _ = hall.sync(members[0])
        _ = hall.sync(members[1])
        #expect(hall.state == .stable)
        hall.pass(4_700)
        #expect(try members.map { try hall.beat($0.memberID, 1) } == [nil, nil, nil])
        hall.pass(400)
        #expect(hall.state == .preparingRebalance)
        #expect(try hall.beat(members[2].memberID, 1) == .unknownMemberID)
        #expect(try hall.beat(members[1].memberID, 1) == .rebalanceInProgress)
    }

    @Test("A leader that never assigns is out, and those who wait join again")
    func silentLeader() throws {
        let hall = GroupHall()
        let members = try hall.completing(2, session: 1_000_000, rebalance: 5_000)
        let waiting = hall.sync(members[1])
        hall.pass(5_000)
        #expect(try hall.refused(waiting) == .rebalanceInProgress)
        let again = hall.join(members[1].memberID)
        #expect(try hall.joined(again).leader == members[1].memberID)
    }

    @Test("A SyncGroup asked again on another connection answers the first")
    func askedTwice() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        let first = hall.sync(members[1])
        let second = hall.sync(members[1])
        #expect(try hall.refused(first) == .rebalanceInProgress)
        _ = hall.sync(members[0], [members[1].memberID: [7]])
        #expect(try hall.assignment(second) == [7])
    }

    @Test("BOUNDED: an assignment that is larger than what can be kept is refused to all")
    func tooLarge() throws {
        let hall = GroupHall { $0.bytes = 4_000 }
        let members = try hall.completing(2)
        let waiting = hall.sync(members[1])
        let bytes = [UInt8](repeating: 0, count: 4_000)
        let token = hall.sync(members[0], [members[1].memberID: bytes])
        #expect(try hall.refused(token) == .unknownServerError)
        #expect(try hall.refused(waiting) == .unknownServerError)
        #expect(hall.state == .preparingRebalance && hall.coordinator.bytes < 4_000)
    }
}
