// A simulated building with the real controller as a child, and a gateway beside it that the test
// may do anything to. Five floors and one that never burns, each with a contact and a detector of the
// network for which nobody speaks but the test's Kafka clients.

import CLinux
import FireLogic
import Foundation
import Glibc
import PlanFile
import SimulatedBuilding
import StatusFeed

final class RunningBuilding {
    /// Seconds that anything may take on a machine that is slow and busy.
    private static let patience = Interval.seconds(120)
    static let floors = 6

    private let directory: URL
    private let loop: SimLoop
    private let building: Building
    private let controller: ControllerProcess
    private let reader: StatusReader
    private let sender: InputSender
    private(set) var gateway: RunningGateway
    private var children: [ChildProcess] = []

    /// Starts building, controller and gateway, and waits until detectors release.
    /// `hasNetwork`: with the detectors that clients speak for, which are silent until they do.
    init(gatewayOptions: [String] = [], hasNetwork: Bool = true) throws {
        directory = URL(fileURLWithPath: "/tmp/sb-\(UUID().uuidString.prefix(8))")
        for name in ["state", "run"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        let path = directory.path
        loop = try SimLoop()
        building = try Building(
            loop: loop, plan: Self.plan(hasNetwork: hasNetwork), directory: path)
        try PlanBytes.write(PlanCodec.encode(building.plan), to: path + "/site.plan")
        controller = ControllerProcess(
            loop: loop,
            path: Peers.products.appendingPathComponent("standpipe-controller-sim").path,
            arguments: [
                "--gpio", Building.gpioSocket(in: path), "--plan", path + "/site.plan",
                "--state-dir", path + "/state", "--run-dir", path + "/run", "--no-real-time",
            ], logPath: path + "/controller.log")
        reader = StatusReader(path: path + "/run/status")
        sender = InputSender(loop: loop, path: path + "/run/input")
        try controller.start()
        gateway = try RunningGateway(controller: path, options: gatewayOptions)
        try until("the controller is armed") { status?.isArmed == true }
    }

    /// Ends everything that was started.
    func close() {
        for child in children { child.kill() }
        sender.close()
        controller.close()
        building.close()
        gateway.kill()
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: The site

    /// Detector `wire(floor)` is a contact, `spoken(floor)` one that clients speak for.
    static func wire(_ floor: Int) -> Int { 100 * floor + 1 }
    static func spoken(_ floor: Int) -> Int { 100 * floor + 2 }

    private static func plan(hasNetwork: Bool) -> SitePlan {
        var plan = SitePlan(name: "Beside a gateway")
        plan.expectsGateway = true
        plan.remote = [.silence, .disable, .walkTest]
        plan.chips = [ChipPlan(path: "/dev/gpiochip0")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.panel.resetButton = GpioLine(chip: 0, offset: 1)
        for floor in 0..<floors {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor)), name: "Floor \(floor)",
                    valve: ValvePlan(output: GpioLine(chip: 0, offset: 10 + floor)), key: 0))
            let sources: [(Int, DetectorSource)] = [
                (wire(floor), .contact(GpioLine(chip: 0, offset: 30 + floor))),
                (spoken(floor), .network),
            ]
            for (id, source) in sources where hasNetwork || source != .network {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32(id)), name: "Detector \(id)", floor: floor,
                        period: .seconds(1), limit: .seconds(3), source: source))
            }
        }
        return plan
    }

    // MARK: What is seen

    /// What the controller shows now; nil when it is dead.
    var status: StatusSnapshot? {
        reader.read().flatMap { $0.processID == UInt32(bitPattern: controller.pid) ? $0 : nil }
    }

    /// The floors whose valve's line is driven open.
    private var openFloors: [Int] {
        building.valves.indices.filter { building.valves[$0].commandedOpen }
    }

    /// Waits until water flows there.
    func untilOpen(_ floor: Int, _ what: String = "") throws {
        try until("\(what): the valve of floor \(floor) opens") { building.valves[floor].isOpen }
    }

    func isOpen(_ floor: Int) -> Bool { building.valves[floor].isOpen }

    /// Somebody presses the panel's button: an entry of the audit.
    func pressReset() { building.press(.reset) }

    /// Whether the controller has heard of the detector that clients speak for within its limit.
    func isHeard(_ floor: Int) -> Bool {
        guard
            let detector = status?.detectors.first(where: { $0.id.rawValue == Self.spoken(floor) })
        else { return false }
        return detector.state == .heard(.normal) || detector.state == .heard(.alarm)
    }

    /// Only these floors' valves were driven open, and the controller never ended.
    func expectOpen(_ floors: [Int]) throws {
        guard openFloors == floors, controller.starts == 1 else {
            throw NotSeen(
                description: "open are \(openFloors), not \(floors); \(controller.starts) starts")
        }
    }

    /// Lets the building live until `condition` holds.
    func until(_ what: String, _ condition: () -> Bool) throws {
        guard loop.run(atMost: Self.patience, until: condition) else {
            throw NotSeen(description: "not seen: \(what)")
        }
    }

    /// Speaks to the controller as a gateway would.
    func report(_ report: GatewayReport) { sender.report(report) }

    /// Sets fire below the contact of the floor.
    func ignite(_ floor: Int) throws {
        let wire = UInt32(Self.wire(floor))
        guard let position = building.plan.detectors.firstIndex(where: { $0.id.rawValue == wire })
        else { throw NotSeen(description: "detector \(wire)") }
        building.ignite(detector: position)
    }

    /// Sets fire there, and waits for water.
    func burn(_ floor: Int, _ what: String) throws {
        try ignite(floor)
        try untilOpen(floor, what)
    }

    /// SIGSTOP and SIGCONT to the controller.
    func holdController(_ held: Bool) {
        Glibc.kill(controller.pid, held ? SIGSTOP : SIGCONT)
    }

    // MARK: Clients

    /// Starts a step of `Tests/peers/kafka-clients` and goes on.
    @discardableResult
    func startStep(_ client: String, _ step: String, _ words: [String] = []) throws -> ChildProcess
    {
        let child = try Peers.start(
            client, step, gateway.port, words, log: "\(directory.path)/client-\(children.count)")
        children.append(child)
        return child
    }

    /// Runs a step to its end while the building lives on. It has to succeed; its last line but the
    /// one that says so is the answer.
    @discardableResult
    func step(_ client: String, _ step: String, _ words: [String] = []) throws -> String {
        let child = try startStep(client, step, words)
        try until("the end of \(client) \(step)") { !child.isRunning }
        guard child.status == 0 else {
            throw NotSeen(description: "\(client) \(step):\n\(child.output.suffix(3_000))")
        }
        return child.output.split(separator: "\n").dropLast().last.map { String($0) } ?? ""
    }
}
