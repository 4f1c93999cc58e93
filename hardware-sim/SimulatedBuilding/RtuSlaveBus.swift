// A serial line with Modbus RTU slaves: a pseudo-terminal paced to its baud rate. A request of n
// characters takes n character times, an answer follows after 3.5 characters of silence and takes
// its own time, so that a master cannot be faster here than on copper. Requests to units that do
// not exist are heard and ignored; the slaves stay in step. Never opens a real device.

import FireLogic
import Glibc

package final class RtuSlaveBus {
    package let baud: Int
    private let characterBits: Int
    private let linkPath: String
    private let loop: SimLoop
    private var random: SeededRandom

    package private(set) var units: [UInt8: ModbusUnit] = [:]
    package private(set) var fault = BusFault.none
    /// Requests that were understood, to any unit.
    package private(set) var requestCount = 0
    /// Requests that came within 3.5 characters after an answer; a real slave may miss them.
    package private(set) var crowdedCount = 0

    private var master: Int32 = -1
    /// Nobody has the line open at the other end: bytes are lost, as at a closed serial port.
    private var isClosed = true
    private var reader = RtuRequestReader()
    private var busyUntil = Instant.zero
    /// The last request got an answer, which ended or ends at `busyUntil`.
    private var answered = false
    private var silenceTimer: SimLoop.TimerID?
    /// Counts pseudo-terminals, so that a late answer is not sent to a new one.
    private var generation = 0

    /// `linkPath` becomes a symbolic link to the pseudo-terminal, as `/dev/serial/by-id` is.
    package init(
        loop: SimLoop, linkPath: String, baud: Int, parity: BusPlan.Parity, stopBits: Int,
        units: [UInt8: ModbusUnit], seed: UInt64
    ) throws(SimulationError) {
        self.loop = loop
        self.linkPath = linkPath
        self.baud = baud
        self.units = units
        characterBits = 1 + 8 + (parity == .none ? 0 : 1) + stopBits
        random = SeededRandom(seed: seed)
        try plug()
    }

    package func close() {
        unplug()
    }

    /// Time that `count` characters take.
    private func time(characters count: Int) -> Interval {
        Interval(nanoseconds: Int64(count * characterBits) * 1_000_000_000 / Int64(baud))
    }

    /// 3.5 characters; fixed above 19,200 baud (Modbus over serial line V1.02, 2.5.1.1).
    private var silence: Interval {
        if baud > 19_200 { return Interval(nanoseconds: 1_750_000) }
        return Interval(nanoseconds: time(characters: 7).nanoseconds / 2)
    }

    package func update(_ unit: UInt8, _ change: (inout ModbusUnit) -> Void) {
        change(&units[unit, default: ModbusUnit()])
    }

    /// Throws when a cut bus cannot be plugged in again.
    package func setFault(_ new: BusFault) throws(SimulationError) {
        guard new != fault else { return }
        let old = fault
        fault = new
        if new == .cut { unplug() }
        if old == .cut { try plug() }
        if new == .babbling { babble(generation) }
    }

    // MARK: The pseudo-terminal

    private func plug() throws(SimulationError) {
        var mode = Self.restingMode
        var slave: Int32 = -1
        guard openpty(&master, &slave, nil, &mode, nil) == 0 else {
            throw SimulationError("openpty")
        }
        defer { Glibc.close(slave) }
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        UnixSocket.setNonBlocking(master)
        var name = [CChar](repeating: 0, count: 128)
        guard ttyname_r(slave, &name, name.count) == 0 else { throw SimulationError("ttyname_r") }
        unlink(linkPath)
        guard symlink(name, linkPath) == 0 else { throw SimulationError("link \(linkPath)") }
        generation += 1
        reader = RtuRequestReader()
        busyUntil = .zero
        waitForOpening(generation)
    }

    /// The kernel tells of a closed line (EIO) but not of its opening: looks every few
    /// milliseconds.
    private func waitForOpening(_ generation: Int) {
        loop.unwatch(master)
        isClosed = true
        discardUnread()
        loop.every(.milliseconds(4)) { [weak self] in
            guard let self, generation == self.generation else { return false }
            var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 0) >= 0, waiting.revents & Int16(POLLHUP) == 0 else {
                return true
            }
            isClosed = false
            loop.watch(master) { [unowned self] in receive() }
            return false
        }
    }

    /// Raw, at a speed that nobody uses: a pseudo-terminal drops the parity bit, and Debian's
    /// tcsetattr calls that an error (EINVAL) when no other setting changes.
    private static var restingMode: termios {
        var mode = termios()
        cfmakeraw(&mode)
        mode.c_cflag |= tcflag_t(CREAD | CLOCAL)
        cfsetspeed(&mode, speed_t(B50))
        return mode
    }

    /// The kernel keeps what the last master did not read, and its settings; a serial port that is
    /// opened anew has neither.
    private func discardUnread() {
        let slave = open(linkPath, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard slave >= 0 else { return }
        tcflush(slave, TCIOFLUSH)
        var mode = Self.restingMode
        tcsetattr(slave, TCSANOW, &mode)
        Glibc.close(slave)
    }

    private func unplug() {
        guard master >= 0 else { return }
        loop.unwatch(master)
        unlink(linkPath)
        Glibc.close(master)
        master = -1
        generation += 1
    }

    private func transmit(_ bytes: [UInt8], at due: Instant) {
        let generation = generation
        loop.at(due) { [weak self] in
            guard let self, generation == self.generation else { return }
            put(bytes)
        }
    }

    private func put(_ bytes: [UInt8]) {
        var line = pollfd(fd: master, events: 0, revents: 0)
        guard !isClosed, poll(&line, 1, 0) == 0 else { return }
        _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    // MARK: Requests

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = read(master, &buffer, buffer.count)
        if count < 0 && errno == EIO { return waitForOpening(generation) }
        guard count > 0 else { return }
        let now = SimLoop.now()
        reader.append(buffer[..<count])
        while let request = reader.next() { take(request, heard: now) }
        if let silenceTimer { loop.cancel(silenceTimer) }
        silenceTimer = nil
        guard !reader.isEmpty else { return }
        silenceTimer = loop.at(now + time(characters: count) + silence) { [weak self] in
            self?.silenceTimer = nil
            self?.reader.silence()
        }
    }

    private func take(_ request: RtuFrames.Request, heard: Instant) {
        requestCount += 1
        // Earlier than the end of the answer: the master gave up waiting for it.
        if answered && heard >= busyUntil && heard < busyUntil + silence { crowdedCount += 1 }
        answered = false
        let end = max(heard, busyUntil) + time(characters: request.length)
        busyUntil = end
        guard fault == .none, request.unit != 0, units[request.unit] != nil else { return }
        units[request.unit]?.requests += 1
        guard let unit = units[request.unit], unit.fault != .dead else { return }
        let pdu = unit.answer(request.pdu[...]) {
            UInt16.random(in: 0...UInt16.max, using: &random)
        }
        var frame = RtuFrames.frame(unit: request.unit, pdu)
        var start = end + silence
        switch unit.fault {
        case .late(let delay): start = start + delay
        case .wrongCheck: frame[frame.count - 1] ^= 0x5A
        case .truncated: frame.removeLast(frame.count / 2)
        case .none, .dead, .wrongValues, .exception: break
        }
        let finish = start + time(characters: frame.count)
        if case .late = unit.fault {
        } else {
            busyUntil = finish
            answered = true
        }
        transmit(frame, at: finish)
    }

    private func babble(_ generation: Int) {
        guard fault == .babbling, generation == self.generation else { return }
        let noise = (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) }
        put(noise)
        loop.after(time(characters: noise.count)) { [weak self] in self?.babble(generation) }
    }
}
