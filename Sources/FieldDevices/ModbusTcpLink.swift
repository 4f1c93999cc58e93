// A Modbus TCP connection with up to sixteen requests under way. What was asked goes out in one
// send, what came is read with one recv, and each answer is found by its transaction number, in
// whatever order and pieces it comes. Each request has its own time-out. It must never take an
// answer for another request's: not a late one, not a second one, not one of another unit.
//
// Bytes that are no frame, or a frame that is not whole when a request times out, put the
// connection out of step: only a new one is certain to begin with a whole frame. The request whose
// number the frame bears is garbled then, else the oldest; the others are nobody's fault.

import CLinux
import FireLogic
import Glibc
import PlanFile

final class ModbusTcpLink: ModbusLink {
    private static let requestLength = 12

    private let peer: ModbusPeer
    /// Readable when the thread is to stop.
    private let stop: Int32
    private var descriptor: Int32 = -1
    private var transactions = ModbusTransactions()
    private var inbox = ModbusInbox()
    /// Requests not sent yet, one behind the other.
    private let unsent: UnsafeMutablePointer<UInt8>
    private var unsentLength = 0
    /// The errno that ended the connection; zero while it is good.
    private var failure: Int32 = 0
    /// Bytes of foreign frames since the last answer.
    private var unasked = 0
    private(set) var foreign: UInt64 = 0

    /// `stop` is a descriptor that becomes readable when the thread is to stop; it stays open as
    /// long as the link lives.
    init(host: String, port: UInt16, stop: Int32) throws(ModbusError) {
        guard let peer = ModbusPeer(host: host, port: port) else { throw .address }
        self.peer = peer
        self.stop = stop
        let capacity = Limits.outstanding.upperBound * Self.requestLength
        unsent = .allocate(capacity: capacity)
        unsent.initialize(repeating: 0, count: capacity)
    }

    deinit {
        close()
        unsent.deallocate()
    }

    var isOpen: Bool { descriptor >= 0 }
    var outstanding: Int { transactions.count }

    func open() -> Int32 {
        precondition(!isOpen && outstanding == 0, "open once")
        switch peer.connect(stop: stop) {
        case .success(let fresh): descriptor = fresh
        case .failure(let failure): return failure.value
        }
        transactions.forgetAll()
        inbox.removeAll()
        unsentLength = 0
        failure = 0
        unasked = 0
        return 0
    }

    func close() {
        if !isOpen { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    func giveUp() -> Int? { transactions.removeOldest()?.job }

    func ask(_ job: Int, _ request: PollRequest, timeout: Interval, at now: Instant) {
        precondition(isOpen, "open first")
        let number = transactions.begin(job, request, at: now, deadline: now + timeout)
        let frame = unsent + unsentLength
        frame[0] = UInt8(number >> 8)
        frame[1] = UInt8(number & 0xFF)
        for place in 2...4 { frame[place] = 0 }
        frame[5] = 6
        frame[6] = request.unit
        ModbusFrame.write(request, to: frame + 7)
        unsentLength += Self.requestLength
    }

    func wait(until instant: Instant) -> Bool {
        flush()
        if failure != 0 { return true }
        switch ModbusClock.wait(descriptor, stop, until: min(instant, nextTimeout)) {
        case .first:
            let received = inbox.receive(from: descriptor, at: ModbusClock.now)
            if received != 0 { failure = received }
        case .second: return false
        case .time: break
        case .broken(let reason): failure = reason
        }
        return true
    }

    private func flush() {
        if unsentLength == 0 || failure != 0 { return }
        let count = send(descriptor, unsent, unsentLength, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        // A peer that has left so much unread that these few bytes find no room is gone.
        if count != unsentLength { failure = count < 0 ? errno : EPIPE }
        unsentLength = 0
    }

    // What came.

    func next(at now: Instant) -> ModbusEvent? {
        while true {
            switch inbox.head {
            case .frame(let bytes, let length):
                inbox.drop(length)
                if let end = take(bytes, length, at: now) { return .ended(end) }
            case .garbage:
                return outOfStep(at: now)
            case .nothing, .piece:
                return failure != 0 ? .lost(failure) : timedOut(at: now)
            }
        }
    }

    /// Nil: the frame answers nothing that is outstanding.
    private func take(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, at now: Instant
    ) -> ModbusEnd? {
        let number = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        guard let request = transactions.end(number) else {
            foreign += 1
            unasked += length
            if unasked > ModbusLimits.unaskedBytes { failure = EPROTO }
            return nil
        }
        unasked = 0
        let verdict = ModbusFrame.check(
            bytes, length: length, transaction: number, request: request.request)
        switch verdict {
        case .values(let start): return end(request, .values(bytes + start), at: now)
        case .refusal(let code): return end(request, .refusal(code), at: now)
        case .garbled, .foreign: return end(request, .garbled, at: now)
        }
    }

    private func end(
        _ request: ModbusTransactions.Entry, _ outcome: ModbusOutcome, at now: Instant
    ) -> ModbusEnd {
        ModbusEnd(
            job: request.job, outcome: outcome, askedAt: request.askedAt,
            latency: max(now - request.askedAt, .zero), isShared: request.isShared)
    }

    private func outOfStep(at now: Instant) -> ModbusEvent {
        failure = EPROTO
        let number = inbox.firstNumber
        inbox.removeAll()
        guard let request = number.flatMap({ transactions.end($0) }) ?? transactions.removeOldest()
        else { return .lost(failure) }
        return .ended(end(request, .garbled, at: now))
    }

    // Time-outs.

    /// A frame that has begun gets a little time to end.
    private var nextTimeout: Instant {
        let deadline = transactions.nextDeadline
        return inbox.isEmpty ? deadline : max(deadline, inbox.began + ModbusLimits.frameSlack)
    }

    private func timedOut(at now: Instant) -> ModbusEvent? {
        guard now >= nextTimeout else { return nil }
        if !inbox.isEmpty { return outOfStep(at: now) }
        guard let request = transactions.abandonOverdue(at: now) else { return nil }
        if transactions.owed > ModbusLimits.owedAnswers { failure = ETIMEDOUT }
        return .ended(end(request, .silent, at: now))
    }
}
