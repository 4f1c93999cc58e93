// The log as the control loop sees it: each record goes into the queue of one of two threads and
// nothing ever waits. Signals have a queue and a thread of their own, so that a disk that hangs holds
// up none of them, and a flood of them takes no room from anything else.

import ControlLoop
import FireLogic
import Handover
import Synchronization

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

/// What found a queue full, counted by the loop and shown by the log's live page.
final class RefusedCount: Sendable {
    private let value = Atomic<UInt64>(0)

    func add() { value.wrappingAdd(1, ordering: .relaxed) }

    var count: UInt64 { value.load(ordering: .relaxed) }
}

/// The control loop's end of both queues.
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
            let signal = QueuedSignal(
                detector: detector.rawValue, code: reading.code,
                wallMilliseconds: stamp.wallMilliseconds)
            if signals.queue.offer(signal) { return true }
            signals.refused.add()
            return false
        }
        let place = number
        number &+= 1
        guard let records else { return false }
        let entry = QueuedRecord(words: record.words, stamp: stamp, number: place)
        if records.queue.offer(entry) { return true }
        records.refused.add()
        return false
    }

    package var health: JournalHealth {
        guard let records, let signals else { return .failed }
        let health = records.health
        return health == .good && signals.isFailed ? .failed : health
    }
}
