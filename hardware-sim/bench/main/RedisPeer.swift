// Redis streams with `appendfsync always`, Debian's server on loopback: the peer of the durable log.

import BenchLines
import CLinux
import FireLogic
import Glibc

final class RedisPeer {
    private let server: Child
    let port: UInt16

    /// Starts a server that keeps its file in `directory`.
    init(_ directory: String) throws {
        guard let port = Self.freePort() else { throw BenchError("no free port") }
        self.port = port
        server = try Child(
            "redis-server",
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always",
                "--auto-aof-rewrite-percentage", "0", "--loglevel", "warning",
            ])
        for _ in 0..<100 {
            let (text, status) = try Child(
                "redis-cli", ["-p", "\(port)", "ping"], reads: true
            ).text()
            if status == 0, text.hasPrefix("PONG") { return }
            Machine.sleep(.milliseconds(50))
        }
        throw BenchError("redis-server does not answer", errno: 0)
    }

    /// Records of 200 bytes a second, appended by so many connections, each waiting for its answer.
    func rate(clients: Int, records: Int) throws -> Double {
        let value = String(repeating: "v", count: 200)
        let (text, status) = try Child(
            "redis-benchmark",
            [
                "-p", "\(port)", "-c", "\(clients)", "-n", "\(records)", "--csv", "xadd", "stream",
                "*", "v", value,
            ], reads: true
        ).text()
        // "xadd …","11900.00",… behind a line of heads.
        let cells = text.split(separator: "\n").last.map { $0.split(separator: ",") } ?? []
        guard status == 0, cells.count > 1,
            let rate = Double(cells[1].filter { $0 != "\"" })
        else { throw BenchError("redis-benchmark said: \(text)", errno: 0) }
        return rate
    }

    func end() { server.end() }

    /// A port of loopback that nobody listens at now.
    static func freePort() -> UInt16? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, size) == 0 ? getsockname(descriptor, place, &size) : -1
            }
        }
        return status == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }
}
