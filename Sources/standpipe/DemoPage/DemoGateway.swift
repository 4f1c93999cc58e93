// The gateway beside the demo's controller: started as a child in the demo's own directory, so that the
// panel can be seen. It ends with the demo.

import Glibc
import PlanFile
import SimulatedBuilding

final class DemoGateway {
    private let process: ControllerProcess
    private let logPath: String
    /// The panel's address; nil until the gateway has said where it listens.
    private(set) var address: String?

    /// `directory`: the demo's. `recipients`: the file of who is told what. `page`: who may show the
    /// panel inside of it, as an origin.
    init(loop: SimLoop, path: String, directory: String, recipients: String, page: String)
        throws(SimulationError)
    {
        for name in ["gateway-state", "gateway-run"] {
            guard mkdir("\(directory)/\(name)", 0o700) == 0 else {
                throw SimulationError("make \(directory)/\(name)")
            }
        }
        logPath = "\(directory)/gateway.log"
        let words = [
            path, "--state", "\(directory)/gateway-state", "--run", "\(directory)/gateway-run",
            "--controller-state", "\(directory)/state", "--controller-run", "\(directory)/run",
            "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-size", "64",
            "--recipients", recipients, "--framed-by", page,
        ]
        // Where the demo is killed, the kernel ends what it has started.
        let helper = "/usr/bin/setpriv"
        let isHelped = access(helper, X_OK) == 0
        process = ControllerProcess(
            loop: loop, path: isHelped ? helper : path,
            arguments: isHelped ? ["--pdeathsig", "KILL"] + words : Array(words.dropFirst()),
            logPath: logPath)
        process.restarts = false
        try process.start()
    }

    func close() { process.close() }

    /// Whether the panel can be reached.
    /// - Throws: where the gateway has ended.
    func look() throws(SimulationError) -> Bool {
        if address != nil { return true }
        let text = log()
        for line in text.split(separator: "\n") where line.contains("HTTP on ") {
            if let port = line.split(separator: ":").last.flatMap({ UInt16($0) }) {
                address = "http://127.0.0.1:\(port)/"
                return true
            }
        }
        guard process.isRunning else {
            throw SimulationError(
                "the gateway has ended: \(text.split(separator: "\n").last ?? "")", errno: 0)
        }
        return false
    }

    private func log() -> String {
        guard let bytes = try? PlanBytes.read(logPath) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
