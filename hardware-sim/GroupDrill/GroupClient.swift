// A simulated consumer: how it is set up, and what it knows. What it does is in `GroupLife+Client`.

import KafkaServer

struct GroupClient {
    enum Doing: Equatable {
        /// Not started, dead, or it has left.
        case nothing
        case joining
        case joined
        case syncing
        case owning
        /// Another has its name: it never comes back.
        case fenced
    }

    let number: Int
    var group: String
    var version: Int16
    var instanceID: String?
    var sessionTimeout: Int32
    var rebalanceTimeout: Int32
    var protocols: [GroupRequest.Offer]
    /// Dawdles before it joins again.
    var isSlow: Bool

    var doing = Doing.nothing
    /// Counts its starts and restarts, so that what was planned before is left undone.
    var life = 0
    var memberID = ""
    var generation: Int32 = -1
    /// The leader's members, while it is one and has to assign.
    var toAssign: [GroupAnswer.Member]?
    /// Its JoinGroup or SyncGroup that waits.
    var waiting: RequestToken?
    /// It does nothing until then, its connection stays.
    var hangsUntil: Int64 = 0
    /// Refused for good reason: it does not fit into the group. It tries again later.
    var wasTurnedAway = false

    /// Whoever this is, over restarts: a static member stays itself.
    var owner: String { instanceID ?? memberID }

    var speaker: GroupRequest.Speaker {
        GroupRequest.Speaker(
            group: group, generation: generation, memberID: memberID, instanceID: instanceID)
    }
}

/// The bytes of a simulated assignment: which generation it is for, who made it, and the partitions.
struct SimulatedAssignment: Equatable {
    static let partitions = 6

    var generation: Int32
    var leader: Int
    var partitions: [Int]

    init(generation: Int32, leader: Int, partitions: [Int]) {
        self.generation = generation
        self.leader = leader
        self.partitions = partitions
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 3 else { return nil }
        generation = Int32(bytes[0]) << 8 | Int32(bytes[1])
        leader = Int(bytes[2])
        partitions = bytes[3...].map { Int($0) }
    }

    var bytes: [UInt8] {
        [UInt8(truncatingIfNeeded: generation >> 8), UInt8(truncatingIfNeeded: generation)]
            + [UInt8(truncatingIfNeeded: leader)]
            + partitions.map { UInt8(truncatingIfNeeded: $0) }
    }
}
