// The demo on a terminal: takes keys, acts on the building, draws ten times a second, and leaves
// the terminal as it found it, also when a signal ends it.

import FireLogic
import Glibc
import SimulatedBuilding

final class DemoView {
    static let drawEvery = Interval.milliseconds(100)

    private let session: DemoSession
    private let terminal = Terminal()
    private var screen: DemoScreen

    init(session: DemoSession) {
        self.session = session
        screen = DemoScreen(
            session: session, chosen: 0, firstRow: 0, fancy: Terminal.knowsUnicode)
    }

    /// Runs until q is pressed or a signal ends it.
    func run(signals: DemoSignals) {
        terminal.open()
        defer { terminal.close() }
        let loop = session.loop
        loop.watch(STDIN_FILENO) { [unowned self] in takeKeys() }
        signals.watch(on: loop) { [unowned self] signal in
            if signal == SIGWINCH {
                terminal.forget()
                draw()
            } else {
                loop.stop()
            }
        }
        chooseFirst()
        loop.every(Self.drawEvery, first: .zero) { [weak self] in
            self?.draw()
            return self != nil
        }
        loop.run()
        loop.unwatch(STDIN_FILENO)
    }

    private func draw() {
        let (columns, rows) = terminal.size
        keepInView(rows)
        terminal.show(screen.lines(columns: columns, rows: rows))
    }

    // MARK: Choosing

    private var plan: SitePlan { session.building.plan }
    private var floors: [Int] { DemoScreen.floorsFromTop(plan) }
    private var chosenFloor: Int { plan.detectors[screen.chosen].floor }

    /// The lowest floor of the building, where newcomers begin.
    private func chooseFirst() {
        if let floor = floors.last(where: { !detectors(of: $0).isEmpty }) {
            screen.chosen = detectors(of: floor).first ?? 0
        }
    }

    private func detectors(of floor: Int) -> [Int] {
        Array(session.building.detectorsOfFloor[floor])
    }

    private func moveFloor(by step: Int) {
        let candidates = floors.filter { !detectors(of: $0).isEmpty }
        guard let row = candidates.firstIndex(of: chosenFloor) else { return }
        let column = detectors(of: chosenFloor).firstIndex(of: screen.chosen) ?? 0
        let next = candidates[max(0, min(candidates.count - 1, row + step))]
        let choices = detectors(of: next)
        screen.chosen = choices[min(column, choices.count - 1)]
    }

    private func moveDetector(by step: Int) {
        let choices = detectors(of: chosenFloor)
        guard let column = choices.firstIndex(of: screen.chosen) else { return }
        screen.chosen = choices[max(0, min(choices.count - 1, column + step))]
    }

    private func keepInView(_ rows: Int) {
        guard !plan.detectors.isEmpty, let row = floors.firstIndex(of: chosenFloor) else { return }
        let room = DemoScreen.floorRows(plan, rows: rows)
        if row < screen.firstRow { screen.firstRow = row }
        if row >= screen.firstRow + room { screen.firstRow = row - room + 1 }
        screen.firstRow = max(0, min(screen.firstRow, floors.count - room))
    }

    // MARK: Keys

    private func takeKeys() {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else { return session.loop.stop() }
        for key in TypedKey.keys(in: buffer[..<count]) { press(key) }
        draw()
    }

    private func press(_ key: TypedKey) {
        switch key {
        case .letter("q"), .letter("\u{03}"): return session.loop.stop()
        case .letter("K"): return session.killController()
        case .letter("x"): session.building.press(.silence)
        case .letter("r"): session.building.press(.reset)
        case .letter("t"): session.building.press(.lampTest)
        case .letter("\u{0C}"): terminal.forget()
        case .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .letter:
            guard !plan.detectors.isEmpty else { return }
            pressAtChosen(key)
        }
    }

    private func pressAtChosen(_ key: TypedKey) {
        let building = session.building
        let floor = chosenFloor
        switch key {
        case .up: moveFloor(by: -1)
        case .down: moveFloor(by: 1)
        case .pageUp: moveFloor(by: -10)
        case .pageDown: moveFloor(by: 10)
        case .home: moveFloor(by: -floors.count)
        case .end: moveFloor(by: floors.count)
        case .left: moveDetector(by: -1)
        case .right: moveDetector(by: 1)
        case .letter("f"): building.ignite(detector: screen.chosen)
        case .letter("e"): building.extinguish(floor: floor)
        case .letter("s"): toggleSilence()
        case .letter("b"): toggleBus()
        case .letter("k"):
            let key = plan.floors[floor].key
            building.turnKey(key, on: !building.keys[key].isOn)
        case .letter("v"):
            building.setValveStuck(!building.valves[floor].isStuck, floor: floor)
        case .letter("m"):
            if !building.pressManualRelease(floor: floor) {
                building.tell("\(plan.floors[floor].name) has no manual release")
            }
        case .letter: break
        }
    }

    private func toggleSilence() {
        let building = session.building
        let detector = plan.detectors[screen.chosen]
        let isSilent = building.detectors[screen.chosen].trouble == .silent
        building.setTrouble(isSilent ? .none : .silent, detector: screen.chosen)
        let id = detector.id.rawValue
        if case .contact = detector.source, !isSilent {
            building.tell("the wire of detector \(id) is cut: a plain contact cannot say so")
        } else {
            building.tell("detector \(id) \(isSilent ? "speaks again" : "says nothing any more")")
        }
    }

    private func toggleBus() {
        guard case .modbus(let bus, _, _) = plan.detectors[screen.chosen].source else {
            let id = plan.detectors[screen.chosen].id.rawValue
            return session.building.tell("detector \(id) is not on a bus; choose one that is")
        }
        let isCut = session.building.buses[bus].fault == .cut
        do {
            try session.building.setBusFault(isCut ? .none : .cut, bus: bus)
        } catch {
            session.building.tell("the bus cannot be mended: \(error)")
        }
    }
}
