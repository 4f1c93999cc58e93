// The panel's lamps and sounder as a person sees and hears them, from observed outputs. The fault
// lamp has a hardware monostable of its own: it lights when the controller's heartbeat stays away.

import FireLogic

package enum PanelLamp: String, CaseIterable, Sendable {
    case power, fire, fault, isolated, test
}

package struct SimulatedPanel: Sendable {
    /// The monostable's time.
    package static let heartbeatLoss = Interval.seconds(2)

    var outputs: Set<PanelLamp> = []
    package internal(set) var sounds = false
    var heartbeatIsWired = false
    var lastBeat = Instant.zero

    package func isLit(_ lamp: PanelLamp, at now: Instant) -> Bool {
        outputs.contains(lamp) || lamp == .fault && heartbeatIsMissing(at: now)
    }

    package func heartbeatIsMissing(at now: Instant) -> Bool {
        heartbeatIsWired && now - lastBeat > Self.heartbeatLoss
    }
}

extension PanelPlan {
    package func line(of lamp: PanelLamp) -> GpioLine? {
        switch lamp {
        case .power: powerLamp
        case .fire: fireLamp
        case .fault: faultLamp
        case .isolated: isolatedLamp
        case .test: testLamp
        }
    }

    package func line(of button: PanelButton) -> GpioLine? {
        switch button {
        case .silence: silenceButton
        case .reset: resetButton
        case .lampTest: lampTestButton
        }
    }
}
