// Rights to change topics and groups: an admin has them, nobody else. What a topic's configuration
// is, everybody sees who sees the topic.

import KafkaWire
import Users

extension Broker {
    /// nil: it was answered.
    func permitAdministration(
        _ request: KafkaRequest, _ version: Int16, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted? {
        if case .describeConfigs(let request) = request { return permit(request, rights, reply) }
        if rights.isAdmin { return Permitted(request: request, reply: reply) }
        denials += 1
        reply(Self.refusal(of: request, version))
        return nil
    }

    /// Everything that an administrator's request names, refused.
    private static func refusal(of request: KafkaRequest, _ version: Int16) -> KafkaResponse? {
        let error = KafkaError.topicAuthorizationFailed
        let message = "the user is no admin"
        switch request {
        case .createTopics(let request):
            return .createTopics(
                .init {
                    $0.topics = request.topics.map { topic in
                        .init {
                            $0.name = topic.name
                            $0.errorCode = error
                            $0.errorMessage = message
                        }
                    }
                })
        case .deleteTopics(let request):
            let wanted =
                version >= 6
                ? request.topics.map { ($0.name, $0.topicId) }
                : request.topicNames.map { ($0, .zero) }
            return .deleteTopics(
                .init {
                    $0.responses = wanted.map { name, id in
                        .init {
                            $0.name = name
                            $0.topicId = id
                            $0.errorCode = error
                            $0.errorMessage = message
                        }
                    }
                })
        case .createPartitions(let request):
            return .createPartitions(
                .init {
                    $0.results = request.topics.map { topic in
                        .init {
                            $0.name = topic.name
                            $0.errorCode = error
                            $0.errorMessage = message
                        }
                    }
                })
        case .deleteRecords(let request):
            return .deleteRecords(
                .init {
                    $0.topics = request.topics.map { topic in
                        .init { result in
                            result.name = topic.name
                            result.partitions = topic.partitions.map { partition in
                                .init {
                                    $0.partitionIndex = partition.partitionIndex
                                    $0.lowWatermark = -1
                                    $0.errorCode = error
                                }
                            }
                        }
                    }
                })
        case .alterConfigs(let request):
            return .alterConfigs(
                .init {
                    $0.responses = request.resources.map { resource in
                        .init {
                            $0.resourceType = resource.resourceType
                            $0.resourceName = resource.resourceName
                            $0.errorCode = error
                            $0.errorMessage = message
                        }
                    }
                })
        case .incrementalAlterConfigs(let request):
            return .incrementalAlterConfigs(
                .init {
                    $0.responses = request.resources.map { resource in
                        .init {
                            $0.resourceType = resource.resourceType
                            $0.resourceName = resource.resourceName
                            $0.errorCode = error
                            $0.errorMessage = message
                        }
                    }
                })
        case .deleteGroups(let request):
            return .deleteGroups(
                .init {
                    $0.results = request.groupsNames.map { name in
                        .init {
                            $0.groupId = name
                            $0.errorCode = .groupAuthorizationFailed
                        }
                    }
                })
        case .offsetDelete:
            return .offsetDelete(.init { $0.errorCode = .groupAuthorizationFailed })
        case .describeAcls:
            return .describeAcls(
                .init {
                    $0.errorCode = .clusterAuthorizationFailed
                    $0.errorMessage = message
                })
        case .createAcls(let request):
            return .createAcls(
                .init {
                    $0.results = request.creations.map { _ in
                        .init {
                            $0.errorCode = .clusterAuthorizationFailed
                            $0.errorMessage = message
                        }
                    }
                })
        case .deleteAcls(let request):
            return .deleteAcls(
                .init {
                    $0.filterResults = request.filters.map { _ in
                        .init {
                            $0.errorCode = .clusterAuthorizationFailed
                            $0.errorMessage = message
                        }
                    }
                })
        default: return nil
        }
    }

    private func permit(
        _ request: DescribeConfigsRequest, _ rights: Rights, _ reply: @escaping Reply
    ) -> Permitted {
        var rest = request
        var refused: [DescribeConfigsResponse.Resource] = []
        rest.resources.removeAll { resource in
            let isTopic = resource.resourceType == Self.topicResource
            let may = rights.isAdmin || isTopic && maySee(resource.resourceName, rights)
            guard !may else { return false }
            refused.append(
                .init {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                    $0.errorCode = isTopic ? .topicAuthorizationFailed : .clusterAuthorizationFailed
                })
            return true
        }
        return Permitted(request: .describeConfigs(rest)) { response in
            guard case .describeConfigs(var result) = response else { return reply(response) }
            result.results += refused
            reply(.describeConfigs(result))
        }
    }

    /// Kafka's ConfigResource type of a topic.
    private static var topicResource: Int8 { 2 }
}
