// A serial bus as libmodbus sees it: opens and closes the port, sends one request and brings back
// what became of it. Every exchange ends: within the time-out, the time of the longest answer and
// what the bus needs to fall silent. It must never return an answer that is not the request's own.

import CLinux
import CModbus
import FireLogic
import Glibc
import PlanFile

final class ModbusSerialLink: ModbusLink {
    private struct Asked {
        let job: Int
        let request: PollRequest
        let timeout: Interval
        let at: Instant
    }

    private let context: OpaquePointer
    private let line: SerialLine
    /// Readable when the thread is to stop.
    private let stop: Int32
    /// The descriptor number of every port that is opened: held from the start, because libmodbus
    /// uses select(2), and a number of 1,024 or more would make it write beyond its set.
    private let seat: Int32
    private let bytes: UnsafeMutablePointer<UInt8>
    private var asked: Asked?
    private var event: ModbusEvent?
    private var quietUntil = Instant.zero
    private var latency = Interval.zero
    private(set) var isOpen = false
    private(set) var foreign: UInt64 = 0

    /// `stop` is a descriptor that becomes readable when the thread is to stop; it stays open as
    /// long as the link lives. `plan` is a serial line.
    init(_ plan: BusPlan, stop: Int32) throws(ModbusError) {
        let made = try Self.context(of: plan.link)
        let number = fcntl(stop, F_DUPFD_CLOEXEC, 3)
        guard number >= 0, number <= ModbusLimits.highestDescriptor else {
            let failure = number < 0 ? errno : EMFILE
            if number >= 0 { Glibc.close(number) }
            modbus_free(made)
            throw .descriptor(failure)
        }
        // The whole frame has one time-out, set before each: a byte time-out would let a slave
        // that drips one byte after the other hold the bus for seconds. And it must not reconnect
        // on its own: MODBUS_ERROR_RECOVERY_LINK blocks for as long as the port is away.
        modbus_set_byte_timeout(made, 0, 0)
        modbus_set_error_recovery(made, MODBUS_ERROR_RECOVERY_NONE)
        context = made
        line = SerialLine(plan.link)
        self.stop = stop
        seat = number
        bytes = .allocate(capacity: ModbusFrame.longest)
        bytes.initialize(repeating: 0, count: ModbusFrame.longest)
    }

    deinit {
        Glibc.close(seat)
        modbus_free(context)
        bytes.deallocate()
    }

    func open() -> Int32 {
        precondition(!isOpen && asked == nil, "open once")
        if modbus_connect(context) != 0 { return errno }
        let fresh = modbus_get_socket(context)
        let claimed = ModbusPort.claim(fresh)
        if claimed != 0 {
            modbus_close(context)
            return claimed
        }
        let failure = dup2(fresh, seat) < 0 ? errno : 0
        Glibc.close(fresh)
        if failure != 0 { return failure }
        _ = fcntl(seat, F_SETFD, FD_CLOEXEC)
        modbus_set_socket(context, seat)
        isOpen = true
        quietUntil = ModbusClock.now + ModbusLimits.quietAfterOpening
        return 0
    }

    /// Closes the link and keeps its descriptor number.
    func close() {
        event = nil
        if !isOpen { return }
        ModbusPort.release(seat)
        // modbus_close also restores the port's settings (a pseudo-terminal cannot be opened with
        // parity a second time otherwise), but must not give the seat away.
        let other = fcntl(seat, F_DUPFD_CLOEXEC, 3)
        modbus_set_socket(context, other)
        if other >= 0 { modbus_close(context) }
        _ = dup2(stop, seat)
        _ = fcntl(seat, F_SETFD, FD_CLOEXEC)
        modbus_set_socket(context, -1)
        isOpen = false
    }

    // One request.

    var outstanding: Int { asked == nil ? 0 : 1 }

    func ask(_ job: Int, _ request: PollRequest, timeout: Interval, at now: Instant) {
        precondition(isOpen && asked == nil, "a serial line carries one request at a time")
        asked = Asked(job: job, request: request, timeout: timeout, at: now)
    }

    func wait(until instant: Instant) -> Bool {
        guard let asked, event == nil else { return true }
        event = exchange(asked)
        return event != nil
    }

    func next(at now: Instant) -> ModbusEvent? {
        defer { event = nil }
        if case .ended = event { asked = nil }
        return event
    }

    func giveUp() -> Int? {
        defer { asked = nil }
        return asked?.job
    }

