// The command line of sim-building: a building of so many floors with one contact each, and the real
// controller on its lines, until the end of standard input. The controller's state is in DIRECTORY/state,
// what it shows in DIRECTORY/run.

import FireLogic
import Glibc
import PlanFile
import SimulatedBuilding
import StatusFeed

enum SimBuildingCommand {
    static let usage = """
        sim-building CONTROLLER-SIM DIRECTORY FLOORS
        Prints `armed` when detectors release. Orders, line by line on standard input:
          smoke FLOOR   smoke reaches the floor's detector; answers `ok` and the boot clock in ns
          clear FLOOR   it is gone
          reset         somebody presses the panel's button
          fires         answers `ok`, the floors in fire and the open valves
        """

    static func run(_ arguments: [String]) -> Int32 {
        guard arguments.count == 3, let floors = Int(arguments[2]), (1...32).contains(floors) else {
            print(usage)
            return 2
        }
        do {
            let building = try Site(program: arguments[0], directory: arguments[1], floors: floors)
            defer { building.close() }
            try building.serve()
            return 0
        } catch {
            print("sim-building: \(error)")
            return 1
        }
    }
}

/// The building and its controller, on one loop.
private final class Site {
    private let loop: SimLoop
    private let building: Building
    private let controller: ControllerProcess
    private let reader: StatusReader
    private var line: [UInt8] = []

    init(program: String, directory: String, floors: Int) throws {
        loop = try SimLoop()
        for name in ["state", "run"] { mkdir("\(directory)/\(name)", 0o700) }
        building = try Building(loop: loop, plan: Self.plan(floors), directory: directory)
        try PlanBytes.write(PlanCodec.encode(building.plan), to: "\(directory)/site.plan")
        controller = ControllerProcess(
            loop: loop, path: program,
            arguments: [
                "--gpio", Building.gpioSocket(in: directory), "--plan", "\(directory)/site.plan",
                "--state-dir", "\(directory)/state", "--run-dir", "\(directory)/run",
                "--no-real-time",
            ], logPath: "\(directory)/controller.log")
        reader = StatusReader(path: "\(directory)/run/status")
        try controller.start()
    }

    func close() {
        controller.close()
        building.close()
    }

    private static func plan(_ floors: Int) -> SitePlan {
        var plan = SitePlan(name: "Simulated")
        plan.expectsGateway = true
        plan.chips = [ChipPlan(path: "/dev/gpiochip0")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.panel.resetButton = GpioLine(chip: 0, offset: 1)
        for floor in 0..<floors {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor)), name: "Floor \(floor)",
                    valve: ValvePlan(output: GpioLine(chip: 0, offset: 10 + floor)), key: 0))
            plan.detectors.append(
                DetectorPlan(
                    id: DetectorID(rawValue: UInt32(100 + floor)), name: "Detector \(100 + floor)",
                    floor: floor, period: .seconds(1), limit: .seconds(3),
                    source: .contact(GpioLine(chip: 0, offset: 50 + floor))))
        }
        return plan
    }

    func serve() throws {
        let isArmed = loop.run(atMost: .seconds(60)) {
            reader.read()?.isArmed == true
        }
        guard isArmed else {
            throw SimulationError("the controller is not armed", errno: ETIMEDOUT)
        }
        say("armed")
        var isOpen = true
        loop.watch(0) { [self] in
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = read(0, &bytes, bytes.count)
            guard count > 0 else {
                isOpen = false
                return
            }
            for byte in bytes[..<count] {
                if byte != 0x0A {
                    if line.count < 256 { line.append(byte) }
                    continue
                }
                say(answer(String(decoding: line, as: UTF8.self)))
                line = []
            }
        }
        _ = loop.run(atMost: .seconds(1 << 30)) { !isOpen }
    }

    private func answer(_ line: String) -> String {
        let words = line.split(separator: " ")
        let floor = words.dropFirst().first.flatMap { Int($0) }
            .flatMap { building.plan.floors.indices.contains($0) ? $0 : nil }
        switch (words.first, floor) {
        case ("smoke", let floor?):
            let now = SimLoop.now().nanoseconds
            building.setTestSmoke(true, detector: floor)
            return "ok \(now)"
        case ("clear", let floor?):
            building.setTestSmoke(false, detector: floor)
            return "ok"
        case ("reset", _):
            building.press(.reset)
            return "ok"
        case ("fires", _):
            guard let summary = reader.read()?.summary else { return "error no status" }
            return "ok \(summary.floorsInFire) \(summary.floorsOpen)"
        default: return "error what? \(line)"
        }
    }

    private func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
