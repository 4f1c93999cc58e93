// Appends on their way to the log's thread, which takes only so much at a time and refuses more. A
// refusal would change the order: a producer without idempotence tries the refused batch again and
// finds the batches that it sent behind it already written. So what does not go yet waits here, in
// order, and goes when something has been answered. Only what is too much even to wait is refused;
// before that, connections stop being read (the gateway's KafkaConnection).

import EventLog

struct AppendQueue {
    struct Append {
        var token: UInt64
        var steps: [AppendStep]
        var bytes: Int
    }

    /// Bytes that the log's thread may have before it has answered them: what it takes in any case.
    static let mostHanded = 8 << 20
    /// Bytes that may wait here.
    static let mostWaiting = 64 << 20

    private var waiting: [Append] = []
    /// The first of `waiting` that has not gone.
    private var first = 0
    private var waitingBytes = 0
    private var handedBytes = 0

    /// Puts one at the end; false: too much waits.
    mutating func put(_ append: Append) -> Bool {
        guard waitingBytes + append.bytes <= Self.mostWaiting else { return false }
        waiting.append(append)
        waitingBytes += append.bytes
        return true
    }

    /// The next one that may go to the log's thread now. It is told of by `answered` later.
    mutating func next() -> Append? {
        guard first < waiting.count else { return nil }
        let append = waiting[first]
        guard handedBytes == 0 || handedBytes + append.bytes <= Self.mostHanded else { return nil }
        waiting[first].steps = []
        first += 1
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 1_024 {
            waiting.removeFirst(first)
            first = 0
        }
        waitingBytes -= append.bytes
        handedBytes += append.bytes
        return append
    }

    /// The log's thread has answered an append of `bytes`.
    mutating func answered(bytes: Int) { handedBytes -= bytes }
}
