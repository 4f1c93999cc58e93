// Who may commit offsets for a group, and when: the fence before the log.

import Testing

@testable import KafkaServer

@Suite struct GroupCommitTests {
    @Test("A member of the generation that is may commit, also while the next one gathers")
    func member() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        #expect(hall.commit(members[1].memberID, 1) == nil)
        _ = hall.join(version: 3)
        #expect(hall.state == .preparingRebalance)
        #expect(hall.commit(members[1].memberID, 1) == nil)
    }

    @Test("Between the join's answer and the assignment nobody may commit")
    func completing() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        #expect(hall.commit(members[0].memberID, 1) == .rebalanceInProgress)
        _ = hall.sync(members[0])
        // The group is stable: who has not fetched its share may commit what it had, as in Kafka.
        #expect(hall.commit(members[1].memberID, 1) == nil)
    }

    @Test("A member of another generation may not commit")
    func generation() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        #expect(hall.commit(member.memberID, 0) == .illegalGeneration)
        #expect(hall.commit(member.memberID, 2) == .illegalGeneration)
        #expect(hall.commit(member.memberID, -1) == .illegalGeneration)
    }

    @Test("A stranger, one that is dead, and one who has only an id may not commit")
    func stranger() throws {
        let hall = GroupHall()
        let members = try hall.stable(2)
        #expect(hall.commit("stranger", 1) == .unknownMemberID)
        #expect(hall.commit("", 1) == .unknownMemberID)
        _ = try hall.leave([GroupRequest.Leaver(memberID: members[1].memberID)])
        #expect(hall.commit(members[1].memberID, 1) == .unknownMemberID)
        #expect(hall.commit(try hall.newID(), 1) == .unknownMemberID)
        #expect(hall.commit(members[0].memberID, 1, as: "name") == .unknownMemberID)
    }

    @Test("One without a group may commit where nobody is a member, and only there")
    func simple() throws {
        let hall = GroupHall()
        #expect(hall.commit("", -1, in: "new") == nil)
        #expect(hall.commit("", -1, in: "") == nil)
        #expect(hall.coordinator.list().isEmpty)
        let member = try hall.stable(1)[0]
        #expect(hall.commit("", -1) == .unknownMemberID)
        _ = try hall.leave([GroupRequest.Leaver(memberID: member.memberID)])
        #expect(hall.commit("", -1) == nil)
    }

    @Test("A generation of a group that is not there is an old one")
    func noGroup() {
        let hall = GroupHall()
        #expect(hall.commit("c-1", 3, in: "gone") == .illegalGeneration)
    }
}
