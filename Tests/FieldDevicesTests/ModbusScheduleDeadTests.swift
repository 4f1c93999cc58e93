// What dead slaves cost the live ones of their bus: never a gap of a second, from the start on.
//
// On paper: between two readings of a slave lie at most one time-out t of a dead one and one request
// of every other living slave. So no gap is longer than the longer of the period and t + L, where
// L = 10 ms for each living slave: with 24 of them and 600 ms it is 840 ms.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus schedule, dead slaves")
struct ModbusScheduleDeadTests {
    struct Bus: CustomTestStringConvertible {
        let period: Int
        let timeout: Int
        var testDescription: String { "period \(period) ms, time-out \(timeout) ms" }
    }

    static let buses = [500, 1_000].flatMap { period in
        [50, 100, 200, 300, 500, 600].map { Bus(period: period, timeout: $0) }
    }
    static let all = Set(UInt8(1)...32)

    static func play(
        _ bus: Bus, units: Int = 32, seconds: Int = 60, reopened: [Instant] = [],
        isDead: (UInt8, Instant) -> Bool
    ) -> SchedulePlay {
        SchedulePlay(
            units: units, period: .milliseconds(bus.period), timeout: .milliseconds(bus.timeout),
            seconds: seconds, reopened: reopened
        ) { request, now in !isDead(request.unit, now) }
    }

    /// The longest gap that the paper allows, in milliseconds.
    static func bound(_ bus: Bus, living: Int) -> Int64 {
        Int64(max(bus.period, bus.timeout + 10 * living))
    }

    /// The first eight, the last eight, every fourth, and some by chance.
    static func deadEights(seed: UInt64) -> [Set<UInt8>] {
        var random = SplitMix(state: seed)
        var sets = [Set(UInt8(1)...8), Set(UInt8(25)...32), Set(all.filter { $0 % 4 == 0 })]
        for _ in 0..<5 { sets.append(Set(all.sorted().shuffled(using: &random).prefix(8))) }
        return sets
    }

