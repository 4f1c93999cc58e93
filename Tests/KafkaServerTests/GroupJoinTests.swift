// JoinGroup: how members come into a group, which protocol they share, and when a generation begins.

import Testing

@testable import KafkaServer

@Suite struct GroupJoinTests {
    @Test("From version 4 on a new member is given an id and joins with it")
    func twoSteps() throws {
        let hall = GroupHall()
        let id = try hall.newID()
        #expect(id == "c-1" && hall.coordinator.describe("g").members.isEmpty)
        let token = hall.join(id)
        hall.pass(100)
        #expect(try hall.joined(token).memberID == id)
    }

    @Test("Before version 4 a new member is in at once", arguments: [0, 1, 2, 3] as [Int16])
    func oneStep(version: Int16) throws {
        let hall = GroupHall()
        let token = hall.join(version: version)
        hall.pass(100)
        #expect(try hall.joined(token).generation == 1)
    }

    @Test("A static member needs no second step")
    func staticOneStep() throws {
        let hall = GroupHall()
        let token = hall.join(as: "left door")
        hall.pass(100)
        #expect(try hall.joined(token).memberID == "left door-1")
    }

    @Test("The leader gets all members with their metadata, the others none")
    func leader() throws {
        let hall = GroupHall()
        let members = try hall.completing(3, as: ["a", "b", "c"])
        #expect(members.map(\.leader) == Array(repeating: members[0].memberID, count: 3))
        #expect(members[1].members.isEmpty && members[2].members.isEmpty)
        #expect(members[0].members.map(\.memberID) == members.map(\.memberID))
        #expect(members[0].members.map(\.instanceID) == ["a", "b", "c"])
        #expect(members[0].members.allSatisfy { $0.metadata == [1] })
        #expect(members.allSatisfy { !$0.skipsAssignment && $0.protocolType == "consumer" })
    }

    @Test("An empty group waits for members that start together, and again while they come")
    func initialDelay() throws {
        let hall = GroupHall()
        let first = hall.join(version: 3)
        hall.pass(90)
        let second = hall.join(version: 3)
        hall.pass(90)
        #expect(hall[first] == nil)
        hall.pass(20)
        #expect(try hall.joined(first).members.count == 2)
        #expect(try hall.joined(second).generation == 1)
    }

    @Test("The wait for members that start together ends with the rebalance timeout")
    func initialDelayEnds() throws {
        let hall = GroupHall()
        let first = hall.join(version: 3, rebalance: 1_000)
        for _ in 0..<19 {
            hall.pass(50)
            _ = hall.join(version: 3, rebalance: 1_000)
        }
        hall.pass(49)
        #expect(hall[first] == nil)
        hall.pass(1)
        #expect(try hall.joined(first).members.count == 20)
    }

    @Test("Without an initial delay the first member leads at once")
    func noDelay() throws {
        let hall = GroupHall { $0.initialRebalanceDelay = 0 }
        let token = hall.join(version: 3)
        #expect(try hall.joined(token).members.count == 1)
    }

    @Test("The assignor is the one that most members like best among those that all have")
    func votes() throws {
        let hall = GroupHall()
        let tokens = [
            hall.join(version: 3, offering: hall.offers("a", "b", "c")),
            hall.join(version: 3, offering: hall.offers("c", "b")),
            hall.join(version: 3, offering: hall.offers("b", "c", "a")),
        ]
        hall.pass(300)
        let members = try tokens.map { try hall.joined($0) }
        #expect(members.map(\.protocolName) == ["b", "b", "b"])
        #expect(members[0].members.map(\.metadata) == Array(repeating: Array("b".utf8), count: 3))
    }

    @Test("Of assignors with as many votes, the one of the earliest member is taken")
    func tie() throws {
        let hall = GroupHall()
        let tokens = [
            hall.join(version: 3, offering: hall.offers("y", "x")),
            hall.join(version: 3, offering: hall.offers("x", "y")),
        ]
        hall.pass(300)
        #expect(try tokens.map { try hall.joined($0).protocolName } == ["y", "y"])
    }

    @Test("Who shares no assignor, has another protocol type, or none, does not come in")
    func inconsistent() throws {
        let hall = GroupHall()
        _ = try hall.stable(2)
        for token in [
            hall.join(offering: hall.offers("other")), hall.join(type: "connect"),
            hall.join(offering: []), hall.join(type: ""), hall.join(in: "new", offering: []),
            hall.join(in: "new", type: ""),
        ] {
            #expect(try hall.refused(token) == .inconsistentGroupProtocol)
        }
        #expect(hall.state == .stable)
        #expect(hall.coordinator.list().map(\.group) == ["g"])
    }

