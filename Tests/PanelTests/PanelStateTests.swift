// The panel's state and its changes: whoever has seen one state and every change since knows the next.

import ControlLoop
import FireLogic
import Foundation
import TestSupport
import Testing

@testable import Panel
@testable import StatusFeed

@Suite struct PanelStateTests {
    /// What a page does with a change.
    private static func apply(_ change: [String: Any], to state: inout [String: Any]) throws {
        for (name, value) in change {
            switch name {
            case "floors":
                var floors = try #require(state["floors"] as? [Any])
                for pair in try #require(value as? [[Any]]) {
                    floors[try #require(pair[0] as? Int)] = pair[1]
                }
                state["floors"] = floors
            case "detectors":
                var marks = Array(try #require(state["detectors"] as? String))
                for pair in try #require(value as? [[Any]]) {
                    marks[try #require(pair[0] as? Int)] = Character(
                        try #require(pair[1] as? String))
                }
                state["detectors"] = String(marks)
            case "events": break
            default: state[name] = value
            }
        }
    }

    /// Without what is no change: clocks, and times that are left.
    private static func still(_ state: [String: Any]) -> NSDictionary {
        var state = state
        for name in ["age", "wall", "boot"] { state[name] = nil }
        state["floors"] = (state["floors"] as? [[String: Any]])?.map { floor in
            var floor = floor
            for name in ["pendingMs", "walkTestMs"] where floor[name] is Int { floor[name] = 1 }
            return floor
        }
        return state as NSDictionary
    }

    @Test("Whoever applies every change has the state of whoever asks anew")
    func changesAddUp() throws {
        var (random, seed) = SeededNumbers.printed("panel")
        for _ in 0..<30 {
            var page = MadePage(
                floors: .random(in: 1...6, using: &random),
                detectors: .random(in: 1...40, using: &random),
                buses: .random(in: 0...3, using: &random))
            var extras = PanelExtras()
            var before = try page.state(atMilliseconds: 1_000)
            var seen = try object(before.json(at: .at(1_000)))
            for step in 1...60 {
                let now = Int64(1_000 + 50 * step)
                for _ in 0..<Int.random(in: 0...3, using: &random) { page.change(&random) }
                // Now and then the controller falls silent.
                if Int.random(in: 0..<50, using: &random) > 0 || step < 40 {
                    page.write(atMilliseconds: now)
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    extras.nextEvent += 1
                    extras.unacknowledged.insert(extras.nextEvent, at: 0)
                }
                let state = try page.state(extras, atMilliseconds: now)
                try #require(state.fits(before))
                if let change = state.change(since: before, events: [], at: .at(now)) {
                    try Self.apply(try object(change), to: &seen)
                }
                let whole = try object(state.json(at: .at(now)))
                #expect(Self.still(seen) == Self.still(whole), "seed \(seed), step \(step)")
                before = state
            }
        }
    }

    @Test("LIVE: a page that is not written any more is said to be not live, and that is a change")
    func staleness() throws {
        let page = MadePage(floors: 2, detectors: 4, buses: 1)
        let fresh = try page.state(atMilliseconds: 3_000)
        let stale = try page.state(atMilliseconds: 3_001)
        #expect(fresh.isLive && !stale.isLive)
        let change = try object(
            try #require(stale.change(since: fresh, events: [], at: .at(3_001))))
        #expect(change as NSDictionary == ["live": false])
        let tick = try object(stale.tick(at: .at(3_001)))
        #expect(tick["age"] as? Int == 2_001)
        let none = try object(PanelState(nil, PanelExtras(), at: .at(0)).json(at: .at(0)))
        #expect(none["live"] as? Bool == false && none["state"] as? String == "starting")
        #expect(none["age"] is NSNull)
    }

    @Test("What does not change is not sent; a change of one detector is that detector")
    func smallChanges() throws {
        let page = MadePage(floors: 100, detectors: 10_000, buses: 0)
        let before = try page.state(atMilliseconds: 1_500)
        let same = try page.state(atMilliseconds: 1_600)
        #expect(same.change(since: before, events: [], at: .at(1_600)) == nil)
        let event = Array(#"{"n":1}"#.utf8)
        let news = try #require(same.change(since: before, events: [event], at: .at(1_600)))
        #expect(String(decoding: news, as: UTF8.self) == #"{"events":[{"n":1}]}"#)
        var other = page
        var random = SeededNumbers(seed: 7)
        var change: [UInt8]?
        // The first change that is one.
        while change == nil {
            other.change(&random)
            change = try other.state(atMilliseconds: 1_700).change(
                since: before, events: [], at: .at(1_700))
        }
        #expect(try #require(change).count < 500)
    }

    @Test("Detectors are listed by their ids, a page after the other, whatever the plan's order")
    func positions() {
        var plan = SampleSite.plan()
        var random = SeededNumbers(seed: 1)
        plan.detectors.shuffle(using: &random)
        let site = PanelSite(plan, checksum: 1)
        let ids = plan.detectors.map { Int($0.id.rawValue) }.sorted()
        for after in [-1, 0, 1, 2, 3, 500, 1_000, 2_003, 9_999] {
            let listed = site.positions(after: after).map { Int(site.detectors[$0].id.rawValue) }
            #expect(listed == ids.filter { $0 > after })
        }
    }

    @Test(
        "LIVE: of several states of a detector the worst is shown",
        arguments: [
            (1, 1, "a"), (1, 0, "a"), (1, 8, "t"), (1, 9, "a"), (0, 1, "l"), (34, 1, "l"),
            (1, 4, "d"), (1, 5, "l"),
            (0, 4, "d"),
            (32, 0, "s"), (33, 8, "s"), (34, 0, "s"), (16, 0, "f"), (18, 8, "f"), (64, 0, "u"),
            (64, 8, "u"), (0, 8, "t"), (0, 2, "n"), (0, 0, "n"), (200, 0, "u"),
        ])
    func marks(code: Int, flags: Int, mark: String) {
        let state: StatusSnapshot.Detector.State =
            Reading(code: UInt8(code)).map { .heard($0) } ?? .unknown
        let detector = StatusSnapshot.Detector(
            id: DetectorID(rawValue: 1), floor: 0, state: state, alarmLatched: flags & 1 != 0,
            votes: flags & 2 != 0, isDisabled: flags & 4 != 0, tested: flags & 8 != 0,
            heardAt: .zero, disabledUntil: .never)
        #expect(DetectorMark(detector).character == mark)
    }
}
