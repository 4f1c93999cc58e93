// The journal as the control loop sees it: signals go into the ring in shared memory, everything
// else into the queue of the writer's thread. Never waits.

import ControlLoop
import FireLogic

package struct RecordJournal: Journal {
    /// Records that may wait for the disk. Signals never stand in this queue.
    package static let queueCapacity = 32_768

    private let queue: RecordQueue
    private let writer: JournalWriter?
    private let signals: SignalRing?

    /// `writer` nil: no journal could be opened, every record is refused and `health` says so.
    package init(queue: RecordQueue, writer: JournalWriter?, signals: SignalRing?) {
        self.queue = queue
        self.writer = writer
        self.signals = signals
    }

    package mutating func append(_ record: Record, _ stamp: Stamp) -> Bool {
        if case .signal(let detector, let reading) = record {
            guard let signals else { return false }
            signals.append(detector, reading, stamp)
            return true
        }
        guard writer != nil else { return false }
        return queue.offer(RecordQueue.Entry(words: record.words, stamp: stamp))
    }

    package var health: JournalHealth { writer?.health ?? .failed }
}
