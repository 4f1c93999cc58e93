// What administrators see and delete.

import Testing

@testable import KafkaServer

@Suite struct GroupViewTests {
    @Test("A group is described in each of its states, its metadata only while Stable")
    func describe() throws {
        let hall = GroupHall()
        #expect(hall.state == .dead)
        let token = hall.join(version: 3)
        #expect(hall.state == .preparingRebalance)
        hall.pass(100)
        let member = try hall.joined(token)
        let completing = hall.coordinator.describe("g")
        #expect(completing.state == .completingRebalance && completing.protocolName == "")
        #expect(completing.members.map(\.metadata) == [[]])
        _ = hall.sync(member, [member.memberID: [7]])
        let stable = hall.coordinator.describe("g")
        #expect(
            stable
                == GroupDescription(
                    group: "g", state: .stable, protocolType: "consumer", protocolName: "range",
                    generation: 1,
                    members: [
                        GroupDescription.Member(
                            memberID: "c-1", instanceID: nil, clientID: "c",
                            clientHost: "/127.0.0.1", metadata: [1], assignment: [7])
                    ]))
        _ = try hall.leave([GroupRequest.Leaver(memberID: member.memberID)])
        let empty = hall.coordinator.describe("g")
        #expect(empty.state == .empty && empty.protocolType == "consumer" && empty.members.isEmpty)
    }

    @Test("The states have the names that clients show")
    func names() {
        #expect(
            GroupState.allCases.map(\.rawValue) == [
                "Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead",
            ])
    }

    @Test("All groups are listed by name, with their state")
    func list() throws {
        let hall = GroupHall()
        _ = try hall.stable(1)
        _ = hall.join(in: "b", version: 3, type: "connect")
        #expect(
            hall.coordinator.list() == [
                GroupListing(group: "b", protocolType: "connect", state: .preparingRebalance),
                GroupListing(group: "g", protocolType: "consumer", state: .stable),
            ])
    }

    @Test("Only a group that nobody is in can be deleted")
    func delete() throws {
        let hall = GroupHall()
        #expect(hall.coordinator.delete("g") == .groupIDNotFound)
        let token = hall.join(version: 3)
        #expect(hall.coordinator.delete("g") == .nonEmptyGroup)
        hall.pass(100)
        let member = try hall.joined(token)
        #expect(hall.coordinator.delete("g") == .nonEmptyGroup)
        _ = hall.sync(member)
        #expect(hall.coordinator.delete("g") == .nonEmptyGroup)
        _ = try hall.leave([GroupRequest.Leaver(memberID: member.memberID)])
        #expect(hall.coordinator.delete("g") == nil)
        #expect(hall.state == .dead && hall.coordinator.bytes == 0)
    }

    @Test("Offsets of a topic that the group reads stay, those of others may go")
    func deleteOffsets() throws {
        let hall = GroupHall()
        #expect(hall.coordinator.refusal(ofDeletingOffsets: "t", of: "g") == nil)
        let reads: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 1, UInt8(ascii: "t")]
        let member = try hall.stable(1, [GroupRequest.Offer(name: "range", metadata: reads)])[0]
        #expect(
            hall.coordinator.refusal(ofDeletingOffsets: "t", of: "g") == .groupSubscribedToTopic)
        #expect(hall.coordinator.refusal(ofDeletingOffsets: "u", of: "g") == nil)
        _ = try hall.leave([GroupRequest.Leaver(memberID: member.memberID)])
        #expect(hall.coordinator.refusal(ofDeletingOffsets: "t", of: "g") == nil)
        _ = hall.join(in: "k", version: 3, type: "connect")
        #expect(hall.coordinator.refusal(ofDeletingOffsets: "t", of: "k") == .nonEmptyGroup)
    }

    @Test("The errors have Kafka's numbers")
    func errors() {
        let numbers: [(GroupError, Int16)] = [
            (.unknownServerError, -1), (.illegalGeneration, 22), (.inconsistentGroupProtocol, 23),
            (.invalidGroupID, 24), (.unknownMemberID, 25), (.invalidSessionTimeout, 26),
            (.rebalanceInProgress, 27), (.invalidRequest, 42), (.nonEmptyGroup, 68),
            (.groupIDNotFound, 69), (.memberIDRequired, 79), (.groupMaxSizeReached, 81),
            (.fencedInstanceID, 82), (.groupSubscribedToTopic, 86),
        ]
        #expect(numbers.count == GroupError.allCases.count)
        for (error, number) in numbers { #expect(error.rawValue == number) }
    }
}
