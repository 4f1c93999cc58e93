// The panel's data as a browser gets it, from the real controller through the real gateway. What the
// JSON is made of is tested in PanelTests; here it is that it arrives.

import Foundation
import Testing

@Suite(.serialized) struct PanelFaceTests {
    @Test("A fire is pushed to whoever looks, and stands in the state and among the events")
    func fire() async throws {
        try await PanelClient.withPanel { panel in
            let building = panel.building
            try panel.expect(
                200, "/api/v1/site",
                holds: [#""name":"Beside a gateway""#, #""name":"Floor 2""#, "ETag: "])
            let live = try panel.start("/api/v1/live", "live")
            try building.until("the first state") { live.output.contains("event: state") }
            try building.burn(2, "the contact")
            try building.until("the valve in a change") {
                live.output.contains(#""floor":2,"command":"open""#)
                    && live.output.contains("event: change")
            }
            let key = #""key":"floor.2.detector.\#(RunningBuilding.wire(2)).fire""#
            try building.until("the event") { live.output.contains(key) }
            try building.until("a tick") { live.output.contains("event: tick") }
            try panel.expect(
                200, "/api/v1/state",
                holds: [#""live":true"#, #""state":"fire""#, #""armed":true"#])
            try panel.expect(200, "/api/v1/events?kind=fire&floor=2", holds: [key])
            try panel.expect(
                200, "/api/v1/detectors/\(RunningBuilding.wire(2))",
                holds: [#""state":"alarm""#, #""source":"gpio""#])
            try panel.expect(200, "/api/v1/floors/2", holds: [#""command":"open""#])
            live.kill()
        }
    }

    @Test("LIVE: when the controller stops writing, whoever looks is told that nothing is live")
    func stale() async throws {
        try await PanelClient.withPanel { panel in
            let building = panel.building
            let live = try panel.start("/api/v1/live", "live")
            try building.until("the first state") { live.output.contains(#""live":true"#) }
            building.holdController(true)
            defer { building.holdController(false) }
            try building.until("not live") { live.output.contains(#""live":false"#) }
            try panel.expect(200, "/api/v1/state", holds: [#""live":false"#])
            building.holdController(false)
            try building.until("live again") {
                live.output.split(separator: "\n").last { $0.contains(#""live":"#) }?
                    .contains(#""live":true"#) == true
            }
            live.kill()
        }
    }

    @Test("The page may load nothing from elsewhere, and what is not there is said in JSON")
    func page() async throws {
        try await PanelClient.withPanel { panel in
            try panel.expect(
                200, "/",
                holds: [
                    "text/html", "default-src 'none'; script-src 'self'", "frame-ancestors 'none'",
                    "nosniff", "no-referrer", "ETag: ",
                ])
            for (path, status) in [
                ("/panel/../state", 404), ("/panel/none", 404), ("/api/v1/floors/99", 404),
                ("/api/v1/floors/x", 404), ("/api/v1/detectors/4294967296", 404),
                ("/api/v1/events?limit=0", 400), ("/api/v1/events?kind=none", 400),
                ("/api/v1/events?before=-1", 400), ("/api/v1/detectors?limit=1&limit=2", 400),
            ] {
                try panel.expect(status, path, holds: [#"{"error":""#])
            }
        }
    }
}
