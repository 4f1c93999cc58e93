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
    /// How an entry changes; the numbers are those of IncrementalAlterConfigs.
    private enum Operation: Int8 {
        case set = 0
        /// Brings the default back.
        case delete
        case append
        case subtract
    }

    private struct Change {
        var name: String
        var operation: Operation
        var value: String?
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
            return TopicConfig.entries(of: topic, settings)
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
            let own = kind == Kind.topic ? Source.topic : Source.broker
            $0.configSource = entry.isDefault ? Source.defaults : own
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
                resource.configs.map {
                    Change(name: $0.name, operation: .set, value: $0.value)
                }, request.validateOnly
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
            let changes = resource.configs.compactMap { config in
                Operation(rawValue: config.configOperation).map {
                    Change(name: config.name, operation: $0, value: config.value)
                }
            }
            let now = topics[resource.resourceName]?.info.settings ?? TopicSettings()
            let done = { (refusal: TopicRefusal?) in
                gathering.response.responses[place].errorCode = refusal?.code ?? .none
                gathering.response.responses[place].errorMessage = refusal?.message
                gathering.end()
            }
            guard changes.count == resource.configs.count else {
                done(TopicRefusal(.invalidRequest, "there are four operations, 0 to 3"))
                continue
            }
            alter(
                resource.resourceType, resource.resourceName, now, changes, request.validateOnly,
                done)
        }
        gathering.end()
    }

    private func alter(
        _ kind: Int8, _ name: String, _ before: TopicSettings, _ changes: [Change],
        _ isTrial: Bool, _ done: @escaping (TopicRefusal?) -> Void
    ) {
        guard kind == Kind.topic else {
            let isHint =
                kind == Kind.broker && changes.allSatisfy { TopicConfig.isHint(ofBroker: $0.name) }
            return done(
                isHint
                    ? nil
                    : TopicRefusal(.invalidRequest, "the broker's settings stand in the site file"))
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
            for change in changes { try make(change, in: &settings) }
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

    private func make(
        _ change: Change, in settings: inout TopicSettings
    ) throws(TopicRefusal) {
        switch change.operation {
        case .set, .delete:
            try TopicConfig.set(
                change.name, change.operation == .set ? change.value : nil, in: &settings,
                limit: self.settings.maxMessageBytes)
        case .append, .subtract:
            try TopicConfig.add(
                change.name, change.value, isRemoval: change.operation == .subtract, in: &settings)
        }
    }
}
