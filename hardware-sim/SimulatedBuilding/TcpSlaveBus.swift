// A Modbus TCP gateway with slaves behind it, on loopback. Frames carry the MBAP header of
// "Modbus Messaging on TCP/IP" V1.0b: transaction, protocol 0, length, unit. Cut, it refuses new
// connections and breaks the old ones; back, it listens at the same port. Never listens anywhere
// but on 127.0.0.1.

import FireLogic
import Glibc

package final class TcpSlaveBus {
    /// A gateway of this kind serves a few masters; more are refused.
    static let connectionLimit = 8

    private let loop: SimLoop
    private var random: SeededRandom
    package private(set) var port: UInt16
    package private(set) var units: [UInt8: ModbusUnit] = [:]
    package private(set) var fault = BusFault.none
    /// Requests that were understood, to any unit.
    package private(set) var requestCount = 0

    private var listener: Int32 = -1
    private var connections: [Int32: Connection] = [:]
    private var nextSerial = 0

    private struct Connection {
        var received: [UInt8] = []
        /// Tells two connections apart that had the same descriptor.
        var serial: Int
    }

    /// `port` 0 takes a free one, to be read from `port`.
    package init(
        loop: SimLoop, port: UInt16 = 0, units: [UInt8: ModbusUnit], seed: UInt64
    ) throws(SimulationError) {
        self.loop = loop
        self.port = port
        self.units = units
        random = SeededRandom(seed: seed)
        try listen()
    }

    package func close() { hangUp() }

    package func update(_ unit: UInt8, _ change: (inout ModbusUnit) -> Void) {
        change(&units[unit, default: ModbusUnit()])
    }

    /// Throws when a cut bus does not get its port again.
    package func setFault(_ new: BusFault) throws(SimulationError) {
        guard new != fault else { return }
        let old = fault
        fault = new
        if new == .cut { hangUp() }
        if old == .cut { try listen() }
        if new == .babbling { babble() }
    }

    // MARK: Connections

    private func listen() throws(SimulationError) {
        let descriptor = socket(
            AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw SimulationError("socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && Glibc.listen(descriptor, 8) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard status else {
            let error = SimulationError("listen on loopback port \(port)")
            Glibc.close(descriptor)
            throw error
        }
        port = UInt16(bigEndian: address.sin_port)
        listener = descriptor
        loop.watch(descriptor) { [unowned self] in acceptAll() }
    }

    private func hangUp() {
        for connection in Array(connections.keys) { drop(connection) }
        guard listener >= 0 else { return }
        loop.unwatch(listener)
        Glibc.close(listener)
        listener = -1
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            guard connections.count < Self.connectionLimit else {
                Glibc.close(connection)
                continue
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            UnixSocket.setNonBlocking(connection)
            var yes: Int32 = 1
            setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
            nextSerial += 1
            connections[connection] = Connection(serial: nextSerial)
            loop.watch(connection) { [unowned self] in receive(connection) }
        }
    }

    private func drop(_ connection: Int32) {
        guard connections.removeValue(forKey: connection) != nil else { return }
        loop.unwatch(connection)
        Glibc.close(connection)
    }

    private func transmit(_ bytes: [UInt8], to connection: Int32) {
        send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    // MARK: Requests

    private func receive(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(connection, &buffer, buffer.count, 0)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return drop(connection) }
        connections[connection]?.received += buffer[..<count]
        while let received = connections[connection]?.received, received.count >= 8 {
            let length = Int(received[4]) << 8 | Int(received[5])
            let isModbus = received[2] == 0 && received[3] == 0
            guard isModbus, length >= 2, length <= 254 else { return drop(connection) }
            guard received.count >= 6 + length else { return }
            connections[connection]?.received.removeFirst(6 + length)
            take(
                transaction: [received[0], received[1]], unit: received[6],
                pdu: received[7..<(6 + length)], from: connection)
        }
    }

    private func take(
        transaction: [UInt8], unit number: UInt8, pdu: ArraySlice<UInt8>, from connection: Int32
    ) {
        requestCount += 1
        guard fault == .none, units[number] != nil else { return }
        units[number]?.requests += 1
        guard let unit = units[number], unit.fault != .dead else { return }
        let answer = unit.answer(pdu) { UInt16.random(in: 0...UInt16.max, using: &random) }
        var frame =
            transaction + [0, 0, UInt8((answer.count + 1) >> 8), UInt8((answer.count + 1) & 0xFF)]
            + [number] + answer
        switch unit.fault {
        case .wrongCheck: frame[1] ^= 0x5A
        case .truncated: frame.removeLast(answer.count / 2 + 1)
        case .late(let delay):
            let serial = connections[connection]?.serial
            loop.after(delay) { [weak self] in
                guard let self, connections[connection]?.serial == serial else { return }
                transmit(frame, to: connection)
            }
            return
        case .none, .dead, .wrongValues, .exception: break
        }
        transmit(frame, to: connection)
    }

    private func babble() {
        guard fault == .babbling else { return }
        let noise = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        for connection in connections.keys { transmit(noise, to: connection) }
        loop.after(.milliseconds(5)) { [weak self] in self?.babble() }
    }
}
