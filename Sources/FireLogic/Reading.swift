// What a detector says of its surroundings. An enum and never an optional: that nothing is known
// is itself something that must be said.

package enum Reading: Hashable, Sendable {
    /// Signal 0.
    case normal
    /// Signal 1.
    case alarm
    /// The detector, its wire or its slave says that it cannot see.
    case fault(FaultReason)
    /// Nothing was heard for longer than the limit. Only the logic itself concludes this.
    case silent(SilenceCause)
}

/// Why a detector that answers cannot be believed. Numbers are stored: only add.
package enum FaultReason: UInt8, Hashable, Sendable, CaseIterable {
    /// The detector's own status register or contact says "fault".
    case device
    /// The answer came, but holds what this detector cannot mean (Modbus exception, bad value).
    case invalid
    /// The line could not be read (GPIO error).
    case line
}

/// Why nothing is heard. Numbers are stored: only add.
package enum SilenceCause: UInt8, Hashable, Sendable, CaseIterable {
    /// The detector alone is quiet.
    case silent
    /// The bus that carries it is down.
    case bus
    /// It has not spoken since the program started.
    case neverHeard
}
