// Why and when one valve was opened, as a replay found it: for the person who asks after the fire.
// It is a report and decides nothing.

import ControlLoop
import FireLogic

package struct Opening: Hashable, Sendable {
    /// A detector whose report spoke for release when the valve was opened.
    package struct Vote: Hashable, Sendable {
        package var detector: DetectorID
        package var name: String
        /// When its report came in, in this run of the program; nil: before.
        package var heard: Stamp?
    }

    package var floor: FloorID
    package var floorName: String
    package var cause: ReleaseCause
    package var rule: ReleaseRule
    package var delay: Interval
    package var planChecksum: UInt32
    package var planName: String
    package var votes: [Vote]
    /// Members of the floor that could not be counted on: they lower what is needed.
    package var lost: Int
    package var received: Stamp
    package var decided: Stamp
    package var confirmed: Stamp?
    package var faults: [ValveFault] = []
    package var closed: Stamp?

    init(
        floor: Int, cause: ReleaseCause, logic: SiteLogic, planChecksum: UInt32, received: Stamp,
        decided: Stamp, alarmAt: [Int: Stamp]
    ) {
        let plan = logic.plan.floors[floor]
        self.floor = plan.id
        floorName = plan.name
        self.cause = cause
        rule = plan.rule
        delay = plan.delay
        self.planChecksum = planChecksum
        planName = logic.plan.name
        self.received = received
        self.decided = decided
        let members = logic.plan.detectors.indices.filter {
            logic.plan.detectors[$0].floor == floor
        }
        votes = members.filter { logic.detectors[$0].votes }.map {
            Vote(
                detector: logic.plan.detectors[$0].id, name: logic.plan.detectors[$0].name,
                heard: alarmAt[$0])
        }
        lost = members.count { logic.detectors[$0].isLost && !logic.detectors[$0].votes }
    }
}
