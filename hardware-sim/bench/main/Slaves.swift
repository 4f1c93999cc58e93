// Modbus slaves in a process of their own. On a serial line they are the simulated building's, on a
// pseudo-terminal paced to its baud rate; they never sleep, because what they are late a real bus
// would not be. On TCP they do the least that a slave can do.

import BenchLines
import CLinux
import FireLogic
import Glibc
import SimulatedBuilding

enum Slaves {
    /// Slaves 1 to `count` on a serial line; those of `dead` never answer.
    static func startRtu(path: String, baud: Int, count: Int, dead: [Int]) throws -> Child {
        unlink(path)
        let child = try Child(
            "/proc/self/exe",
            ["--rtu", path, "\(baud)", "\(count)", dead.map { "\($0)" }.joined(separator: ",")])
        let end = Machine.now + .seconds(5)
        while access(path, R_OK) != 0 {
            guard child.isRunning, Machine.now < end else {
                throw BenchError("no pseudo-terminal", errno: 0)
            }
            usleep(1_000)
        }
        return child
    }

    /// Slaves 0 to 255 behind a gateway on loopback, all of whose values are zero; also its port.
    static func startTcp() throws -> (Child, port: UInt16) {
        let path = "/tmp/standpipe-bench-\(getpid()).port"
        unlink(path)
        defer { unlink(path) }
        let child = try Child("/proc/self/exe", ["--tcp", path])
        let end = Machine.now + .seconds(5)
        while true {
            if let port = UInt16(Machine.text(path)) { return (child, port) }
            guard child.isRunning, Machine.now < end else {
                throw BenchError("no TCP slave", errno: 0)
            }
            usleep(1_000)
        }
    }

    // The children.

    static func runRtu(path: String, baud: Int, count: Int, dead: [Int]) throws {
        let loop = try SimLoop()
        loop.neverSleeps = true
        var units: [UInt8: ModbusUnit] = [:]
        for number in 1...count {
            var unit = ModbusUnit()
            unit[.holdingRegister, 0] = 0
            unit[.discreteInput, 31] = 0
            if dead.contains(number) { unit.fault = .dead }
            units[UInt8(number)] = unit
        }
        let bus = try RtuSlaveBus(
            loop: loop, linkPath: path, baud: baud, parity: .even, stopBits: 1, units: units,
            seed: 1)
        runUntilOrphaned(loop)
        bus.close()
    }

    /// A listener on a free port of loopback, which it writes to `portPath`, and a thread a
    /// connection that waits in recv(2): as little as a slave can cost, for all masters alike.
    static func runTcp(portPath: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isListening else { throw BenchError("listen on loopback") }
        let port = Array("\(UInt16(bigEndian: address.sin_port))".utf8)
        let file = open(portPath + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0, write(file, port, port.count) == port.count else {
            throw BenchError("write \(portPath)")
        }
        close(file)
        rename(portPath + ".new", portPath)
        let parent = getppid()
        while getppid() == parent {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 500) == 1 else { continue }
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            var yes: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
            var thread = pthread_t()
            pthread_create(
                &thread, nil, serveTcp, UnsafeMutableRawPointer(bitPattern: Int(connection) + 1))
        }
    }

    private static func runUntilOrphaned(_ loop: SimLoop) {
        let parent = getppid()
        loop.every(.milliseconds(500)) {
            if getppid() != parent { loop.stop() }
            return true
        }
        loop.run()
    }
}

/// A connection's thread: answers every read (functions 1 to 4) with zeros, and all that have come
/// with one send.
private func serveTcp(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let connection = Int32(Int(bitPattern: argument) - 1)
    defer { close(connection) }
    // Every read request has twelve bytes; an answer has up to 259.
    let most = 64
    var requests = [UInt8](repeating: 0, count: 12 * most)
    var answers = [UInt8](repeating: 0, count: 259 * most)
    var have = 0
    while true {
        let count = requests.withUnsafeMutableBytes {
            recv(connection, $0.baseAddress?.advanced(by: have), $0.count - have, 0)
        }
        guard count > 0 else { return nil }
        have += count
        var taken = 0
        var length = 0
        while have - taken >= 12 {
            guard
                let written = answer(
                    requests[taken..<taken + 12], into: &answers[length..<length + 259])
            else { return nil }
            taken += 12
            length += written
        }
        for place in taken..<have { requests[place - taken] = requests[place] }
        have -= taken
        guard length == 0 || send(connection, answers, length, Int32(MSG_NOSIGNAL)) == length
        else { return nil }
    }
}

/// The length of the answer; nil for what is not a read that fits.
private func answer(_ request: ArraySlice<UInt8>, into frame: inout ArraySlice<UInt8>) -> Int? {
    let (from, to) = (request.startIndex, frame.startIndex)
    let function = request[from + 7]
    guard request[from + 5] == 6, (1...4).contains(function) else { return nil }
    let values = Int(request[from + 10]) << 8 | Int(request[from + 11])
    let bytes = function <= 2 ? (values + 7) / 8 : 2 * values
    guard bytes <= 250 else { return nil }
    for place in 0..<8 { frame[to + place] = request[from + place] }
    frame[to + 4] = UInt8((bytes + 3) >> 8)
    frame[to + 5] = UInt8((bytes + 3) & 0xFF)
    frame[to + 8] = UInt8(bytes)
    for place in 0..<bytes { frame[to + 9 + place] = 0 }
    return 9 + bytes
}
