// curl as a fire detector and as a reader, against the real controller behind the real gateway. What
// HTTP does without a controller is in Tests/peers/gateway-http.

import Foundation
import Testing

@Suite(.serialized) struct HTTPTests {
    /// One request with curl: its status and what came.
    private static func curl(
        _ building: RunningBuilding, _ path: String, post body: String? = nil
    ) throws -> (status: Int, text: String) {
        guard let port = building.gateway.webPort else {
            throw NotSeen(description: "the gateway names no port for HTTP")
        }
        let log = building.gateway.directory.appendingPathComponent("curl").path
        let sent = body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
        let curl = try ChildProcess(
            "/usr/bin/curl",
            ["-s", "--max-time", "60", "-w", "\n%{http_code}"] + sent
                + ["http://127.0.0.1:\(port)\(path)"], log: log)
        curl.wait()
        let lines = curl.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard curl.status == 0, let status = lines.last.flatMap({ Int($0) }) else {
            throw NotSeen(description: "curl \(path): \(curl.output)")
        }
        return (status, lines.dropLast().joined(separator: "\n"))
    }

    @Test("RELEASE, QUIET: a fire over HTTP opens its floor's valve; what is no signal is refused")
    func signals() async throws {
        try await ControllerInputTests.withBuilding(["--http", "127.0.0.1:0"]) { building in
            let spoken = RunningBuilding.spoken(2)
            for (topic, body, status) in [
                ("signals", #"{"detector":77,"fire":true}"#, 400),
                ("signals", #"{"detector":\#(RunningBuilding.wire(5)),"fire":true}"#, 400),
                ("signals", #"{"key":"\#(spoken)","value":"1"}"#, 400),
                ("signals", #"{"detector":\#(spoken),"fire":1}"#, 400),
                ("alarms", #"{"detector":\#(spoken),"fire":true}"#, 403),
            ] {
                let answer = try Self.curl(building, "/topics/\(topic)", post: body)
                guard answer.status == status else {
                    throw NotSeen(description: "\(body) met \(answer)")
                }
            }
            try building.expectOpen([])
            for isFire in [false, true] {
                let body = #"{"detector":\#(spoken),"fire":\#(isFire)}"#
                let answer = try Self.curl(building, "/topics/signals", post: body)
                guard answer.status == 200 else {
                    throw NotSeen(description: "\(body) met \(answer)")
                }
                if !isFire { try building.expectOpen([]) }
            }
            try building.untilOpen(2)
            let alarms = try Self.curl(building, "/topics/alarms?wait=60")
            guard alarms.text.contains(#""detector":\#(spoken),"fire":true"#) else {
                throw NotSeen(description: "the alarms are \(alarms)")
            }
        }
    }
}
