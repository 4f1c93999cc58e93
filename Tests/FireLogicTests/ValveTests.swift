// One valve by itself: command against feedback, driving again, faults and their end.

import FireLogic
import Testing

@Suite struct ValveTests {
    private let timing = Timing()
    private let start = Instant(nanoseconds: 5_000_000_000)

    private func seconds(_ count: Int) -> Instant { start + .seconds(count) }

    /// A valve whose feedback has confirmed `command`.
    private func confirmed(_ command: ValveCommand) -> Valve {
        var valve = Valve(command: .closed, feedbackWired: true)
        _ = valve.see(.inactive, at: start, timing: timing)
        if command == .open {
            valve.command(.open, at: start, timing: timing)
            _ = valve.see(.active, at: start, timing: timing)
        }
        return valve
    }

    @Test(
        "RELEASE: a command without feedback is driven again after 5, 10 and 15 s, then is a fault",
        arguments: [ValveCommand.open, .closed])
    func redrive(command: ValveCommand) {
        var valve = confirmed(command == .open ? .closed : .open)
        valve.command(command, at: start, timing: timing)
        for again in 1...3 {
            #expect(valve.deadline == seconds(again * 5))
            #expect(
                valve.advance(
                    to: seconds(again * 5) + Interval(nanoseconds: -1), timing: timing) == .none)
            #expect(valve.advance(to: seconds(again * 5), timing: timing) == .drive(again: again))
            #expect(valve.fault == nil)
        }
        let fault: ValveFault = command == .open ? .notConfirmedOpen : .notConfirmedClosed
        #expect(valve.advance(to: seconds(20), timing: timing) == .fault(fault))
        #expect(valve.fault == fault)
        #expect(valve.deadline == .never)
        #expect(valve.advance(to: seconds(100_000), timing: timing) == .none)
    }

    @Test("RELEASE: feedback in time confirms the command and ends the driving")
    func confirmedInTime() {
        for tries in 0...3 {
            var valve = confirmed(.closed)
            valve.command(.open, at: start, timing: timing)
            for again in 0..<tries {
                _ = valve.advance(to: seconds(again * 5 + 5), timing: timing)
            }
            #expect(
                valve.see(.active, at: seconds(tries * 5 + 1), timing: timing) == .confirmed)
            #expect(valve.state == .settled)
            #expect(valve.advance(to: seconds(1_000), timing: timing) == .none)
        }
    }

    @Test("TOLD: a valve that is confirmed after all is repaired, and the fault ends")
    func repaired() {
        var valve = confirmed(.closed)
        valve.command(.open, at: start, timing: timing)
        for count in 1...4 { _ = valve.advance(to: seconds(count * 5), timing: timing) }
        #expect(valve.fault == .notConfirmedOpen)
        #expect(valve.see(.inactive, at: seconds(30), timing: timing) == .none)
        #expect(valve.see(.active, at: seconds(31), timing: timing) == .repaired)
        #expect(valve.fault == nil)
    }

    @Test("LATCH: no feedback ever changes the command", arguments: [ValveCommand.open, .closed])
    func feedbackCommandsNothing(command: ValveCommand) {
        let levels: [ContactLevel] = [.active, .inactive, .unreadable]
        for first in levels {
            for second in levels {
                var valve = confirmed(command)
                _ = valve.see(first, at: seconds(1), timing: timing)
                _ = valve.see(second, at: seconds(2), timing: timing)
                for time in 0..<60 { _ = valve.advance(to: seconds(time), timing: timing) }
                #expect(valve.command == command)
            }
        }
    }

    @Test("RELEASE: an open valve that is seen to close is driven open at once")
    func lostConfirmation() {
        for level in [ContactLevel.inactive, .unreadable] {
            var valve = confirmed(.open)
            #expect(valve.see(level, at: seconds(1), timing: timing) == .drive(again: 0))
            #expect(valve.advance(to: seconds(6), timing: timing) == .drive(again: 1))
            #expect(valve.advance(to: seconds(11), timing: timing) == .drive(again: 2))
            #expect(valve.advance(to: seconds(16), timing: timing) == .drive(again: 3))
            #expect(
                valve.advance(to: seconds(21), timing: timing) == .fault(.notConfirmedOpen))
        }
    }

    @Test("QUIET: a shut valve that is seen open is a fault, and is never commanded open")
    func leaks() {
        var valve = confirmed(.closed)
        #expect(valve.see(.active, at: seconds(1), timing: timing) == .none)
        var actions: [Valve.Action] = []
        for time in 2...30 { actions.append(valve.advance(to: seconds(time), timing: timing)) }
        #expect(actions.contains(.fault(.notConfirmedClosed)))
        #expect(valve.command == .closed)
    }

    @Test("RELEASE: a line that takes no command is a fault at once and is tried every second")
    func notDriven() {
        for wired in [false, true] {
            var valve = Valve(command: .closed, feedbackWired: wired)
            valve.command(.open, at: start, timing: timing)
            #expect(valve.driven(false, at: start, timing: timing) == .fault(.notDriven))
            for second in 1...200 {
                #expect(valve.deadline == seconds(second))
                #expect(
                    valve.advance(to: seconds(second), timing: timing)
                        == .drive(again: second))
                #expect(valve.driven(false, at: seconds(second), timing: timing) == .none)
                #expect(valve.fault == .notDriven)
            }
            #expect(valve.driven(true, at: seconds(201), timing: timing) == .repaired)
            #expect(valve.fault == nil)
            #expect(valve.deadline == (wired ? seconds(206) : .never))
        }
    }

    @Test("RELEASE: a line that works is nothing to speak of, in any state")
    func drivenWell() {
        var valve = confirmed(.closed)
        #expect(valve.driven(true, at: start, timing: timing) == .none)
        valve.command(.open, at: start, timing: timing)
        #expect(valve.driven(true, at: start, timing: timing) == .none)
        for count in 1...4 { _ = valve.advance(to: seconds(count * 5), timing: timing) }
        #expect(valve.driven(true, at: seconds(21), timing: timing) == .none)
        #expect(valve.fault == .notConfirmedOpen)
    }

    @Test("RELEASE: a valve without feedback is done when its line took the command")
    func withoutFeedback() {
        var valve = Valve(command: .closed, feedbackWired: false)
        valve.command(.open, at: start, timing: timing)
        #expect(valve.driven(true, at: start, timing: timing) == .none)
        #expect(valve.deadline == .never)
        #expect(valve.feedback == .notWired)
        #expect(valve.fault == nil)
    }

    @Test("BOUNDED: the count of tries stops counting, the trying goes on")
    func countIsBounded() {
        var valve = Valve(command: .closed, feedbackWired: false)
        valve.command(.open, at: start, timing: timing)
        _ = valve.driven(false, at: start, timing: timing)
        var last: Valve.Action = .none
        for second in 1...1_000_100 {
            last = valve.advance(to: seconds(second), timing: timing)
        }
        #expect(last == .drive(again: 1_000_000))
    }
}
