// The promises that the drill watches, and what it says when one is broken.

package enum Promise: String, Hashable, Sendable, CaseIterable {
    case release = "RELEASE"
    case quiet = "QUIET"
    case latch = "LATCH"
    case key = "KEY"
    case live = "LIVE"
    case record = "RECORD"
    case apart = "APART"
    case bounded = "BOUNDED"
}

package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package var promise: Promise
    package var text: String

    package init(_ promise: Promise, _ text: String) {
        self.promise = promise
        self.text = text
    }

    package var description: String { "\(promise.rawValue) broken: \(text)" }
}
