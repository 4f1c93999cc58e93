// The protocol's error codes: what a broker answers.

/// An error code of the protocol, in its numbers. Codes of others that are not here (delegation
/// tokens, controllers, share groups) read as `unknownServerError`.
package enum KafkaError: Int16, Error, Sendable, CaseIterable {
    /// Something went wrong that has no code.
    case unknownServerError = -1
    /// No error.
    case none = 0
    /// The asked offset is before the log's start or behind its end.
    case offsetOutOfRange = 1
    /// A batch's checksum or form is wrong.
    case corruptMessage = 2
    /// There is no such topic, or no such partition of it.
    case unknownTopicOrPartition = 3
    /// A fetch asks for a wrong number of bytes.
    case invalidFetchSize = 4
    /// The partition has no leader for the moment.
    case leaderNotAvailable = 5
    /// This broker does not lead the partition.
    case notLeaderOrFollower = 6
    /// It took longer than the request allows.
    case requestTimedOut = 7
    /// The broker cannot be reached.
    case brokerNotAvailable = 8
    /// The replica cannot be reached.
    case replicaNotAvailable = 9
    /// A batch is larger than the topic takes.
    case messageTooLarge = 10
    /// The metadata of an offset commit are too long.
    case offsetMetadataTooLarge = 12
    /// The connection ended before the answer.
    case networkException = 13
    /// The coordinator still reads the group's state.
    case coordinatorLoadInProgress = 14
    /// There is no coordinator for the moment.
    case coordinatorNotAvailable = 15
    /// This broker does not coordinate the group.
    case notCoordinator = 16
    /// Not a name for a topic, or a topic that nobody may write.
    case invalidTopicException = 17
    /// The batches of one request are larger than the broker takes.
    case recordListTooLarge = 18
    /// Too few replicas are there to write.
    case notEnoughReplicas = 19
    /// Written, but by too few replicas.
    case notEnoughReplicasAfterAppend = 20
    /// `acks` is none of 0, 1 and -1.
    case invalidRequiredAcks = 21
    /// The group is in another generation than the member.
    case illegalGeneration = 22
    /// The member's protocols have nothing in common with the group's.
    case inconsistentGroupProtocol = 23
    /// Not a name for a group.
    case invalidGroupId = 24
    /// The group has no such member.
    case unknownMemberId = 25
    /// The session's timeout is outside of what the broker allows.
    case invalidSessionTimeout = 26
    /// The group is being shared out anew: join again.
    case rebalanceInProgress = 27
    /// The commit is larger than the broker takes.
    case invalidCommitOffsetSize = 28
    /// The user may not do this to this topic.
    case topicAuthorizationFailed = 29
    /// The user may not do this to this group.
    case groupAuthorizationFailed = 30
    /// The user may not do this here.
    case clusterAuthorizationFailed = 31
    /// A record's time is outside of what the topic allows.
    case invalidTimestamp = 32
    /// The log-in's mechanism is not offered.
    case unsupportedSaslMechanism = 33
    /// The request does not come at this point of a log-in.
    case illegalSaslState = 34
    /// The version of the request is not spoken.
    case unsupportedVersion = 35
    /// There is a topic of this name.
    case topicAlreadyExists = 36
    /// Not a number of partitions for this topic.
    case invalidPartitions = 37
    /// Not a number of replicas.
    case invalidReplicationFactor = 38
    /// The replicas cannot be placed like this.
    case invalidReplicaAssignment = 39
    /// A setting is unknown, or has a value that it cannot have.
    case invalidConfig = 40
    /// This broker is not the controller.
    case notController = 41
    /// The request contradicts itself or the protocol.
    case invalidRequest = 42
    /// The topic's message format does not have what is asked for.
    case unsupportedForMessageFormat = 43
    /// The broker's own rules forbid it.
    case policyViolation = 44
    /// A producer's sequence number is not the next.
    case outOfOrderSequenceNumber = 45
    /// A producer's sequence number was there before.
    case duplicateSequenceNumber = 46
    /// The producer's epoch is an old one.
    case invalidProducerEpoch = 47
    /// The transaction is not in a state for this.
    case invalidTxnState = 48
    /// The producer's id is not the transactional id's.
    case invalidProducerIdMapping = 49
    /// The transaction's timeout is longer than the broker allows.
    case invalidTransactionTimeout = 50
    /// The transactional id still ends another transaction.
    case concurrentTransactions = 51
    /// Another coordinator has taken over the transaction.
    case transactionCoordinatorFenced = 52
    /// The user may not use this transactional id.
    case transactionalIdAuthorizationFailed = 53
    /// There are no rights to manage here.
    case securityDisabled = 54
    /// Not tried, as another part of the request failed.
    case operationNotAttempted = 55
    /// The disk failed.
    case kafkaStorageError = 56
    /// There is no such folder for logs.
    case logDirNotFound = 57
    /// Wrong user or password.
    case saslAuthenticationFailed = 58
    /// Nothing is known of the producer any more.
    case unknownProducerId = 59
    /// The partitions are just being moved.
    case reassignmentInProgress = 60
    /// The group has members and cannot be deleted.
    case nonEmptyGroup = 68
    /// There is no such group.
    case groupIdNotFound = 69
    /// There is no such fetch session.
    case fetchSessionIdNotFound = 70
    /// The fetch session is in another epoch.
    case invalidFetchSessionEpoch = 71
    /// The leader has no address for this listener.
    case listenerNotFound = 72
    /// Topics cannot be deleted here.
    case topicDeletionDisabled = 73
    /// The client's leader epoch is older than the broker's.
    case fencedLeaderEpoch = 74
    /// The client's leader epoch is newer than the broker's.
    case unknownLeaderEpoch = 75
    /// The batch's codec is not known to the client or to the broker.
    case unsupportedCompressionType = 76
    /// The leader does not know yet how far its log is valid.
    case offsetNotAvailable = 78
    /// Join again with the member id of this answer.
    case memberIdRequired = 79
    /// The preferred leader cannot be reached.
    case preferredLeaderNotAvailable = 80
    /// The group takes no more members.
    case groupMaxSizeReached = 81
    /// Another member has taken over this static member's place.
    case fencedInstanceId = 82
    /// No partition is being moved.
    case noReassignmentInProgress = 85
    /// A member of the group still reads the topic.
    case groupSubscribedToTopic = 86
    /// A record is against the broker's rules; the answer says which and why.
    case invalidRecord = 87
    /// Transactions of the group have not ended yet.
    case unstableOffsetCommit = 88
    /// The user's quota is used up.
    case throttlingQuotaExceeded = 89
    /// A newer producer has the transactional id.
    case producerFenced = 90
    /// What the request names is not there.
    case resourceNotFound = 91
    /// What the request names was there before.
    case duplicateResource = 92
    /// A new password that the broker does not take.
    case unacceptableCredential = 93
    /// There is no topic with this id.
    case unknownTopicId = 100
    /// The topic's id is another one in the log.
    case inconsistentTopicId = 103
    /// The request is for another cluster.
    case inconsistentClusterId = 104
    /// There is no such transactional id.
    case transactionalIdNotFound = 105
    /// The fetch session names topics in another way.
    case fetchSessionTopicIdError = 106

    /// Whether the same request may succeed when it is sent again, perhaps elsewhere.
    package var isRetriable: Bool {
        switch self {
        case .corruptMessage, .unknownTopicOrPartition, .leaderNotAvailable, .notLeaderOrFollower,
            .requestTimedOut, .replicaNotAvailable, .networkException, .coordinatorLoadInProgress,
            .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas,
            .notEnoughReplicasAfterAppend, .notController, .concurrentTransactions,
            .kafkaStorageError, .fetchSessionIdNotFound, .invalidFetchSessionEpoch,
            .listenerNotFound, .fencedLeaderEpoch, .unknownLeaderEpoch, .offsetNotAvailable,
            .preferredLeaderNotAvailable, .unstableOffsetCommit, .throttlingQuotaExceeded,
            .unknownTopicId, .inconsistentTopicId, .fetchSessionTopicIdError:
            true
        default:
            false
        }
    }
}
