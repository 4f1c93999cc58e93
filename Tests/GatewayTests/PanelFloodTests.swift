// Fires in a building whose panel is flooded, stopped and killed.

import Foundation
import Glibc
import Testing

@Suite(.serialized) struct PanelFloodTests {
    @Test(
        "APART, RELEASE: every fire opens its valve while the panel is flooded, stopped and killed")
    func flood() async throws {
        try await PanelClient.withPanel { panel in
            let building = panel.building
            var flood: [ChildProcess] = []
            defer { for one in flood { one.kill() } }
            // Each asks again and again on one connection, as fast as it is answered.
            for (number, path) in [
                "/api/v1/state?[1-9999999]", "/api/v1/events?limit=1000&before=[1-9999999]",
                "/api/v1/detectors?after=[0-9999999]", "/[1-9999999]", "/metrics?[1-9999999]",
            ].enumerated() {
                flood.append(try panel.start(path, "flood-\(number)", ["-o", "/dev/null"]))
            }
            flood.append(
                try panel.start(
                    "/api/v1/session?[1-9999999]", "posts",
                    ["-o", "/dev/null", "-H", "Content-Type: application/json", "-d", "{}"]))
            for number in 0..<60 {
                flood.append(try panel.start("/api/v1/live", "live-\(number)"))
            }
            try building.until("all look") {
                flood.suffix(60).allSatisfy { $0.output.contains("event: state") }
            }
            for floor in 0..<2 { try building.burn(floor, "flooded") }
            try building.until("all see the fire") {
                flood.suffix(60).allSatisfy { $0.output.contains(#""state":"fire""#) }
            }
            guard flood.prefix(6).allSatisfy({ $0.isRunning }) else {
                throw NotSeen(description: "the flood has ended")
            }
            Glibc.kill(building.gateway.pid, SIGSTOP)
            try building.burn(2, "stopped")
            Glibc.kill(building.gateway.pid, SIGCONT)
            try panel.expect(200, "/api/v1/floors/2", holds: [#""command":"open""#])
            building.gateway.kill()
            try building.burn(3, "dead")
            try building.gateway.start()
            try panel.expect(200, "/api/v1/floors/3", holds: [#""command":"open""#])
            try building.expectOpen([0, 1, 2, 3])
        }
    }
}
