// Access control lists: made, shown and deleted by an administrator, kept in the service log. The
// hidden topic `__acls` has the whole list as its last record; each change writes it anew. Changes are
// made one after the other, each when the one before is on the disk.

import EventLog
import KafkaWire

extension Broker {
    private var aclTopic: PartitionID? {
        topics.service.reader?.topic(named: ServedTopics.acls)?.partitions.first
    }

    func describeAcls(_ request: DescribeAclsRequest) -> DescribeAclsResponse {
        let filter = AclFilter(request)
        guard filter.isValid else { return .init { $0.errorCode = .invalidRequest } }
        var response = DescribeAclsResponse()
        for entry in acls.found(filter) {
            let acl = DescribeAclsResponse.Resource.Acl {
                $0.principal = entry.principal
                $0.host = entry.host
                $0.operation = entry.operation
                $0.permissionType = entry.permission
            }
            let place = response.resources.firstIndex {
                $0.resourceType == entry.kind && $0.resourceName == entry.name
                    && $0.patternType == entry.pattern
            }
            if let place {
                response.resources[place].acls.append(acl)
            } else {
                response.resources.append(
                    .init {
                        $0.resourceType = entry.kind
                        $0.resourceName = entry.name
                        $0.patternType = entry.pattern
                        $0.acls = [acl]
                    })
            }
        }
        return response
    }

    func createAcls(_ request: CreateAclsRequest, _ reply: @escaping Reply) {
        changeAcls { list in
            var results: [CreateAclsResponse.Result] = []
            for creation in request.creations {
                let entry = AclEntry(creation)
                var result = CreateAclsResponse.Result()
                if let flaw = entry.flaw {
                    result.errorCode = .invalidRequest
                    result.errorMessage = flaw
                } else if list.entries.count >= AclList.most {
                    result.errorCode = .policyViolation
                    result.errorMessage = "there are \(AclList.most) entries at most"
                } else {
                    list.add(entry)
                }
                results.append(result)
            }
            return { error in
                for place in results.indices where results[place].errorCode == .none {
                    results[place].errorCode = error ?? .none
                }
                reply(.createAcls(.init { $0.results = results }))
            }
        }
    }

    func deleteAcls(_ request: DeleteAclsRequest, _ reply: @escaping Reply) {
        changeAcls { list in
            var results: [DeleteAclsResponse.FilterResult] = []
            for wanted in request.filters {
                let filter = AclFilter(wanted)
                var result = DeleteAclsResponse.FilterResult()
                if filter.isValid {
                    result.matchingAcls = list.found(filter).map { entry in
                        .init {
                            $0.resourceType = entry.kind
                            $0.resourceName = entry.name
                            $0.patternType = entry.pattern
                            $0.principal = entry.principal
                            $0.host = entry.host
                            $0.operation = entry.operation
                            $0.permissionType = entry.permission
                        }
                    }
                    list.remove(filter)
                } else {
                    result.errorCode = .invalidRequest
                }
                results.append(result)
            }
            return { error in
                if let error {
                    for place in results.indices where results[place].errorCode == .none {
                        results[place].errorCode = error
                        results[place].matchingAcls = []
                    }
                }
                reply(.deleteAcls(.init { $0.filterResults = results }))
            }
        }
    }

    /// Makes a change when those before are done. `change` returns who is to be told what came of it.
    private func changeAcls(_ change: @escaping (inout AclList) -> (KafkaError?) -> Void) {
        aclChanges.append { [unowned self] in
            var next = acls
            let answer = change(&next)
            let end = { (error: KafkaError?) in
                if error == nil {
                    self.acls = next
                    self.aclCache.forget()
                }
                answer(error)
                self.aclChanges.removeFirst()
                self.aclChanges.first?()
            }
            if next == self.acls { return end(nil) }
            self.write(next, isNew: self.aclTopic == nil, end)
        }
        if aclChanges.count == 1 { aclChanges.first?() }
    }

    private func write(
        _ list: AclList, isNew: Bool, _ then: @escaping (KafkaError?) -> Void
    ) {
        guard let topic = aclTopic else {
            guard isNew else { return then(.coordinatorNotAvailable) }
            return append([
                .createTopic(
                    name: ServedTopics.acls, id: .fresh(), partitions: 1,
                    TopicSettings(isVital: true))
            ]) { _ in self.write(list, isNew: false, then) }
        }
        let record = LogRecord(value: try? list.packed(), timestamp: wallMilliseconds())
        append([.batch(topic, RecordBatch.encode([record]))]) { outcome in
            switch outcome {
            case .success(let results):
                // What stood there before is needed no longer.
                if case .offsets(let base, _, _)? = results.first {
                    self.append([.setLogStart(topic, offset: base)]) { _ in }
                }
                then(nil)
            case .failure(let error): then(error.kafka)
            }
        }
    }

    /// Takes up the list, when the broker starts.
    func restoreAcls() {
        guard let topic = aclTopic, let reader = topics.service.reader,
            let place = reader.partition(topic), place.highWatermark > place.logStart
        else { return }
        var bytes: [UInt8] = []
        _ = try? reader.read(topic, from: place.highWatermark - 1, maxBytes: 1, into: &bytes)
        unsafe bytes.withUnsafeBytes { batch in
            try? unsafe RecordBatch.forEachRecord(batch) { record in
                if let list = try? AclList.unpacked((record.value ?? [])[...]) { acls = list }
            }
        }
    }
}
