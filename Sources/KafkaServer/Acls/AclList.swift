// All entries, and what they make of a user's rights. The users file comes first: an entry that denies
// takes something away, one that allows adds something for who is logged in, and neither makes
// anybody an administrator or opens the controller's topics. Only reading and writing topics and
// using groups are rights here; entries about anything else are kept and shown.

import KafkaWire
import Users

struct AclList: WireStruct {
    /// Entries at most.
    static let most = 1_000
    /// Who sends requests where there are no users.
    static let anonymous = "User:ANONYMOUS"

    private static let rights: [(kind: Int8, operation: Int8, right: Rights.Right)] = [
        (AclEntry.Kind.topic, AclEntry.Operation.read, .read),
        (AclEntry.Kind.topic, AclEntry.Operation.write, .write),
        (AclEntry.Kind.group, AclEntry.Operation.read, .groups),
    ]

    private(set) var entries: [AclEntry] = []

    init() {}

    mutating func walk<W: Wire>(_ wire: inout W) throws(WireError) { try wire.array(&entries) }

    mutating func add(_ entry: AclEntry) {
        if !entries.contains(entry) { entries.append(entry) }
    }

    mutating func remove(_ filter: AclFilter) { entries.removeAll(where: filter.finds) }

    func found(_ filter: AclFilter) -> [AclEntry] { entries.filter(filter.finds) }

    /// The rights of a user, who has `rights` by the users file. `closed` are topics that are opened
    /// to nobody.
    func applied(
        to rights: Rights, user: String, host: String, closed: Set<String>
    ) -> Rights {
        var result = rights
        let principal = user.isEmpty ? Self.anonymous : "User:\(user)"
        for entry in entries where entry.concerns(principal: principal, host: host) {
            guard let names = entry.names else { continue }
            for (kind, operation, right) in Self.rights where entry.isAbout(kind, operation) {
                if entry.permission == AclEntry.Permission.deny {
                    result.deny(right, names)
                } else {
                    result.allow(right, names, closed: closed)
                }
            }
        }
        return result
    }
}

/// Rights that were made for users, until the list or the users file changes.
struct AclCache {
    private struct Key: Hashable {
        var user: String
        var host: String
    }

    private static let most = 1_000
    private var kept: [Key: (before: Rights, after: Rights)] = [:]

    mutating func rights(
        _ peer: Peer, _ list: AclList, closed: Set<String>
    ) -> Rights {
        if list.entries.isEmpty { return peer.rights }
        let host = peer.address.hasPrefix("/") ? String(peer.address.dropFirst()) : peer.address
        let key = Key(user: peer.user, host: host)
        if let known = kept[key], known.before == peer.rights { return known.after }
        if kept.count >= Self.most { kept = [:] }
        let after = list.applied(to: peer.rights, user: peer.user, host: host, closed: closed)
        kept[key] = (peer.rights, after)
        return after
    }

    mutating func forget() { kept = [:] }
}
