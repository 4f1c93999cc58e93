// What one detector is, as one character of the panel's `detectors`: the worst of what holds. An
// alarm of this moment comes before one that was; what nobody has heard is never shown as normal.

import FireLogic
package import StatusFeed

/// The state of a detector as people see it.
package enum DetectorMark: UInt8, Hashable, Sendable, CaseIterable {
    /// Reads fire now.
    case alarm = 0x61
    /// Has reported fire, and does not now.
    case latched = 0x6C
    case disabled = 0x64
    /// Quiet past its limit.
    case silent = 0x73
    /// The device, its answer or its line is bad.
    case fault = 0x66
    /// Not heard since the start.
    case unknown = 0x75
    /// Has answered in a walk test.
    case tested = 0x74
    case normal = 0x6E

    package init(_ detector: StatusSnapshot.Detector) {
        if detector.state == .heard(.alarm), !detector.isDisabled {
            // The smoke of a walk test is no fire; an alarm that counts is latched at once.
            self = detector.tested && !detector.alarmLatched ? .tested : .alarm
        } else if detector.alarmLatched {
            self = .latched
        } else if detector.isDisabled {
            self = .disabled
        } else {
            switch detector.state {
            case .heard(.silent(.neverHeard)), .heard(.silent(.silent)), .heard(.silent(.bus)):
                self = .silent
            case .heard(.fault): self = .fault
            case .unknown: self = .unknown
            case .heard(.normal), .heard(.alarm): self = detector.tested ? .tested : .normal
            }
        }
    }

    /// The word of the API.
    package var word: String { "\(self)" }
    /// The character of `detectors`.
    package var character: String { String(Unicode.Scalar(rawValue)) }
}
