// What the gateway's reports mean, and what it means that none comes. It lights the fault lamp and has
// no other authority (promise APART): a gateway that lies or floods changes at most five faults, each
// at most every `Limits.outsideFaultHold`. Boot clock only.
//
//   started with the machine          60 s for its first report   ─┐
//   controller started anew            8 s                         ├─► none in time: fault `gateway`
//   a report                           8 s until the next         ─┘
//
// While it is silent, what it said last stays: nobody has said that it is over.

import ControlLoop
import FireLogic
import StatusFeed

package struct GatewayWatch {
    private static let flags: [(SystemFault, GatewayReport)] = [
        (.mail, .mailFails), (.sms, .smsFails), (.undelivered, .undelivered),
        (.gatewayLog, .logFails),
    ]

    private let isExpected: Bool
    /// By place in `flags`.
    private var faults: [OutsideFault]
    private var silence = OutsideFault()
    private var isHeard = false
    private var silentAt: Instant

    package init(isExpected: Bool, at now: Instant) {
        self.isExpected = isExpected
        faults = Self.flags.map { _ in OutsideFault() }
        let isMachineStart = now - .zero < Limits.machineStart
        silentAt = now + (isMachineStart ? Limits.gatewayStart : Limits.gatewaySilence)
    }

    package var deadline: Instant {
        var next = Instant.never
        if isExpected { next = silence.isBad ? silence.deadline : min(silence.deadline, silentAt) }
        for fault in faults { next = min(next, fault.deadline) }
        return next
    }

    package mutating func hear(_ report: GatewayReport, at now: Instant) {
        silentAt = now + Limits.gatewaySilence
        isHeard = true
        silence.see(false, at: now)
        for place in faults.indices {
            faults[place].see(report.contains(Self.flags[place].1), at: now)
        }
    }

    package mutating func advance(to now: Instant, into inputs: inout [Input]) {
        if isExpected && now >= silentAt { silence.see(true, at: now) }
        if isExpected, let present = silence.change(at: now) {
            inputs.append(.event(.systemFault(.gateway, present: present)))
        }
        guard isHeard else { return }
        for place in faults.indices {
            guard let present = faults[place].change(at: now) else { continue }
            inputs.append(.event(.systemFault(Self.flags[place].0, present: present)))
        }
    }
}

/// A fault that somebody outside reports: shown at once, and over when it was not seen for a while, so
/// that one that comes and goes does not fill the log.
struct OutsideFault: Hashable, Sendable {
    private(set) var isBad = false
    /// nil: the rules have not been told yet.
    private var told: Bool?
    private var badAt: Instant = .zero
    private var isSeen = false

    /// When `change` has something to say, at the latest; `never` while nothing is due.
    var deadline: Instant {
        guard isSeen, told != isBad else { return .never }
        return told == true ? badAt + Limits.outsideFaultHold : .zero
    }

    mutating func see(_ bad: Bool, at now: Instant) {
        isSeen = true
        isBad = bad
        if bad { badAt = now }
    }

    /// What the rules are to be told now; nil: nothing new.
    mutating func change(at now: Instant) -> Bool? {
        guard now >= deadline else { return nil }
        told = isBad
        return isBad
    }
}
