// A site in the middle of everything, and seeded numbers: for all tests of this folder.

import ControlLoop
import FireLogic
import Glibc

@testable import StatusFeed

enum Sample {
    static func plan(floors: Int = 3, detectorsPerFloor: Int = 4) -> SitePlan {
        var plan = SitePlan(name: "Sample")
        plan.chips = [ChipPlan(path: "/dev/gpiochip0")]
        plan.keys = [KeyPlan(name: "main", offContact: GpioLine(chip: 0, offset: 0))]
        plan.buses = [
            BusPlan(
                name: "east", link: .tcp(host: "192.0.2.7", port: 502),
                responseTimeout: .seconds(1))
        ]
        plan.remote = .all
        for floor in 0..<floors {
            plan.floors.append(
                FloorPlan(
                    id: FloorID(rawValue: Int16(floor - 1)), name: "Floor",
                    delay: floor == 2 ? .seconds(30) : .zero,
                    valve: ValvePlan(output: GpioLine(chip: 0, offset: 1 + floor)), key: 0))
            for number in 0..<detectorsPerFloor {
                plan.detectors.append(
                    DetectorPlan(
                        id: DetectorID(rawValue: UInt32(floor * 1_000 + number)), name: "Room",
                        floor: floor, period: .seconds(1), limit: .seconds(30), source: .network))
            }
        }
        return plan
    }

    static func instant(_ milliseconds: Int) -> Instant {
        Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    /// Floor 0 burns and its valve is open, floor 1 is in walk test, floor 2 counts down.
    static func logic(_ plan: SitePlan) -> (SiteLogic, [Record]) {
        var decisions = Decisions()
        var logic = SiteLogic(
            plan: plan, planChecksum: 0xABCD_EF01, memory: Memory(), at: instant(1_000),
            into: &decisions)
        logic.handle(
            .keyContact(key: 0, .off, .inactive), at: instant(1_000), into: &decisions)
        logic.advance(to: instant(1_100), into: &decisions)
        logic.handle(.reading(detector: 0, .alarm), at: instant(1_200), into: &decisions)
        logic.handle(.reading(detector: 1, .fault(.device)), at: instant(1_250), into: &decisions)
        logic.handle(.bus(0, up: false), at: instant(1_300), into: &decisions)
        logic.handle(.systemFault(.journal, present: true), at: instant(1_300), into: &decisions)
        for operation: OperatorRequest.Operation in [
            .startWalkTest(plan.floors[1].id, .minutes(5)),
            .disable(.detector(plan.detectors[2].id), .minutes(9)),
        ] {
            let request = OperatorRequest(operation, who: OperatorName("meier"), origin: .remote)
            _ = logic.request(request, at: instant(1_400), into: &decisions)
        }
        let last = plan.detectors.count - 1
        logic.handle(.reading(detector: last, .alarm), at: instant(1_500), into: &decisions)
        logic.advance(to: instant(1_600), into: &decisions)
        return (logic, decisions.records)
    }

    static func stamp(_ number: Int) -> Stamp {
        Stamp(boot: instant(number), wallMilliseconds: 1_700_000_000_000 + Int64(number))
    }

    /// A whole page of that site.
    static func page(_ plan: SitePlan = plan()) -> [UInt8] {
        let (logic, records) = logic(plan)
        let layout = StatusLayout(plan: plan)
        var page = [UInt8](repeating: 0, count: layout.byteCount)
        page.withUnsafeMutableBytes {
            let writing = StatusWriting($0, layout: layout)
            writing.begin(planChecksum: 0xABCD_EF01, processID: 4_711, started: instant(1_000))
            for detector in plan.detectors.indices { writing.write(detector: detector, logic) }
            for (number, record) in records.enumerated() {
                writing.write(event: UInt64(number), record, stamp(number))
            }
            writing.write(logic, stamp(1_700), ticks: 42)
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

/// Numbers that a seed fixes (SplitMix64), so that a failing run can be played again.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// The seed of `STANDPIPE_FUZZ_SEED`, or a new one; printed either way.
    static func printed(_ name: String) -> (SeededNumbers, UInt64) {
        let given = getenv("STANDPIPE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("\(name): STANDPIPE_FUZZ_SEED=\(seed)")
        // Before anything can trap.
        fflush(nil)
        return (SeededNumbers(seed: seed), seed)
    }

    /// Seconds that a fuzz test runs.
    static var seconds: Int {
        getenv("STANDPIPE_FUZZ_SECONDS").flatMap { Int(String(cString: $0)) } ?? 1
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Milliseconds of a clock that only goes forward.
func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}
