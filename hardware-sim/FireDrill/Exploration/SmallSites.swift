// The sites that are explored exhaustively. Each has 2 floors, 3 detectors, 2 valves and a key or
// two. `keyAndRelease` is everyday life with all three detectors; one space with every kind of
// fault in it as well would be too large, so each of the others turns on what belongs together, and
// leaves detectors idle that another one moves. Together they cover the rules but for the panel's
// buttons, buses, zones and contacts that chatter for long, which the lives from seeds have.
//
// One tick is a minute, the shortest disablement; every time is 1 to 2 ticks. A detector is down
// after one tick in which it did not say again what it says.

import FireLogic

extension Exploration {
    package static let all: [Exploration] = [
        keyAlone, manualAlone, keyAndRelease, keyContacts, twoKeys, coincidence, walkTest,
        disablement, feedback, valves, contacts,
    ]

    private static let tick = Interval.minutes(1)

    private static var ticks: Timing {
        var timing = Timing()
        timing.keyDebounce = tick
        timing.keyDisagreement = .minutes(2)
        timing.manualReleaseDebounce = tick
        timing.buttonDebounce = tick
        timing.buttonStuck = .minutes(2)
        timing.contactRestless = .minutes(2)
        timing.valveConfirmation = tick
        timing.valveRetry = tick
        timing.valveRedrives = 1
        timing.lampTest = tick
        return timing
    }

    private static func plan(
        rules: [ReleaseRule] = [.first, .first], delays: [Int] = [0, 0], feedback: Bool = false,
        twoContacts: Bool = false, keyEach: Bool = false, limits: [Int] = [1, 1, 1],
        debounce: Int = 0
    ) -> SitePlan {
        func line(_ offset: Int) -> GpioLine { GpioLine(chip: 0, offset: offset) }
        let keys = (0..<(keyEach ? 2 : 1)).map { (key: Int) -> KeyPlan in
            KeyPlan(
                name: "key \(key)", offContact: line(10 + key),
                onContact: twoContacts ? line(20 + key) : nil)
        }
        let floors = (0..<2).map { (floor: Int) -> FloorPlan in
            FloorPlan(
                id: FloorID(rawValue: Int16(floor)), name: "floor \(floor)", rule: rules[floor],
                delay: .minutes(delays[floor]),
                valve: ValvePlan(
                    output: line(floor), feedback: feedback && floor == 0 ? line(30) : nil),
                key: keyEach ? floor : 0, manualRelease: line(40 + floor))
        }
        let detectors = (0..<3).map { (index: Int) -> DetectorPlan in
            let isContact = index == 0 && debounce > 0
            return DetectorPlan(
                id: DetectorID(rawValue: UInt32(index + 1)), name: "detector \(index)",
                floor: index == 2 ? 1 : 0, period: tick, limit: .minutes(limits[index]),
                debounce: isContact ? .minutes(debounce) : .zero,
                source: isContact ? .contact(line(50)) : .network)
        }
        return SitePlan(
            name: "small", chips: [ChipPlan(path: "chip")], keys: keys, floors: floors,
            detectors: detectors)
    }

    private static func readings(_ detectors: [Int], _ readings: [Reading]) -> [Action] {
        detectors.flatMap { detector in
            readings.map { .event(.reading(detector: detector, $0)) }
        }
    }

    private static func key(_ key: Int, _ contact: KeyContact, _ levels: [ContactLevel])
        -> [Action]
    {
        levels.map { .event(.keyContact(key: key, contact, $0)) }
    }

    private static func manual(_ floor: Int, _ levels: [ContactLevel]) -> [Action] {
        levels.map { .event(.manualRelease(floor: floor, $0)) }
    }

    private static func ask(_ operation: OperatorRequest.Operation) -> Action {
        .request(OperatorRequest(operation, who: .panel, origin: .panel))
    }

    private static let levels: [ContactLevel] = [.inactive, .active, .unreadable]
    private static let turns: [ContactLevel] = [.inactive, .active]

    /// A tick in which all detectors are heard, and one for each that stays quiet.
    private static func pass(quiet detectors: [Int]) -> [Action] {
        [.wait(quiet: [])] + detectors.map { .wait(quiet: [$0]) }
    }

    /// One shared key with a wire that may break, three detectors that may burn; no restart.
    package static let keyAlone = Exploration(
        name: "small: key", plan: plan(), timing: ticks, tick: tick,
        actions: [
            readings([0, 2], [.normal, .alarm]), readings([1], [.alarm]), key(0, .off, levels),
            pass(quiet: [0, 1, 2]),
        ])

    /// One detector that burns, manual release, reset and restart.
    package static let manualAlone = Exploration(
        name: "small: manual release, reset and restart", plan: plan(), timing: ticks, tick: tick,
        actions: [
            readings([0], [.normal, .alarm]), manual(1, levels), key(0, .off, turns),
            [ask(.reset), .restart], pass(quiet: [0]),
        ])

