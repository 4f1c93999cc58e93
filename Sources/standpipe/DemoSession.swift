// One run of the demo: the simulated building, the controller as its child, what the controller
// shows of itself, and all events in words. The terminal view, the line mode and the scenario
// player stand on it. It tells the controller nothing but what detectors, people and wires would.

import ControlLoop
import FireLogic
import Glibc
import PlanFile
import ScenarioPlayer
import SimulatedBuilding
import StatusFeed

/// One thing that happened, for people.
struct DemoEvent {
    enum Teller {
        /// Something that a person in the building would notice.
        case building
        case controller
    }

    var time: String
    var teller: Teller
    var sentence: String
}

final class DemoSession: ScenarioStage {
    /// Reading the status page of a big site takes longer, so it is read less often.
    static let lookEvery = Interval.milliseconds(40)
    static let lookAtManyEvery = Interval.milliseconds(250)
    static let many = 1_000
    static let eventLimit = 2_000

    let loop: SimLoop
    let building: Building
    let controller: ControllerProcess
    private let directory: DemoDirectory
    private let sender: InputSender
    private let reader: StatusReader
    /// What the controller shows now; nil when it shows nothing or is dead.
    private(set) var snapshot: StatusSnapshot?
    /// The newest events, oldest first.
    private(set) var events: [DemoEvent] = []
    /// Called with every event.
    var told: (DemoEvent) -> Void = { _ in }
    private var nextEvent: UInt64 = 0
    private var eventsOf: Instant = .zero

    init(
        plan: SitePlan, controllerPath: String, seed: UInt64, outputsHold: Bool = true
    ) throws {
        directory = try DemoDirectory()
        loop = try SimLoop()
        var options = Building.Options()
        options.seed = seed
        options.releasedOutputs = outputsHold ? .holds : .fallsToPull
        do {
            building = try Building(
                loop: loop, plan: plan, directory: directory.path, options: options)
            try PlanBytes.write(
                try PlanCodec.encode(building.plan), to: directory.path + "/site.plan")
        } catch {
            directory.remove()
            throw error
        }
        controller = ControllerProcess(
            loop: loop, path: controllerPath,
            arguments: [
                "--gpio", Building.gpioSocket(in: directory.path),
                "--plan", directory.path + "/site.plan", "--state-dir", directory.path + "/state",
                "--run-dir", directory.path + "/run", "--no-real-time",
            ], logPath: directory.path + "/controller.log")
        sender = InputSender(loop: loop, path: directory.path + "/run/input")
        reader = StatusReader(path: directory.path + "/run/status")
        building.tell = { [unowned self] in add(.building, $0) }
        controller.tell = { [unowned self] in
            add(.building, $0)
            if !controller.isRunning && controller.diedAtOnce {
                add(.controller, "last words: \(controllerLog().split(separator: "\n").last ?? "")")
            }
        }
        building.sendSignal = { [unowned self] in sender.signal($0, alarm: $1) }
        sender.answered = { [unowned self] outcome in
            if outcome != .decided(.done) { add(.building, "the request was refused: \(outcome)") }
        }
    }

    func start() throws {
        try controller.start()
        let isBig = building.plan.detectors.count > Self.many
        loop.every(isBig ? Self.lookAtManyEvery : Self.lookEvery) { [weak self] in
            self?.look()
            return self != nil
        }
    }

    /// Where everything of this run stands.
    var directoryPath: String { directory.path }

    /// Ends the controller and removes everything.
    func close() {
        told = { _ in }
        controller.close()
        sender.close()
        building.close()
        directory.remove()
    }

    /// The last lines that the controller wrote to its standard error.
    func controllerLog() -> String {
        guard let bytes = try? PlanBytes.read(directory.path + "/controller.log") else { return "" }
        return String(decoding: bytes.suffix(2_000), as: UTF8.self)
    }

    // MARK: What the controller shows

    private func look() {
        snapshot = reader.read().flatMap { page in
            let age = SimLoop.now() - page.stamp.boot
            let isOurs = page.processID == UInt32(bitPattern: controller.pid)
            return isOurs && age < StatusLayout.liveFor ? page : nil
        }
        guard let snapshot else { return }
        if snapshot.started != eventsOf {
            eventsOf = snapshot.started
            nextEvent = 0
        }
        for event in snapshot.events where event.number >= nextEvent {
            if case .signal = event.record { continue }
            add(.controller, event.record.sentence(building.plan))
        }
        nextEvent = snapshot.nextEvent
    }

    private func add(_ teller: DemoEvent.Teller, _ sentence: String) {
        let event = DemoEvent(time: Self.wallClock(), teller: teller, sentence: sentence)
        events.append(event)
        if events.count > Self.eventLimit { events.removeFirst(Self.eventLimit / 2) }
        told(event)
    }

    private static func wallClock() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    // MARK: ScenarioStage

    var controllerIsArmed: Bool { snapshot?.isArmed == true }
    var controllerIsRunning: Bool { controller.isRunning }

    func killController() {
        add(.building, "kill -9 for the controller")
        controller.kill()
    }

    func request(_ operation: OperatorRequest.Operation) {
        sender.request(operation, who: OperatorName("demo"))
    }

    func shown(detector: Int) -> Scenario.DetectorWord? {
        guard let shown = snapshot?.detectors[detector] else { return nil }
        switch shown.state {
        case .unknown: return .unknown
        case .heard(.normal): return .normal
        case .heard(.alarm): return .alarm
        case .heard(.fault): return .fault
        case .heard(.silent): return .silent
        }
    }

    func hasHeard(_ text: String) -> Bool {
        events.contains { $0.teller == .controller && $0.sentence.contains(text) }
    }
}
