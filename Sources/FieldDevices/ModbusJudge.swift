// Decides what the values of a bus say of its detectors: the reading of each. Pure; the bus thread
// calls it with every answer. Three rules, in this order:
//
//   1. A detector that says it is broken is a fault, whatever its alarm point says.
//   2. A fire signal is never lost for want of a fault point: only a fault point that was read,
//      recently, and says "broken" outweighs it.
//   3. Nothing is "normal" that was not read, recently, in all its points (promise LIVE).

import FireLogic
import PlanFile

package struct ModbusJudge {
    /// What is known of one point.
    enum Point: Equatable {
        case unknown
        case no
        case yes
        /// The slave refused to say: an address that it does not have, a function it does not know.
        case refused
        /// The slave says that it is broken itself.
        case broken
    }

    /// What is known of one detector.
    private struct Detector {
        let limit: Interval
        let hasFault: Bool
        var alarm = Point.unknown
        var fault = Point.unknown
        var faultRead = Instant.zero
    }

    private var detectors: [Detector]

    /// `plans` are the detectors of one bus, in the order in which they are named below.
    package init(_ plans: [DetectorPlan]) {
        detectors = plans.map { plan in
            guard case .modbus(_, _, let fault) = plan.source else {
                return Detector(limit: plan.limit, hasFault: false)
            }
            return Detector(limit: plan.limit, hasFault: fault != nil)
        }
    }

    /// A point was read. What it means is asked with `reading`, once the whole answer is in.
    package mutating func note(
        _ role: PollRequest.Use.Role, of detector: Int, holds: Bool, at now: Instant
    ) {
        note(role, of: detector, holds ? .yes : .no, at: now)
    }

    /// A point was refused with Modbus exception `code`. Codes 4 and 8 are failures of the device
    /// (application protocol V1.1b3, chapter 7); all others say that the plan does not fit it.
    package mutating func note(
        _ role: PollRequest.Use.Role, of detector: Int, refusal code: UInt8, at now: Instant
    ) {
        note(role, of: detector, code == 4 || code == 8 ? .broken : .refused, at: now)
    }

    private mutating func note(
        _ role: PollRequest.Use.Role, of detector: Int, _ point: Point, at now: Instant
    ) {
        switch role {
        case .alarm: detectors[detector].alarm = point
        case .fault:
            detectors[detector].fault = point
            detectors[detector].faultRead = now
        }
    }

    /// What the detector says after `role` of it was read. Nil: nothing that may be told, so that
    /// the detector falls silent if it stays so.
    package func reading(
        of detector: Int, after role: PollRequest.Use.Role, at now: Instant
    ) -> Reading? {
        let known = detectors[detector]
        let isRecent = now - known.faultRead <= known.limit
        let fault: Point = isRecent ? known.fault : .unknown
        switch role {
        case .alarm: return Self.reading(alarm: known.alarm, fault: known.hasFault ? fault : .no)
        case .fault: return fault == .yes ? .fault(.device) : nil
        }
    }

    /// The decision table.
    static func reading(alarm: Point, fault: Point) -> Reading? {
        switch (alarm, fault) {
        case (_, .yes): .fault(.device)
        case (.unknown, _): nil
        case (.broken, _): .fault(.device)
        case (.refused, _): .fault(.invalid)
        case (.yes, _): .alarm
        case (.no, .no): .normal
        case (.no, .unknown): nil
        case (.no, .refused): .fault(.invalid)
        case (.no, .broken): .fault(.device)
        }
    }
}