    @Test("With 8 of 32 slaves dead every live one is read once a second", arguments: buses)
    func dead(bus: Bus) {
        let seed = UInt64(bus.period * 1_000 + bus.timeout)
        print("seed \(seed), \(bus.testDescription)")
        let (t, bound) = (Int64(bus.timeout), Self.bound(bus, living: 24))
        var worst: (first: Int64, later: Int64, found: Int64, share: Int64) = (0, 0, 0, 0)
        for dead in Self.deadEights(seed: seed) {
            let play = Self.play(bus) { unit, _ in dead.contains(unit) }
            let living = Self.all.subtracting(dead)
            let gap = play.gap(of: living)
            #expect(gap <= bound && gap <= 1_000, "seed \(seed), dead: \(dead.sorted())")
            // Each dead one that is asked before it costs a live one t and a round of the others.
            let found = play.allRead(living)
            #expect(found <= 8 * (t + 240) + 240, "seed \(seed), dead: \(dead.sorted())")
            if dead == Set(25...32) { #expect(found == 240) }
            for unit in dead {
                #expect(play.asked[unit, default: []].count >= 3, "dead ones are probed")
                #expect(play.asked[unit, default: []].count < 30, "but not in every cycle")
            }
            #expect(play.lostShare(from: 10_000) <= 25)
            worst.later = max(worst.later, play.gap(of: living, from: 5_000))
            worst.first = max(worst.first, gap)
            worst.found = max(worst.found, found)
            worst.share = max(worst.share, play.lostShare(from: 10_000))
        }
        print(
            "\(bus.testDescription): longest gap \(worst.first) ms, after 5 s \(worst.later) ms,"
                + " last live one first read at \(worst.found) ms, lost \(worst.share) %")
    }

    @Test("When all slaves live, all are read in the first cycle, one after the other")
    func alive() {
        for bus in Self.buses {
            let play = Self.play(bus) { _, _ in false }
            #expect(play.allRead(Self.all) == 320)
            #expect(play.gap(of: Self.all) <= Int64(bus.period) + 10)
        }
    }

    @Test(
        "Eight that die later, all at once, cost the others their short patience once",
        arguments: buses)
    func dieLater(bus: Bus) {
        let seed = UInt64(bus.period * 2_000 + bus.timeout)
        print("seed \(seed), \(bus.testDescription)")
        // Nobody knows before that they die: each costs a slave behind it what it waits longer.
        let patience = min(bus.timeout, 58)
        let bound = Self.bound(bus, living: 24) + Int64(8 * (patience - 10))
        var worst: Int64 = 0
        for (number, dead) in Self.deadEights(seed: seed).enumerated() {
            let death = Instant.zero + .milliseconds(10_000 + 37 * number)
            let play = Self.play(bus) { unit, now in dead.contains(unit) && now >= death }
            let living = Self.all.subtracting(dead)
            let gap = play.gap(of: living)
            worst = max(worst, gap)
            #expect(gap <= bound, "seed \(seed), dead: \(dead.sorted())")
            #expect(play.gap(of: living, from: 20_000) <= Self.bound(bus, living: 24))
        }
        print("\(bus.testDescription), eight die at once: longest gap \(worst) ms")
    }

    @Test("The only living one of 32 is read once a second", arguments: buses)
    func lastOne(bus: Bus) {
        for last in [UInt8(1), 2, 16, 31, 32] {
            let play = Self.play(bus) { unit, _ in unit != last }
            #expect(play.gap(of: last) <= Self.bound(bus, living: 1))
            #expect(play.allRead([last]) <= 31 * Int64(bus.timeout) + 10)
            #expect(play.lostShare(from: 25_000) <= 25)
        }
    }

    @Test(
        "When all were dead and are back, all are read within 8 s and a time-out", arguments: buses)
    func allBack(bus: Bus) {
        var worst: Int64 = 0
        for back in [Int64(31_000), 40_300, 47_700, 55_100] {
            let play = Self.play(bus, seconds: 90) { _, now in
                now >= .zero + .seconds(3) && now.nanoseconds < back * 1_000_000
            }
            let found = play.allRead(Self.all, from: back) - back
            worst = max(worst, found)
            #expect(found <= 8_000 + Int64(bus.timeout) + 320)
            #expect(play.gap(of: Self.all, from: back) <= Int64(bus.period) + 320)
        }
        print("\(bus.testDescription), all back: all read after \(worst) ms")
    }

    @Test("Opening the link again costs the live ones no second either", arguments: buses)
    func reopened(bus: Bus) {
        let seed = UInt64(bus.period * 3_000 + bus.timeout)
        print("seed \(seed), \(bus.testDescription)")
        let times = [12, 20, 21, 40].map { Instant.zero + .seconds($0) }
        for dead in Self.deadEights(seed: seed) {
            let play = Self.play(bus, reopened: times) { unit, _ in dead.contains(unit) }
            let living = Self.all.subtracting(dead)
            #expect(play.gap(of: living) <= Self.bound(bus, living: 24), "dead: \(dead.sorted())")
            for unit in dead {
                // Asked at once, in turn with the others.
                let again = play.asked[unit, default: []].first { $0 >= 40_000 } ?? .max
                #expect(again <= 40_000 + 8 * Int64(bus.timeout + 240) + 1_000)
            }
        }
    }

    @Test("A slave that is back is read soon, whatever the others do", arguments: buses)
    func oneBack(bus: Bus) {
        let play = Self.play(bus, seconds: 120) { unit, now in
            unit % 4 == 0 && (unit != 20 || now < .zero + .seconds(60))
        }
        let found = play.allRead([20], from: 60_000) - 60_000
        // Eight of them take turns, and each turn is a quarter of the bus at most.
        #expect(found <= max(9_000, 8 * 4 * Int64(bus.timeout) + 8 * 240 + 2_000))
        print("\(bus.testDescription), one is back: read after \(found) ms")
    }
}
