// The log as the control loop sees it: each record goes into the queue of one of two threads and
// nothing ever waits. Signals have a queue and a thread of their own, so that a disk that hangs holds
// up none of them, and a flood of them takes no room from anything else.

import ControlLoop
import FireLogic
import Handover

/// A record on its way to the durable log.
package struct QueuedRecord: Sendable {
    package var words: RecordWords
    package var stamp: Stamp
    /// Counted from the program's start, refused ones too: a hole tells the replay.
    package var number: UInt32
}

/// A signal on its way to the volatile log.
package struct QueuedSignal: Sendable {
    package var detector: UInt32
    package var code: UInt8
    package var wallMilliseconds: Int64
}

package struct RecordJournal: Journal {
    /// Records that may wait for the disk. Signals never stand in this queue.
    package static let queueCapacity = 32_768
    package static let signalCapacity = 16_384

    private let records: RecordWriter?
    private let signals: SignalWriter?
    private var number: UInt32 = 0

    /// A writer that is nil could not be had: its records are refused, and `health` says so.
    package init(records: RecordWriter?, signals: SignalWriter?) {
        self.records = records
        self.signals = signals
    }

    package mutating func append(_ record: Record, _ stamp: Stamp) -> Bool {
        if case .signal(let detector, let reading) = record {
            guard let signals else { return false }
            return signals.queue.offer(
                QueuedSignal(
                    detector: detector.rawValue, code: reading.code,
                    wallMilliseconds: stamp.wallMilliseconds))
        }
        let place = number
        number &+= 1
        guard let records else { return false }
        return records.queue.offer(
            QueuedRecord(words: record.words, stamp: stamp, number: place))
    }

    package var health: JournalHealth {
        guard let records, let signals else { return .failed }
        let health = records.health
        return health == .good && signals.isFailed ? .failed : health
    }
}
