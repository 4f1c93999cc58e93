// What streams and notifications want of the broker: their appends go to the log through it, so that who waits for the
// topics is served, and nobody else commits for their groups.

package import EventLog
import KafkaWire
import Notifications
import Streams
import Users

extension Broker {
    /// Appends for a stream or for what people are told; `then` is called by `drain`.
    package func derive(
        _ steps: [AppendStep], then: @escaping (Result<[AppendResult], AppendError>) -> Void
    ) {
        append(steps, then: then)
    }

    private func isOurs(_ group: String) -> Bool {
        group.hasPrefix(StreamRule.groupPrefix) || group.hasPrefix(NotifyTopics.groupPrefix)
    }

    /// Whether a request would move, join or take away the group of a stream, or one that says what
    /// people have been told. Nobody has the right to
    /// that; the group of a stream that is no more may be deleted.
    func isForStream(_ request: KafkaRequest) -> Bool {
        switch request {
        case .joinGroup(let request): isOurs(request.groupId)
        case .syncGroup(let request): isOurs(request.groupId)
        case .offsetCommit(let request): isOurs(request.groupId)
        case .addOffsetsToTxn(let request): isOurs(request.groupId)
        case .txnOffsetCommit(let request): isOurs(request.groupId)
        case .offsetDelete(let request): isOurs(request.groupId)
        case .deleteGroups(let request):
            request.groupsNames.contains {
                settings.streamGroups.contains($0) || $0.hasPrefix(NotifyTopics.groupPrefix)
            }
        default: false
        }
    }
}
