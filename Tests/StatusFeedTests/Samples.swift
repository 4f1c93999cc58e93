// A site in the middle of everything, and its status page: for all tests of this folder.

import ControlLoop
import FireLogic
import Glibc
import TestSupport

@testable import StatusFeed

enum Sample {
    /// Floor 0 burns and its valve is open, floor 1 is in walk test, floor 2 counts down.
    static func logic(_ plan: SitePlan) -> (SiteLogic, [Record]) {
        var decisions = Decisions()
        var logic = SiteLogic(
            plan: plan, planChecksum: 0xABCD_EF01, memory: Memory(), at: SampleSite.instant(1_000),
            into: &decisions)
        logic.handle(
            .keyContact(key: 0, .off, .inactive), at: SampleSite.instant(1_000), into: &decisions)
        logic.advance(to: SampleSite.instant(1_100), into: &decisions)
        logic.handle(.reading(detector: 0, .alarm), at: SampleSite.instant(1_200), into: &decisions)
        logic.handle(
            .reading(detector: 1, .fault(.device)), at: SampleSite.instant(1_250), into: &decisions)
        logic.handle(.bus(0, up: false), at: SampleSite.instant(1_300), into: &decisions)
        logic.handle(
            .systemFault(.journal, present: true), at: SampleSite.instant(1_300), into: &decisions)
        for operation: OperatorRequest.Operation in [
            .startWalkTest(plan.floors[1].id, .minutes(5)),
            .disable(.detector(plan.detectors[2].id), .minutes(9)),
        ] {
            let request = OperatorRequest(operation, who: OperatorName("meier"), origin: .remote)
            _ = logic.request(request, at: SampleSite.instant(1_400), into: &decisions)
        }
        let last = plan.detectors.count - 1
        logic.handle(
            .reading(detector: last, .alarm), at: SampleSite.instant(1_500), into: &decisions)
        logic.advance(to: SampleSite.instant(1_600), into: &decisions)
        return (logic, decisions.records)
    }

    /// A whole page of that site.
    static func page(_ plan: SitePlan = SampleSite.plan()) -> [UInt8] {
        let (logic, records) = logic(plan)
        let layout = StatusLayout(plan: plan)
        var page = [UInt8](repeating: 0, count: layout.byteCount)
        page.withUnsafeMutableBytes {
            let writing = StatusWriting($0, layout: layout)
            writing.begin(
                planChecksum: 0xABCD_EF01, processID: 4_711, started: SampleSite.instant(1_000))
            for detector in plan.detectors.indices { writing.write(detector: detector, logic) }
            for (number, record) in records.enumerated() {
                writing.write(event: UInt64(number), record, SampleSite.stamp(number))
            }
            writing.write(logic, SampleSite.stamp(1_700), ticks: 42)
        }
        return page
    }

    static func read(_ page: [UInt8]) throws(StatusSnapshot.Flaw) -> StatusSnapshot {
        let result: Result<StatusSnapshot, StatusSnapshot.Flaw> = page.withUnsafeBytes { bytes in
            do throws(StatusSnapshot.Flaw) {
                return .success(try StatusSnapshot(bytes))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// Milliseconds of a clock that only goes forward.
func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}
