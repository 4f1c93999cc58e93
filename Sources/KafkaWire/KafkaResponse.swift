// Every response that is spoken, as one type: what a connection takes back.
//
// The switches are also where the optimiser sees each message with each wire, which makes reading
// and writing fast for other modules.

/// A response of a broker.
package enum KafkaResponse: Sendable, Hashable {
    case produce(ProduceResponse)
    case fetch(FetchResponse)
    case listOffsets(ListOffsetsResponse)
    case metadata(MetadataResponse)
    case offsetCommit(OffsetCommitResponse)
    case offsetFetch(OffsetFetchResponse)
    case findCoordinator(FindCoordinatorResponse)
    case joinGroup(JoinGroupResponse)
    case heartbeat(HeartbeatResponse)
    case leaveGroup(LeaveGroupResponse)
    case syncGroup(SyncGroupResponse)
    case describeGroups(DescribeGroupsResponse)
    case listGroups(ListGroupsResponse)
    case saslHandshake(SaslHandshakeResponse)
    case apiVersions(ApiVersionsResponse)
    case createTopics(CreateTopicsResponse)
    case deleteTopics(DeleteTopicsResponse)
    case deleteRecords(DeleteRecordsResponse)
    case initProducerId(InitProducerIdResponse)
    case offsetForLeaderEpoch(OffsetForLeaderEpochResponse)
    case addPartitionsToTxn(AddPartitionsToTxnResponse)
    case addOffsetsToTxn(AddOffsetsToTxnResponse)
    case endTxn(EndTxnResponse)
    case txnOffsetCommit(TxnOffsetCommitResponse)
    case describeAcls(DescribeAclsResponse)
    case createAcls(CreateAclsResponse)
    case deleteAcls(DeleteAclsResponse)
    case describeConfigs(DescribeConfigsResponse)
    case alterConfigs(AlterConfigsResponse)
    case saslAuthenticate(SaslAuthenticateResponse)
    case createPartitions(CreatePartitionsResponse)
    case deleteGroups(DeleteGroupsResponse)
    case incrementalAlterConfigs(IncrementalAlterConfigsResponse)
    case offsetDelete(OffsetDeleteResponse)
    case describeCluster(DescribeClusterResponse)

    package var api: ApiKey {
        switch self {
        case .produce: .produce
        case .fetch: .fetch
        case .listOffsets: .listOffsets
        case .metadata: .metadata
        case .offsetCommit: .offsetCommit
        case .offsetFetch: .offsetFetch
        case .findCoordinator: .findCoordinator
        case .joinGroup: .joinGroup
        case .heartbeat: .heartbeat
        case .leaveGroup: .leaveGroup
        case .syncGroup: .syncGroup
        case .describeGroups: .describeGroups
        case .listGroups: .listGroups
        case .saslHandshake: .saslHandshake
        case .apiVersions: .apiVersions
        case .createTopics: .createTopics
        case .deleteTopics: .deleteTopics
        case .deleteRecords: .deleteRecords
        case .initProducerId: .initProducerId
        case .offsetForLeaderEpoch: .offsetForLeaderEpoch
        case .addPartitionsToTxn: .addPartitionsToTxn
        case .addOffsetsToTxn: .addOffsetsToTxn
        case .endTxn: .endTxn
        case .txnOffsetCommit: .txnOffsetCommit
        case .describeAcls: .describeAcls
        case .createAcls: .createAcls
        case .deleteAcls: .deleteAcls
        case .describeConfigs: .describeConfigs
        case .alterConfigs: .alterConfigs
        case .saslAuthenticate: .saslAuthenticate
        case .createPartitions: .createPartitions
        case .deleteGroups: .deleteGroups
        case .incrementalAlterConfigs: .incrementalAlterConfigs
        case .offsetDelete: .offsetDelete
        case .describeCluster: .describeCluster
        }
    }

    /// Reads the body of a response.
    ///
    /// - Throws: `WireError`.
    package static func decode(
        _ api: ApiKey, version: Int16, _ body: ArraySlice<UInt8>
    ) throws(WireError) -> KafkaResponse {
        switch api {
        case .produce: .produce(try .decode(body, version: version))
        case .fetch: .fetch(try .decode(body, version: version))
        case .listOffsets: .listOffsets(try .decode(body, version: version))
        case .metadata: .metadata(try .decode(body, version: version))
        case .offsetCommit: .offsetCommit(try .decode(body, version: version))
        case .offsetFetch: .offsetFetch(try .decode(body, version: version))
        case .findCoordinator: .findCoordinator(try .decode(body, version: version))
        case .joinGroup: .joinGroup(try .decode(body, version: version))
        case .heartbeat: .heartbeat(try .decode(body, version: version))
        case .leaveGroup: .leaveGroup(try .decode(body, version: version))
        case .syncGroup: .syncGroup(try .decode(body, version: version))
        case .describeGroups: .describeGroups(try .decode(body, version: version))
        case .listGroups: .listGroups(try .decode(body, version: version))
        case .saslHandshake: .saslHandshake(try .decode(body, version: version))
        case .apiVersions: .apiVersions(try .decode(body, version: version))
        case .createTopics: .createTopics(try .decode(body, version: version))
        case .deleteTopics: .deleteTopics(try .decode(body, version: version))
        case .deleteRecords: .deleteRecords(try .decode(body, version: version))
        case .initProducerId: .initProducerId(try .decode(body, version: version))
        case .offsetForLeaderEpoch: .offsetForLeaderEpoch(try .decode(body, version: version))
        case .addPartitionsToTxn: .addPartitionsToTxn(try .decode(body, version: version))
        case .addOffsetsToTxn: .addOffsetsToTxn(try .decode(body, version: version))
        case .endTxn: .endTxn(try .decode(body, version: version))
        case .txnOffsetCommit: .txnOffsetCommit(try .decode(body, version: version))
        case .describeAcls: .describeAcls(try .decode(body, version: version))
        case .createAcls: .createAcls(try .decode(body, version: version))
        case .deleteAcls: .deleteAcls(try .decode(body, version: version))
        case .describeConfigs: .describeConfigs(try .decode(body, version: version))
        case .alterConfigs: .alterConfigs(try .decode(body, version: version))
        case .saslAuthenticate: .saslAuthenticate(try .decode(body, version: version))
        case .createPartitions: .createPartitions(try .decode(body, version: version))
        case .deleteGroups: .deleteGroups(try .decode(body, version: version))
        case .incrementalAlterConfigs: .incrementalAlterConfigs(try .decode(body, version: version))
        case .offsetDelete: .offsetDelete(try .decode(body, version: version))
        case .describeCluster: .describeCluster(try .decode(body, version: version))
        }
    }

    /// Tells `wire` the fields of the message.
    func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        switch self {
        case .produce(var message): try wire.structure(&message)
        case .fetch(var message): try wire.structure(&message)
        case .listOffsets(var message): try wire.structure(&message)
        case .metadata(var message): try wire.structure(&message)
        case .offsetCommit(var message): try wire.structure(&message)
        case .offsetFetch(var message): try wire.structure(&message)
        case .findCoordinator(var message): try wire.structure(&message)
        case .joinGroup(var message): try wire.structure(&message)
        case .heartbeat(var message): try wire.structure(&message)
        case .leaveGroup(var message): try wire.structure(&message)
        case .syncGroup(var message): try wire.structure(&message)
        case .describeGroups(var message): try wire.structure(&message)
        case .listGroups(var message): try wire.structure(&message)
        case .saslHandshake(var message): try wire.structure(&message)
        case .apiVersions(var message): try wire.structure(&message)
        case .createTopics(var message): try wire.structure(&message)
        case .deleteTopics(var message): try wire.structure(&message)
        case .deleteRecords(var message): try wire.structure(&message)
        case .initProducerId(var message): try wire.structure(&message)
        case .offsetForLeaderEpoch(var message): try wire.structure(&message)
        case .addPartitionsToTxn(var message): try wire.structure(&message)
        case .addOffsetsToTxn(var message): try wire.structure(&message)
        case .endTxn(var message): try wire.structure(&message)
        case .txnOffsetCommit(var message): try wire.structure(&message)
        case .describeAcls(var message): try wire.structure(&message)
        case .createAcls(var message): try wire.structure(&message)
        case .deleteAcls(var message): try wire.structure(&message)
        case .describeConfigs(var message): try wire.structure(&message)
        case .alterConfigs(var message): try wire.structure(&message)
        case .saslAuthenticate(var message): try wire.structure(&message)
        case .createPartitions(var message): try wire.structure(&message)
        case .deleteGroups(var message): try wire.structure(&message)
        case .incrementalAlterConfigs(var message): try wire.structure(&message)
        case .offsetDelete(var message): try wire.structure(&message)
        case .describeCluster(var message): try wire.structure(&message)
        }
    }
}
