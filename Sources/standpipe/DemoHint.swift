// The one line that tells a newcomer what to try next, from what is going on now. It looks at the
// session and changes nothing.

import FireLogic
import SimulatedBuilding
import StatusFeed

enum DemoHint {
    static func hint(for session: DemoSession, chosen: Int) -> String {
        let building = session.building
        let plan = building.plan
        guard session.controllerIsRunning else {
            return "the controller is dead; it starts again by itself, and an open valve stays open"
        }
        guard let snapshot = session.snapshot, snapshot.isArmed else {
            return "a moment: the controller reads keys and detectors"
        }
        guard plan.detectors.indices.contains(chosen) else { return "q quits" }
        let floor = plan.detectors[chosen].floor
        let shown = snapshot.floors[floor]
        let key = building.keys[plan.floors[floor].key]
        let burns = building.rooms.isBurning(floor: floor)
        if !key.isOn {
            return burns
                ? "the key is off: no water, whatever burns. k turns it on, and the valve opens at once"
                : "the key is off: this floor gets no water. k turns it on again"
        }
        if shown.pendingUntil != nil {
            return "this floor waits before it opens; m, the manual release, does not wait"
        }
        if shown.command == .open {
            return burns
                ? "water puts the fire out. Press K to kill the controller: the valve must stay open"
                : "nothing but a person's key closes an open valve: press k twice, off and on"
        }
        if shown.latched > 0 {
            return burns
                ? "here \(rule(plan.floors[floor].rule)); set fire to more (f), or press m"
                : "the alarm stays until a person resets it: r"
        }
        if burns { return "smoke grows and reaches the detector in a moment" }
        if snapshot.summary.hasFault {
            return "the fault lamp says that something is broken: see the events; s, b and v mend"
        }
        return "press f: fire breaks out at detector \(plan.detectors[chosen].id.rawValue). "
            + "Its floor's valve must open, and no other"
    }

    private static func rule(_ rule: ReleaseRule) -> String {
        switch rule {
        case .first: "one detector opens the valve"
        case .coincidence(let count, .floor): "\(count) detectors of the floor must agree"
        case .coincidence(let count, .zone): "\(count) detectors of one zone must agree"
        }
    }
}
