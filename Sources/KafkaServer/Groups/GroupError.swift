// Why a request about a group is refused: Kafka's error codes, those that the coordinator gives, with
// the protocol's numbers.

package enum GroupError: Int16, Error, Hashable, Sendable, CaseIterable {
    /// The leader's assignment is larger than what can be kept. Kafka gives the same.
    case unknownServerError = -1
    /// The generation is not the group's.
    case illegalGeneration = 22
    /// No assignor that all members have, another protocol type, or none at all; in SyncGroup: not
    /// the one that was chosen.
    case inconsistentGroupProtocol = 23
    /// The group's name is empty or longer than the limit.
    case invalidGroupID = 24
    /// Not, or no longer, a member: join again with an empty id.
    case unknownMemberID = 25
    case invalidSessionTimeout = 26
    /// Join again.
    case rebalanceInProgress = 27
    /// A name or the metadata is longer than the limit.
    case invalidRequest = 42
    /// The group has members, so it cannot be deleted.
    case nonEmptyGroup = 68
    case groupIDNotFound = 69
    /// The id in the answer is yours: join again with it (KIP-394).
    case memberIDRequired = 79
    /// The group has as many members as it may, or no more can be kept of any group.
    case groupMaxSizeReached = 81
    /// Another client joined with the same group instance id.
    case fencedInstanceID = 82
    /// The group reads this topic, so its offsets cannot be deleted.
    case groupSubscribedToTopic = 86
}
