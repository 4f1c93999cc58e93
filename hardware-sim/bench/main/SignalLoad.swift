// Detectors that speak: a process of its own that sends normal signals through the input socket,
// evenly over each second in steps of a millisecond.

import BenchLines
import CLinux
import FireLogic
import Glibc
import PlanFile
import SimulatedBuilding

enum SignalLoad {
    /// Starts the process: `rate` signals a second, at most `total`, from all network detectors
    /// but those that the benchmark plays itself.
    static func start(
        _ controller: ControllerUnderTest, rate: Int, total: Int = .max, sparing: Bool
    ) throws -> Child {
        try Child(
            "/proc/self/exe",
            [
                "--load", controller.directory, "\(rate)", "\(total)", sparing ? "spare" : "all",
            ])
    }

    /// The child.
    static func run(directory: String, rate: Int, total: Int, sparing: Bool) throws {
        Machine.setPriority(1)
        let plan = try PlanCodec.decode(PlanBytes.read(directory + "/plan"))
        var packets: [SignalPacket] = []
        for (index, detector) in plan.detectors.enumerated() where detector.source == .network {
            if sparing && detector.id.rawValue % 1_000 == 2 { continue }
            packets.append(
                SignalPacket(number: UInt32(index), detector: detector.id, .normal))
        }
        // One connection may send 20,000 a second.
        var sockets: [Int32] = []
        for _ in 0...rate / 15_000 {
            sockets.append(try UnixSocket.connect(path: directory + "/run/input"))
        }
        let parent = getppid()
        let begin = Machine.now
        var sent = 0
        var step: Int64 = 0
        while sent < total && getppid() == parent {
            step += 1
            Machine.sleep(until: begin + Interval(nanoseconds: step * 1_000_000))
            let due = min(total, Int(step) * rate / 1_000)
            while sent < due {
                let socket = sockets[sent % sockets.count]
                let count = send(
                    socket, &packets[sent % packets.count].words, SignalPacket.byteCount,
                    Int32(MSG_NOSIGNAL))
                guard count == SignalPacket.byteCount else { throw BenchError("send") }
                sent += 1
            }
            var answer: UInt64 = 0
            for socket in sockets {
                while recv(socket, &answer, 8, Int32(MSG_DONTWAIT)) == 8 {}
            }
        }
    }
}
