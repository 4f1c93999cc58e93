// What a site says about its modem, and how long we wait for it.

package struct ModemSettings: Hashable, Sendable {
    /// The path of its port, by a name that stays: `/dev/serial/by-id/...`.
    package var device: String
    /// One of `SerialPort.rates`; USB modems ignore it.
    package var baud: Int
    /// Four to eight digits; nil for a SIM card without.
    package var pin: String?
    /// The service centre's number; nil: the SIM card's.
    package var center: String?
    /// RTS and CTS are wired.
    package var hasFlowControl: Bool
    package var wantsReports: Bool
    /// How long the network tries to deliver a message.
    package var validity: Duration
    /// A file of this modem alone that remembers whether the PIN was right, so that a restarted program does not try a
    /// wrong one again; nil: this process alone remembers.
    package var pinMemory: String?
    package var patience: ModemPatience

    package init(
        device: String, baud: Int = 115_200, pin: String? = nil, center: String? = nil,
        hasFlowControl: Bool = false, wantsReports: Bool = true,
        validity: Duration = .seconds(72 * 3_600), pinMemory: String? = nil,
        patience: ModemPatience = ModemPatience()
    ) {
        (self.device, self.baud, self.pin, self.center) = (device, baud, pin, center)
        (self.hasFlowControl, self.wantsReports) = (hasFlowControl, wantsReports)
        (self.validity, self.pinMemory, self.patience) = (validity, pinMemory, patience)
    }
}

/// How long we wait for a modem, by the boot clock.
package struct ModemPatience: Hashable, Sendable {
    /// For an answer that the modem knows by itself.
    package var answer = Duration.seconds(5)
    /// For one that it asks the network or the SIM card for.
    package var network = Duration.seconds(20)
    /// For a SIM card to be ready after its PIN or a start.
    package var sim = Duration.seconds(20)
    /// For the network to take a message.
    package var send = Duration.seconds(60)
    /// Between two resets: a modem that starts is mute too, and must not be reset again.
    package var boot = Duration.seconds(45)
    /// How long DTR is dropped in a reset.
    package var drop = Duration.milliseconds(500)

    package init() {}
}

/// What `Modem.check` found.
package struct ModemHealth: Hashable, Sendable {
    package enum Registration: Hashable, Sendable {
        case home
        case roaming
    }

    /// dBm, -113 to -51; nil when the modem does not know.
    package var signal: Int?
    package var registration: Registration
    /// Nil when the modem does not tell.
    package var operatorName: String?
}

/// How a text went out.
package struct SMSTrace: Hashable, Sendable {
    /// Message references of the parts, in order: reports name them.
    package var references: [UInt8]
    /// The text was longer than ten messages, and its end was left away.
    package var isCut: Bool
}
