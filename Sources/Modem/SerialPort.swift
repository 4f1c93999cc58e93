// A serial port: opened, raw, claimed, read and written with deadlines on the boot clock. It moves
// bytes and knows nothing of what they mean.

import Glibc

/// A C errno.
struct PortError: Error, Hashable {
    let code: Int32
    init(_ code: Int32) { self.code = code }

    var text: String { String(cString: strerror(code)) }
}

/// An open serial port; closed when it goes.
struct SerialPort: ~Copyable {
    private let descriptor: Int32

    /// Baud rates that a modem may have.
    static let rates: [Int: speed_t] = [
        9_600: speed_t(B9600), 19_200: speed_t(B19200), 38_400: speed_t(B38400),
        57_600: speed_t(B57600), 115_200: speed_t(B115200), 230_400: speed_t(B230400),
        460_800: speed_t(B460800), 921_600: speed_t(B921600),
    ]

    /// open(2), flock(2), TIOCEXCL and tcsetattr(3): eight bits, no parity, nothing translated.
    /// `EWOULDBLOCK` or `EBUSY`: another program has it. `ENOTTY`: it is no serial port.
    init(path: String, baud: Int, hasFlowControl: Bool) throws(PortError) {
        guard let speed = Self.rates[baud] else { throw PortError(EINVAL) }
        // Non-blocking, so that an open does not wait for a carrier.
        let opened = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { throw PortError(errno) }
        do {
            try Self.setUp(opened, speed, hasFlowControl: hasFlowControl)
        } catch {
            Glibc.close(opened)
            throw error
        }
        descriptor = opened
    }

    deinit {
        // An exclusive claim would outlive the descriptor on a pseudo-terminal.
        _ = ioctl(descriptor, UInt(TIOCNXCL))
        Glibc.close(descriptor)
    }

    private static func setUp(
        _ descriptor: Int32, _ speed: speed_t, hasFlowControl: Bool
    ) throws(PortError) {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { throw PortError(errno) }
        var mode = termios()
        guard tcgetattr(descriptor, &mode) == 0 else { throw PortError(errno) }
        cfmakeraw(&mode)
        mode.c_cflag |= tcflag_t(CREAD | CLOCAL)
        mode.c_cflag &= ~tcflag_t(CSTOPB)
        if hasFlowControl {
            mode.c_cflag |= tcflag_t(CRTSCTS)
        } else {
            mode.c_cflag &= ~tcflag_t(CRTSCTS)
        }
        cfsetspeed(&mode, speed)
        guard tcsetattr(descriptor, TCSANOW, &mode) == 0 else { throw PortError(errno) }
        _ = ioctl(descriptor, UInt(TIOCEXCL))
        tcflush(descriptor, TCIOFLUSH)
    }

    /// Bytes that came, at most 512; none when nothing came until `deadline`. A vanished device
    /// throws (EIO, ENODEV, ENXIO).
    func read(until deadline: ContinuousClock.Instant) throws(PortError) -> [UInt8] {
        guard try wait(Int16(POLLIN), until: deadline) else { return [] }
        var bytes = [UInt8](repeating: 0, count: 512)
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count > 0 { return Array(bytes.prefix(count)) }
            // Readable and at its end: the line was hung up.
            if count == 0 { throw PortError(EIO) }
            if errno == EAGAIN { return [] }
            if errno != EINTR { throw PortError(errno) }
        }
    }

    /// Writes all, or throws: `ETIMEDOUT` when the modem takes nothing until `deadline`.
    func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(PortError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard try wait(Int16(POLLOUT), until: deadline) else { throw PortError(ETIMEDOUT) }
            } else if errno != EINTR {
                throw PortError(errno)
            }
        }
    }

    /// Throws away what came and was not read, and what was written and not sent (tcflush(3)).
    func flush() { tcflush(descriptor, TCIOFLUSH) }

    /// Drops DTR for as long as many modems need to hang up or reset (ioctl TIOCMBIC, TIOCMBIS);
    /// a port without such a line ignores it.
    func dropReady(for time: Duration) {
        var line = Int32(TIOCM_DTR)
        guard ioctl(descriptor, UInt(TIOCMBIC), &line) == 0 else { return }
        BootPause.pause(time)
        _ = ioctl(descriptor, UInt(TIOCMBIS), &line)
    }

    /// poll(2): false when `deadline` passed first.
    private func wait(
        _ events: Int16, until deadline: ContinuousClock.Instant
    ) throws(PortError) -> Bool {
        while true {
            var asked = pollfd(fd: descriptor, events: events, revents: 0)
            let left = max(deadline - .now, .zero).components
            // Rounded up, so that the last wait does not spin.
            let milliseconds =
                min(
                    left.seconds, 3_600) * 1_000 + (left.attoseconds + 999_999_999_999_999)
                / 1_000_000_000_000_000
            let count = poll(&asked, 1, Int32(clamping: milliseconds))
            if count > 0 {
                let isReady = asked.revents & events != 0
                if !isReady, asked.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
                    throw PortError(EIO)
                }
                return isReady
            }
            if count < 0, errno != EINTR { throw PortError(errno) }
            if deadline <= .now { return false }
        }
    }
}

/// Sleeps of a thread (nanosleep(2)), which end early for no signal.
enum BootPause {
    static func pause(_ time: Duration) {
        let end = ContinuousClock.now + time
        while true {
            let left = (end - .now).components
            if left.seconds < 0 || left.attoseconds < 0 { return }
            var span = timespec(
                tv_sec: Int(left.seconds), tv_nsec: Int(left.attoseconds / 1_000_000_000))
            if nanosleep(&span, nil) == 0 { return }
        }
    }
}
