// A gateway that is dead, stands still or says that something fails: the controller lights its fault
// lamp on its own. How soon exactly is GatewayWatchTests' business.

import FireLogic
import Glibc
import StatusFeed
import Testing

@Suite(.serialized) struct HeartbeatTests {
    /// A building without any fault, beside a gateway that has reported.
    private static func withBuilding(
        _ body: @escaping @Sendable (RunningBuilding) throws -> Void
    ) async throws {
        try await Peers.onOwnThread {
            let building = try RunningBuilding(hasNetwork: false)
            defer { building.close() }
            try building.until("no fault") { building.status?.lamps.fault == false }
            try body(building)
        }
    }

    private static func expectFault(_ building: RunningBuilding, _ what: String) throws {
        let since = ContinuousClock.now
        try building.until("the fault lamp of a gateway that is \(what)") {
            building.status?.systemFaults == [.gateway] && building.status?.lamps.fault == true
        }
        print("a gateway that is \(what): fault lamp after \(ContinuousClock.now - since)")
    }

    private static func expectNone(_ building: RunningBuilding) throws {
        try building.until("the fault lamp goes out") {
            building.status?.systemFaults == [] && building.status?.lamps.fault == false
        }
    }

    @Test("TOLD: a gateway that is killed lights the fault lamp until it lives again")
    func killed() async throws {
        try await Self.withBuilding { building in
            building.gateway.kill()
            try Self.expectFault(building, "killed")
            try building.gateway.start()
            try Self.expectNone(building)
        }
    }

    @Test("TOLD: a gateway that stands still lights the fault lamp until it goes on")
    func stopped() async throws {
        try await Self.withBuilding { building in
            Glibc.kill(building.gateway.pid, SIGSTOP)
            try Self.expectFault(building, "stopped")
            Glibc.kill(building.gateway.pid, SIGCONT)
            try Self.expectNone(building)
        }
    }

    @Test("TOLD: a gateway that says that a message reached nobody lights the fault lamp")
    func undelivered() async throws {
        try await Self.withBuilding { building in
            building.gateway.kill()
            for (report, faults) in [
                (GatewayReport.undelivered, [SystemFault.undelivered]),
                ([.mailFails, .smsFails], [.mail, .sms]), (.logFails, [.gatewayLog]), ([], []),
            ] {
                try building.until("\(faults) are shown") {
                    building.report(report)
                    return building.status?.systemFaults == faults
                        && building.status?.lamps.fault == !faults.isEmpty
                }
            }
            try building.expectOpen([])
        }
    }
}
