// LeaveGroup: members that go, one or several, and what the others notice.

import Testing

@testable import KafkaServer

@Suite struct GroupLeaveTests {
    @Test("Who leaves is out, and the others share what it had")
    func leave() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        #expect(try hall.leave([GroupRequest.Leaver(memberID: members[0].memberID)]) == [nil])
        #expect(try hall.beat(members[0].memberID, 1) == .unknownMemberID)
        #expect(try hall.beat(members[1].memberID, 1) == .rebalanceInProgress)
        #expect(try hall.joined(hall.join(members[1].memberID)).members.count == 1)
    }

    @Test("Several leave at once, each with its own answer, and the others rejoin once")
    func several() throws {
        let hall = GroupHall()
        let members = try hall.stable(3, as: ["a", "b", "c"])
        let errors = try hall.leave([
            GroupRequest.Leaver(memberID: "", instanceID: "a"),
            GroupRequest.Leaver(memberID: "stranger"),
            GroupRequest.Leaver(memberID: "", instanceID: "nobody"),
            GroupRequest.Leaver(memberID: members[1].memberID, instanceID: "c"),
            GroupRequest.Leaver(memberID: members[1].memberID, instanceID: "b"),
            GroupRequest.Leaver(memberID: "", instanceID: "a"),
        ])
        #expect(
            errors == [
                nil, .unknownMemberID, .unknownMemberID, .fencedInstanceID, nil, .unknownMemberID,
            ])
        let again = try hall.joined(hall.join(members[2].memberID, as: "c"))
        #expect(again.generation == 2 && again.members.count == 1)
    }

    @Test("The last one leaves an Empty group at once")
    func last() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        #expect(try hall.leave([GroupRequest.Leaver(memberID: member.memberID)]) == [nil])
        #expect(hall.state == .empty)
    }

    @Test("Who was given an id and does not want it leaves with it")
    func unused() throws {
        let hall = GroupHall()
        let id = try hall.newID()
        #expect(try hall.leave([GroupRequest.Leaver(memberID: id)]) == [nil])
        #expect(try hall.refused(hall.join(id)) == .unknownMemberID)
    }

    @Test("Requests that wait when their member leaves are answered")
    func waiting() throws {
        let hall = GroupHall()
        let members = try hall.completing(3)
        let sync = hall.sync(members[1])
        _ = try hall.leave([GroupRequest.Leaver(memberID: members[1].memberID)])
        #expect(try hall.refused(sync) == .unknownMemberID)
        let join = hall.join(members[2].memberID)
        _ = try hall.leave([GroupRequest.Leaver(memberID: members[2].memberID)])
        #expect(try hall.refused(join) == .unknownMemberID)
    }

    @Test("Nobody can leave a group that is not there, or has no name")
    func noGroup() throws {
        let hall = GroupHall()
        let leaver = GroupRequest.Leaver(memberID: "m")
        #expect(try hall.leave([leaver], from: "other") == [.unknownMemberID])
        let answers = hall.coordinator.handle(
            .leave(GroupRequest.Leave(token: RequestToken(99), group: "", members: [leaver])),
            at: hall.now)
        #expect(answers == [GroupAnswer(RequestToken(99), .left([], .invalidGroupID))])
    }
}
