// Status pages written and read back, and pages that nobody wrote.

import ControlLoop
import FireLogic
import TestSupport
import Testing

@testable import StatusFeed

@Suite struct StatusSnapshotTests {
    @Test("What the logic knows comes back from the page as it was")
    func roundTrip() throws {
        let plan = SampleSite.plan()
        let (logic, records) = Sample.logic(plan)
        let snapshot = try Sample.read(Sample.page(plan))
        #expect(snapshot.planChecksum == 0xABCD_EF01 && snapshot.processID == 4_711)
        #expect(
            snapshot.started == SampleSite.instant(1_000)
                && snapshot.stamp == SampleSite.stamp(1_700))
        #expect(snapshot.lamps == logic.lamps && snapshot.summary == logic.summary)
        #expect(snapshot.condition == logic.summary.condition && snapshot.condition == .fire)
        #expect(snapshot.isArmed && !snapshot.lampTestRuns && snapshot.ticks == 42)
        #expect(snapshot.sounder == logic.panel.sounder)
        #expect(Set(snapshot.systemFaults) == [.journal] && snapshot.busesUp == [false])
        #expect(snapshot.events.map(\.record) == records)
        #expect(snapshot.events.last?.stamp == SampleSite.stamp(records.count - 1))
        #expect(snapshot.nextEvent == UInt64(records.count))

        for (index, floor) in snapshot.floors.enumerated() {
            let truth = logic.floors[index]
            #expect(floor.id == plan.floors[index].id && floor.command == truth.valve.command)
            #expect(floor.feedback == truth.valve.feedback && floor.key == .on)
            #expect(floor.latched == truth.count.latched && floor.voting == truth.count.voting)
            #expect(floor.down == truth.count.down && floor.disabled == truth.count.disabled)
            #expect(floor.walkTestUntil == truth.walkTestUntil)
            #expect(floor.isEstablished == truth.established)
        }
        #expect(snapshot.floors.map(\.command) == [.open, .closed, .closed])
        #expect(snapshot.floors[2].pendingUntil == SampleSite.instant(31_500))
        #expect(snapshot.floors[0].pendingUntil == nil && snapshot.floors[1].walkTestUntil != nil)

        for (index, detector) in snapshot.detectors.enumerated() {
            let truth = logic.detectors[index]
            #expect(detector.id == plan.detectors[index].id)
            #expect(detector.floor == plan.detectors[index].floor)
            #expect(detector.alarmLatched == truth.alarmLatched && detector.votes == truth.votes)
            #expect(detector.isDisabled == !truth.isEnabled && detector.tested == truth.tested)
            #expect(detector.heardAt == logic.heardAt[index])
        }
        #expect(snapshot.detectors[0].state == .heard(.alarm))
        #expect(snapshot.detectors[1].state == .heard(.fault(.device)))
        #expect(snapshot.detectors[3].state == .unknown && snapshot.detectors[3].heardAt == .never)
    }

    @Test("BOUNDED: the page keeps the newest 1024 events, oldest first")
    func events() throws {
        let plan = SampleSite.plan()
        let layout = StatusLayout(plan: plan)
        var page = Sample.page(plan)
        page.withUnsafeMutableBytes {
            let writing = StatusWriting($0, layout: layout)
            for number in 0..<3_000 {
                writing.write(
                    event: UInt64(number), .signalsDropped(number), SampleSite.stamp(number))
            }
        }
        let events = try Sample.read(page).events
        #expect(events.map(\.record) == (1_976..<3_000).map { .signalsDropped($0) })
        #expect(events.map(\.number) == (1_976..<3_000).map { UInt64($0) })
    }

    @Test("A page that is none says why")
    func flaws() {
        let page = Sample.page()
        func flaw(_ change: (inout [UInt8]) -> Void) -> StatusSnapshot.Flaw? {
            var damaged = page
            change(&damaged)
            do throws(StatusSnapshot.Flaw) {
                _ = try Sample.read(damaged)
                return nil
            } catch {
                return error
            }
        }
        #expect(flaw { _ in } == nil)
        #expect(flaw { $0[0] ^= 1 } == .magic)
        #expect(flaw { $0[8] = 2 } == .version)
        #expect(flaw { $0[16] = 1 } == .unfinished)
        #expect(flaw { $0[28] = 4 } == .size)
        #expect(flaw { $0[34] = 0xFF } == .size)
        #expect(flaw { $0[39] = 0xFF } == .size)
        #expect(flaw { $0[12] ^= 1 } == .size)
        #expect(flaw { $0.removeLast() } == .size)
        #expect(flaw { $0.removeAll() } == .size)
        // A reader uses this as an index.
        let detector = StatusLayout(plan: SampleSite.plan()).detector(0)
        #expect(flaw { $0[detector + 6] = 3 } == .value)
    }

    @Test("No page, however torn or hostile, traps its reader, and every position in it is real")
    func fuzz() {
        var (numbers, seed) = SeededNumbers.printed("status page")
        let page = Sample.page()
        let layout = StatusLayout(plan: SampleSite.plan())
        let deadline = milliseconds() + SeededNumbers.seconds * 1_000
        var whole = 0
        var rounds = 0
        while milliseconds() < deadline || rounds < 50 {
            rounds += 1
            var damaged = page
            for _ in 0..<Int.random(in: 1...12, using: &numbers) {
                let at = Int.random(in: 0..<damaged.count, using: &numbers)
                switch numbers.next() % 6 {
                case 0: damaged[at] = UInt8(truncatingIfNeeded: numbers.next())
                case 1: damaged[at] = 0xFF
                case 2: damaged[24 + at % 232] = UInt8(truncatingIfNeeded: numbers.next())
                case 3:
                    for place in at..<min(damaged.count, at + 64) { damaged[place] = 0xFF }
                case 4:
                    let place = layout.floor(0) + at % (layout.event(0) - layout.floor(0))
                    damaged[place] = UInt8(truncatingIfNeeded: numbers.next())
                default: break
                }
            }
            if numbers.next() % 16 == 0 {
                damaged.removeSubrange(Int.random(in: 0..<page.count, using: &numbers)...)
            }
            // Most keep a size that fits, or nothing behind it would be reached.
            if numbers.next() % 8 != 0, damaged.count == page.count {
                for place in 0..<40 { damaged[place] = page[place] }
            }
            guard let snapshot = try? Sample.read(damaged) else { continue }
            whole += 1
            #expect(
                snapshot.detectors.allSatisfy { snapshot.floors.indices.contains($0.floor) },
                "seed \(seed)")
            #expect(snapshot.events.count <= StatusLayout.events, "seed \(seed)")
        }
        print("status page: \(rounds) rounds, \(whole) read")
        #expect(whole > 0)
    }
}
