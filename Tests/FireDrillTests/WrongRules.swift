// Deliberately wrong rules: the real ones with one mistake around them. The exploration must find
// each of them; a check that finds nothing wrong here proves nothing about the real ones.

import FireDrill
import FireLogic

/// What can be got wrong, as hooks around the real rules.
protocol Mistake: Sendable {
    static func memory(_ memory: Memory, _ plan: SitePlan) -> Memory
    /// The event that the rules are told instead; nil: they are told nothing.
    static func event(_ event: Event, _ logic: SiteLogic) -> Event?
    /// Floors that are driven closed after a step, for no good reason.
    static func closes(_ floor: Int, _ before: SiteLogic, _ after: SiteLogic) -> Bool
}

extension Mistake {
    static func memory(_ memory: Memory, _ plan: SitePlan) -> Memory { memory }
    static func event(_ event: Event, _ logic: SiteLogic) -> Event? { event }
    static func closes(_ floor: Int, _ before: SiteLogic, _ after: SiteLogic) -> Bool { false }
}

struct WrongRules<M: Mistake>: Rules {
    private var real: SiteLogic
    private var closed: [Bool]

    init(
        plan: SitePlan, timing: Timing, memory: Memory, at now: Instant,
        into decisions: inout Decisions
    ) {
        real = SiteLogic(
            plan: plan, timing: timing, memory: M.memory(memory, plan), at: now, into: &decisions)
        closed = plan.floors.map { _ in false }
    }

    mutating func handle(_ event: Event, at now: Instant, into decisions: inout Decisions) {
        guard let event = M.event(event, real) else { return }
        let before = real
        real.handle(event, at: now, into: &decisions)
        follow(before, &decisions)
    }

    mutating func advance(to now: Instant, into decisions: inout Decisions) {
        let before = real
        real.advance(to: now, into: &decisions)
        follow(before, &decisions)
    }

    mutating func request(
        _ request: OperatorRequest, at now: Instant, into decisions: inout Decisions
    ) -> RequestOutcome {
        let before = real
        defer { follow(before, &decisions) }
        return real.request(request, at: now, into: &decisions)
    }

    private mutating func follow(_ before: SiteLogic, _ decisions: inout Decisions) {
        for floor in closed.indices {
            if real.command(floor) == .closed { closed[floor] = false }
            guard !closed[floor], real.command(floor) == .open, M.closes(floor, before, real) else {
                continue
            }
            closed[floor] = true
            decisions.drive(floor: floor, .closed)
        }
    }

    var nextDeadline: Instant { real.nextDeadline }
    func command(_ floor: Int) -> ValveCommand { closed[floor] ? .closed : real.command(floor) }
    func shows(_ detector: Int) -> DetectorFacts.Report { real.shows(detector) }
    var lamps: PanelLamps { real.lamps }
    func floorLamps(_ floor: Int) -> FloorLamps { real.floorLamps(floor) }

    func hash(into hasher: inout Hasher, countedFrom now: Instant) {
        real.hash(into: &hasher, countedFrom: now)
        hasher.combine(closed)
    }
}

/// LATCH: closes when a detector of the floor falls silent.
enum ClosesOnSilence: Mistake {
    static func closes(_ floor: Int, _ before: SiteLogic, _ after: SiteLogic) -> Bool {
        after.plan.detectors.indices.contains {
            after.plan.detectors[$0].floor == floor && after.detectors[$0].isSilent
                && !before.detectors[$0].isSilent
        }
    }
}

/// LATCH: closes when the alarms are reset.
enum ClosesOnReset: Mistake {
    static func closes(_ floor: Int, _ before: SiteLogic, _ after: SiteLogic) -> Bool {
        before.floors[floor].count.latched > 0 && after.floors[floor].count.latched == 0
    }
}

/// LATCH: a start does not remember which valves are open.
enum ForgetsAtStart: Mistake {
    static func memory(_ memory: Memory, _ plan: SitePlan) -> Memory {
        var result = Memory()
        for record in memory.records() {
            if case .valve = record { continue }
            result.apply(record, age: .zero)
        }
        return result
    }
}

/// QUIET: a start opens what was in alarm.
enum OpensAtStart: Mistake {
    static func memory(_ memory: Memory, _ plan: SitePlan) -> Memory {
        var memory = memory
        if !memory.alarms.isEmpty, let floor = plan.floors.first {
            memory.remember(floor.id, open: true)
        }
        return memory
    }
}

/// KEY: takes a contact that cannot be read for "off".
enum ClosesOnBrokenWire: Mistake {
    static func event(_ event: Event, _ logic: SiteLogic) -> Event? {
        if case .keyContact(let key, .off, .unreadable) = event {
            return .keyContact(key: key, .off, .active)
        }
        return event
    }
}

/// KEY: takes two contacts that disagree for "off".
enum ClosesOnDisagreement: Mistake {
    static func event(_ event: Event, _ logic: SiteLogic) -> Event? {
        if case .keyContact(_, .on, .active) = event { return nil }
        return event
    }
}

/// KEY: what burns while the key is off is not heard, so nothing reopens.
enum DeafWhileIsolated: Mistake {
    static func event(_ event: Event, _ logic: SiteLogic) -> Event? {
        if case .reading(let detector, .alarm) = event {
            let key = logic.plan.floors[logic.plan.detectors[detector].floor].key
            if logic.keys[key].position == .off { return .reading(detector: detector, .normal) }
        }
        return event
    }
}

/// LIVE: takes a faulty detector for one in order.
enum BelievesFaults: Mistake {
    static func event(_ event: Event, _ logic: SiteLogic) -> Event? {
        if case .reading(let detector, .fault) = event {
            return .reading(detector: detector, .normal)
        }
        return event
    }
}
