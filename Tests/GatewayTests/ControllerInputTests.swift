// Stock Kafka clients as fire detectors of a building with the real controller: what they say is
// acknowledged when the controller has taken it, what is no signal is refused, and what the
// controller writes can be read with any client.

import Foundation
import Testing

@Suite(.serialized) struct ControllerInputTests {
    /// One that speaks for a floor of its own.
    private static let detectors = ["confluent", "kafka-python", "kafka-python-2", "aiokafka"]
    private static let topics = ["alarms", "valves", "audit", "notifications", "signals"]

    /// A building for the body, with all clients made.
    static func withBuilding(
        _ options: [String] = [], _ body: @escaping @Sendable (RunningBuilding) throws -> Void
    ) async throws {
        for client in ["confluent", "kafka-python-2"] { _ = try await Peers.python(for: client) }
        try await Peers.onOwnThread {
            let building = try RunningBuilding(gatewayOptions: options)
            defer { building.close() }
            try building.step("confluent", "served")
            try body(building)
        }
    }

    @Test(
        "RELEASE, QUIET: a Kafka client's fire opens its floor's valve; what is no signal is refused"
    )
    func signals() async throws {
        try await Self.withBuilding { building in
            let unknown = "77", wired = "\(RunningBuilding.wire(5))"
            // aiokafka does not know the error's number.
            for client in ["confluent", "kafka-python"] {
                let known = "\(RunningBuilding.spoken(5))"
                try building.step(client, "refusals", [unknown, wired, known])
            }
            try building.expectOpen([])
            for (floor, client) in Self.detectors.enumerated() {
                let detector = "\(RunningBuilding.spoken(floor))"
                try building.step(client, "signal", [detector, "0"])
                try building.expectOpen(Array(0..<floor))
                try building.step(client, "signal", [detector, "1"])
                try building.untilOpen(floor)
                try building.expectOpen(Array(0...floor))
            }
            let heard = Self.detectors.indices.map { "\(RunningBuilding.spoken($0))" }
            for client in ["kcat", "confluent", "kafka-python", "aiokafka"] {
                try building.step(client, "alarms", heard)
            }
        }
    }

    @Test("RECORD: the controller's topics are read by clients and groups, and written by none")
    func reading() async throws {
        try await Self.withBuilding { building in
            building.pressReset()
            let fire = { (floor: Int) in
                try building.step(
                    "confluent", "signal", ["\(RunningBuilding.spoken(floor))", "1"])
                try building.untilOpen(floor)
            }
            try fire(0)
            try fire(1)
            let clients = ["kcat", "confluent", "kafka-python", "aiokafka"]
            for client in clients { try building.step(client, "controller", Self.topics) }
            for client in clients {
                try building.step(client, "shift", ["alarms", client, "0", "2"])
            }
            // What is committed stands, whatever happens to the gateway.
            building.gateway.kill()
            try building.burn(2, "without a gateway")
            try building.gateway.start()
            try building.step("confluent", "served")
            for client in clients {
                try building.step(client, "shift", ["alarms", client, "2", "1"])
            }
        }
    }

    @Test("BOUNDED: signals that the controller does not take are refused, and none is lost after")
    func busy() async throws {
        try await Self.withBuilding { building in
            let detector = "\(RunningBuilding.spoken(0))"
            try building.step("confluent", "signal", [detector, "0"])
            building.holdController(true)
            let answer = try building.step("confluent", "burst", [detector, "3000"])
            building.holdController(false)
            let counts = try JSONDecoder().decode([String: Int].self, from: Data(answer.utf8))
            // THROTTLING_QUOTA_EXCEEDED where the controller's queue is full, BROKER_NOT_AVAILABLE for
            // what stood in it, which librdkafka sends once more. Nothing counts as taken.
            guard counts["89", default: 0] > 0, Set(counts.keys).isSubset(of: ["89", "8"]) else {
                throw NotSeen(description: "the signals met \(counts)")
            }
            try building.step("confluent", "signal", [detector, "1"])
            try building.untilOpen(0)
        }
    }
}
