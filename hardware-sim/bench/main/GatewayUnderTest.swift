// A gateway beside a controller under test, and what comes to it: clients of librdkafka (`kafka-load`),
// open panels (`panel-load`) and connections that say nothing.

import BenchLines
import CLinux
import FireLogic
import Glibc

final class GatewayUnderTest {
    private let port: UInt16
    private let webPort: UInt16
    private let words: [String]
    private var child: Child?

    /// Not started yet. `controller` is the name of a `ControllerUnderTest` in the same place.
    init(_ place: WorkPlace, controller: String, connections: Int) throws {
        guard let port = RedisPeer.freePort() else { throw BenchError("no free port", errno: 0) }
        guard let webPort = RedisPeer.freePort(), webPort != port else {
            throw BenchError("no free port", errno: 0)
        }
        self.port = port
        self.webPort = webPort
        let directory = "\(place.disk)/gateway-\(controller)"
        mkdir(directory, 0o755)
        words = [
            "--state", directory, "--run", place.memory, "--controller-state",
            "\(place.disk)/\(controller)", "--controller-run", "\(place.memory)/\(controller)/run",
            "--listen", "127.0.0.1:\(port)", "--http", "127.0.0.1:\(webPort)",
            "--connections", "\(connections)",
            "--connections-each", "\(connections)",
        ]
    }

    func end() { child?.end(SIGKILL) }

    /// Starts it and waits until it answers.
    func start() throws {
        try launch()
        for _ in 0..<200 {
            if LoopbackPort.answers(port) { return }
            Machine.sleep(.milliseconds(20))
        }
        throw BenchError("standpipe-gateway does not answer", errno: 0)
    }

    /// kill -9 and a new one, which is not waited for.
    func killAndStart() throws {
        child?.end(SIGKILL)
        try launch()
    }

    private func launch() throws {
        child = try Child("\(Machine.ownDirectory)/standpipe-gateway", words)
    }

    func signal(_ number: Int32) { if let child { kill(child.pid, number) } }

    /// `VmRSS` in MB, as text.
    var memory: String {
        let kibibytes = child.flatMap { Machine.kibibytes("VmRSS", of: $0.pid) } ?? 0
        return Table.text(Double(kibibytes) / 1_024, 1)
    }

    /// A `kafka-load` of it that has said a first line, so that it is under way.
    func load(_ more: [String]) throws -> Child {
        let child = try Child(
            "\(Machine.ownDirectory)/kafka-load", ["127.0.0.1:\(port)"] + more, reads: true)
        Machine.sleep(.seconds(2))
        guard child.isRunning else {
            throw BenchError("kafka-load said: \(child.text().0)", errno: 0)
        }
        return child
    }

    /// So many panels that are open in browsers, as `panel-load` plays them.
    func panels(_ count: Int) throws -> Child {
        let child = try Child(
            "\(Machine.ownDirectory)/panel-load", ["\(webPort)", "\(count)", "1000"], reads: true)
        Machine.sleep(.seconds(2))
        guard child.isRunning else {
            throw BenchError("panel-load said: \(child.text().0)", errno: 0)
        }
        return child
    }

    /// So many connections that say nothing.
    func connect(_ count: Int) throws -> [Int32] {
        var made: [Int32] = []
        while made.count < count {
            guard let one = LoopbackPort.connect(port) else {
                throw BenchError("connection \(made.count) of \(count)")
            }
            made.append(one)
        }
        // The gateway has taken them all when it has said something to none and closed none.
        Machine.sleep(.seconds(1))
        return made
    }
}

/// A connection to a port of loopback.
enum LoopbackPort {
    /// Whether somebody listens.
    static func answers(_ port: UInt16) -> Bool {
        guard let descriptor = connect(port) else { return false }
        close(descriptor)
        return true
    }

    /// nil where nobody listens.
    static func connect(_ port: UInt16) -> Int32? {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size)
            }
        }
        if status == 0 { return descriptor }
        close(descriptor)
        return nil
    }
}
