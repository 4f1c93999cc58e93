// What clients ask the group coordinator, free of wire types. Strings that are null on the wire are
// nil; an empty member id asks for one.

/// Which request an answer belongs to: given by the caller, unique among those that wait.
package struct RequestToken: Hashable, Sendable {
    package var rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A request that the coordinator answers through its token.
package enum GroupRequest: Hashable, Sendable {
    case join(Join)
    case sync(Sync)
    case heartbeat(Heartbeat)
    case leave(Leave)

    /// An assignor that a member offers, with what it has to say to the leader.
    package struct Offer: Hashable, Sendable {
        package var name: String
        package var metadata: [UInt8]

        package init(name: String, metadata: [UInt8]) {
            self.name = name
            self.metadata = metadata
        }
    }

    /// JoinGroup, versions 0 to 9.
    package struct Join: Hashable, Sendable {
        package var token: RequestToken
        /// From 4 on, a member without an id is given one and must ask again (KIP-394). In 0 the
        /// rebalance timeout is the session timeout. From 9 on, a leader can be told to skip the
        /// assignment (KIP-814).
        package var version: Int16
        package var group: String
        package var memberID: String
        /// A static member's name (KIP-345), from version 5 on.
        package var instanceID: String?
        package var clientID: String
        package var clientHost: String
        package var sessionTimeout: Int32
        /// Negative: the session timeout.
        package var rebalanceTimeout: Int32
        /// "consumer" for consumers.
        package var protocolType: String
        /// The one that the client likes best first.
        package var protocols: [Offer]

        package init(
            token: RequestToken, version: Int16, group: String, memberID: String,
            instanceID: String? = nil, clientID: String, clientHost: String,
            sessionTimeout: Int32, rebalanceTimeout: Int32, protocolType: String,
            protocols: [Offer]
        ) {
            self.token = token
            self.version = version
            self.group = group
            self.memberID = memberID
            self.instanceID = instanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.sessionTimeout = sessionTimeout
            self.rebalanceTimeout = rebalanceTimeout
            self.protocolType = protocolType
            self.protocols = protocols
        }
    }

    /// Who speaks, in which generation: the part that SyncGroup, Heartbeat and OffsetCommit share.
    package struct Speaker: Hashable, Sendable {
        package var group: String
        package var generation: Int32
        package var memberID: String
        package var instanceID: String?

        package init(
            group: String, generation: Int32, memberID: String, instanceID: String? = nil
        ) {
            self.group = group
            self.generation = generation
            self.memberID = memberID
            self.instanceID = instanceID
        }
    }

    /// What the leader gives to a member.
    package struct Assignment: Hashable, Sendable {
        package var memberID: String
        package var bytes: [UInt8]

        package init(memberID: String, bytes: [UInt8]) {
            self.memberID = memberID
            self.bytes = bytes
        }
    }

    /// SyncGroup, versions 0 to 5.
    package struct Sync: Hashable, Sendable {
        package var token: RequestToken
        package var speaker: Speaker
        /// From version 5 on: what the member takes for chosen.
        package var protocolType: String?
        package var protocolName: String?
        /// Of the leader; empty of all others.
        package var assignments: [Assignment]

        package init(
            token: RequestToken, speaker: Speaker, protocolType: String? = nil,
            protocolName: String? = nil, assignments: [Assignment] = []
        ) {
            self.token = token
            self.speaker = speaker
            self.protocolType = protocolType
            self.protocolName = protocolName
            self.assignments = assignments
        }
    }

    /// Heartbeat, versions 0 to 4.
    package struct Heartbeat: Hashable, Sendable {
        package var token: RequestToken
        package var speaker: Speaker

        package init(token: RequestToken, speaker: Speaker) {
            self.token = token
            self.speaker = speaker
        }
    }

    /// One that leaves: by its member id, or, as an administrator does it, by the group instance id
    /// with an empty member id.
    package struct Leaver: Hashable, Sendable {
        package var memberID: String
        package var instanceID: String?

        package init(memberID: String, instanceID: String? = nil) {
            self.memberID = memberID
            self.instanceID = instanceID
        }
    }

    /// LeaveGroup, versions 0 to 5. Before 3, one member.
    package struct Leave: Hashable, Sendable {
        package var token: RequestToken
        package var group: String
        package var members: [Leaver]

        package init(token: RequestToken, group: String, members: [Leaver]) {
            self.token = token
            self.group = group
            self.members = members
        }
    }
}
