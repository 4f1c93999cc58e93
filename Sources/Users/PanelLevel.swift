// The access levels of the panel, after those of EN 54-2. Each may do what those before it may.

/// What a person may do at the panel in a browser.
package enum PanelLevel: Int, CaseIterable, Hashable, Comparable, Sendable {
    /// To look.
    case look = 1
    /// To acknowledge, silence and reset, to disable for a time, to test.
    case operate = 2
    /// To take out the audit as well.
    case maintain = 3
    /// Nothing more from afar: the site is set up, and users are made, on the board.
    case setUp = 4

    package static func < (one: PanelLevel, other: PanelLevel) -> Bool {
        one.rawValue < other.rawValue
    }
}

extension User {
    /// As a line of the users file.
    package var levelLines: [String] { level.map { ["level \($0.rawValue)"] } ?? [] }
}
