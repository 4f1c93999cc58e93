// The demo as a page: the simulated building beside the real panel, at one address of this machine.
// What is clicked becomes a line in a scenario's words, as it could be typed without a page.

import CDemoPage
import FireLogic
import FoundationEssentials
import Glibc
import ScenarioPlayer
import SimulatedBuilding

final class DemoPageRun {
    private static let patience = Interval.seconds(60)

    private let session: DemoSession
    private let gatewayPath: String
    private var web: DemoWeb?
    private var gateway: DemoGateway?
    private var people: DemoPeople?

    init(session: DemoSession, gatewayPath: String) {
        self.session = session
        self.gatewayPath = gatewayPath
    }

    /// Runs until a signal ends it, or for `seconds`.
    func run(port: UInt16, signals: DemoSignals, seconds: Int?) throws {
        let loop = session.loop
        let web = try DemoWeb(loop: loop, port: port) { [unowned self] in answer($0) }
        self.web = web
        defer { web.close() }
        let people = try DemoPeople(
            loop: loop, site: session.building.plan.name, directory: session.directoryPath)
        self.people = people
        defer { people.close() }
        let gateway = try DemoGateway(
            loop: loop, path: gatewayPath, directory: session.directoryPath,
            recipients: people.recipientsFile, page: "http://127.0.0.1:\(web.port)")
        self.gateway = gateway
        defer { gateway.close() }
        var wasStopped = false
        signals.watch(on: loop) {
            guard $0 != SIGWINCH else { return }
            wasStopped = true
            loop.stop()
        }
        var trouble: SimulationError?
        let isUp = loop.run(atMost: Self.patience) {
            do throws(SimulationError) {
                return try gateway.look() || wasStopped
            } catch {
                trouble = error
                return true
            }
        }
        if let trouble { throw trouble }
        guard isUp else { throw SimulationError("the gateway does not say where it listens") }
        if wasStopped { return }
        DemoLines.say("\(session.building.plan.name), a simulated building beside its panel:")
        DemoLines.say("")
        DemoLines.say("    http://127.0.0.1:\(web.port)/")
        DemoLines.say("")
        DemoLines.say("Control-C ends it and leaves nothing behind.")
        if let seconds { loop.after(.seconds(seconds)) { loop.stop() } }
        loop.run()
    }

    // What is answered

    private func answer(_ request: DemoWeb.Request) -> DemoWeb.Answer {
        switch (request.method, request.path) {
        case ("GET", "/demo/site"):
            return json(DemoSite(session.building, panel: gateway?.address ?? ""))
        case ("GET", "/demo/state"): return json(DemoPicture(session, people))
        case ("POST", "/demo/do"): return act(String(decoding: request.body, as: UTF8.self))
        case ("GET", let path): return file(String(path.drop { $0 == "/" }))
        default: return DemoWeb.Answer(status: 404, bytes: [])
        }
    }

    private func json(_ value: some Encodable) -> DemoWeb.Answer {
        guard let data = try? JSONEncoder().encode(value) else {
            return DemoWeb.Answer(status: 500, bytes: [])
        }
        return DemoWeb.Answer(status: 200, bytes: Array(data))
    }

    /// One action of a scenario: `fire: {detector: 102}`.
    private func act(_ line: String) -> DemoWeb.Answer {
        do throws(ScenarioError) {
            let action = try ScenarioFile.action(line, plan: session.building.plan)
            if let trouble = ScenarioPlayer.act(action, on: session) {
                return json(["error": trouble])
            }
            return json(["done": line])
        } catch {
            return DemoWeb.Answer(
                status: 400, bytes: json(["error": error.message]).bytes)
        }
    }

    private func file(_ name: String) -> DemoWeb.Answer {
        var number = 0
        while let file = cdemo_file(number)?.pointee {
            number += 1
            guard String(cString: file.name) == name else { continue }
            return DemoWeb.Answer(
                status: 200, type: String(cString: file.type),
                bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
        }
        return DemoWeb.Answer(status: 404, bytes: [])
    }
}
