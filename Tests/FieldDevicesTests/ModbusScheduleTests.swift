// When a bus is asked for what. What dead slaves may cost is in ModbusScheduleDeadTests.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus schedule")
struct ModbusScheduleTests {
    @Test("Every request is asked once a period")
    func period() {
        let play = SchedulePlay(
            units: 5, period: .seconds(1), timeout: .milliseconds(200), seconds: 20
        ) { _, _ in true }
        for unit in UInt8(1)...5 { #expect(play.asked[unit]?.count == 20) }
    }

    @Test("RELEASE: dead slaves of a bus without pauses are probed all the same")
    func saturated() {
        let play = SchedulePlay(
            units: 32, period: .milliseconds(100), timeout: .milliseconds(200), seconds: 60
        ) { request, now in request.unit != 7 || now > .zero + .seconds(30) }
        let back = play.asked[7, default: []].filter { $0 > 30_000 }
        #expect((back.first ?? .max) < 42_000)
        #expect(back.count > 20)
    }

    @Test("A slave that answers only now and then is asked for all that it has")
    func flaky() {
        var random = SplitMix(state: 3)
        var answered: [UInt16: Int] = [:]
        _ = SchedulePlay(
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
            let play = SchedulePlay(
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
            let next = play.asked[1, default: []].first { $0 > missed } ?? .max
            #expect(next - missed >= least)
            #expect(next - missed < 2_500)
        }
    }
}
