// What can happen in one step of a life: mostly time, sometimes people, trouble and death.

import ControlLoop
import DrillRandom
import FireLogic

extension Life {
    mutating func act() {
        let now = bench.now
        switch random.pick(weights: [30, 12, 2, 10, 10, 10, 6, 4, 8, 3, 5, 4, 4, 6, 3, 3, 2]) {
        case 0: pass(.milliseconds(random.below(300)))
        case 1: pass(.milliseconds(random.below(12_000)))
        case 2: pass(.seconds(random.chance(1, in: 100) ? 1_900 : random.number(in: 55...130)))
        case 3: changeFire()
        case 4: changeDetector()
        case 5: turnKey()
        case 6: breakKeyWire()
        case 7:
            let floor = random.below(plan.floors.count)
            press(floor, random.pick([.active, .active, .inactive, .unreadable]))
        case 8: ask()
        case 9: pressButton()
        case 10: changeValve()
        case 11: changeJournal()
        case 12: changeBus()
        case 13: die()
        case 14:
            let years = random.chance(1, in: 2) ? 40 : -40
            note("wall clock moves \(years) years")
            bench.wallMilliseconds += Int64(years) * 365 * 86_400_000
        case 15:
            stalledUntil = now + .milliseconds(random.pick([20, 200, 2_000, 9_000]))
            note("stalled until \(stalledUntil.nanoseconds / 1_000_000) ms")
            pass(stalledUntil - now)
        default:
            bench.lampsBroken.toggle()
            hasBoardFaults = true
            note("lamps \(bench.lampsBroken ? "broken" : "repaired")")
        }
        if random.chance(2, in: 3) { pass(.milliseconds(random.below(120))) }
    }

    private mutating func changeFire() {
        guard !plan.detectors.isEmpty else { return }
        let index = random.below(plan.detectors.count)
        building.detectors[index].burns = random.chance(1, in: 2)
        note("detector \(index) \(building.detectors[index].burns ? "burns" : "is calm")")
        guard plan.detectors[index].debounce > .zero else { return }
        // A contact bounces on its way, and sometimes never rests.
        var at = bench.now
        let wanted: Reading = building.detectors[index].burns ? .alarm : .normal
        let other: Reading = building.detectors[index].burns ? .normal : .alarm
        let bounces = random.chance(1, in: 8) ? 400 : random.below(5)
        for bounce in 0..<(2 * bounces + 1) {
            let input = building.input(index, bounce % 2 == 0 ? wanted : other)
            building.plan(.input(input), at: at)
            at = at + .milliseconds(random.number(in: 1...8))
        }
    }

    private mutating func changeDetector() {
        guard !plan.detectors.isEmpty else { return }
        let index = random.below(plan.detectors.count)
        switch random.below(6) {
        case 0: building.detectors[index].isSilent = true
        case 1: building.detectors[index].isFaulty.toggle()
        case 2: building.detectors[index].lost = random.below(8)
        case 3: building.detectors[index].late = random.below(6)
        default:
            let burns = building.detectors[index].burns
            building.detectors[index] = Building.DetectorLife(nextAt: bench.now)
            building.detectors[index].burns = burns
        }
        note("detector \(index): \(building.detectors[index])")
    }

    private mutating func turnKey() {
        let key = random.below(plan.keys.count)
        building.keys[key].wantsOff.toggle()
        let isOff = building.keys[key].wantsOff
        note("key \(key) is turned \(isOff ? "off" : "on")")
        var at = bench.now
        let from: ContactLevel = isOff ? .inactive : .active
        let to: ContactLevel = isOff ? .active : .inactive
        let between = random.pick([0, 5, 60, 3_000])
        for _ in 0..<random.pick([0, 0, 3, 30]) {
            building.plan(.key(key, off: .inactive, on: .inactive), at: at)
            at = at + .milliseconds(random.number(in: 1...60))
            building.plan(.key(key, off: from, on: to), at: at)
            at = at + .milliseconds(random.number(in: 1...30))
        }
        building.plan(.key(key, off: .inactive, on: .inactive), at: at)
        building.plan(.key(key, off: to, on: from), at: at + .milliseconds(between))
    }

