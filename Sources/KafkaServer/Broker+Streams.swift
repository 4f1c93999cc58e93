// What streams want of the broker: their appends go to the log through it, so that who waits for the
// topics is served, and nobody else commits for their groups.

package import EventLog
import KafkaWire
import Streams
import Users

extension Broker {
    /// Appends for a stream; `then` is called by `drain`.
    package func derive(
        _ steps: [AppendStep], then: @escaping (Result<[AppendResult], AppendError>) -> Void
    ) {
        append(steps, then: then)
    }

    /// Whether a request would move, join or take away the group of a stream. Nobody has the right to
    /// that; the group of a stream that is no more may be deleted.
    func isForStream(_ request: KafkaRequest) -> Bool {
        switch request {
        case .joinGroup(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .syncGroup(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .offsetCommit(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .addOffsetsToTxn(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .txnOffsetCommit(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .offsetDelete(let request): request.groupId.hasPrefix(StreamRule.groupPrefix)
        case .deleteGroups(let request):
            request.groupsNames.contains { settings.streamGroups.contains($0) }
        default: false
        }
    }
}
