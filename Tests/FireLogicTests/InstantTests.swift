// Time as the rules see it.

import FireLogic
import Testing

@Suite struct InstantTests {
    @Test("LIVE: a deadline after the end of time is never, and never stays never")
    func saturates() {
        #expect(Instant.never + .seconds(1) == .never)
        #expect(Instant(nanoseconds: .max - 1) + .seconds(1) == .never)
        #expect(Instant.zero + .seconds(1) < .never)
    }

    @Test("LIVE: units of time are what they say")
    func units() {
        #expect(Interval.seconds(1) == .milliseconds(1_000))
        #expect(Interval.minutes(1) == .seconds(60))
        #expect(Interval.milliseconds(1_999).milliseconds == 1_999)
        #expect(Interval(nanoseconds: 1_999_999).milliseconds == 1)
        #expect(Interval.seconds(1) + .seconds(2) == .seconds(3))
        #expect(Instant.zero + .seconds(5) - (Instant.zero + .seconds(2)) == .seconds(3))
    }
}
