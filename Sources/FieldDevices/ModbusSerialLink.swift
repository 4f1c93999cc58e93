// One bus as libmodbus sees it: opens and closes the link, sends one request and brings back what
// became of it. Belongs to one bus thread. Every exchange ends: within the time-out, the time of
// the longest answer and what the bus needs to fall silent. It must never reconnect on its own
// (MODBUS_ERROR_RECOVERY_LINK blocks for as long as the peer is away) and never return an answer
// that is not the request's own.

import CLinux
import CModbus
import FireLogic
import Glibc
import PlanFile

/// What became of one request.
package enum ModbusOutcome: Equatable, Sendable {
    /// The answer; its data begins at this byte of `frame`.
    case values(at: Int)
    /// The slave refused with this exception code.
    case refusal(UInt8)
    /// No answer in time.
    case silent
    /// Bytes that are no whole frame.
    case garbled
    /// The adapter or the connection is gone; the C errno.
    case lost(Int32)
    /// The thread is to stop.
    case stopped
}

/// Why a link cannot be made. Nothing that time could heal is among these.
package enum ModbusError: Error, Hashable, Sendable {
    /// No descriptor below 1,024 is free (errno, or EMFILE): make the buses before the GPIO lines.
    case descriptor(Int32)
    /// The device path is empty or libmodbus is out of memory (modbus_new_rtu, modbus_new_tcp).
    case context(Int32)
    /// A baud rate that libmodbus would silently replace.
    case baud(Int)
    /// Not an IPv4 or IPv6 address in digits.
    case address
    /// pthread_create failed with this errno.
    case thread(Int32)
}

struct ModbusLink: ~Copyable {
    private let context: OpaquePointer
    /// Nil: a serial port.
    private let peer: ModbusPeer?
    private let line: SerialLine
    /// Readable when the thread is to stop.
    private let stop: Int32
    /// The descriptor number of every link that is opened: held from the start, because libmodbus
    /// uses select(2), and a number of 1,024 or more would make it write beyond its set.
    private let seat: Int32
    private let bytes: UnsafeMutablePointer<UInt8>
    private var transaction: UInt16 = 0
    private var quietUntil = Instant.zero
    private(set) var isOpen = false
    /// Frames that answered something else; for the counters.
    private(set) var foreign: UInt64 = 0
    /// From the end of the last request to the first byte of its answer.
    private(set) var latency = Interval.zero

    /// `stop` is a descriptor that becomes readable when the thread is to stop; it stays open as
    /// long as the link lives.
    init(_ plan: BusPlan, stop: Int32) throws(ModbusError) {
        let (made, peer) = try Self.context(of: plan.link)
        let number = fcntl(stop, F_DUPFD_CLOEXEC, 3)
        guard number >= 0, number <= ModbusLimits.highestDescriptor else {
            let failure = number < 0 ? errno : EMFILE
            if number >= 0 { Glibc.close(number) }
            modbus_free(made)
            throw .descriptor(failure)
        }
        // The whole frame has one time-out, set before each: a byte time-out would let a slave
        // that drips one byte after the other hold the bus for seconds.
        modbus_set_byte_timeout(made, 0, 0)
        modbus_set_error_recovery(made, MODBUS_ERROR_RECOVERY_NONE)
        self.init(made, peer: peer, line: SerialLine(plan.link), stop: stop, seat: number)
    }

    private init(
        _ context: OpaquePointer, peer: ModbusPeer?, line: SerialLine, stop: Int32, seat: Int32
    ) {
        self.context = context
        self.peer = peer
        self.line = line
        self.stop = stop
        self.seat = seat
        bytes = .allocate(capacity: ModbusFrame.longest)
        bytes.initialize(repeating: 0, count: ModbusFrame.longest)
    }

    deinit {
        Glibc.close(seat)
        modbus_free(context)
        bytes.deallocate()
    }

    /// The bytes of the last answer, for `ModbusFrame.value`.
    var frame: UnsafePointer<UInt8> { UnsafePointer(bytes) }

    /// Opens the link; zero, or the errno. Blocks for `ModbusLimits.connectTimeout` at most.
    mutating func open() -> Int32 {
        precondition(!isOpen, "open once")
        var fresh: Int32
        if let peer {
            switch peer.connect(stop: stop) {
            case .success(let descriptor): fresh = descriptor
            case .failure(let failure): return failure.value
            }
        } else {
            if modbus_connect(context) != 0 { return errno }
            fresh = modbus_get_socket(context)
            let failure = ModbusPort.claim(fresh)
            if failure != 0 {
                modbus_close(context)
                return failure
            }
        }
        let failure = dup2(fresh, seat) < 0 ? errno : 0
        Glibc.close(fresh)
        if failure != 0 { return failure }
        _ = fcntl(seat, F_SETFD, FD_CLOEXEC)
        modbus_set_socket(context, seat)
        isOpen = true
        quietUntil =
            peer == nil ? ModbusClock.now + ModbusLimits.quietAfterOpening : .zero
        return 0
    }

