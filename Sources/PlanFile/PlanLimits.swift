// Bounds that only the plan file and the site file know; the others stand in `FireLogic`'s
// `Limits`. `PlanCodec` and `SiteFile` check them.

import FireLogic

extension Limits {
    /// Bytes of a path or a host in the plan.
    package static let pathBytes = 255
    /// A plan file is never larger: all tables full and all names at their longest are 2.5 MB.
    package static let planBytes = 4 * 1_024 * 1_024
    /// Time between two messages of an active detector.
    package static let activePeriods: [Interval] = [.seconds(1), .seconds(5), .seconds(10)]
    /// Time that a Modbus slave has for its answer.
    package static let responseTimeout: ClosedRange<Interval> = .milliseconds(10)...(.seconds(5))
    /// Requests under way at once on a Modbus TCP connection (Modbus Messaging on TCP/IP V1.0b).
    package static let outstanding = 1...16
    /// Speeds of a serial line, in bits a second.
    package static let bauds = [
        1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600,
    ]
}
