// The driver against a simulated modem: texts and delivery reports on their way in.

import Modem
import SimulatedModem
import TestSupport
import Testing

@Suite struct ModemReceivingTests {
    @Test("TOLD: replies come in, from numbers and names, in both alphabets, whole")
    func replies() throws {
        let test = try TestModem()
        _ = try test.modem.check()
        let long = String(repeating: "I am on my way 🚒 ", count: 20)
        try test.order("incoming +34600112233 ACK 4711")
        try test.order("incoming 600112233 Sí, voy")
        try test.order("incoming Vodafone Your credit is low")
        try test.order("incoming +4915112345678 \(long)")
        let texts = try test.modem.received()
        #expect(texts.map(\.from) == ["+34600112233", "600112233", "Vodafone", "+4915112345678"])
        #expect(texts.map(\.text) == ["ACK 4711", "Sí, voy", "Your credit is low", long])
        // 2026-11-23 10:20:30 +01:00.
        #expect(texts.allSatisfy { $0.wallMilliseconds == 1_795_425_630_000 })
    }

    @Test("TOLD: a reply stays in the modem until the next call, and is given out once")
    func deletes() throws {
        let test = try TestModem()
        try test.order("incoming +34600112233 ACK")
        #expect(try test.modem.received().count == 1)
        #expect(test.simulated.stored == 1)
        #expect(try test.modem.received().isEmpty)
        #expect(test.simulated.stored == 0)
        try test.order("incoming +34600112233 ACK")
        #expect(try test.modem.received().count == 1)
        _ = try test.modem.check()
        #expect(test.simulated.stored == 0)
    }

    @Test("A reply that the modem does not delete is given out once all the same")
    func staysThere() throws {
        var times = SimulatedModem.Times()
        times.deletes = false
        let test = try TestModem(times: times)
        try test.order("incoming +34600112233 ACK")
        #expect(try test.modem.received().count == 1)
        #expect(try test.modem.received().isEmpty)
        try test.order("incoming +34600112233 second")
        #expect(try test.modem.received().map(\.text) == ["second"])
        #expect(test.simulated.stored == 2)
    }

    @Test("TOLD: a process that dies with a reply in hand finds it again")
    func dies() throws {
        let test = try TestModem()
        try test.order("incoming +34600112233 ACK")
        for _ in 0..<2 {
            let modem = Modem(test.settings)
            #expect(try modem.received().map(\.text) == ["ACK"])
        }
    }

    @Test("TOLD: a reply wakes who listens")
    func wakes() throws {
        let test = try TestModem()
        #expect(try test.modem.received().isEmpty)
        #expect(!test.modem.listen(for: .zero))
        try test.order("incoming +34600112233 ACK")
        #expect(test.wait { test.modem.listen(for: .seconds(1)) ? true : nil } ?? false)
        #expect(try test.modem.received().map(\.text) == ["ACK"])
        #expect(!test.modem.listen(for: .zero))
    }

    @Test(
        "TOLD: delivery reports name the message, however the modem hands them on",
        arguments: [
            "(0,1,2)", "(0,2)",
        ])
    func reports(kinds: String) throws {
        var times = SimulatedModem.Times()
        times.newsOfReports = kinds
        times.report = .milliseconds(10)
        let test = try TestModem(times: times)
        let trace = try test.modem.send(
            String(repeating: "Fire ", count: 50), to: "+34600112233")
        var reports: [DeliveryReport] = []
        _ = test.wait { () -> Bool? in
            _ = test.modem.listen(for: .milliseconds(100))
            reports += test.modem.reports()
            return reports.count >= 2 ? true : nil
        }
        #expect(reports.map(\.reference) == trace.references)
        #expect(reports.allSatisfy { $0.to == "+34600112233" && $0.outcome == .delivered })
        #expect(test.modem.reports().isEmpty)
        #expect(test.simulated.stored == 0)
        #expect(try test.modem.received().isEmpty)
    }

    @Test("A modem that knows no reports sends all the same")
    func noReports() throws {
        var times = SimulatedModem.Times()
        times.newsOfReports = "(0)"
        let test = try TestModem(times: times)
        _ = try test.modem.send("x", to: "+34600112233")
        #expect(test.modem.reports().isEmpty)
    }

    @Test("BOUNDED: a modem that answers rubbish traps and blocks nobody")
    func fuzz() throws {
        var (numbers, seed) = SeededNumbers.printed("a mad modem")
        let end = ContinuousClock.now + .seconds(SeededNumbers.seconds)
        var calls = 0
        repeat {
            let test = try TestModem(pin: "1234", answer: .milliseconds(20)) {
                $0.patience.network = .milliseconds(20)
                $0.patience.sim = .milliseconds(20)
                $0.patience.send = .milliseconds(20)
            }
            // Some know the modem from better days.
            if Bool.random(using: &numbers) { _ = try? test.modem.check() }
            try test.order("mood mad \(UInt64.random(in: 0 ... .max, using: &numbers))")
            for _ in 0..<10 {
                switch Int.random(in: 0..<5, using: &numbers) {
                case 0: _ = try? test.modem.send(String(repeating: "x", count: 200), to: "112")
                case 1: _ = try? test.modem.check()
                case 2: _ = try? test.modem.received()
                case 3: _ = test.modem.reports()
                default: _ = test.modem.listen(for: .milliseconds(5))
                }
                calls += 1
            }
        } while .now < end
        print("\(calls) calls, seed \(seed)")
    }
}
