// Signals of clients that wait for the controller. Who floods waits for himself: each sender has a line
// of his own, bounded, and lines take turns. A line in which a fire waits goes first, but for one turn
// in four, so that a client that cries fire without end silences no other detector. Within a line the
// order stays, since the last signal of a detector is the one that counts.

/// Waiting signals, of any number of senders.
package struct SignalQueue<Signal> {
    /// Signals of one sender that may wait; twice as many when they are of fire.
    package static var mostOfSender: Int { 256 }
    /// Signals that may wait in all; beyond it each sender may have one.
    package static var most: Int { 4_096 }
    /// Turns of lines with a fire, one after the other, before a line without gets one.
    private static var urgentTurns: Int { 3 }

    private struct Line {
        var signals: [(signal: Signal, isAlarm: Bool)] = []
        var first = 0
        var alarms = 0
        /// Of the turn that it waits for; a turn with another number is void.
        var turn: UInt64 = 0

        var count: Int { signals.count - first }

        mutating func take() -> (signal: Signal, isAlarm: Bool) {
            let next = signals[first]
            first += 1
            if next.isAlarm { alarms -= 1 }
            if first > 64 && first * 2 > signals.count {
                signals.removeFirst(first)
                first = 0
            }
            return next
        }
    }

    /// Who is next, in order.
    private struct Turns {
        var waiting: [(sender: UInt64, turn: UInt64)] = []
        var first = 0

        mutating func take() -> (sender: UInt64, turn: UInt64)? {
            guard first < waiting.count else { return nil }
            let next = waiting[first]
            first += 1
            if first > 64 && first * 2 > waiting.count {
                waiting.removeFirst(first)
                first = 0
            }
            return next
        }
    }

    private var lines: [UInt64: Line] = [:]
    private var urgent = Turns()
    private var calm = Turns()
    private var lastTurn: UInt64 = 0
    private var urgentInRow = 0
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// - Returns: false where the sender has too many waiting; the signal is not in the queue then.
    package mutating func add(_ signal: Signal, isAlarm: Bool, from sender: UInt64) -> Bool {
        var line = lines[sender] ?? Line()
        let room = isAlarm ? 2 * Self.mostOfSender : Self.mostOfSender
        guard line.count < (count < Self.most ? room : 1) else { return false }
        // Not copied while it grows.
        lines[sender] = nil
        let mustQueue = line.count == 0 || isAlarm && line.alarms == 0
        line.signals.append((signal, isAlarm))
        if isAlarm { line.alarms += 1 }
        count += 1
        if mustQueue { giveTurn(&line, sender) }
        lines[sender] = line
        return true
    }

    /// Whose turn it is; nil when nothing waits.
    package mutating func next() -> Signal? {
        while count > 0 {
            let isCalm = urgentInRow >= Self.urgentTurns
            guard let turn = isCalm ? calm.take() ?? urgent.take() : urgent.take() ?? calm.take()
            else { return nil }
            guard var line = lines[turn.sender], line.turn == turn.turn else { continue }
            lines[turn.sender] = nil
            urgentInRow = line.alarms > 0 ? urgentInRow + 1 : 0
            let next = line.take()
            count -= 1
            if line.count > 0 {
                giveTurn(&line, turn.sender)
                lines[turn.sender] = line
            }
            return next.signal
        }
        return nil
    }

    /// Takes out of the front of every line what is `late`, for example waits for too long.
    package mutating func removeFirst(while late: (Signal) -> Bool) -> [Signal] {
        var removed: [Signal] = []
        for sender in Array(lines.keys) {
            guard var line = lines[sender], line.count > 0, late(line.signals[line.first].signal)
            else { continue }
            lines[sender] = nil
            while line.count > 0, late(line.signals[line.first].signal) {
                removed.append(line.take().signal)
                count -= 1
            }
            // Its turn stays, also among the urgent ones.
            if line.count > 0 { lines[sender] = line }
        }
        return removed
    }

    private mutating func giveTurn(_ line: inout Line, _ sender: UInt64) {
        lastTurn += 1
        line.turn = lastTurn
        if line.alarms > 0 {
            urgent.waiting.append((sender, lastTurn))
        } else {
            calm.waiting.append((sender, lastTurn))
        }
    }
}
