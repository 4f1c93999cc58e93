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
            return "it starts again by itself; an open valve stays open meanwhile"
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
                ? "no water while the key is off. k turns it on: it opens at once"
                : "no water while the key is off. k turns it on again"
        }
        if shown.pendingUntil != nil {
            return "this floor waits before it opens; m (manual release) does not"
        }
        if building.valves[floor].isStuck && shown.command == .open
            && !building.valves[floor].isOpen
        {
            return "it sticks: driven again every 5 s, then a fault. v frees it"
        }
        if shown.command == .open {
            return burns
                ? "K kills the controller: the valve must stay open"
                : "only a key closes an open valve: k turns it off, k again on"
        }
        if shown.latched > 0 {
            return burns
                ? "\(rule(plan.floors[floor].rule)): wait, or f at another"
                : "the alarm stays until a person resets it: r"
        }
        if burns { return "smoke grows and reaches the detector in a moment" }
        if snapshot.summary.hasFault {
            return "something is broken, see the events. s, b and v also mend"
        }
        return
            "press f: fire at detector \(plan.detectors[chosen].id.rawValue). Its floor's valve must open, "
            + "no other"
    }

    private static func rule(_ rule: ReleaseRule) -> String {
        switch rule {
        case .first: "one detector opens the valve"
        case .coincidence(let count, .floor): "\(count) detectors of the floor must agree"
        case .coincidence(let count, .zone): "\(count) detectors of one zone must agree"
        }
    }
}