    /// The whole small site: three detectors that burn, rest and fall silent, one shared key, a
    /// delay on one floor, manual release, reset, restart.
    package static let keyAndRelease = Exploration(
        name: "key and release", plan: plan(delays: [0, 2]), timing: ticks, tick: tick,
        actions: [
            readings([0, 1, 2], [.normal, .alarm]), key(0, .off, turns), manual(1, turns),
            [ask(.reset), .restart], pass(quiet: [0, 1, 2]),
        ])

    /// A key with two contacts in every combination; restart.
    package static let keyContacts = Exploration(
        name: "key contacts", plan: plan(twoContacts: true), timing: ticks, tick: tick,
        actions: [
            readings([0], [.normal, .alarm]), readings([2], [.alarm]), key(0, .off, levels),
            key(0, .on, levels), [ask(.reset), .restart], pass(quiet: [0]),
        ])

    /// A key for each floor, turned and read apart; restart.
    package static let twoKeys = Exploration(
        name: "two keys", plan: plan(keyEach: true), timing: ticks, tick: tick,
        actions: [
            readings([0, 2], [.normal, .alarm]), key(0, .off, levels), key(1, .off, turns),
            [.restart], pass(quiet: [0, 2]),
        ])

    /// Two of two on one floor, with faults, silence, key and delay; the other floor burns too.
    package static let coincidence = Exploration(
        name: "coincidence and degradation",
        plan: plan(rules: [.coincidence(count: 2, scope: .floor), .first], delays: [1, 0]),
        timing: ticks, tick: tick,
        actions: [
            readings([0, 1], [.normal, .alarm, .fault(.device)]), readings([2], [.normal, .alarm]),
            key(0, .off, turns), [ask(.reset), .restart], pass(quiet: [0, 1, 2]),
        ])

    /// A walk test on the floor with coincidence; the other floor burns.
    package static let walkTest = Exploration(
        name: "walk test",
        plan: plan(rules: [.coincidence(count: 2, scope: .floor), .first]), timing: ticks,
        tick: tick,
        actions: [
            readings([0, 1], [.normal, .alarm]), readings([2], [.alarm]),
            key(0, .off, turns),
            [
                ask(.startWalkTest(FloorID(rawValue: 0), tick)),
                ask(.startWalkTest(FloorID(rawValue: 0), .minutes(2))),
                ask(.stopWalkTest(FloorID(rawValue: 0))), ask(.reset), .restart,
            ], pass(quiet: [0, 1]),
        ])

    /// Disablement of one detector, of a floor, and its expiry; the other floor burns.
    package static let disablement = Exploration(
        name: "disablement",
        plan: plan(rules: [.coincidence(count: 2, scope: .floor), .first]), timing: ticks,
        tick: tick,
        actions: [
            readings([0, 1], [.normal, .alarm]), readings([2], [.alarm]),
            key(0, .off, turns),
            [
                ask(.disable(.detector(DetectorID(rawValue: 1)), .minutes(2))),
                ask(.enable(.detector(DetectorID(rawValue: 1)))),
                ask(.disable(.floor(FloorID(rawValue: 0)), tick)),
                ask(.enable(.floor(FloorID(rawValue: 0)))), ask(.reset), .restart,
            ], pass(quiet: [0, 1]),
        ])

    /// One valve whose feedback says anything and whose line may refuse.
    package static let feedback = Exploration(
        name: "valve feedback", plan: plan(feedback: true), timing: ticks, tick: tick,
        actions: [
            readings([0], [.alarm]), key(0, .off, turns),
            levels.map { .event(.feedback(floor: 0, $0)) }, manual(0, turns),
            [.line(floor: 0, broken: true), .line(floor: 0, broken: false)],
            [ask(.reset), .restart], pass(quiet: [0]),
        ])

    /// Lines of both valves that refuse, manual release on both floors.
    package static let valves = Exploration(
        name: "valve lines", plan: plan(), timing: ticks, tick: tick,
        actions: [
            readings([0, 2], [.alarm]), key(0, .off, turns), manual(0, turns), manual(1, turns),
            [
                .line(floor: 0, broken: true), .line(floor: 0, broken: false),
                .line(floor: 1, broken: true), .line(floor: 1, broken: false), .restart,
            ], pass(quiet: []),
        ])

    /// A detector contact with debounce that moves at will, and different limits.
    package static let contacts = Exploration(
        name: "contact debounce", plan: plan(limits: [2, 1, 1], debounce: 1), timing: ticks,
        tick: tick,
        actions: [
            readings([0], [.normal, .alarm, .fault(.line)]), readings([1], [.normal, .alarm]),
            key(0, .off, turns), [ask(.reset), .restart],
            pass(quiet: [0, 1]),
        ])
}
