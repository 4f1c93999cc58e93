// Committed offsets: exactly one per group and partition. Part of `LogIndex`. Whether a member of
// the group may commit is decided by the gateway, not here.

/// How far a group has come in a partition.
package struct Commit: Hashable, Sendable {
    /// The next offset that the group wants.
    package var offset: Int64
    package var metadata: String
    /// Wall clock of the frame that the commit stands in; 0 when it was salvaged.
    package var wallMilliseconds: Int64

    package init(offset: Int64, metadata: String, wallMilliseconds: Int64) {
        self.offset = offset
        self.metadata = metadata
        self.wallMilliseconds = wallMilliseconds
    }
}

/// All groups with a commit. A group without one does not exist.
struct GroupTable: Hashable, Sendable {
    private(set) var all: [String: [PartitionID: Commit]] = [:]
    private(set) var commits = 0
    private(set) var metadataBytes = 0

    /// Whether a commit with `bytes` of metadata fits within the limits.
    func admits(_ group: String, _ partition: PartitionID, bytes: Int, _ limits: LogLimits) -> Bool
    {
        let known = all[group]
        let old = known?[partition]
        return (known != nil || all.count < limits.groups)
            && (old != nil || commits < limits.commits)
            && metadataBytes - (old?.metadata.utf8.count ?? 0) + bytes <= limits.commitBytes
    }

    mutating func set(_ group: String, _ partition: PartitionID, _ commit: Commit) {
        let old = all[group, default: [:]].updateValue(commit, forKey: partition)
        if old == nil { commits += 1 }
        metadataBytes += commit.metadata.utf8.count - (old?.metadata.utf8.count ?? 0)
    }

    mutating func remove(_ group: String, _ partition: PartitionID) -> Bool {
        guard let old = all[group]?.removeValue(forKey: partition) else { return false }
        commits -= 1
        metadataBytes -= old.metadata.utf8.count
        if all[group]?.isEmpty == true { all[group] = nil }
        return true
    }

    mutating func remove(group: String) -> Bool {
        guard let old = all.removeValue(forKey: group) else { return false }
        commits -= old.count
        for commit in old.values { metadataBytes -= commit.metadata.utf8.count }
        return true
    }

    /// Forgets what all groups committed in a partition that is gone.
    mutating func remove(_ partition: PartitionID) {
        for group in Array(all.keys) { _ = remove(group, partition) }
    }
}
