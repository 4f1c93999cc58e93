// curl as a browser at the panel of a running building.

import Foundation

struct PanelClient {
    let building: RunningBuilding
    /// `https`, whoever signed its certificate, where the gateway has one.
    var scheme = "http"
    private static let patience = "60"

    /// What came.
    struct Answer: CustomStringConvertible {
        var status: Int
        /// Status line and headers.
        var head: String
        var body: String
        var description: String { "\(status) \(body)" }

        /// A field of the body.
        subscript(name: String) -> Any? {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[name]
        }
    }

    /// A building without detectors of the network, and its panel.
    static func withPanel(
        _ options: [String] = [], _ body: @escaping @Sendable (PanelClient) throws -> Void
    ) async throws {
        try await Peers.onOwnThread {
            let building = try RunningBuilding(
                gatewayOptions: ["--http", "127.0.0.1:0"] + options, hasNetwork: false)
            defer { building.close() }
            let scheme = options.contains("--tls-certificate") ? "https" : "http"
            try body(PanelClient(building: building, scheme: scheme))
        }
    }

    private func url(_ path: String) throws -> String {
        guard let port = building.gateway.webPort else {
            throw NotSeen(description: "the gateway names no port for HTTP")
        }
        return "\(scheme)://127.0.0.1:\(port)\(path)"
    }

    /// Starts curl, which lives on.
    func start(_ path: String, _ name: String, _ options: [String] = []) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/curl", ["-skN"] + options + [try url(path)],
            log: building.gateway.directory.appendingPathComponent("curl-\(name)").path)
    }

    /// One request to its end, while the building lives on.
    func ask(
        _ path: String, _ options: [String] = [], post body: String? = nil
    ) throws -> Answer {
        let sent = body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
        let curl = try start(
            path, "ask-\(UUID().uuidString)", ["-i", "--max-time", Self.patience] + sent + options)
        try building.until("the end of curl \(path)") { !curl.isRunning }
        let text = curl.output.replacing("\r\n", with: "\n")
        guard let gap = text.firstRange(of: "\n\n"),
            let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw NotSeen(description: "curl \(path): \(text)") }
        return Answer(
            status: status, head: String(text[..<gap.lowerBound]),
            body: String(text[gap.upperBound...]))
    }

    /// The answer has this status and these parts.
    @discardableResult
    func expect(
        _ status: Int, _ path: String, _ options: [String] = [], post body: String? = nil,
        holds parts: [String] = []
    ) throws -> Answer {
        let answer = try ask(path, options, post: body)
        guard answer.status == status,
            parts.allSatisfy({ (answer.head + answer.body).contains($0) })
        else {
            throw NotSeen(description: "\(path): \(status), \(parts) in \(answer.head) \(answer)")
        }
        return answer
    }
}