    /// Closes the link and keeps its descriptor number.
    mutating func close() {
        if !isOpen { return }
        if peer == nil { ModbusPort.release(seat) }
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

    /// Sends `request` and waits for its answer, `timeout` for the first byte.
    mutating func exchange(_ request: PollRequest, timeout: Interval) -> ModbusOutcome {
        precondition(isOpen, "open first")
        let failure = fallSilent()
        if failure != 0 { return .lost(failure) }
        let sent = send(request)
        if sent != 0 { return .lost(sent) }
        let end = ModbusClock.now + line.time(of: SerialLine.requestLength)
        let outcome = receive(request, sentAt: end, deadline: end + timeout)
        if peer == nil { quietUntil = ModbusClock.now + line.silence }
        return outcome
    }

    /// Waits for the silence that ends the last frame and throws away what was not asked for, so
    /// that a late answer is never found where the next one is expected. Zero, or the errno.
    private mutating func fallSilent() -> Int32 {
        if peer != nil { return drain() }
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

    private func drain() -> Int32 {
        var unasked = 0
        while true {
            let count = recv(seat, bytes, ModbusFrame.longest, Int32(MSG_DONTWAIT))
            if count == 0 { return ECONNRESET }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN ? 0 : errno
            }
            unasked += count
            if unasked > ModbusLimits.unaskedBytes { return EPROTO }
        }
    }

    /// Zero, or the errno.
    private mutating func send(_ request: PollRequest) -> Int32 {
        if peer == nil {
            bytes[0] = request.unit
            ModbusFrame.write(request, to: bytes + 1)
            modbus_set_slave(context, Int32(request.unit))
            return modbus_send_raw_request(context, bytes, 6) < 0 ? errno : 0
        }
        // Written here because modbus_send_raw_request uses transaction 0 for all.
        transaction &+= 1
        bytes[0] = UInt8(transaction >> 8)
        bytes[1] = UInt8(transaction & 0xFF)
        bytes[2] = 0
        bytes[3] = 0
        bytes[4] = 0
        bytes[5] = 6
        bytes[6] = request.unit
        ModbusFrame.write(request, to: bytes + 7)
        let count = Glibc.send(seat, bytes, 12, Int32(MSG_NOSIGNAL))
        return count == 12 ? 0 : count < 0 ? errno : EPIPE
    }

    /// Waits for the answer and passes over frames that answer something else.
    private mutating func receive(
        _ request: PollRequest, sentAt: Instant, deadline: Instant
    ) -> ModbusOutcome {
        while true {
            switch ModbusClock.wait(seat, stop, until: deadline) {
            case .first: break
            case .second: return .stopped
            case .time: return .silent
            case .broken(let failure): return .lost(failure)
            }
            let now = ModbusClock.now
            latency = max(now - sentAt, .zero)
            let length = SerialLine.replyLength(table: request.table, count: request.count)
            let rest =
                peer == nil
                ? line.time(of: length) + ModbusLimits.frameSlack
                : max(deadline - now, ModbusLimits.frameSlack)
            modbus_set_response_timeout(
                context, UInt32(truncatingIfNeeded: rest.nanoseconds / 1_000_000_000),
                UInt32(truncatingIfNeeded: rest.nanoseconds / 1_000 % 1_000_000))
            let received = Int(modbus_receive_confirmation(context, bytes))
            if received < 0 { return Self.outcome(ofErrno: errno) }
            let verdict =
                received == 0
                ? .foreign  // A serial frame of another unit: libmodbus does not check it further.
                : ModbusFrame.check(
                    bytes, length: received, transaction: peer == nil ? nil : transaction,
                    request: request)
            switch verdict {
            case .values(let start): return .values(at: start)
            case .refusal(let code): return .refusal(code)
            case .garbled: return .garbled
            case .foreign: foreign += 1
            }
            if ModbusClock.now >= deadline { return .silent }
        }
    }

    /// What a failed modbus_receive_confirmation means.
    private static func outcome(ofErrno failure: Int32) -> ModbusOutcome {
        if failure == ETIMEDOUT || failure >= MODBUS_ENOBASE { return .garbled }
        return .lost(failure)
    }

    private static func context(
        of link: BusPlan.Link
    ) throws(ModbusError) -> (OpaquePointer, ModbusPeer?) {
        var peer: ModbusPeer?
        let made: OpaquePointer?
        switch link {
        case .rtu(let device, let baud, let parity, let stopBits):
            guard ModbusPort.rates.contains(baud) else { throw .baud(baud) }
            guard !device.isEmpty else { throw .context(EINVAL) }
            made = modbus_new_rtu(device, Int32(baud), letter(parity), 8, stopBits == 2 ? 2 : 1)
        case .tcp(let host, let port):
            peer = ModbusPeer(host: host, port: port)
            guard peer != nil else { throw .address }
            made = modbus_new_tcp(nil, Int32(port))
        }
        guard let made else { throw .context(errno) }
        return (made, peer)
    }

    private static func letter(_ parity: BusPlan.Parity) -> CChar {
        switch parity {
        case .none: CChar(UInt8(ascii: "N"))
        case .even: CChar(UInt8(ascii: "E"))
        case .odd: CChar(UInt8(ascii: "O"))
        }
    }
}
