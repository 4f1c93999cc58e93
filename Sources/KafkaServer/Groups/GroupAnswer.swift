// What the group coordinator answers, each with the token of its request.

package struct GroupAnswer: Hashable, Sendable {
    package var token: RequestToken
    package var body: Body

    package init(_ token: RequestToken, _ body: Body) {
        self.token = token
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        case joined(Joined)
        /// With the member's id as the answer has it: the one asked with, a new one with
        /// `memberIDRequired`, or empty.
        case joinRefused(GroupError, memberID: String)
        case synced(Synced)
        case syncRefused(GroupError)
        /// nil: all is well.
        case heartbeat(GroupError?)
        /// An answer for each, in the order of the request. Before LeaveGroup 3 the only one's error
        /// is the answer's. An error of the whole request has no members.
        case left([Left], GroupError?)
    }

    /// A member as its leader gets it.
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var instanceID: String?
        /// What it said about the protocol that was chosen.
        package var metadata: [UInt8]

        package init(memberID: String, instanceID: String? = nil, metadata: [UInt8]) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.metadata = metadata
        }
    }

    /// JoinGroup's answer.
    package struct Joined: Hashable, Sendable {
        package var generation: Int32
        package var protocolType: String
        package var protocolName: String
        package var leader: String
        /// The group keeps its assignment: the leader is to send an empty one (KIP-814).
        package var skipsAssignment = false
        package var memberID: String
        /// Everybody if `memberID` is the leader, nobody otherwise.
        package var members: [Member] = []
    }

    /// SyncGroup's answer.
    package struct Synced: Hashable, Sendable {
        package var protocolType: String
        package var protocolName: String
        package var assignment: [UInt8]
    }

    /// What became of one that leaves.
    package struct Left: Hashable, Sendable {
        package var member: GroupRequest.Leaver
        package var error: GroupError?
    }
}
