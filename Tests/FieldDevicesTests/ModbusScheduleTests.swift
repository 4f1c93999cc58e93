// When a bus is asked for what, on a clock of the test's own: each poll takes 10 ms, each miss its
// whole time-out.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus schedule")
struct ModbusScheduleTests {
    /// Plays `seconds`; `answers` tells which units answer at a time. Returns the times at which
    /// each unit was asked, in milliseconds.
    static func play(
        units: Int, perUnit: Int = 1, period: Interval, timeout: Interval, seconds: Int,
        isSerial: Bool = true, answers: (PollRequest, Instant) -> Bool
    ) -> [UInt8: [Int64]] {
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
        var asked: [UInt8: [Int64]] = [:]
        while now < .zero + .seconds(seconds) {
            switch schedule.next(at: now) {
            case .wait(let instant): now = max(instant, now + .milliseconds(1))
            case .poll(let job, let patience):
                let unit = schedule.request(of: job).unit
                asked[unit, default: []].append(now.nanoseconds / 1_000_000)
                if answers(schedule.request(of: job), now) {
                    now = now + .milliseconds(10)
                    schedule.answered(job, latency: .milliseconds(2), at: now)
                } else {
                    now = now + patience
                    schedule.missed(job, cost: patience, at: now)
                }
            }
        }
        return asked
    }

    static func widest(_ times: [Int64], from start: Int64) -> Int64 {
        let late = times.filter { $0 >= start }
        return zip(late, late.dropFirst()).map { $1 - $0 }.max() ?? .max
    }

    @Test("Every request is asked once a period")
    func period() {
        let asked = Self.play(
            units: 5, period: .seconds(1), timeout: .milliseconds(200), seconds: 20
        ) { _, _ in true }
        for unit in UInt8(1)...5 { #expect(asked[unit]?.count == 20) }
    }

    @Test(
        "With 8 of 32 slaves dead every live one is read once a second, whatever the time-out",
        arguments: [50, 200, 500, 600])
    func dead(timeout: Int) {
        let asked = Self.play(
            units: 32, period: .seconds(1), timeout: .milliseconds(timeout), seconds: 60
        ) { request, _ in request.unit % 4 != 0 }
        for unit in UInt8(1)...32 {
            let times = asked[unit, default: []]
            if unit % 4 != 0 {
                #expect(Self.widest(times, from: 10_000) <= 1_000, "unit \(unit)")
            } else {
                #expect(times.count >= 3, "dead ones are probed")
                #expect(times.count < 30, "but not in every cycle")
            }
        }
    }

    @Test("RELEASE: dead slaves of a bus without pauses are probed all the same")
    func saturated() {
        let asked = Self.play(
            units: 32, period: .milliseconds(100), timeout: .milliseconds(200), seconds: 60
        ) { request, now in request.unit != 7 || now > .zero + .seconds(30) }
        let back = asked[7, default: []].filter { $0 > 30_000 }
        #expect((back.first ?? .max) < 42_000)
        #expect(back.count > 20)
    }

    @Test("A slave that answers only now and then is asked for all that it has")
    func flaky() {
        var random = SplitMix(state: 3)
        var answered: [UInt16: Int] = [:]
        _ = Self.play(
            units: 1, perUnit: 6, period: .milliseconds(200), timeout: .milliseconds(100),
            seconds: 300
        ) { request, _ in
            if Int.random(in: 0..<3, using: &random) == 0 { return false }
            answered[request.address, default: 0] += 1
            return true
        }
        let counts = answered.values.sorted()
        #expect(counts.count == 6)
        #expect(3 * (counts.first ?? 0) > (counts.last ?? 0), "\(counts)")
    }

    @Test("QUIET: a serial slave whose answers look alike is left alone after a time-out")
    func hold() {
        for (isSerial, least) in [(true, Int64(1_000)), (false, 0)] {
            var missedAt: Int64?
            let asked = Self.play(
                units: 1, perUnit: 2, period: .seconds(1), timeout: .milliseconds(100),
                seconds: 10, isSerial: isSerial
            ) { _, now in
                if missedAt == nil && now > .zero + .seconds(3) {
                    missedAt = now.nanoseconds / 1_000_000
                    return false
                }
                return true
            }
            let missed = missedAt ?? 0
            let next = asked[1, default: []].first { $0 > missed } ?? .max
            #expect(next - missed >= least)
            #expect(next - missed < 2_500)
        }
    }
}
