// Lines 4 and 5: the example site with 10,000 detectors, from `standpipe compile`, alive: its
// serial lines and its TCP bus lead to simulated slaves, its contacts and pulses to the
// benchmark's lines, its network detectors to the input socket.

import BenchLines
import CLinux
import FireLogic
import Glibc
import PlanFile

final class BigSite {
    private let place: WorkPlace
    private let plan: SitePlan
    private let controller: ControllerUnderTest
    /// A gateway serves eight masters.
    private var gateways: [(Child, port: UInt16)] = []

    init(_ place: WorkPlace) throws {
        self.place = place
        let source = try Peers.projectDirectory() + "/deploy/examples/big.yaml"
        let compiled = place.disk + "/big.plan"
        let tool = try Machine.sibling("standpipe")
        let status = try Child(tool, ["compile", source, "--output", compiled]).wait()
        guard status == 0 else { throw BenchError("standpipe compile: \(status)", errno: 0) }
        var plan = try PlanCodec.decode(PlanBytes.read(compiled))
        for bus in plan.buses.indices {
            if bus % 8 == 0 { gateways.append(try Slaves.startTcp()) }
            plan.buses[bus].link = .tcp(host: "127.0.0.1", port: gateways[bus / 8].port)
        }
        self.plan = plan
        controller = try ControllerUnderTest(place, "big", plan: plan)
    }

    /// From before the exec to the armed flag in the status page: a first start and ten restarts.
    func measureStart(into table: inout Table) {
        let name = "start to armed, 10,000 detectors"
        do {
            let first = try controller.start()
            controller.stop()
            var restarts = Samples()
            for _ in 0..<10 {
                restarts.add(try controller.start())
                controller.stop()
            }
            let summary = restarts.summary()
            table.add(
                name + ", first", first.seconds * 1e3, "ms", goal: "<= 300",
                beside: "50 ms of it are the key's debounce", isOk: first.seconds <= 0.3)
            table.add(
                name + ", restart, longest of 10", summary.max / 1e3, "ms", goal: "<= 300",
                beside: "median \(Table.text(summary.p50 / 1e3)) ms", isOk: summary.max <= 3e5)
        } catch {
            table.add(failed: name, "\(error)")
        }
    }

    /// What is resident after a minute's worth of signals, with memory locked as on a board.
    func measureMemory(into table: inout Table) {
        let name = "resident memory, 10,000 detectors"
        do {
            _ = try controller.start()
            defer { controller.stop() }
            let before = Machine.kibibytes("VmRSS", of: controller.pid) ?? 0
            let load = try SignalLoad.start(
                controller, rate: 30_000, total: 600_000, sparing: false)
            beatPulses(while: load)
            let isLocked = !controller.has(.memoryLock)
            guard let now = Machine.kibibytes("VmRSS", of: controller.pid),
                let peak = Machine.kibibytes("VmHWM", of: controller.pid)
            else { throw BenchError("no /proc/PID/status") }
            let locked = Machine.kibibytes("VmLck", of: controller.pid) ?? 0
            let shared = Machine.kibibytes("RssShmem", of: controller.pid) ?? 0
            let anonymous = Machine.kibibytes("RssAnon", of: controller.pid) ?? 0
            let files = Machine.kibibytes("RssFile", of: controller.pid) ?? 0
            table.add(
                name, Double(now) / 1_024, "MB", digits: 1, goal: "<= 16",
                beside: isLocked
                    ? "mlockall allowed, VmLck \(mebibytes(locked))" : "mlockall refused here",
                isOk: now <= 16 * 1_024)
            table.add(
                name + ", peak", Double(peak) / 1_024, "MB", digits: 1,
                beside: "at the start \(mebibytes(before)); heap and stacks"
                    + " \(mebibytes(anonymous)), shared pages \(mebibytes(shared)),"
                    + " program \(mebibytes(files))")
            table.add(
                "detectors down while that was measured", Double(controller.detectorsDown), "",
                beside: "of \(plan.detectors.count)")
        } catch {
            table.add(failed: name, "\(error)")
        }
    }

    /// Plays the pulse detectors, each every 5 s, until the load has sent everything.
    private func beatPulses(while load: Child) {
        let heartbeats: [GpioLine] = plan.detectors.compactMap {
            if case .pulse(_, let heartbeat) = $0.source { return heartbeat }
            return nil
        }
        var high = true
        var next = 0
        while load.isRunning {
            if !heartbeats.isEmpty {
                _ = controller.move(heartbeats[next], high: high)
                next += 1
                if next == heartbeats.count {
                    next = 0
                    high.toggle()
                }
            }
            Machine.sleep(.milliseconds(5_000 / max(heartbeats.count, 1)))
        }
    }

    private func mebibytes(_ kibibytes: Int) -> String {
        Table.text(Double(kibibytes) / 1_024, 1)
    }
}
