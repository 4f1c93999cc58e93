// The things of the simulated building that move by themselves: detectors that report, contacts
// that bounce, valves that follow their lines, each scheduled on the boot clock. Ties break by the
// order in which things were scheduled.

import ControlLoop
import DrillRandom
import FireLogic

struct Building {
    struct DetectorLife {
        var burns = false
        var isFaulty = false
        var isSilent = false
        var isBusDown = false
        /// Of 8 messages so many are lost, so many come late.
        var lost = 0
        var late = 0
        var nextAt: Instant
    }

    struct KeyLife {
        /// What the contacts would say with whole wires.
        var off = ContactLevel.inactive
        var on = ContactLevel.active
        /// A broken wire says this instead.
        var offWire: ContactLevel?
        var onWire: ContactLevel?
        var wantsOff = false
    }

    struct ValveLife {
        var shown: ContactLevel = .inactive
        var isStuck = false
        var wireLost = false
        var movesTo: ContactLevel?
    }

    enum Move {
        case input(Input)
        case key(Int, off: ContactLevel, on: ContactLevel)
        case valve(Int)
    }

    let plan: SitePlan
    var detectors: [DetectorLife]
    var keys: [KeyLife]
    var valves: [ValveLife]
    var manual: [ContactLevel]
    var buttons: [ContactLevel]
    private(set) var schedule: [(at: Instant, move: Move)] = []
    private var tickets: UInt32 = 0

    init(plan: SitePlan, at now: Instant, _ random: inout Random) {
        self.plan = plan
        detectors = plan.detectors.map { detector in
            DetectorLife(
                nextAt: now + .milliseconds(random.below(Int(detector.period.milliseconds))))
        }
        keys = plan.keys.map { _ in KeyLife() }
        valves = plan.floors.map { _ in ValveLife() }
        manual = plan.floors.map { _ in .inactive }
        buttons = PanelButton.allCases.map { _ in .inactive }
    }

    var nextAt: Instant {
        var next = schedule.first?.at ?? .never
        for detector in detectors { next = min(next, detector.nextAt) }
        return next
    }

    mutating func plan(_ move: Move, at time: Instant) {
        let place = schedule.lastIndex { $0.at <= time }.map { $0 + 1 } ?? 0
        schedule.insert((time, move), at: place)
    }

    mutating func ticket() -> Ticket {
        tickets += 1
        return Ticket(connection: 1, message: tickets)
    }

    /// What happens by itself until `now`, oldest first.
    mutating func run(to now: Instant, into inbox: inout [Input], _ random: inout Random) {
        while let first = schedule.first, first.at <= now {
            schedule.removeFirst()
            perform(first.move, into: &inbox)
        }
        for index in detectors.indices where detectors[index].nextAt <= now {
            let period = plan.detectors[index].period
            detectors[index].nextAt = now + period
            report(index, at: now, into: &inbox, &random)
        }
    }

    private mutating func perform(_ move: Move, into inbox: inout [Input]) {
        switch move {
        case .input(let input): inbox.append(input)
        case .key(let key, let off, let on):
            keys[key].off = off
            keys[key].on = on
            readKey(key, into: &inbox)
        case .valve(let floor):
            guard let level = valves[floor].movesTo else { return }
            valves[floor].movesTo = nil
            valves[floor].shown = level
            readFeedback(floor, into: &inbox)
        }
    }

    mutating func report(
        _ index: Int, at now: Instant, into inbox: inout [Input], _ random: inout Random
    ) {
        let life = detectors[index]
        if life.isSilent || life.isBusDown || random.below(8) < life.lost { return }
        let reading: Reading = life.isFaulty ? .fault(.device) : life.burns ? .alarm : .normal
        let input = input(index, reading)
        if random.below(8) < life.late {
            plan(.input(input), at: now + .milliseconds(random.below(20_000)))
        } else {
            inbox.append(input)
        }
    }

    mutating func input(_ index: Int, _ reading: Reading) -> Input {
        if case .network = plan.detectors[index].source {
            return .signal(detector: index, reading, ticket: ticket())
        }
        return .event(.reading(detector: index, reading))
    }

    func readKey(_ key: Int, into inbox: inout [Input]) {
        let life = keys[key]
        inbox.append(.event(.keyContact(key: key, .off, life.offWire ?? life.off)))
        if plan.keys[key].onContact != nil {
            inbox.append(.event(.keyContact(key: key, .on, life.onWire ?? life.on)))
        }
    }

    func readFeedback(_ floor: Int, into inbox: inout [Input]) {
        guard plan.floors[floor].valve.feedback != nil else { return }
        let level = valves[floor].wireLost ? .unreadable : valves[floor].shown
        inbox.append(.event(.feedback(floor: floor, level)))
    }

    /// What a starting controller reads first.
    func readAll(into inbox: inout [Input]) {
        for key in keys.indices { readKey(key, into: &inbox) }
        for floor in valves.indices {
            readFeedback(floor, into: &inbox)
            inbox.append(.event(.manualRelease(floor: floor, manual[floor])))
        }
        for button in PanelButton.allCases {
            inbox.append(.event(.button(button, buttons[Int(button.rawValue)])))
        }
    }

    /// Valves follow their lines after a while, unless stuck.
    mutating func follow(_ lines: [ValveCommand], at now: Instant, _ random: inout Random) {
        for (floor, command) in lines.enumerated() where !valves[floor].isStuck {
            let level: ContactLevel = command == .open ? .active : .inactive
            guard (valves[floor].movesTo ?? valves[floor].shown) != level else { continue }
            valves[floor].movesTo = level
            plan(.valve(floor), at: now + .milliseconds(random.below(6_000)))
        }
    }
}
