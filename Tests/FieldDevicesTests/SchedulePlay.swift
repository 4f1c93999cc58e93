// Plays a bus by its schedule on a clock of the test's own: each poll that is answered takes 10 ms,
// each that is not its whole time-out.

import FieldDevices
import FireLogic
import PlanFile

struct SchedulePlay {
    /// When each unit was asked, and when it answered, in milliseconds.
    private(set) var asked: [UInt8: [Int64]] = [:]
    private(set) var read: [UInt8: [Int64]] = [:]
    /// Begin and end of each request that was not answered, in milliseconds.
    private(set) var lost: [(unit: UInt8, begin: Int64, end: Int64)] = []
    private let end: Int64

    /// `answers` tells whether a request that is sent at a time is answered. The link is opened at
    /// the start and again at each of `reopened`.
    init(
        units: Int, perUnit: Int = 1, period: Interval, timeout: Interval, seconds: Int,
        isSerial: Bool = true, reopened: [Instant] = [],
        answers: (PollRequest, Instant) -> Bool
    ) {
        let link = BusPlan.Link.rtu(device: "/dev/null", baud: 19_200, parity: .even, stopBits: 1)
        let points = (1...units).flatMap { unit in
            (0..<perUnit).map {
                (TestSite.point(UInt8(unit), .coil, UInt16($0 * 900)), ModbusPoint?.none)
            }
        }
        let plan = PollPlan(plan: TestSite.site(link, period: period, points), bus: 0)
        var now = Instant.zero
        var schedule = ModbusSchedule(
            plan.requests, timeout: timeout, isSerial: isSerial, now: now)
        schedule.reopened(at: now)
        var openings = reopened[...]
        while now < .zero + .seconds(seconds) {
            if let opening = openings.first, opening <= now {
                openings.removeFirst()
                schedule.reopened(at: now)
            }
            switch schedule.next(at: now) {
            case .wait(let instant):
                now = max(min(instant, openings.first ?? .never), now + .milliseconds(1))
            case .poll(let job, let patience):
                let request = schedule.request(of: job)
                let begin = Self.milliseconds(now)
                asked[request.unit, default: []].append(begin)
                if answers(request, now) {
                    now = now + .milliseconds(10)
                    read[request.unit, default: []].append(Self.milliseconds(now))
                    schedule.answered(job, latency: .milliseconds(2), at: now)
                } else {
                    now = now + patience
                    lost.append((request.unit, begin, Self.milliseconds(now)))
                    schedule.missed(job, cost: patience, at: now)
                }
            }
        }
        end = Self.milliseconds(now)
    }

    /// The longest time that `unit` was not read, from `start` to the end. The time before its
    /// first answer does not count.
    func gap(of unit: UInt8, from start: Int64 = 0) -> Int64 {
        let times = read[unit, default: []].filter { $0 >= start }
        if times.isEmpty { return .max }
        return zip(times, times.dropFirst() + [end]).map { $1 - $0 }.max() ?? .max
    }

    func gap(of units: some Sequence<UInt8>, from start: Int64 = 0) -> Int64 {
        units.map { gap(of: $0, from: start) }.max() ?? 0
    }

    /// When the last of `units` was first read after `start`.
    func allRead(_ units: some Sequence<UInt8>, from start: Int64 = 0) -> Int64 {
        units.map { read[$0, default: []].first { $0 > start } ?? .max }.max() ?? 0
    }

    /// The share of the time from `start` to the end that requests without an answer took, in
    /// percent.
    func lostShare(from start: Int64 = 0) -> Int64 {
        let time = lost.filter { $0.begin >= start }.reduce(0) { $0 + $1.end - $1.begin }
        return 100 * time / max(end - start, 1)
    }

    private static func milliseconds(_ instant: Instant) -> Int64 {
        instant.nanoseconds / 1_000_000
    }
}
