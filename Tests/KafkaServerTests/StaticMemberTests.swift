// Static members (KIP-345): who has a group instance id keeps its place over restarts.

import Testing

@testable import KafkaServer

@Suite struct StaticMemberTests {
    @Test("A static follower that comes back keeps its share, and nobody else notices")
    func follower() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, as: ["a", "b"])
        let back = try hall.joined(hall.join(as: "b"))
        #expect(back.memberID != members[1].memberID && back.generation == 1)
        #expect(back.leader == members[0].memberID && back.members.isEmpty)
        #expect(try hall.assignment(hall.sync(back, as: "b")) == [1])
        #expect(try hall.beat(members[0].memberID, 1, as: "a") == nil)
    }

    @Test("From version 9 on a static leader that comes back leads, and is told to skip")
    func leader() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, as: ["a", "b"])
        let back = try hall.joined(hall.join(as: "a"))
        #expect(back.skipsAssignment && back.leader == back.memberID && back.generation == 1)
        #expect(back.members.map(\.memberID) == [back.memberID, members[1].memberID])
        #expect(try hall.assignment(hall.sync(back, as: "a")) == [0])
        // It leads: joining again begins a rebalance.
        #expect(hall[hall.join(back.memberID, as: "a")] == nil)
    }

    @Test("Before version 9 a static leader that comes back takes another for the leader")
    func oldLeader() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, as: ["a", "b"])
        let back = try hall.joined(hall.join(version: 8, as: "a"))
        #expect(back.leader == members[0].memberID && back.leader != back.memberID)
        #expect(!back.skipsAssignment && back.members.isEmpty)
        #expect(try hall.assignment(hall.sync(back, as: "a")) == [0])
    }

    @Test("Only the leader is told to skip the assignment")
    func followerDoesNotSkip() throws {
        let hall = GroupHall()
        _ = try hall.stable(2, as: ["a", "b"])
        #expect(try hall.joined(hall.join(as: "b")).skipsAssignment == false)
    }

    @Test("Who has the old id is fenced: heartbeat, SyncGroup, JoinGroup, commit and leaving")
    func fenced() throws {
        let hall = GroupHall()
        let old = try hall.stable(2, as: ["a", "b"])[1]
        _ = hall.join(as: "b")
        #expect(try hall.beat(old.memberID, 1, as: "b") == .fencedInstanceID)
        #expect(try hall.refused(hall.sync(old, as: "b")) == .fencedInstanceID)
        #expect(try hall.refused(hall.join(old.memberID, as: "b")) == .fencedInstanceID)
        #expect(hall.commit(old.memberID, 1, as: "b") == .fencedInstanceID)
        let leaver = GroupRequest.Leaver(memberID: old.memberID, instanceID: "b")
        #expect(try hall.leave([leaver]) == [.fencedInstanceID])
        // Without the name the old id is just unknown.
        #expect(try hall.beat(old.memberID, 1) == .unknownMemberID)
        #expect(hall.state == .stable)
    }

    @Test("A JoinGroup or SyncGroup that waits under the old id is fenced")
    func fencedWhileWaiting() throws {
        let hall = GroupHall()
        let first = hall.join(as: "a")
        let second = hall.join(as: "a")
        #expect(try hall.refused(first) == .fencedInstanceID)
        hall.pass(300)
        #expect(try hall.joined(second).members.count == 1)

        let other = GroupHall()
        let members = try other.completing(2, as: ["a", "b"])
        let sync = other.sync(members[1], as: "b")
        _ = other.join(as: "b")
        #expect(try other.refused(sync) == .fencedInstanceID)
    }

    @Test("A static member that comes back before the assignment begins a rebalance")
    func whileCompleting() throws {
        let hall = GroupHall()
        let members = try hall.completing(2, as: ["a", "b"])
        let sync = hall.sync(members[0], as: "a", [:])
        #expect(try hall.assignment(sync) == [])
        let late = GroupHall()
        _ = try late.completing(2, as: ["a", "b"])
        #expect(late[late.join(as: "b")] == nil && late.state == .preparingRebalance)
    }

    @Test(
        "A static member that comes back with another assignor or other topics begins a rebalance")
    func changed() throws {
        let topics: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 1, 0x74]
        let other: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 1, 0x75]
        let range = GroupRequest.Offer(name: "range", metadata: topics)
        for (offer, isSame) in [
            (GroupRequest.Offer(name: "range", metadata: topics + [1, 2, 3]), true),
            (GroupRequest.Offer(name: "range", metadata: other), false),
            (GroupRequest.Offer(name: "roundrobin", metadata: topics), false),
        ] {
            let hall = GroupHall()
            _ = try hall.stable(1, as: ["a"], [range])
            let token = hall.join(as: "a", offering: [offer])
            #expect(try hall.joined(token).generation == (isSame ? 1 : 2), "\(offer)")
        }
    }

    @Test("A static member does not need to rejoin to stay, but does to live on")
    func absent() throws {
        let hall = GroupHall()
        let members = try hall.stable(
            2, as: ["a", "b"], session: 20_000, rebalance: 5_000)
        let token = hall.join(members[0].memberID, as: "a", session: 20_000, rebalance: 5_000)
        hall.pass(5_000)
        let leader = try hall.joined(token)
        #expect(leader.generation == 2 && leader.members.count == 2)
        _ = hall.sync(leader, as: "a")
        hall.pass(4_999)
        #expect(hall.state == .stable)
        hall.pass(1)
        #expect(hall.state == .preparingRebalance)
        #expect(hall.coordinator.describe("g").members.map(\.instanceID) == ["a"])
    }

    @Test("When no static member rejoins, their sessions decide")
    func allAbsent() throws {
        let hall = GroupHall()
        let members = try hall.stable(
            2, as: ["a", "b"], session: 20_000, rebalance: 5_000)
        let leaver = GroupRequest.Leaver(memberID: members[0].memberID, instanceID: "a")
        #expect(try hall.leave([leaver]) == [nil])
        hall.pass(19_000)
        #expect(hall.state == .preparingRebalance)
        hall.pass(1_000)
        #expect(hall.state == .empty)
    }

    @Test("A name that nobody has is unknown, with whatever id")
    func unknownName() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        #expect(try hall.refused(hall.join(member.memberID, as: "b")) == .unknownMemberID)
        #expect(try hall.refused(hall.sync(member, as: "b")) == .unknownMemberID)
        let id = try hall.newID()
        #expect(try hall.refused(hall.join(id, as: "b")) == .unknownMemberID)
    }

    @Test("A full group takes its static members back")
    func full() throws {
        let hall = GroupHall { $0.members = 2 }
        _ = try hall.stable(2, as: ["a", "b"])
        #expect(try hall.joined(hall.join(as: "b")).generation == 1)
        #expect(try hall.refused(hall.join(as: "c")) == .groupMaxSizeReached)
    }
}
