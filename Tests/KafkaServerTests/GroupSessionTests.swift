// Heartbeats, sessions and connections: who counts as alive, and what happens to the others.

import Testing

@testable import KafkaServer

@Suite struct GroupSessionTests {
    @Test("A heartbeat is well in a stable group and right after the join's answer")
    func well() throws {
        let hall = GroupHall()
        let members = try hall.completing(2)
        #expect(try hall.beat(members[1].memberID, 1) == nil)
        _ = hall.sync(members[0])
        #expect(try hall.beat(members[1].memberID, 1) == nil)
    }

    @Test("Heartbeats of strangers, of other generations and of groups that are not there")
    func refused() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        #expect(try hall.beat("stranger", 1) == .unknownMemberID)
        #expect(try hall.beat(member.memberID, 0) == .illegalGeneration)
        #expect(try hall.beat(member.memberID, 2) == .illegalGeneration)
        #expect(try hall.beat(member.memberID, 1, in: "other") == .unknownMemberID)
        #expect(try hall.beat(member.memberID, 1, in: "") == .invalidGroupID)
        #expect(try hall.beat(member.memberID, 1, as: "name") == .unknownMemberID)
    }

    @Test("A dead member is out after its session timeout, and the others take over")
    func takeover() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, session: 6_000)
        hall.pass(3_000)
        #expect(try hall.beat(members[1].memberID, 1) == nil)
        hall.pass(2_999)
        #expect(hall.state == .stable)
        hall.pass(1)
        #expect(try hall.beat(members[1].memberID, 1) == .rebalanceInProgress)
        let heir = try hall.joined(hall.join(members[1].memberID, session: 6_000))
        #expect(heir.generation == 2 && heir.members.map(\.memberID) == [members[1].memberID])
        let token = hall.sync(heir, [heir.memberID: [42]])
        #expect(try hall.assignment(token) == [42])
    }

    @Test("Whatever a member sends keeps it alive: heartbeat, commit, SyncGroup, JoinGroup")
    func signsOfLife() throws {
        for sign in 0..<4 {
            let hall = GroupHall()
            let members = try hall.stable(2, session: 6_000)
            for _ in 0..<5 {
                hall.pass(4_000)
                _ = try hall.beat(members[0].memberID, 1)
                switch sign {
                case 0: #expect(try hall.beat(members[1].memberID, 1) == nil)
                case 1: #expect(hall.commit(members[1].memberID, 1) == nil)
                case 2: #expect(try hall.assignment(hall.sync(members[1])) == [1])
                default: _ = try hall.joined(hall.join(members[1].memberID, session: 6_000))
                }
            }
            #expect(hall.state == .stable)
        }
    }

    @Test("A member that waits for our answer needs no heartbeat, and has its session after that")
    func waiting() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, session: 2_000)
        let first = hall.join(members[0].memberID, session: 2_000)
        for _ in 0..<10 {
            hall.pass(1_000)
            #expect(try hall.beat(members[1].memberID, 1) == .rebalanceInProgress)
        }
        #expect(hall[first] == nil)
        let second = try hall.joined(hall.join(members[1].memberID, session: 2_000))
        let sync = hall.sync(second)
        for _ in 0..<10 {
            hall.pass(1_000)
            #expect(try hall.beat(members[0].memberID, 2) == nil)
        }
        _ = hall.sync(try hall.joined(first), [second.memberID: [5]])
        #expect(try hall.assignment(sync) == [5])
        hall.pass(1_999)
        #expect(hall.coordinator.describe("g").members.count == 2)
        hall.pass(1)
        #expect(!hall.coordinator.describe("g").members.contains { $0.memberID == second.memberID })
    }

    @Test("A first JoinGroup waits no longer than its time, whatever the others' timeouts")
    func newMemberJoin() throws {
        let hall = GroupHall { $0.newMemberJoin = 5_000 }
        let member = try hall.stable(1, session: 1_000_000, rebalance: 60_000)[0]
        let token = hall.join(version: 3)
        hall.pass(4_999)
        #expect(hall[token] == nil)
        hall.pass(1)
        #expect(try hall.refused(token) == .unknownMemberID)
        #expect(try hall.joined(hall.join(member.memberID)).members.count == 1)
    }

    @Test("An id that was given out and not used expires with the session timeout asked for")
    func unusedID() throws {
        let hall = GroupHall()
        let id = try hall.newID(session: 3_000)
        hall.pass(2_999)
        #expect(hall.coordinator.list().count == 1)
        hall.pass(1)
        #expect(try hall.refused(hall.join(id)) == .unknownMemberID)
        #expect(hall.coordinator.list().isEmpty && hall.coordinator.bytes == 0)
    }

    @Test("An unused id that expires lets the rebalance go on that waited for it")
    func unusedIDInRebalance() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        _ = try hall.newID(session: 3_000)
        let token = hall.join(member.memberID)
        hall.pass(2_999)
        #expect(hall[token] == nil)
        hall.pass(1)
        #expect(try hall.joined(token).generation == 2)
    }

    @Test("A connection that goes away gets no answer, and its member stays for its session")
    func drop() throws {
        let hall = GroupHall()
        let members = try hall.stable(2, session: 2_000)
        let token = hall.join(members[0].memberID, session: 2_000)
        hall.drop(token)
        hall.pass(1_000)
        // What was asked counts: nobody waits for it.
        let heir = try hall.joined(hall.join(members[1].memberID, session: 2_000))
        #expect(heir.leader == members[0].memberID && hall[token] == nil)
        hall.pass(1_000)
        #expect(try hall.beat(heir.memberID, 2) == .rebalanceInProgress)
        #expect(hall.coordinator.describe("g").members.count == 1 && hall[token] == nil)
    }

    @Test("A cut SyncGroup is not answered, and its member is out after its session")
    func dropSync() throws {
        let hall = GroupHall()
        let members = try hall.completing(2, session: 2_000)
        let token = hall.sync(members[1])
        hall.drop(token)
        hall.pass(1_000)
        _ = hall.sync(members[0])
        hall.pass(999)
        #expect(hall.state == .stable)
        hall.pass(1)
        #expect(hall.state == .preparingRebalance && hall[token] == nil)
    }

    @Test("A member that cannot have learnt its id is gone with its connection")
    func dropUnknown() throws {
        let hall = GroupHall()
        let member = try hall.stable(1)[0]
        let lost = hall.join(version: 3)
        hall.drop(lost)
        #expect(hall.coordinator.describe("g").members.map(\.memberID) == [member.memberID])
        #expect(hall[lost] == nil)
        let known = try hall.newID()
        let token = hall.join(known)
        hall.drop(token)
        #expect(hall.coordinator.describe("g").members.count == 2)
    }

    @Test("A token that nobody waits with may be dropped")
    func dropNothing() throws {
        let hall = GroupHall()
        hall.drop(RequestToken(4_711))
        _ = try hall.stable(1)
        hall.drop(RequestToken(4_711))
        #expect(hall.state == .stable)
    }

    @Test("A group whose members are all gone is Empty under a generation of its own")
    func empty() throws {
        let hall = GroupHall()
        _ = try hall.stable(2, session: 2_000)
        hall.pass(2_000)
        #expect(hall.state == .empty && hall.coordinator.describe("g").generation == 2)
        #expect(hall.coordinator.nextDeadline.map { $0 <= hall.now } ?? true)
        let token = hall.join(version: 3)
        hall.pass(100)
        #expect(try hall.joined(token).generation == 3)
    }
}
