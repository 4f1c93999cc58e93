// The requests under way on a Modbus TCP connection, by transaction number. A number whose request
// got no answer is never used again on the same connection: however late its answer comes, it
// cannot meet another request. Nothing here waits or reads a clock.

import FireLogic
import PlanFile

struct ModbusTransactions {
    struct Entry {
        let number: UInt16
        let job: Int
        let request: PollRequest
        let askedAt: Instant
        let deadline: Instant
        /// Others were under way meanwhile.
        var isShared: Bool
    }

    /// Oldest first.
    private var entries: [Entry] = []
    /// Numbers under way or owed an answer, a bit each.
    private var taken = [UInt64](repeating: 0, count: 1_024)
    private var takenCount = 0
    private var last: UInt16 = 0

    init() { entries.reserveCapacity(Limits.outstanding.upperBound) }

    /// Requests under way.
    var count: Int { entries.count }
    /// Numbers whose request was given up before an answer came.
    var owed: Int { takenCount - entries.count }

    /// The number for a new request.
    mutating func begin(
        _ job: Int, _ request: PollRequest, at now: Instant, deadline: Instant
    ) -> UInt16 {
        precondition(count < Limits.outstanding.upperBound, "there was room")
        repeat { last &+= 1 } while isTaken(last)
        mark(last, true)
        if count == 1 { entries[0].isShared = true }
        entries.append(
            Entry(
                number: last, job: job, request: request, askedAt: now, deadline: deadline,
                isShared: count > 0))
        return last
    }

    /// The request that the answer with `number` ends; nil when none is under way with it.
    mutating func end(_ number: UInt16) -> Entry? {
        if isTaken(number) { mark(number, false) }
        guard let index = entries.firstIndex(where: { $0.number == number }) else { return nil }
        return entries.remove(at: index)
    }

    /// The earliest deadline; never when nothing is under way.
    var nextDeadline: Instant {
        var earliest = Instant.never
        for entry in entries { earliest = min(earliest, entry.deadline) }
        return earliest
    }

    /// A request whose time is over, given up; its number stays taken.
    mutating func abandonOverdue(at now: Instant) -> Entry? {
        guard let index = entries.firstIndex(where: { $0.deadline <= now }) else { return nil }
        return entries.remove(at: index)
    }

    /// The oldest, given up.
    mutating func removeOldest() -> Entry? { entries.isEmpty ? nil : entries.removeFirst() }

    /// The connection is new: nothing is owed on it.
    mutating func forgetAll() {
        entries.removeAll(keepingCapacity: true)
        if takenCount == 0 { return }
        for word in taken.indices { taken[word] = 0 }
        takenCount = 0
    }

    private func isTaken(_ number: UInt16) -> Bool {
        taken[Int(number >> 6)] >> UInt64(number & 63) & 1 == 1
    }

    private mutating func mark(_ number: UInt16, _ isTaken: Bool) {
        taken[Int(number >> 6)] ^= 1 << UInt64(number & 63)
        takenCount += isTaken ? 1 : -1
    }
}
