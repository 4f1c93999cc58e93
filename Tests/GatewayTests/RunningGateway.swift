// The gateway as a child process, in a directory that is gone with the test, on a free port that it
// keeps when it is killed and started again.

import CLinux
import Foundation
import Glibc

final class RunningGateway {
    let directory: URL
    private(set) var port = 0
    private var gateway: ChildProcess?
    private let options: [String]

    var state: String { directory.appendingPathComponent("state").path }
    private var run: String { directory.appendingPathComponent("run").path }
    /// Where it serves HTTP, with `--http`: its second line.
    var webPort: Int? {
        let lines = gateway?.output.split(separator: "\n") ?? []
        guard lines.count > 1, lines[1].contains("HTTP") else { return nil }
        return lines[1].split(separator: ":").last.flatMap { Int($0) }
    }
    var pid: pid_t { gateway?.pid ?? -1 }

    /// `controller`: a directory with the `state` and `run` of one, whose logs and input it serves.
    init(controller: String? = nil, options: [String] = []) throws {
        directory = URL(fileURLWithPath: "/tmp/sg-\(UUID().uuidString.prefix(8))")
        for name in ["state", "run"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let logs =
            controller.map {
                ["--controller-state", $0 + "/state", "--controller-run", $0 + "/run"]
            }
            ?? ["--alone"]
        self.options = logs + options
        try start()
    }

    /// Starts it, the first time on any free port, and waits until it listens.
    func start() throws {
        let gateway = try ChildProcess(
            Peers.products.appendingPathComponent("standpipe-gateway").path,
            [
                "--state", state, "--run", run, "--listen", "127.0.0.1:\(port)", "--log-size",
                "128",
            ] + options, log: directory.appendingPathComponent("log").path)
        self.gateway = gateway
        // Its first line names the port.
        while !gateway.output.contains("\n"), gateway.isRunning { usleep(5_000) }
        let digits = gateway.output.split(separator: "\n").first?.split(separator: ":").last
        guard let digits, let number = Int(digits) else {
            throw NotSeen(description: "the gateway says \(gateway.output)")
        }
        port = number
    }

    /// SIGTERM: what waits is on the disk when this returns.
    func stop() {
        guard let gateway else { return }
        Glibc.kill(gateway.pid, SIGTERM)
        gateway.wait()
    }

    /// kill -9.
    func kill() { gateway?.kill() }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }
}
