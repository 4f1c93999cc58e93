// What other threads bring to the broker: answers of the service log's writer. They are put down
// under a lock and taken by the event loop, which is woken once for all that wait.

package import EventLog
import Synchronization

/// Answers on their way from the log's thread to the broker's.
package final class Inbox: Sendable {
    /// One append's outcome, with the token that the broker gave to it.
    package struct Answer: Sendable {
        package var token: UInt64
        package var result: Result<[AppendResult], AppendError>
    }

    private let waiting = Mutex<[Answer]>([])
    private let wake: @Sendable () -> Void

    /// `wake` is called from any thread when the first answer has been put into an empty inbox, and
    /// has to make the broker's thread call `Broker.drain`.
    package init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    func put(_ token: UInt64, _ result: Result<[AppendResult], AppendError>) {
        let isFirst = waiting.withLock { answers in
            answers.append(Answer(token: token, result: result))
            return answers.count == 1
        }
        if isFirst { wake() }
    }

    /// All that waits, in the order in which it came.
    func take() -> [Answer] {
        waiting.withLock { answers in
            let taken = answers
            answers.removeAll(keepingCapacity: true)
            return taken
        }
    }
}