    private mutating func breakKeyWire() {
        let key = random.below(plan.keys.count)
        let level = random.pick([ContactLevel?.none, .inactive, .unreadable])
        if random.chance(1, in: 2) {
            building.keys[key].offWire = level
        } else {
            building.keys[key].onWire = level
        }
        note("key \(key) wires: \(building.keys[key])")
        building.readKey(key, into: &bench.inbox)
    }

    private mutating func press(_ floor: Int, _ level: ContactLevel) {
        note("manual release of floor \(floor): \(level)")
        building.manual[floor] = level
        bench.inbox.append(.event(.manualRelease(floor: floor, level)))
        guard level == .active, random.chance(2, in: 3) else { return }
        building.manual[floor] = .inactive
        building.plan(
            .input(.event(.manualRelease(floor: floor, .inactive))),
            at: bench.now + .milliseconds(random.pick([5, 30, 400])))
    }

    private mutating func pressButton() {
        let button = random.pick(PanelButton.allCases)
        hasBoardFaults = true
        note("button \(button)")
        bench.inbox.append(.event(.button(button, .active)))
        building.plan(
            .input(.event(.button(button, .inactive))),
            at: bench.now + .milliseconds(random.pick([10, 50, 500, 70_000])))
    }

    private mutating func ask() {
        let detectors: [OperatorRequest.Target] =
            plan.detectors.map { .detector($0.id) } + [.detector(DetectorID(rawValue: 9))]
        let floors = plan.floors.map(\.id) + [FloorID(rawValue: 99)]
        let targets: [OperatorRequest.Target] =
            detectors + floors.map { .floor($0) } + [.zone(random.below(6))]
        let time = random.pick([Interval.seconds(60), .seconds(90), .seconds(600), .seconds(5)])
        let operation: OperatorRequest.Operation =
            switch random.below(8) {
            case 0: .silence
            case 1, 2: .reset
            case 3, 4: .disable(random.pick(targets), time)
            case 5: .enable(random.pick(targets))
            case 6: .startWalkTest(random.pick(floors), time)
            default: .stopWalkTest(random.pick(floors))
            }
        let request = OperatorRequest(
            operation, who: OperatorName("drill"),
            origin: random.chance(1, in: 2) ? .panel : .remote)
        bench.inbox.append(.request(request, ticket: building.ticket()))
    }

    private mutating func changeValve() {
        let floor = random.below(plan.floors.count)
        switch random.below(3) {
        case 0: building.valves[floor].isStuck.toggle()
        case 1:
            building.valves[floor].wireLost.toggle()
            building.readFeedback(floor, into: &bench.inbox)
        default: bench.lineBroken[floor].toggle()
        }
        note("valve \(floor): \(building.valves[floor]) refuses \(bench.lineBroken[floor])")
    }

    private mutating func changeJournal() {
        hasBoardFaults = true
        switch random.below(8) {
        case 0: bench.health = .failed
        case 1, 2: bench.health = .stalled
        case 3 where random.chance(1, in: 4): bench.isFull = true
        default:
            bench.health = .good
            bench.isFull = false
        }
        note("log \(bench.health)\(bench.isFull ? ", full" : "")")
    }

    private mutating func changeBus() {
        let bus = random.below(plan.buses.count)
        let up = random.chance(1, in: 2)
        note("bus \(bus) \(up ? "up" : "down")")
        for (index, detector) in plan.detectors.enumerated() {
            if case .modbus(bus, _, _) = detector.source {
                building.detectors[index].isBusDown = !up
            }
        }
        bench.inbox.append(.event(.bus(bus, up: up)))
    }

    private mutating func die() {
        switch random.below(4) {
        case 0: cutPower()
        case 1: restartAfterKill()
        default:
            bench.portCalls = random.below(30)
            note("will be killed after \(bench.portCalls ?? 0) calls")
        }
    }
}
