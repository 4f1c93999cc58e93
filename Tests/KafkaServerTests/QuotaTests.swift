// Quotas and limits: how long who is held back, and how many connections there are.

import KafkaWire
import Testing
import Users

@testable import KafkaServer

@Suite struct QuotaTests {
    @Test("A second's worth is free, what is more waits until it is paid")
    func pauses() {
        let quota = Quota(produced: 1_000, requests: 10)
        var meter = QuotaMeter(at: 0)
        #expect(meter.use(produced: 1_000, of: quota, at: 0) == 0)
        #expect(meter.use(produced: 500, of: quota, at: 0) == 500)
        #expect(meter.use(produced: 0, of: quota, at: 250) == 250)
        #expect(meter.use(produced: 0, of: quota, at: 500) == 0)
        #expect(meter.use(requests: 15, of: quota, at: 500) == 500)
        // What has no limit never waits.
        #expect(meter.use(fetched: 1 << 40, of: quota, at: 10_000) == 0)
        #expect(meter.use(produced: 1 << 40, of: Quota(), at: 10_000) == 0)
    }

    @Test("BOUNDED: one huge request is paid for in 30 seconds")
    func longest() {
        let quota = Quota(fetched: 1)
        var meter = QuotaMeter(at: 0)
        #expect(meter.use(fetched: .max, of: quota, at: 0) == 29_000)
        #expect(meter.use(fetched: 0, of: quota, at: 29_000) == 0)
        // A clock that seems to go back pays nothing and costs nothing.
        #expect(meter.use(fetched: 0, of: quota, at: 0) == 0)
    }

    @Test("BOUNDED: connections are counted in all and by address")
    func connections() {
        var limit = ConnectionLimit(all: 3, each: 2)
        let first = ["a", "a", "a", "b", "c"].map { limit.open($0) }
        #expect(first == [true, true, false, true, false])
        limit.close("a")
        let next = limit.open("c")
        #expect(next)
        limit.close("nobody")
        let last = limit.open("c")
        #expect(!last)
    }

    @Test("The client is told to hold back")
    func told() {
        var response = KafkaResponse.produce(.init())
        response.holdBack(1 << 40)
        guard case .produce(let told) = response else { return }
        #expect(told.throttleTimeMs == .max)
    }
}
