// The schedule while several of its requests are on the bus at once, whatever becomes of them.

import FieldDevices
import FireLogic
import PlanFile
import Testing

@Suite("Modbus schedule with several requests under way")
struct ModbusScheduleSharedTests {
    static func plan(units: Int, perUnit: Int) -> [PollRequest] {
        let points = (1...units).flatMap { unit in
            (0..<perUnit).map {
                (TestSite.point(UInt8(unit), .holdingRegister, UInt16($0 * 900)), ModbusPoint?.none)
            }
        }
        let site = TestSite.site(
            .tcp(host: "::1", port: 502), period: .milliseconds(100), points)
        return PollPlan(plan: site, bus: 0).requests
    }

    @Test("No request is on the bus twice and none is lost, whatever order they end in")
    func nothingLost() throws {
        for seed in UInt64(1)...40 {
            var random = SplitMix(state: seed)
            var now = Instant.zero
            var schedule = ModbusSchedule(
                Self.plan(units: 5, perUnit: 3), timeout: .milliseconds(50), isSerial: false,
                now: now)
            var onBus: [Int] = []
            var lastAsked = [Instant](repeating: .zero, count: schedule.count)
            for turn in 0..<6_000 {
                now = now + Interval(nanoseconds: Int64.random(in: 0...8_000_000, using: &random))
                let isHonest = turn > 4_000
                while onBus.count < 8, case .poll(let job, _) = schedule.next(at: now) {
                    try #require(!onBus.contains(job), "seed \(seed): asked twice")
                    lastAsked[job] = now
                    onBus.append(job)
                }
                guard let job = onBus.randomElement(using: &random) else { continue }
                onBus.removeAll { $0 == job }
                switch isHonest ? 0 : Int.random(in: 0..<6, using: &random) {
                case 0, 1: schedule.answered(job, latency: .milliseconds(1), at: now)
                case 2, 3: schedule.missed(job, cost: .milliseconds(50), at: now)
                case 4: schedule.interrupted(job, at: now)
                default:
                    if !schedule.split(job, latency: .milliseconds(1), at: now) {
                        schedule.answered(job, latency: .milliseconds(1), at: now)
                    }
                }
            }
            // Over the last 8 s everything was answered: all 15 are asked again and again.
            for job in lastAsked.indices {
                #expect(now - lastAsked[job] < .seconds(1), "seed \(seed), job \(job)")
            }
        }
    }

    @Test("RELEASE: a slave that missed several requests at once is asked again as soon as for one")
    func together() {
        var schedule = ModbusSchedule(
            Self.plan(units: 2, perUnit: 4), timeout: .milliseconds(50), isSerial: false,
            now: .zero)
        // Both are heard once, each alone.
        for _ in 0..<2 {
            guard case .poll(let job, _) = schedule.next(at: .zero) else { break }
            #expect(schedule.next(at: .zero) == .wait(until: .never))
            schedule.answered(job, latency: .milliseconds(1), at: .zero)
        }
        let later = Instant.zero + .milliseconds(100)
        var onBus: [Int] = []
        while case .poll(let job, _) = schedule.next(at: later) { onBus.append(job) }
        #expect(onBus.count == 8)
        let now = later + .milliseconds(20)
        for job in onBus {
            if schedule.request(of: job).unit == 2 {
                schedule.missed(job, cost: .milliseconds(20), at: now)
            } else {
                schedule.answered(job, latency: .milliseconds(1), at: now)
            }
        }
        // Without a pause, after the other slave's requests that are due.
        for turn in 0... {
            guard case .poll(let job, _) = schedule.next(at: now), turn <= 4 else {
                Issue.record("no probe")
                return
            }
            if schedule.request(of: job).unit == 2 { return }
            schedule.answered(job, latency: .milliseconds(1), at: now)
        }
    }

    @Test("Many slaves that were never heard do not keep those that answered from being read")
    func firstRound() {
        var now = Instant.zero
        var schedule = ModbusSchedule(
            Self.plan(units: 200, perUnit: 1), timeout: .milliseconds(200), isSerial: false,
            now: now)
        var onBus: [(job: Int, until: Instant)] = []
        var read: [Int: Instant] = [:]
        var gap = Interval.zero
        while now < .zero + .seconds(10) {
            while onBus.count < 16, case .poll(let job, _) = schedule.next(at: now) {
                onBus.append((job, now + .milliseconds(10)))
            }
            now = now + .milliseconds(1)
            for ended in onBus where ended.until <= now {
                schedule.answered(ended.job, latency: .milliseconds(10), at: now)
                if let before = read[ended.job] { gap = max(gap, now - before) }
                read[ended.job] = now
            }
            onBus.removeAll { $0.until <= now }
            if now == .zero + .seconds(6) { #expect(read.count == 200) }
        }
        // Half a second for those not heard yet, a round of all with 16 at a time, a period.
        #expect(gap <= .milliseconds(750), "\(gap)")
    }

    @Test("A slave that dies under several requests is found dead once, and then asked alone")
    func alone() {
        var now = Instant.zero
        var schedule = ModbusSchedule(
            Self.plan(units: 2, perUnit: 4), timeout: .milliseconds(50), isSerial: false, now: now)
        var onBus: [(job: Int, until: Instant)] = []
        var asked = 0
        while now < .zero + .seconds(20) {
            while onBus.count < 8, case .poll(let job, let timeout) = schedule.next(at: now) {
                let isDead = schedule.request(of: job).unit == 2
                let probe = onBus.first { schedule.request(of: $0.job).unit == 2 }
                if now > .zero + .seconds(1) {
                    #expect(probe == nil && (!isDead || onBus.isEmpty), "a probe is not alone")
                    if isDead { asked += 1 }
                }
                onBus.append((job, now + (isDead ? timeout : .milliseconds(1))))
            }
            now = now + .milliseconds(1)
            for ended in onBus where ended.until <= now {
                if schedule.request(of: ended.job).unit == 2 {
                    schedule.missed(ended.job, cost: .milliseconds(50), at: now)
                } else {
                    schedule.answered(ended.job, latency: .milliseconds(1), at: now)
                }
            }
            onBus.removeAll { $0.until <= now }
        }
        #expect((3...25).contains(asked), "\(asked)")
    }
}
