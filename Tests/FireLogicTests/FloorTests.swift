// One floor's release by itself: what a demand means with the key, the delay and the valve as they
// are, and the arithmetic of coincidence.

import FireLogic
import Testing

@Suite struct FloorTests {
    private let timing = Timing()
    private let now = Instant(nanoseconds: 1_000)
    private let smoke = ReleaseCause.detector(101)

    private func floor(established: Bool = false, open: Bool = false) -> Floor {
        var floor = Floor(
            valve: Valve(command: .closed, feedbackWired: false), established: established)
        if open { floor.opened(at: now, timing: timing) }
        return floor
    }

    private struct Demand: CustomTestStringConvertible {
        var key: KeySwitch.Position
        var manual: Bool
        var delay: Int
        var open: Bool
        var established: Bool
        var testDescription: String {
            "key \(key), manual \(manual), delay \(delay), open \(open), established \(established)"
        }
    }

    private static let demands: [Demand] = {
        var all: [Demand] = []
        for key in [KeySwitch.Position.on, .off, .unsettled] {
            for manual in [false, true] {
                for delay in [0, 30] {
                    for open in [false, true] {
                        for established in [false, true] {
                            all.append(
                                Demand(
                                    key: key, manual: manual, delay: delay, open: open,
                                    established: established))
                        }
                    }
                }
            }
        }
        return all
    }()

    @Test("QUIET: what a demand does, for every key, delay, valve and history", arguments: demands)
    private func demandTable(row: Demand) {
        var floor = floor(established: row.established, open: row.open)
        let cause: ReleaseCause = row.manual ? .manual : smoke
        let action = floor.demand(cause, key: row.key, delay: .seconds(row.delay), at: now)
        let expected: Floor.Action =
            switch row.key {
            case .unsettled: .none
            case .off: row.established ? .none : .withhold(cause)
            case .on:
                row.open
                    ? .none
                    : row.delay > 0 && !row.manual ? .startDelay(cause) : .open(cause)
            }
        #expect(action == expected)
        #expect(floor.established == (row.established || row.key != .unsettled))
        #expect(floor.isOpen == row.open, "a demand by itself moves no valve")
    }

    @Test("RELEASE: a delay runs from the first demand, and a second demand does not extend it")
    func delay() {
        var floor = floor()
        #expect(
            floor.demand(smoke, key: .on, delay: .seconds(30), at: now) == .startDelay(smoke))
        #expect(floor.deadline == now + .seconds(30))
        #expect(
            floor.demand(smoke, key: .on, delay: .seconds(30), at: now + .seconds(29)) == .none)
        #expect(floor.overdue(at: now + .seconds(29)) == nil)
        #expect(floor.overdue(at: now + .seconds(30)) == smoke)
        #expect(
            floor.demand(smoke, key: .on, delay: .seconds(30), at: now + .seconds(30))
                == .open(smoke))
    }

    @Test("RELEASE: a manual release cuts a running delay short")
    func manualSkipsDelay() {
        var floor = floor()
        _ = floor.demand(smoke, key: .on, delay: .seconds(60), at: now)
        #expect(floor.demand(.manual, key: .on, delay: .seconds(60), at: now) == .open(.manual))
    }

    @Test("QUIET: a release that nothing asks for any more is withdrawn, once")
    func withdrawn() {
        var floor = floor()
        _ = floor.demand(smoke, key: .on, delay: .seconds(60), at: now)
        let first = floor.withdraw()
        let second = floor.withdraw()
        #expect(first)
        #expect(!second)
        #expect(floor.overdue(at: now + .seconds(61)) == nil)
    }

    @Test("LATCH: a withdrawn release leaves an open valve open")
    func withdrawOpen() {
        var floor = floor(open: true)
        let wasRunning = floor.withdraw()
        #expect(!wasRunning)
        #expect(floor.isOpen)
    }

    @Test("KEY: closing by key ends a delay that runs")
    func keyEndsDelay() {
        var floor = floor()
        _ = floor.demand(smoke, key: .on, delay: .seconds(60), at: now)
        floor.closedByKey(at: now, timing: timing)
        #expect(floor.release == .ready)
        #expect(!floor.isOpen)
        #expect(floor.established)
    }

    @Test("RELEASE: k of n, and each lost member lowers k but never below one")
    func coincidenceTable() {
        for needed in 2...5 {
            for lost in 0...6 {
                for voting in 0...6 {
                    let enough = voting > 0 && voting + lost >= needed
                    #expect(
                        ReleaseCount.fulfils(voting: voting, lost: lost, needed: needed) == enough,
                        "\(voting) voting, \(lost) lost, \(needed) needed")
                }
            }
        }
    }
}
