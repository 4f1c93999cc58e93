// Fires in a building whose gateway is flooded, stopped and killed: every valve opens, nothing else
// happens, and the controller says which detectors it does not hear any more. How long a valve takes
// meanwhile is measured by `standpipe-bench --only apart`.

import CLinux
import Foundation
import Glibc
import Testing

@Suite(.serialized) struct ApartTests {
    @Test(
        "APART, RELEASE: every fire opens its valve while clients flood the gateway and the controller's input"
    )
    func flooded() async throws {
        try await ControllerInputTests.withBuilding { building in
            // Connections that say nothing, or rubbish. Those of one address are bounded: some stay
            // for the others.
            var crowd = (0..<150).map { _ in Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
            defer { for one in crowd { close(one) } }
            crowd = crowd.filter { Self.connect($0, building.gateway.port) }
            for one in crowd.prefix(50) {
                let rubbish = [UInt8](repeating: 0x41, count: 512)
                send(one, rubbish, rubbish.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            try building.startStep("confluent", "pour", ["flood"])
            for first in [3, 4] {
                try building.startStep(
                    "confluent", "pour",
                    ["signals"] + (first...5).map { "\(RunningBuilding.spoken($0))" })
            }
            try building.until("the flood comes to the controller") {
                building.isHeard(3) && building.isHeard(5)
            }
            for floor in 0..<2 { try building.burn(floor, "flooded") }
            // Who speaks over the network is heard beside the flood.
            try building.step("confluent", "signal", ["\(RunningBuilding.spoken(2))", "1"])
            try building.untilOpen(2)
            try building.until("the flood goes on") { building.isHeard(5) }
            try building.expectOpen([0, 1, 2])
        }
    }

    @Test(
        "APART, RELEASE, LIVE: a stopped gateway keeps no valve shut, and its detectors are reported silent"
    )
    func stopped() async throws {
        try await ControllerInputTests.withBuilding { building in
            try building.startStep("confluent", "speak", ["\(RunningBuilding.spoken(5))"])
            try building.until("the detector is heard") { building.isHeard(5) }
            Glibc.kill(building.gateway.pid, SIGSTOP)
            try building.burn(0, "stopped")
            try building.until("the detector is reported silent") { !building.isHeard(5) }
            try building.burn(1, "long stopped")
            Glibc.kill(building.gateway.pid, SIGCONT)
            try building.until("the detector is heard again") { building.isHeard(5) }
            try building.step("confluent", "signal", ["\(RunningBuilding.spoken(2))", "1"])
            try building.untilOpen(2)
            try building.expectOpen([0, 1, 2])
        }
    }

    @Test("APART, RELEASE: every fire opens its valve while the gateway is killed again and again")
    func killed() async throws {
        try await ControllerInputTests.withBuilding { building in
            try building.startStep("confluent", "speak", ["\(RunningBuilding.spoken(5))"])
            try building.startStep("confluent", "pour", ["flood"])
            try building.until("the detector is heard") { building.isHeard(5) }
            building.gateway.kill()
            try building.burn(0, "dead")
            for floor in 1..<5 {
                var looks = 0
                try building.ignite(floor)
                try building.until("the valve of floor \(floor)") {
                    looks += 1
                    if looks % 10 == 1 {
                        building.gateway.kill()
                        try? building.gateway.start()
                    }
                    return building.isOpen(floor)
                }
            }
            try building.until("the detector is heard again") { building.isHeard(5) }
            try building.expectOpen([0, 1, 2, 3, 4])
        }
    }

    /// To the gateway on loopback; false and closed where that is refused.
    private static func connect(_ descriptor: Int32, _ port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size)
            }
        }
        if status != 0 { close(descriptor) }
        return status == 0
    }
}