    @Test("A lone member may change its assignor")
    func loneChange() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        let token = hall.join(member.memberID, offering: hall.offers("other"))
        #expect(try hall.joined(token).protocolName == "other")
    }

    @Test("A session timeout out of bounds is refused")
    func sessionTimeouts() throws {
        let hall = GroupHall()
        for session: Int32 in [-1, 0, 999, 1_800_001, .max] {
            #expect(try hall.refused(hall.join(session: session)) == .invalidSessionTimeout)
        }
        _ = try hall.newID(session: 1_000)
        _ = try hall.newID(session: 1_800_000)
    }

    @Test("An id that the group does not know is refused and makes no group")
    func unknown() throws {
        let hall = GroupHall()
        #expect(try hall.refused(hall.join("stranger")) == .unknownMemberID)
        #expect(hall.coordinator.list().isEmpty)
        _ = try hall.stable(1)
        #expect(try hall.refused(hall.join("stranger")) == .unknownMemberID)
    }

    @Test("A group without a name is refused")
    func nameless() throws {
        let hall = GroupHall()
        #expect(try hall.refused(hall.join(in: "")) == .invalidGroupID)
    }

    @Test("A new member of a stable group makes all others join again, under the next generation")
    func newcomer() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        let newcomer = hall.join(version: 3)
        #expect(hall.state == .preparingRebalance && hall[newcomer] == nil)
        for member in members {
            #expect(try hall.beat(member.memberID, 1) == .rebalanceInProgress)
        }
        let tokens = members.map { hall.join($0.memberID) }
        #expect(try tokens.map { try hall.joined($0).generation } == [2, 2])
        #expect(try hall.joined(newcomer).leader == members[0].memberID)
        #expect(try hall.joined(tokens[0]).members.count == 3)
    }

    @Test("A rebalance waits for those who were given an id")
    func waitsForPending() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        let id = try hall.newID()
        let again = hall.join(member.memberID)
        #expect(hall[again] == nil)
        let token = hall.join(id)
        #expect(try hall.joined(again).members.count == 2)
        #expect(try hall.joined(token).generation == 2)
    }

    @Test("Who does not rejoin within the longest rebalance timeout is out")
    func rebalanceTimeout() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, session: 1_000_000, rebalance: 5_000)
        let newcomer = hall.join(version: 3, rebalance: 1_000)
        let again = hall.join(members[1].memberID)
        hall.pass(4_999)
        #expect(hall[newcomer] == nil && hall[again] == nil)
        hall.pass(1)
        #expect(try hall.joined(newcomer).leader == members[1].memberID)
        #expect(try hall.joined(again).members.count == 2)
        #expect(try hall.beat(members[0].memberID, 2) == .unknownMemberID)
    }

    @Test(
        "In version 0, and where none is given, the rebalance timeout is the session timeout",
        arguments: [(0, 60_000), (1, -1)] as [(Int16, Int32)])
    func oldRebalanceTimeout(version: Int16, rebalance: Int32) throws {
        let hall = GroupHall()
        let leader = hall.join(version: 3, session: 3_000, rebalance: 1_000)
        let silent = hall.join(version: version, session: 3_000, rebalance: rebalance)
        hall.pass(300)
        for token in [leader, silent] { _ = hall.sync(try hall.joined(token)) }
        let again = hall.join(try hall.joined(leader).memberID, session: 3_000, rebalance: 1_000)
        hall.pass(2_000)
        #expect(try hall.beat(hall.joined(silent).memberID, 1) == .rebalanceInProgress)
        hall.pass(999)
        #expect(hall[again] == nil)
        hall.pass(1)
        #expect(try hall.joined(again).members.count == 1)
    }

    @Test("A member that joins again while all is as it was gets the same answer")
    func again() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        #expect(try hall.joined(hall.join(members[0].memberID)) == members[0])
        #expect(try hall.joined(hall.join(members[1].memberID)) == members[1])
        _ = hall.sync(members[0])
        _ = hall.sync(members[1])
        #expect(try hall.joined(hall.join(members[1].memberID)) == members[1])
        #expect(hall.state == .stable)
    }

    @Test("A leader that joins again in a stable group begins a rebalance")
    func leaderAgain() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        let token = hall.join(members[0].memberID)
        #expect(hall[token] == nil && hall.state == .preparingRebalance)
    }

    @Test("A member with other metadata begins a rebalance, as cooperative ones do to give back")
    func changed() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        let other = [GroupRequest.Offer(name: "range", metadata: [2])]
        let token = hall.join(members[1].memberID, offering: other)
        #expect(hall[token] == nil && hall.state == .preparingRebalance)
        let leader = try hall.joined(hall.join(members[0].memberID))
        #expect(leader.generation == 2 && leader.members[1].metadata == [2])
    }

    @Test("Metadata that changes before the assignment refuses the SyncGroups that wait")
    func changedWhileCompleting() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        let sync = hall.sync(members[1])
        let other = [GroupRequest.Offer(name: "range", metadata: [2])]
        _ = hall.join(members[0].memberID, offering: other)
        #expect(try hall.refused(sync) == .rebalanceInProgress)
        #expect(hall.state == .preparingRebalance)
    }

    @Test("A JoinGroup asked again on another connection answers the first, and counts once")
    func askedTwice() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        let first = hall.join(members[0].memberID)
        let second = hall.join(members[0].memberID)
        #expect(try hall.refused(first) == .rebalanceInProgress)
        _ = hall.join(members[1].memberID)
        #expect(try hall.joined(second).generation == 2)
    }

    @Test("When the leader does not come back, the first of those who did leads")
    func nextLeader() throws {
        let hall = GroupHall()
        let members = try hall.stable(3)
        #expect(try hall.leave([GroupRequest.Leaver(memberID: members[0].memberID)]) == [nil])
        let tokens = members.dropFirst().map { hall.join($0.memberID) }
        #expect(try hall.joined(tokens[0]).leader == members[1].memberID)
        #expect(try hall.joined(tokens[1]).leader == members[1].memberID)
    }
}
