// What a serial port and a TCP peer need beyond libmodbus: an exclusive claim and low latency for
// the one, a connection that never blocks for minutes for the other. The links call.

import CLinux
import CModbus
import FireLogic
import Glibc
import PlanFile

/// Claims on a serial port that libmodbus has opened and set up.
enum ModbusPort {
    /// Baud rates that libmodbus 3.1.6 and Linux both know; others would silently become 9,600.
    static let rates: Set<Int> = [
        300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
        500_000, 576_000, 921_600, 1_000_000,
    ]

    /// Keeps other programs off the port (TIOCEXCL, flock) and asks the driver not to collect
    /// bytes (ASYNC_LOW_LATENCY, where it can). Zero, or the errno: EWOULDBLOCK means that another
    /// program uses the port.
    static func claim(_ descriptor: Int32) -> Int32 {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno }
        // Ports that know no exclusive mode or no latency work as well without.
        _ = standpipe_serial_exclusive(descriptor, 1)
        _ = standpipe_serial_low_latency(descriptor)
        return 0
    }

    /// Undoes the claim that would outlive the descriptor.
    static func release(_ descriptor: Int32) {
        _ = standpipe_serial_exclusive(descriptor, 0)
    }
}

/// Where a TCP peer is: an address in digits, looked up once and without asking the network.
struct ModbusPeer {
    private var address = sockaddr_storage()
    private var length: socklen_t = 0

    /// Nil when `host` is no IPv4 or IPv6 address in digits (getaddrinfo with AI_NUMERICHOST).
    init?(host: String, port: UInt16) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            return nil
        }
        defer { freeaddrinfo(list) }
        length = first.pointee.ai_addrlen
        guard Int(length) <= MemoryLayout<sockaddr_storage>.size,
            let source = first.pointee.ai_addr
        else { return nil }
        memcpy(&address, source, Int(length))
    }

    /// A connected, non-blocking socket, or the errno. Gives up after
    /// `ModbusLimits.connectTimeout` (ETIMEDOUT) and when `stop` becomes readable (ECANCELED).
    func connect(stop: Int32) -> Result<Int32, ModbusErrno> {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(Int32(address.ss_family), flags, 0)
        if descriptor < 0 { return .failure(ModbusErrno(errno)) }
        let failure = Self.finish(self, descriptor, stop: stop)
        if failure == 0 { return .success(descriptor) }
        close(descriptor)
        return .failure(ModbusErrno(failure))
    }

    private static func finish(_ peer: ModbusPeer, _ descriptor: Int32, stop: Int32) -> Int32 {
        setOptions(descriptor)
        var address = peer.address
        let result = withUnsafePointer(to: &address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, peer.length)
            }
        }
        if result == 0 { return 0 }
        if errno != EINPROGRESS { return errno }
        switch ModbusClock.waitWritable(
            descriptor, stop, until: ModbusClock.now + ModbusLimits.connectTimeout)
        {
        case .first: break
        case .second: return ECANCELED
        case .time: return ETIMEDOUT
        case .broken(let failure): return failure
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 { return errno }
        return failure
    }

    /// Send at once, notice a peer that vanished. A kernel without one of these works as well.
    private static func setOptions(_ descriptor: Int32) {
        func set(_ level: Int32, _ name: Int32, _ value: Int32) {
            var value = value
            _ = setsockopt(
                descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        let tcp = Int32(IPPROTO_TCP)
        set(tcp, TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(tcp, TCP_KEEPIDLE, 5)
        set(tcp, TCP_KEEPINTVL, 2)
        set(tcp, TCP_KEEPCNT, 3)
    }
}

/// A C errno as an error.
struct ModbusErrno: Error {
    let value: Int32
    init(_ value: Int32) { self.value = value }
}
