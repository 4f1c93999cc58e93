// What a bus thread lets others see of its work. The thread writes, the control loop reads for the
// status feed. Nothing is decided by these numbers.

import FireLogic
import Synchronization

/// Counters of one bus since the program started. All may be read at any time from any thread.
package final class ModbusCounters: Sendable {
    private let beat = Atomic<Int64>(0)
    private let polls = Atomic<UInt64>(0)
    private let answers = Atomic<UInt64>(0)
    private let refusals = Atomic<UInt64>(0)
    private let missed = Atomic<UInt64>(0)
    private let garbled = Atomic<UInt64>(0)
    private let foreign = Atomic<UInt64>(0)
    private let opened = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)
    private let lastAnswer = Atomic<Int64>(0)
    private let failure = Atomic<Int32>(0)

    init() {}

    /// The counters at one moment (each by itself: they are not read in one step).
    package struct Snapshot: Equatable, Sendable {
        /// When the thread last came by; it does at least once in `ModbusLimits.connectTimeout`.
        package let beat: Instant
        package let polls: UInt64
        /// Answers with values.
        package let answers: UInt64
        /// Modbus exceptions.
        package let refusals: UInt64
        /// Time-outs.
        package let missed: UInt64
        /// Truncated frames, wrong checksums, babble.
        package let garbled: UInt64
        /// Whole frames that answered something else, most of them too late.
        package let foreign: UInt64
        /// How often the link was opened.
        package let opened: UInt64
        /// Normal readings that the control loop had no room for.
        package let dropped: UInt64
        /// Nil before the first answer.
        package let lastAnswer: Instant?
        /// The errno that ended or prevented the last link; 0 before any.
        package let failure: Int32
    }

    package var snapshot: Snapshot {
        let last = lastAnswer.load(ordering: .relaxed)
        return Snapshot(
            beat: Instant(nanoseconds: beat.load(ordering: .relaxed)),
            polls: polls.load(ordering: .relaxed),
            answers: answers.load(ordering: .relaxed),
            refusals: refusals.load(ordering: .relaxed),
            missed: missed.load(ordering: .relaxed),
            garbled: garbled.load(ordering: .relaxed),
            foreign: foreign.load(ordering: .relaxed),
            opened: opened.load(ordering: .relaxed),
            dropped: dropped.load(ordering: .relaxed),
            lastAnswer: last == 0 ? nil : Instant(nanoseconds: last),
            failure: failure.load(ordering: .relaxed))
    }

    // The bus thread's side.

    func beat(at now: Instant) { beat.store(now.nanoseconds, ordering: .relaxed) }
    func linkOpened() { opened.wrappingAdd(1, ordering: .relaxed) }
    func linkFailed(_ errno: Int32) { failure.store(errno, ordering: .relaxed) }

    func noteDropped(_ count: UInt64, foreign late: UInt64) {
        dropped.store(count, ordering: .relaxed)
        foreign.store(late, ordering: .relaxed)
    }

    func count(_ outcome: ModbusOutcome, at now: Instant) {
        polls.wrappingAdd(1, ordering: .relaxed)
        switch outcome {
        case .values:
            answers.wrappingAdd(1, ordering: .relaxed)
            lastAnswer.store(now.nanoseconds, ordering: .relaxed)
        case .refusal:
            refusals.wrappingAdd(1, ordering: .relaxed)
            lastAnswer.store(now.nanoseconds, ordering: .relaxed)
        case .silent: missed.wrappingAdd(1, ordering: .relaxed)
        case .garbled: garbled.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// The link was lost under a request.
    func countInterrupted() { polls.wrappingAdd(1, ordering: .relaxed) }
}
