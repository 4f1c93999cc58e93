// What the gateway's reports and its silence light, and how often at most.

import ControlLoop
import FireLogic
import StatusFeed
import Testing

@testable import FieldDevices

@Suite struct GatewayWatchTests {
    /// A watch and the moment at which it looks, in milliseconds.
    private struct Watched {
        var watch: GatewayWatch
        var now: Instant

        init(isExpected: Bool = true, startedAt milliseconds: Int = 3_600_000) {
            now = .zero + .milliseconds(milliseconds)
            watch = GatewayWatch(isExpected: isExpected, at: now)
        }

        /// What it tells the rules in this time; it is looked at only when it asks for it.
        mutating func pass(_ milliseconds: Int) -> [String] {
            let end = now + .milliseconds(milliseconds)
            var told: [String] = []
            var looks = 0
            while watch.deadline <= end {
                looks += 1
                #expect(looks < 100, "it spins")
                if looks >= 100 { break }
                now = max(now, watch.deadline)
                told += look()
            }
            now = end
            return told + look()
        }

        mutating func look() -> [String] {
            var inputs: [Input] = []
            watch.advance(to: now, into: &inputs)
            return inputs.map {
                guard case .event(.systemFault(let fault, let present)) = $0 else { return "?" }
                return "\(fault) \(present)"
            }
        }

        mutating func hear(_ report: GatewayReport) -> [String] {
            watch.hear(report, at: now)
            return look()
        }
    }

    private static let good = ["mail false", "sms false", "undelivered false", "gatewayLog false"]

    @Test(
        "TOLD: a gateway that falls silent is a fault within 10 s, and none any more when it is back"
    )
    func silence() {
        var watched = Watched()
        #expect(watched.hear([]) == ["gateway false"] + Self.good)
        for _ in 0..<50 {
            #expect(watched.pass(2_000) == [])
            #expect(watched.hear([]) == [])
        }
        #expect(watched.pass(7_999) == [])
        #expect(watched.pass(1) == ["gateway true"])
        #expect(watched.pass(3_600_000) == [])
        #expect(watched.hear([]) == [])
        #expect(watched.pass(5_000) == [] && watched.hear([]) == [])
        #expect(watched.pass(5_000) == ["gateway false"])
    }

    @Test(
        "TOLD: started with the machine the gateway has 60 s; started anew it is missed after 8 s")
    func start() {
        for (startedAt, patience) in [
            (5_000, 60_000), (119_999, 60_000), (120_000, 8_000), (86_400_000, 8_000),
        ] {
            var watched = Watched(startedAt: startedAt)
            #expect(watched.pass(patience - 1) == [])
            #expect(watched.pass(1) == ["gateway true"])
        }
    }

    @Test("QUIET: where no gateway is expected, none is missed, and one that reports is heard")
    func unexpected() {
        var watched = Watched(isExpected: false)
        #expect(watched.pass(3_600_000) == [])
        #expect(watched.hear(.undelivered).contains("undelivered true"))
        #expect(watched.pass(3_600_000) == [])
    }

    @Test("TOLD: what the gateway says that fails lights the lamp, and stays while it is silent")
    func flags() {
        for (flag, fault) in [
            (GatewayReport.mailFails, "mail"), (.smsFails, "sms"), (.undelivered, "undelivered"),
            (.logFails, "gatewayLog"),
        ] {
            var watched = Watched()
            _ = watched.hear([])
            #expect(watched.hear(flag) == ["\(fault) true"])
            #expect(watched.hear(flag) == [])
            #expect(watched.pass(60_000) == ["gateway true"])
            // It was not said for long enough by now; the silence has ended only just.
            #expect(watched.hear([]) == ["\(fault) false"])
            #expect(watched.pass(5_000) == [] && watched.hear([]) == [])
            #expect(watched.pass(5_000) == ["gateway false"])
        }
    }

    @Test("BOUNDED, APART: a gateway that floods and lies changes a fault every 10 s at most")
    func flood() {
        var watched = Watched()
        var told: [String] = []
        for round in 0..<100_000 {
            told += watched.hear(round % 2 == 0 ? .all : [])
            watched.now = watched.now + .milliseconds(1)
        }
        // Said once at the start, then shown as there without a break.
        #expect(told.count == 5)
        for _ in 0..<10 {
            told = []
            for _ in 0..<12_000 {
                told += watched.hear([])
                watched.now = watched.now + .milliseconds(1)
            }
            told += watched.hear(.all)
            #expect(told.count == 8)
        }
    }
}
