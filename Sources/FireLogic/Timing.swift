// The time constants of the rules. One value for every real site; the exhaustive exploration
// (hardware-sim/FireDrill) runs the same rules with every time a tick or two, so that the number
// of states stays finite.

package struct Timing: Hashable, Sendable {
    package var keyDebounce = Limits.keyDebounce
    package var keyDisagreement = Limits.keyDisagreement
    package var manualReleaseDebounce = Limits.manualReleaseDebounce
    package var buttonDebounce = Limits.buttonDebounce
    package var buttonStuck = Limits.buttonStuck
    package var contactRestless = Limits.contactRestless
    package var valveConfirmation = Limits.valveConfirmation
    package var valveRetry = Limits.valveRetry
    package var valveRedrives = Limits.valveRedrives
    package var lampTest = Limits.lampTest

    package init() {}
}