    /// Sends the request and waits for its answer. Nil: the thread is to stop.
    private func exchange(_ asked: Asked) -> ModbusEvent? {
        let failure = fallSilent()
        if failure != 0 { return .lost(failure) }
        let sent = send(asked.request)
        if sent != 0 { return .lost(sent) }
        let end = ModbusClock.now + line.time(of: SerialLine.requestLength)
        latency = .zero
        let event = receive(asked, sentAt: end, deadline: end + asked.timeout)
        quietUntil = ModbusClock.now + line.silence
        return event
    }

    /// Waits for the silence that ends the last frame and throws away what was not asked for, so
    /// that a late answer is never found where the next one is expected. Zero, or the errno.
    private func fallSilent() -> Int32 {
        ModbusClock.sleep(until: quietUntil)
        let limit = ModbusClock.now + ModbusLimits.longestSettling
        while true {
            let waiting = standpipe_waiting(seat)
            if waiting < 0 { return errno }
            if modbus_flush(context) < 0 { return errno }
            let now = ModbusClock.now
            if waiting == 0 || now >= limit { return 0 }
            // Someone speaks: adapters hand over a frame in pieces, so wait longer than it needs.
            ModbusClock.sleep(until: now + max(line.silence, ModbusLimits.frameSlack))
        }
    }

    /// Zero, or the errno.
    private func send(_ request: PollRequest) -> Int32 {
        bytes[0] = request.unit
        ModbusFrame.write(request, to: bytes + 1)
        modbus_set_slave(context, Int32(request.unit))
        return modbus_send_raw_request(context, bytes, 6) < 0 ? errno : 0
    }

    /// Waits for the answer and passes over frames that answer something else.
    private func receive(_ asked: Asked, sentAt: Instant, deadline: Instant) -> ModbusEvent? {
        while true {
            switch ModbusClock.wait(seat, stop, until: deadline) {
            case .first: break
            case .second: return nil
            case .time: return ended(asked, .silent)
            case .broken(let failure): return .lost(failure)
            }
            latency = max(ModbusClock.now - sentAt, .zero)
            let length = SerialLine.replyLength(
                table: asked.request.table, count: asked.request.count)
            let rest = line.time(of: length) + ModbusLimits.frameSlack
            modbus_set_response_timeout(
                context, UInt32(truncatingIfNeeded: rest.nanoseconds / 1_000_000_000),
                UInt32(truncatingIfNeeded: rest.nanoseconds / 1_000 % 1_000_000))
            let received = Int(modbus_receive_confirmation(context, bytes))
            if received < 0 {
                let failure = errno
                return failure == ETIMEDOUT || failure >= MODBUS_ENOBASE
                    ? ended(asked, .garbled) : .lost(failure)
            }
            let verdict =
                received == 0
                ? .foreign  // A frame of another unit: libmodbus does not check it further.
                : ModbusFrame.check(
                    bytes, length: received, transaction: nil, request: asked.request)
            switch verdict {
            case .values(let start): return ended(asked, .values(UnsafePointer(bytes + start)))
            case .refusal(let code): return ended(asked, .refusal(code))
            case .garbled: return ended(asked, .garbled)
            case .foreign: foreign += 1
            }
            if ModbusClock.now >= deadline { return ended(asked, .silent) }
        }
    }

    private func ended(_ asked: Asked, _ outcome: ModbusOutcome) -> ModbusEvent {
        .ended(
            ModbusEnd(
                job: asked.job, outcome: outcome, askedAt: asked.at, latency: latency,
                isShared: false))
    }

    private static func context(of link: BusPlan.Link) throws(ModbusError) -> OpaquePointer {
        guard case .rtu(let device, let baud, let parity, let stopBits) = link else {
            preconditionFailure("a TCP connection is no serial line")
        }
        guard ModbusPort.rates.contains(baud) else { throw .baud(baud) }
        guard !device.isEmpty else { throw .context(EINVAL) }
        guard
            let made = modbus_new_rtu(
                device, Int32(baud), letter(parity), 8, stopBits == 2 ? 2 : 1)
        else { throw .context(errno) }
        return made
    }

    private static func letter(_ parity: BusPlan.Parity) -> CChar {
        switch parity {
        case .none: CChar(UInt8(ascii: "N"))
        case .even: CChar(UInt8(ascii: "E"))
        case .odd: CChar(UInt8(ascii: "O"))
        }
    }
}
