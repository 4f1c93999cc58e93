// Other people's Modbus masters, run as their users run them.

import BenchLines
import CLinux
import FireLogic
import Glibc

enum Peers {
    /// mbpoll (libmodbus) reads one register of each slave in a list of 19,760, and prints every
    /// value into a pipe.
    static func mbpollRate(port: UInt16) throws -> Double {
        func run(_ slaves: String) throws -> Double {
            let begin = Machine.now
            let child = try Child(
                "mbpoll",
                [
                    "-m", "tcp", "-p", "\(port)", "-a", slaves, "-0", "-r", "1", "-c", "1", "-t",
                    "4", "-1", "-q", "127.0.0.1",
                ], reads: true)
            let (_, status) = child.text()
            guard status == 0 else { throw BenchError("mbpoll ended with \(status)", errno: 0) }
            return (Machine.now - begin).seconds
        }
        // What its start costs is taken off.
        let start = try run("1")
        let list = Array(repeating: "1:247", count: 80).joined(separator: ",")
        return 19_760 / (try run(list) - start)
    }

    /// No master at all: a request is sent, the answer taken, and the next one sent.
    static func rawRate(port: UInt16, seconds: Int) throws -> Double {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError("socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard status == 0 else { throw BenchError("connect") }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
        let request: [UInt8] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]
        var answer = [UInt8](repeating: 0, count: 64)
        // As an ordinary program, like the others.
        var parameters = sched_param()
        sched_setscheduler(0, SCHED_OTHER, &parameters)
        defer { Machine.setPriority(Machine.ownPriority) }
        var count = 0
        let begin = Machine.now
        while Machine.now - begin < .seconds(seconds) {
            for _ in 0..<100 {
                guard send(descriptor, request, 12, Int32(MSG_NOSIGNAL)) == 12,
                    recv(descriptor, &answer, 64, 0) == 11
                else { throw BenchError("no answer") }
            }
            count += 100
        }
        return Double(count) / (Machine.now - begin).seconds
    }

    /// pymodbus, its synchronous client.
    static func pymodbusRate(port: UInt16, seconds: Int) throws -> Double {
        let root = try projectDirectory()
        let script = root + "/Tests/peers/modbus-tcp-rate"
        let child = try Child(
            try python(root), [script, "127.0.0.1", "\(port)", "\(seconds)"], reads: true)
        let (text, status) = child.text()
        guard status == 0, let rate = Double(text.split(separator: "\n").last ?? "") else {
            throw BenchError("pymodbus ended with \(status)", errno: 0)
        }
        return rate
    }

    /// A Python with the peers' packages: `Tests/peers/python-env` makes one and prints its path.
    private static func python(_ root: String) throws -> String {
        let maker = root + "/Tests/peers/python-env"
        guard access(maker, X_OK) == 0 else { return "python3" }
        let (text, status) = try Child(maker, [], reads: true).text()
        guard status == 0, let line = text.split(separator: "\n").last else {
            throw BenchError("Tests/peers/python-env ended with \(status)", errno: 0)
        }
        return String(line)
    }

    /// The folder above this program that holds Package.swift.
    static func projectDirectory() throws -> String {
        var path = Machine.ownDirectory[...]
        while !path.isEmpty {
            if access(path + "/Package.swift", R_OK) == 0 { return String(path) }
            path = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
        }
        throw BenchError("run it from its build folder: the project is not above", errno: 0)
    }
}
