// Describing and changing configurations: of topics and, to look at, of the broker.

import EventLog
import KafkaWire

extension Broker {
    /// Kafka's ConfigResource types and sources.
    private enum Kind {
        static let topic: Int8 = 2
        static let broker: Int8 = 4
    }
    private enum Source {
        static let topic: Int8 = 1
        static let broker: Int8 = 4
        static let defaults: Int8 = 5
    }
    private enum Operation {
        static let set: Int8 = 0
        static let delete: Int8 = 1
    }

    func describeConfigs(_ request: DescribeConfigsRequest) -> DescribeConfigsResponse {
        .init { response in
            response.results = request.resources.map { resource in
                .init { result in
                    result.resourceType = resource.resourceType
                    result.resourceName = resource.resourceName
                    do throws(TopicRefusal) {
                        result.configs = try entries(of: resource).filter {
                            resource.configurationKeys?.contains($0.name) ?? true
                        }.map { show($0, resource.resourceType) }
                    } catch {
                        result.errorCode = error.code
                        result.errorMessage = error.message
                    }
                }
            }
        }
    }

    private func entries(
        of resource: DescribeConfigsRequest.Resource
    ) throws(TopicRefusal) -> [ConfigEntry] {
        switch resource.resourceType {
        case Kind.topic:
            guard let topic = topics[resource.resourceName] else {
                throw TopicRefusal(.unknownTopicOrPartition, "there is no such topic")
            }
            return TopicConfig.entries(of: topic)
        case Kind.broker:
            guard resource.resourceName.isEmpty || resource.resourceName == "\(settings.nodeID)"
            else { throw TopicRefusal(.invalidRequest, "the broker is \(settings.nodeID)") }
            return TopicConfig.entries(of: settings)
        default: throw TopicRefusal(.invalidRequest, "topics and the broker have configurations")
        }
    }

    private func show(
        _ entry: ConfigEntry, _ kind: Int8
    ) -> DescribeConfigsResponse.Resource.Config {
        .init {
            $0.name = entry.name
            $0.value = entry.value
            $0.readOnly = entry.isReadOnly
            $0.configSource =
                entry.isDefault
                ? Source.defaults : kind == Kind.topic ? Source.topic : Source.broker
            $0.configType = entry.type
        }
    }

    /// AlterConfigs replaces all entries: those that are not named get their defaults back.
    func alterConfigs(_ request: AlterConfigsRequest, _ reply: @escaping Reply) {
        let gathering = Gathering(AlterConfigsResponse()) { reply(.alterConfigs($0)) }
        for (place, resource) in request.resources.enumerated() {
            gathering.response.responses.append(
                .init {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                })
            gathering.begin()
            alter(
                resource.resourceType, resource.resourceName, TopicSettings(),
                resource.configs.map { ($0.name, $0.value) }, request.validateOnly
            ) { refusal in
                gathering.response.responses[place].errorCode = refusal?.code ?? .none
                gathering.response.responses[place].errorMessage = refusal?.message
                gathering.end()
            }
        }
        gathering.end()
    }

    func alterConfigs(_ request: IncrementalAlterConfigsRequest, _ reply: @escaping Reply) {
        let gathering = Gathering(IncrementalAlterConfigsResponse()) {
            reply(.incrementalAlterConfigs($0))
        }
        for (place, resource) in request.resources.enumerated() {
            gathering.response.responses.append(
                .init {
                    $0.resourceType = resource.resourceType
                    $0.resourceName = resource.resourceName
                })
            gathering.begin()
            let isPlain = resource.configs.allSatisfy {
                [Operation.set, Operation.delete].contains($0.configOperation)
            }
            let now = topics[resource.resourceName]?.info.settings ?? TopicSettings()
            let done = { (refusal: TopicRefusal?) in
                gathering.response.responses[place].errorCode = refusal?.code ?? .none
                gathering.response.responses[place].errorMessage = refusal?.message
                gathering.end()
            }
            guard isPlain else {
                done(TopicRefusal(.invalidRequest, "no entry here is a list to add to"))
                continue
            }
            alter(
                resource.resourceType, resource.resourceName, now,
                resource.configs.map {
                    ($0.name, $0.configOperation == Operation.delete ? nil : $0.value)
                }, request.validateOnly, done)
        }
        gathering.end()
    }

    private func alter(
        _ kind: Int8, _ name: String, _ before: TopicSettings, _ entries: [(String, String?)],
        _ isTrial: Bool, _ done: @escaping (TopicRefusal?) -> Void
    ) {
        guard kind == Kind.topic else {
            return done(
                TopicRefusal(.invalidRequest, "the broker's settings stand in the site file"))
        }
        guard let topic = topics[name] else {
            return done(TopicRefusal(.unknownTopicOrPartition, "there is no such topic"))
        }
        guard topic.writer == .clients else {
            return done(
                TopicRefusal(.topicAuthorizationFailed, "the topic is not for clients to change"))
        }
        var settings = before
        settings.isVital = topic.info.settings.isVital
        do throws(TopicRefusal) {
            for (name, value) in entries { try TopicConfig.set(name, value, in: &settings) }
        } catch {
            return done(error)
        }
        if isTrial { return done(nil) }
        append([.alterTopic(name: name, settings)]) { outcome in
            switch outcome {
            case .success: done(nil)
            case .failure(let error): done(TopicRefusal(error.kafka, "the log refused it"))
            }
        }
    }
}
