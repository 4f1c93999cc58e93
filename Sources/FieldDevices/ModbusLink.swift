// What a bus thread needs of a link, serial or TCP: it is asked for requests, sends them, and brings
// back what became of each. Belongs to one bus thread. Every request ends, and it must never be
// ended by an answer that is not its own.
//
//   open → ask, ask, … → wait → next, next, … nil → ask … wait …

import FireLogic
import PlanFile

protocol ModbusLink: AnyObject {
    var isOpen: Bool { get }
    /// Requests that were asked and have not ended.
    var outstanding: Int { get }
    /// Frames that answered something else; for the counters.
    var foreign: UInt64 { get }

    /// Opens the link; zero, or the errno. Blocks for `ModbusLimits.connectTimeout` at most.
    func open() -> Int32
    /// Closes it. What is outstanding is to be taken back with `giveUp`.
    func close()
    /// Takes `request` to be sent with the next `wait`; its slave has `timeout` for the answer.
    func ask(_ job: Int, _ request: PollRequest, timeout: Interval, at now: Instant)
    /// Sends what was asked and waits until something has come or timed out, or until `instant`.
    /// A serial link ends its one request, whatever `instant` is. False: the thread is to stop.
    func wait(until instant: Instant) -> Bool
    /// What has happened, one thing after the other; nil when there is nothing more for now.
    func next(at now: Instant) -> ModbusEvent?
    /// The oldest outstanding request of a closed link.
    func giveUp() -> Int?
}

enum ModbusEvent {
    case ended(ModbusEnd)
    /// The adapter or the connection is gone or out of step; the C errno. To be closed.
    case lost(Int32)
}

/// How one request ended.
struct ModbusEnd {
    let job: Int
    let outcome: ModbusOutcome
    let askedAt: Instant
    /// From the end of the request to the first byte of its answer, on TCP to the last.
    let latency: Interval
    /// Others were outstanding meanwhile.
    let isShared: Bool
}

/// What became of one request.
enum ModbusOutcome {
    /// The answer's data, for `ModbusFrame.value`; there until the link is used again.
    case values(UnsafePointer<UInt8>)
    /// The slave refused with this exception code.
    case refusal(UInt8)
    /// No answer in time.
    case silent
    /// Bytes that are no whole frame, or a frame that answers this request with something else.
    case garbled
}

/// Why a link cannot be made. Nothing that time could heal is among these.
package enum ModbusError: Error, Hashable, Sendable {
    /// No descriptor below 1,024 is free (errno, or EMFILE): make the buses before the GPIO lines.
    case descriptor(Int32)
    /// The device path is empty or libmodbus is out of memory (modbus_new_rtu).
    case context(Int32)
    /// A baud rate that libmodbus would silently replace.
    case baud(Int)
    /// Not an IPv4 or IPv6 address in digits.
    case address
    /// pthread_create failed with this errno.
    case thread(Int32)
}
