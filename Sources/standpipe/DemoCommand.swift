// `standpipe demo`: the whole thing on one machine: a simulated building, the controller on it, and
// a view to play with both. With a scenario it plays that unattended and says by its exit code
// whether all held. Touches no real device and leaves nothing behind.

import ArgumentParser
import FireLogic
import Glibc
import PlanFile
import ScenarioPlayer
import SimulatedBuilding
import SiteFile

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Play with a simulated building and the controller that guards it.",
        discussion: """
            On a terminal: a view with keys to set fire, break things and turn the key. With \
            --page: one address for a browser, with the building beside its panel. Without a \
            terminal: events as lines, and commands as lines on standard input in a scenario's words, \
            for example  fire: {detector: 102}
            With --scenario: plays it and exits with 0 when everything held, 1 when not, 2 when \
            the file is wrong.
            """)

    @Option(
        help: "The site file to simulate; a small example by default.",
        completion: .file(extensions: ["yaml", "yml"]))
    var site: String?

    @Option(
        help: "The scenario to play; it names its site.",
        completion: .file(extensions: ["yaml", "yml"]))
    var scenario: String?

    @Option(help: "Seed of everything in the building that is left to chance.")
    var seed: UInt64 = 1

    @Option(help: "End after so many seconds (without a terminal).")
    var seconds: Int?

    @Option(help: "The controller to start; by default the one beside this program.")
    var controller: String?

    @Flag(help: "A page for the browser: the building beside the real panel.")
    var page = false

    @Option(help: "With --page: the port on this machine; any free one by default.")
    var port: UInt16 = 0

    @Option(help: "With --page: the gateway to start; by default the one beside this program.")
    var gateway: String?

    func run() throws {
        let signals = try DemoSignals()
        if let scenario {
            guard site == nil else {
                throw ValidationError("a scenario names its own site; leave out --site")
            }
            try play(scenario, signals)
        } else {
            try show(signals)
        }
    }

    private func show(_ signals: DemoSignals) throws {
        let site = try self.site ?? Self.exampleSite()
        let check = try SiteInput.check(site)
        guard let plan = check.plan else {
            for finding in check.findings { SiteInput.complain(finding.text(path: site)) }
            SiteInput.complain("\(site): \(SiteInput.summary(check))")
            throw ExitCode(2)
        }
        let session = try DemoSession(
            plan: plan, controllerPath: try controllerPath(), seed: seed)
        defer { session.close() }
        try session.start()
        if page {
            let path = try programPath(gateway, "standpipe-gateway", option: "--gateway")
            try DemoPageRun(session: session, gatewayPath: path)
                .run(port: port, signals: signals, seconds: seconds)
        } else if Terminal.isThere {
            DemoView(session: session).run(signals: signals)
        } else {
            DemoLines.run(session, signals: signals, seconds: seconds)
        }
    }

    private func play(_ path: String, _ signals: DemoSignals) throws {
        let bytes: [UInt8]
        do throws(PlanError) {
            bytes = try PlanBytes.read(path)
        } catch {
            SiteInput.complain("\(path): cannot be read: \(SiteInput.reason(error))")
            throw ExitCode(2)
        }
        let loaded: (scenario: Scenario, plan: SitePlan)
        do throws(ScenarioError) {
            loaded = try ScenarioFile.read(String(decoding: bytes, as: UTF8.self)) { site in
                try Self.plan(of: site, besides: path)
            }
        } catch {
            SiteInput.complain(error.text(path: path))
            throw ExitCode(2)
        }
        let session = try DemoSession(
            plan: loaded.plan, controllerPath: try controllerPath(), seed: loaded.scenario.seed,
            outputsHold: loaded.scenario.outputsHold)
        defer { session.close() }
        try session.start()
        guard DemoLines.play(loaded.scenario, on: session, signals: signals) else {
            throw ExitCode(1)
        }
    }

    /// `site` as the scenario at `path` names it.
    private static func plan(of site: String, besides path: String) throws -> SitePlan {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let check = try SiteInput.check(site.hasPrefix("/") ? site : folder + site)
        guard let plan = check.plan else {
            let first = check.findings.first { $0.severity == .error }
            throw InputOutputError(description: first?.text(path: site) ?? "it has errors")
        }
        return plan
    }

    private func controllerPath() throws -> String {
        try programPath(controller, "standpipe-controller-sim", option: "--controller")
    }

    /// `given`, or the program `name` beside this one.
    private func programPath(_ given: String?, _ name: String, option: String) throws -> String {
        let path = given ?? Self.folderOfThisProgram() + "/" + name
        guard access(path, X_OK) == 0 else {
            throw InputOutputError(
                description: "there is no program at \(path); build it with "
                    + "`swift build --product \(name)`, or name one with \(option)")
        }
        return path
    }

    private static func folderOfThisProgram() -> String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:))
        let path = String(decoding: bytes, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// The small example: in the checkout that this program was built in, or where it is installed.
    private static func exampleSite() throws -> String {
        let name = "deploy/examples/small.yaml"
        var folder = folderOfThisProgram()
        var candidates = [name]
        while let cut = folder.lastIndex(of: "/") {
            candidates.append("\(folder)/\(name)")
            candidates.append("\(folder)/share/standpipe/small.yaml")
            folder = String(folder[..<cut])
        }
        guard let found = candidates.first(where: { access($0, R_OK) == 0 }) else {
            throw InputOutputError(
                description: "the example site is not here; name a site with --site FILE")
        }
        return found
    }
}
