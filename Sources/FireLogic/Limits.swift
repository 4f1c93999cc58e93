// Every bound that the fire logic and the site plan keep, in one place. Ranges are checked by
// `standpipe check` with the installer's line and column, and again when a plan is loaded.

package enum Limits {
    // Sizes (promise BOUNDED).
    package static let floors = 256
    package static let zones = 1_024
    package static let detectors = 16_384
    package static let detectorsPerFloor = 1_024
    /// A tick may look at so many deadlines; in a larger site they are spread over time.
    package static let detectorsAtOnce = 256
    /// Shorter than half of the shortest limit, so that a look always lies ahead.
    package static let lookTogether: Interval = .milliseconds(10)
    package static let keys = 256
    package static let buses = 32
    package static let chips = 32
    package static let linesPerChip = 1_024
    /// UTF-8 bytes of a name in the plan.
    package static let nameBytes = 64

    // Liveness (EN 54-2 and NFPA 72: a dead detector shows within 100 s and 200 s).
    package static let period: ClosedRange<Interval> = .milliseconds(100)...(.seconds(60))
    /// A limit cannot be switched off; it is at least two periods.
    package static let liveness: ClosedRange<Interval> = .milliseconds(200)...(.seconds(100))

    // Contacts.
    package static let contactDebounce: ClosedRange<Interval> = .zero...(.milliseconds(50))
    package static let defaultContactDebounce: Interval = .milliseconds(10)
    package static let keyDebounce: Interval = .milliseconds(50)
    /// A key on its way from one contact to the other disagrees for a moment; longer is a fault.
    package static let keyDisagreement: Interval = .seconds(2)
    package static let manualReleaseDebounce: Interval = .milliseconds(20)
    package static let buttonDebounce: Interval = .milliseconds(20)

    /// A contact that has not held still for this long is a fault of its line.
    package static let contactRestless: Interval = .seconds(1)

    // Release.
    package static let releaseDelay: ClosedRange<Interval> = .zero...(.seconds(60))

    // Valve: no feedback within this time, drive again, so many times, then fault.
    package static let valveConfirmation: Interval = .seconds(5)
    package static let valveRedrives = 3
    /// A line that could not be driven is tried again after this time, for as long as it takes.
    package static let valveRetry: Interval = .seconds(1)

    // The gateway reports every 2 s. It is a fault that it does not; one that was started with the
    // machine has longer until its first report.
    package static let gatewaySilence: Interval = .seconds(8)
    package static let gatewayStart: Interval = .seconds(60)
    /// A controller that starts when the machine has run for longer than this was started anew: its
    /// gateway runs already, or should.
    package static let machineStart: Interval = .minutes(2)
    /// A fault from outside that comes and goes is shown without a break, and recorded no more often.
    package static let outsideFaultHold: Interval = .seconds(10)

    // Disablement and walk test always end.
    package static let disablement: ClosedRange<Interval> = .minutes(1)...(.minutes(480))
    package static let walkTest: ClosedRange<Interval> = .minutes(1)...(.minutes(480))
    /// What is left of a disablement after a power cut, when nobody knows how long it lasted.
    package static let disablementAfterPowerCut: Interval = .minutes(30)

    // Panel.
    package static let lampTest: Interval = .seconds(5)
    /// A button that stays pressed longer than this is stuck.
    package static let buttonStuck: Interval = .seconds(60)
    /// Half a period of the heartbeat line; hardware that misses it for 2 s lights the fault lamp.
    package static let heartbeat: Interval = .milliseconds(500)
}
