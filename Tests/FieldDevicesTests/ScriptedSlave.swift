// Modbus slaves that do exactly what a test tells them to, on a pseudo-terminal or on TCP: answer,
// answer late, lie, babble, fall silent, vanish. Written without libmodbus and without any of our
// own Modbus code, so that both sides cannot share a mistake.

import FireLogic
import Glibc
import Synchronization
import TestSupport

/// One request as it came in.
struct SlaveRequest: Sendable {
    /// Nil on a serial line.
    var transaction: UInt16?
    var unit: UInt8
    var function: UInt8
    var address: Int
    var count: Int

    /// The frame of an answer with registers.
    func registers(_ values: [UInt16]) -> [UInt8] {
        frame(
            [function, UInt8(values.count * 2)]
                + values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
    }

    /// The frame of an answer with bits.
    func bits(_ values: [Bool]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (values.count + 7) / 8)
        for (index, value) in values.enumerated() where value {
            bytes[index / 8] |= 1 << UInt8(index % 8)
        }
        return frame([function, UInt8(bytes.count)] + bytes)
    }

    /// `value` in every place that was asked for.
    func filled(_ value: UInt16) -> [UInt8] {
        function < 3
            ? bits(Array(repeating: value != 0, count: count))
            : registers(Array(repeating: value, count: count))
    }

    func refusal(_ code: UInt8) -> [UInt8] { frame([function | 0x80, code]) }

    /// Header, or unit and checksum, around `body`.
    func frame(_ body: [UInt8]) -> [UInt8] {
        guard let transaction else {
            let bytes = [unit] + body
            let sum = Self.checksum(bytes)
            return bytes + [UInt8(sum & 0xFF), UInt8(sum >> 8)]
        }
        let length = body.count + 1
        return [
            UInt8(transaction >> 8), UInt8(transaction & 0xFF), 0, 0, UInt8(length >> 8),
            UInt8(length & 0xFF), unit,
        ] + body
    }

    /// The same request as another unit would have got it.
    func asUnit(_ other: UInt8) -> SlaveRequest {
        var copy = self
        copy.unit = other
        return copy
    }

    /// CRC-16 of Modbus over serial line V1.02, 6.2.2, one bit at a time.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt16 = 0xFFFF
        for byte in bytes {
            sum ^= UInt16(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xA001 : sum >> 1 }
        }
        return sum
    }
}

/// Bytes of an answer and how long after the last ones they are sent. The slave goes on listening
/// meanwhile, as several slaves on a line do.
struct SlaveBytes: Sendable {
    var delay: Interval = .zero
    var bytes: [UInt8]
}

/// What a slave does with a request. Called on the slave's thread.
typealias SlaveScript = @Sendable (SlaveRequest) -> [SlaveBytes]

/// Slaves behind one bus: all unit numbers go to one script.
final class ScriptedSlave: @unchecked Sendable {
    /// What `ModbusBus` is to connect to.
    let link: BusPlan.Link
    private let script: Mutex<SlaveScript>
    private let asked = Mutex<[SlaveRequest]>([])
    private let ends: Ends
    private var thread: TestThread?

    /// A slave on a pseudo-terminal whose name is `path` (a symbolic link).
    static func serial(
        path: String, baud: Int = 19_200, parity: BusPlan.Parity = .even,
        script: @escaping SlaveScript
    ) -> ScriptedSlave {
        var master: Int32 = -1
        var terminal: Int32 = -1
        precondition(openpty(&master, &terminal, nil, nil, nil) == 0, "openpty")
        var settings = termios()
        tcgetattr(terminal, &settings)
        cfmakeraw(&settings)
        tcsetattr(terminal, TCSANOW, &settings)
        unlink(path)
        // Not ttyname: tests run side by side, and its one buffer would hand out another's line.
        var name = [CChar](repeating: 0, count: 128)
        precondition(ttyname_r(terminal, &name, name.count) == 0, "ttyname_r")
        precondition(symlink(name, path) == 0, "symlink")
        return ScriptedSlave(
            link: .rtu(device: path, baud: baud, parity: parity, stopBits: 1),
            ends: Ends(listener: -1, stream: master, spare: terminal), script: script)
    }

