// The limits against each other and against the standards they come from.

import FireLogic
import Testing

@Suite struct LimitsTests {
    @Test("LIVE: a limit of silence cannot be switched off and is at most 100 s")
    func liveness() {
        #expect(Limits.liveness.lowerBound > .zero)
        #expect(Limits.liveness.upperBound == .seconds(100))
        #expect(Limits.liveness.lowerBound.nanoseconds >= Limits.period.lowerBound.nanoseconds * 2)
        #expect(Limits.contactDebounce.upperBound < Limits.liveness.lowerBound)
        #expect(Limits.contactRestless > Limits.contactDebounce.upperBound)
    }

    @Test("KEY: the key is debounced for 50 ms and a disagreement is a fault within 5 s")
    func key() {
        #expect(Timing().keyDebounce == .milliseconds(50))
        #expect(Timing().keyDisagreement > Timing().keyDebounce)
        #expect(Timing().keyDisagreement <= .seconds(5))
    }

    @Test("RELEASE: a delay is at most 60 s; a valve has 5 s and 3 more tries; 50 ms by hand")
    func release() {
        #expect(Limits.releaseDelay == .zero ... .seconds(60))
        #expect(Timing().valveConfirmation == .seconds(5))
        #expect(Timing().valveRedrives == 3)
        #expect(Timing().manualReleaseDebounce <= .milliseconds(50))
        #expect(Limits.contactDebounce.upperBound <= .milliseconds(50))
    }

    @Test("BOUNDED: disablement and walk test last a minute to eight hours, and end")
    func expiry() {
        #expect(Limits.disablement == .minutes(1) ... .minutes(480))
        #expect(Limits.walkTest == .minutes(1) ... .minutes(480))
        #expect(Limits.disablement.contains(Limits.disablementAfterPowerCut))
    }
}
