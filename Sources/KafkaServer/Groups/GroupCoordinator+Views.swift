// What administrators see of the groups, and what they may delete. Groups that have committed offsets
// and no member since the gateway started are not here but in the log: the server adds them as Empty.

/// A group's state, with the name that clients show.
package enum GroupState: String, Hashable, Sendable, CaseIterable {
    case empty = "Empty"
    case preparingRebalance = "PreparingRebalance"
    case completingRebalance = "CompletingRebalance"
    case stable = "Stable"
    /// Not here.
    case dead = "Dead"
}

/// A line of ListGroups.
package struct GroupListing: Hashable, Sendable {
    package var group: String
    package var protocolType: String
    package var state: GroupState
}

/// An answer of DescribeGroups.
package struct GroupDescription: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        /// While the group is Stable; empty otherwise.
        package var metadata: [UInt8]
        package var assignment: [UInt8]
    }

    package var group: String
    package var state: GroupState
    package var protocolType = ""
    /// While the group is Stable; empty otherwise.
    package var protocolName = ""
    package var generation: Int32 = 0
    package var members: [Member] = []
}

extension GroupCoordinator {
    /// All groups, by name.
    package func list() -> [GroupListing] {
        groups.values.map {
            GroupListing(group: $0.name, protocolType: $0.protocolType ?? "", state: $0.shown)
        }.sorted { $0.group < $1.group }
    }

    /// One group; Dead if it is not here.
    package func describe(_ name: String) -> GroupDescription {
        guard let group = groups[name] else { return GroupDescription(group: name, state: .dead) }
        let isStable = group.shown == .stable
        return GroupDescription(
            group: name, state: group.shown, protocolType: group.protocolType ?? "",
            protocolName: isStable ? group.protocolName ?? "" : "", generation: group.generation,
            members: group.members.map {
                GroupDescription.Member(
                    memberID: $0.id, instanceID: $0.instanceID, clientID: $0.clientID,
                    clientHost: $0.clientHost,
                    metadata: isStable ? $0.metadata(of: group.protocolName) : [],
                    assignment: $0.assignment)
            })
    }

    /// Deletes a group that nobody is in. `nonEmptyGroup`: somebody is; `groupIDNotFound`: it is not
    /// here, but may have offsets in the log, which can go.
    package mutating func delete(_ name: String) -> GroupError? {
        guard let group = groups[name] else { return .groupIDNotFound }
        guard group.emptySince != nil else { return .nonEmptyGroup }
        remove(name)
        return nil
    }

    /// Whether the committed offsets of a topic may be deleted; nil: they may, as nobody in the group
    /// reads it. Of a group that is not made of consumers nobody knows.
    package func refusal(ofDeletingOffsets topic: String, of name: String) -> GroupError? {
        guard let group = groups[name], group.emptySince == nil else { return nil }
        guard group.protocolType == Subscription.consumers else { return .nonEmptyGroup }
        let isRead = group.members.contains { member in
            // Before the first generation nothing is chosen, and whatever is offered counts.
            member.protocols.contains { offer in
                Subscription.topics(of: offer.metadata)?.contains(topic) ?? true
            }
        }
        return isRead ? .groupSubscribedToTopic : nil
    }
}

extension Group {
    var shown: GroupState {
        switch state {
        case .empty: .empty
        case .preparing: .preparingRebalance
        case .completing: .completingRebalance
        case .stable: .stable
        }
    }
}