    /// A slave on a TCP port of the loopback; 0 takes a free one.
    static func tcp(port: UInt16 = 0, script: @escaping SlaveScript) -> ScriptedSlave {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, size) == 0, "bind: \(errno)")
                precondition(listen(listener, 4) == 0, "listen")
                getsockname(listener, $0, &size)
            }
        }
        return ScriptedSlave(
            link: .tcp(host: "127.0.0.1", port: UInt16(bigEndian: address.sin_port)),
            ends: Ends(listener: listener, stream: -1, spare: -1), script: script)
    }

    private init(link: BusPlan.Link, ends: Ends, script: @escaping SlaveScript) {
        self.link = link
        self.ends = ends
        self.script = Mutex(script)
        thread = TestThread { [weak self] in
            while let slave = self, slave.serve() {}
        }
    }

    deinit { stop() }

    func play(_ new: @escaping SlaveScript) { script.withLock { $0 = new } }

    var requests: [SlaveRequest] { asked.withLock { $0 } }

    func forget() { asked.withLock { $0.removeAll() } }

    /// Everything goes: the port is closed, the adapter unplugged and its name with it, so that
    /// no bus finds the pseudo-terminal of another test under it.
    func stop() {
        if case .rtu(let path, _, _, _) = link, thread != nil { unlink(path) }
        ends.isStopping.store(true, ordering: .sequentiallyConsistent)
        // Once: a number that is closed again may be another test's by now.
        guard let thread else { return }
        thread.join()
        self.thread = nil
        ends.closeAll()
    }

    /// The connection is cut, the port stays open.
    func hangUp() { ends.isHangingUp.store(true, ordering: .sequentiallyConsistent) }

    /// Sends bytes that nobody asked for.
    func babble(_ bytes: [UInt8]) { ends.send(bytes) }

    // The slave's thread.

    private func serve() -> Bool {
        if ends.isStopping.load(ordering: .sequentiallyConsistent) { return false }
        guard let request = ends.next() else { return true }
        asked.withLock { $0.append(request) }
        var due = ContinuousClock.now
        ends.send(
            script.withLock { $0 }(request).map { part in
                due += .nanoseconds(part.delay.nanoseconds)
                return (due, part.bytes)
            })
        return true
    }

    private final class Ends: @unchecked Sendable {
        typealias Part = (due: ContinuousClock.Instant, bytes: [UInt8])

        let isStopping = Atomic<Bool>(false)
        let isHangingUp = Atomic<Bool>(false)
        private let listener: Int32
        private var stream: Int32
        private let spare: Int32
        private var bytes: [UInt8] = []
        /// Answers, each with what is still to be sent of it and when that begins.
        private var later: [(due: ContinuousClock.Instant, parts: ArraySlice<Part>)] = []
        /// A part of the first of them was sent.
        private var hasBegun = false

        init(listener: Int32, stream: Int32, spare: Int32) {
            self.listener = listener
            self.stream = stream
            self.spare = spare
        }

        func closeAll() {
            for descriptor in [listener, stream, spare] where descriptor >= 0 { close(descriptor) }
            stream = -1
        }

        /// Sends each part when it is due. What is behind another answer's begun pieces waits for
        /// their end on a connection, for nothing there tells whose a byte is; on a line, where
        /// another slave speaks meanwhile, it does not.
        func send(_ parts: [Part]) {
            guard let first = parts.first else { return }
            later.append((first.due, parts[...]))
            sendDue()
        }

        /// Where the answer is whose next part is to be sent.
        private var nextAnswer: Int? {
            if listener >= 0 && hasBegun { return 0 }
            return later.indices.min { later[$0].due < later[$1].due }
        }

        private func sendDue() {
            while let place = nextAnswer, later[place].due <= .now {
                var answer = later.remove(at: place)
                if let part = answer.parts.popFirst() { send(part.bytes) }
                hasBegun = !answer.parts.isEmpty
                guard let part = answer.parts.first else { continue }
                answer.due = part.due
                later.insert(answer, at: 0)
            }
        }

        func send(_ bytes: [UInt8]) {
            if stream >= 0 && !bytes.isEmpty {
                if listener >= 0 {
                    _ = Glibc.send(stream, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                } else {
                    _ = write(stream, bytes, bytes.count)
                }
            }
        }

        /// The next whole request; nil when none came within 20 ms.
        func next() -> SlaveRequest? {
            if isHangingUp.exchange(false, ordering: .sequentiallyConsistent), stream >= 0 {
                close(stream)
                stream = -1
            }
            if let request = take() { return request }
            var entries = [
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stream, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&entries, 2, later.isEmpty ? 20 : 1)
            sendDue()
            guard ready > 0 else { return nil }
            if entries[0].revents != 0 {
                if stream >= 0 { close(stream) }
                stream = accept(listener, nil, nil)
                var one: Int32 = 1
                setsockopt(stream, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
                bytes = []
                later = []
                hasBegun = false
            } else if entries[1].revents != 0 {
                var chunk = [UInt8](repeating: 0, count: 256)
                let count = read(stream, &chunk, 256)
                if count > 0 {
                    bytes += chunk[..<count]
                } else if listener >= 0 {
                    close(stream)
                    stream = -1
                } else {
                    usleep(10_000)
                }
            }
            return take()
        }

        private func take() -> SlaveRequest? {
            if listener >= 0 {
                guard bytes.count >= 12 else { return nil }
                let frame = Array(bytes[..<12])
                bytes.removeFirst(12)
                return SlaveRequest(
                    transaction: UInt16(frame[0]) << 8 | UInt16(frame[1]), unit: frame[6],
                    function: frame[7], address: Int(frame[8]) << 8 | Int(frame[9]),
                    count: Int(frame[10]) << 8 | Int(frame[11]))
            }
            while bytes.count >= 8 {
                let frame = Array(bytes[..<8])
                if SlaveRequest.checksum(frame) == 0 {
                    bytes.removeFirst(8)
                    return SlaveRequest(
                        transaction: nil, unit: frame[0], function: frame[1],
                        address: Int(frame[2]) << 8 | Int(frame[3]),
                        count: Int(frame[4]) << 8 | Int(frame[5]))
                }
                bytes.removeFirst()
            }
            return nil
        }
    }
}
