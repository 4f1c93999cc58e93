// One entry of the access control lists, and the filters that find entries. Kinds, patterns and
// operations have Kafka's numbers (ResourceType, PatternType, AclOperation, AclPermissionType).

import EventLog
import KafkaWire
import Users

/// Who may do, or may not do, what with what.
struct AclEntry: WireStruct {
    var kind: Int8 = 0
    var name = ""
    var pattern: Int8 = 3
    var principal = ""
    var host = ""
    var operation: Int8 = 0
    var permission: Int8 = 0

    static let any: Int8 = 1
    static let everything = "*"

    enum Kind {
        static let topic: Int8 = 2
        static let group: Int8 = 3
        /// Topics, groups, the cluster, transactional ids, delegation tokens.
        static let all: ClosedRange<Int8> = 2...6
    }
    enum Pattern {
        static let match: Int8 = 2
        static let literal: Int8 = 3
        static let prefixed: Int8 = 4
    }
    enum Operation {
        static let all: Int8 = 2
        static let read: Int8 = 3
        static let write: Int8 = 4
        static let known: ClosedRange<Int8> = 2...14
    }
    enum Permission {
        static let deny: Int8 = 2
        static let allow: Int8 = 3
    }

    init() {}

    init(_ creation: CreateAclsRequest.Creation) {
        kind = creation.resourceType
        name = creation.resourceName
        pattern = creation.resourcePatternType
        principal = creation.principal
        host = creation.host
        operation = creation.operation
        permission = creation.permissionType
    }

    mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) {
        try wire.number(&kind)
        try wire.string(&name)
        try wire.number(&pattern)
        try wire.string(&principal)
        try wire.string(&host)
        try wire.number(&operation)
        try wire.number(&permission)
    }

    /// What is wrong with an entry that is to be added; nil: nothing.
    var flaw: String? {
        if !Kind.all.contains(kind) { return "there is no such kind of resource" }
        if pattern != Pattern.literal && pattern != Pattern.prefixed {
            return "a pattern is literal or prefixed"
        }
        if name.isEmpty || name.utf8.count > LogLimits.longestTopicName {
            return "a name has 1 to \(LogLimits.longestTopicName) bytes"
        }
        if !principal.hasPrefix("User:") || principal.utf8.count > 255 {
            return "a principal is 'User:' and a name"
        }
        if host.isEmpty || host.utf8.count > 255 { return "a host is an address or *" }
        if !Operation.known.contains(operation) { return "there is no such operation" }
        if permission != Permission.deny && permission != Permission.allow {
            return "an entry allows or denies"
        }
        // One that could not be followed is not to look as if it were.
        if kind == Kind.topic || kind == Kind.group, names == nil {
            return "the name has characters that cannot be matched"
        }
        return nil
    }

    /// The names that it is about, for rights.
    var names: NamePattern? {
        pattern == Pattern.prefixed ? NamePattern(name + Self.everything) : NamePattern(name)
    }

    /// Whether it is about this user at this address.
    func concerns(principal user: String, host address: String) -> Bool {
        (principal == user || principal == "User:*")
            && (host == Self.everything || host == address)
    }

    /// Whether the operation of a right is meant.
    func isAbout(_ kind: Int8, _ operation: Int8) -> Bool {
        self.kind == kind
            && (self.operation == operation || self.operation == Operation.all)
    }
}

/// Finds entries. Its numbers are 1, and its texts nil, for any.
struct AclFilter {
    var kind: Int8
    var name: String?
    var pattern: Int8
    var principal: String?
    var host: String?
    var operation: Int8
    var permission: Int8

    init(_ request: DescribeAclsRequest) {
        kind = request.resourceTypeFilter
        name = request.resourceNameFilter
        pattern = request.patternTypeFilter
        principal = request.principalFilter
        host = request.hostFilter
        operation = request.operation
        permission = request.permissionType
    }

    init(_ filter: DeleteAclsRequest.Filter) {
        kind = filter.resourceTypeFilter
        name = filter.resourceNameFilter
        pattern = filter.patternTypeFilter
        principal = filter.principalFilter
        host = filter.hostFilter
        operation = filter.operation
        permission = filter.permissionType
    }

    /// Whether all its numbers mean something.
    var isValid: Bool { ![kind, pattern, operation, permission].contains { $0 <= 0 } }

    func finds(_ entry: AclEntry) -> Bool {
        func fits(_ wanted: Int8, _ number: Int8) -> Bool {
            wanted == AclEntry.any || wanted == number
        }
        let isUser = (principal ?? entry.principal) == entry.principal
        let isHost = (host ?? entry.host) == entry.host
        return isUser && isHost && fits(kind, entry.kind) && fits(operation, entry.operation)
            && fits(permission, entry.permission) && findsName(of: entry)
    }

    private func findsName(of entry: AclEntry) -> Bool {
        guard pattern == AclEntry.Pattern.match else {
            return (pattern == AclEntry.any || pattern == entry.pattern)
                && (name ?? entry.name) == entry.name
        }
        guard let name else { return true }
        return entry.pattern == AclEntry.Pattern.prefixed
            ? name.utf8.starts(with: entry.name.utf8)
            : entry.name == name || entry.name == AclEntry.everything
    }
}
