// What stands beside a committed offset in the service log. A client commits a text and may give the
// leader epoch of the record before the offset, and wants both back; the log has one text:
//
//   note := metadata                        of who gave no epoch
//         | U+0001 epoch U+0001 metadata    otherwise, and where the metadata itself begins so

struct CommitNote: Equatable {
    private static let mark: UInt8 = 1

    /// -1: none was given.
    var leaderEpoch: Int32 = -1
    var metadata = ""

    init(leaderEpoch: Int32, metadata: String) {
        self.leaderEpoch = max(-1, leaderEpoch)
        self.metadata = metadata
    }

    init(_ stored: String) {
        let parts = stored.utf8.split(
            separator: Self.mark, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty, let epoch = Int32(String(parts[1]) ?? "") else {
            metadata = stored
            return
        }
        leaderEpoch = epoch
        metadata = String(parts[2]) ?? ""
    }

    var stored: String {
        if leaderEpoch < 0, metadata.utf8.first != Self.mark { return metadata }
        return "\u{1}\(leaderEpoch)\u{1}\(metadata)"
    }
}
