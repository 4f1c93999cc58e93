// What is true of the whole site: it lights the lamps and heads the display.

package struct Summary: Hashable, Sendable {
    package var floorsInFire = 0
    package var floorsOpen = 0
    package var floorsIsolated = 0
    package var floorsInTest = 0
    package var detectorsDown = 0
    package var detectorsDisabled = 0
    package var valveFaults = 0
    package var otherFaults = 0

    package init() {}

    package var hasFire: Bool { floorsInFire > 0 || floorsOpen > 0 }
    package var hasFault: Bool { detectorsDown + valveFaults + otherFaults > 0 }

    /// What the panel shows first.
    package var condition: Panel.Condition {
        if hasFire { return .fire }
        if floorsIsolated > 0 || valveFaults > 0 { return .supervisory }
        if hasFault { return .fault }
        if detectorsDisabled > 0 { return .disablement }
        return floorsInTest > 0 ? .test : .normal
    }
}

extension SiteLogic {
    /// Lamps as they must be lit now; during a lamp test all of them.
    package var lamps: PanelLamps {
        let test = panel.lampTestRuns
        return PanelLamps(
            power: true, fire: test || summary.hasFire, fault: test || summary.hasFault,
            isolated: test || summary.floorsIsolated > 0 || summary.detectorsDisabled > 0,
            test: test || summary.floorsInTest > 0, sounder: panel.sounder == .sounding)
    }

    package func floorLamps(_ floor: Int) -> FloorLamps {
        let test = panel.lampTestRuns
        let state = floors[floor]
        let key = keys[plan.floors[floor].key]
        return FloorLamps(
            fire: test || state.count.latched > 0,
            fault: test || state.count.down > 0 || state.valve.fault != nil
                || state.manualIsFaulty || key.isFaulty,
            open: test || state.isOpen)
    }

    mutating func summarise(into decisions: inout Decisions) {
        isDirty = false
        var new = Summary()
        for (floor, plan) in zip(floors, plan.floors) {
            if floor.count.latched > 0 { new.floorsInFire += 1 }
            if floor.isOpen { new.floorsOpen += 1 }
            if keys[plan.key].position == .off { new.floorsIsolated += 1 }
            if floor.inWalkTest { new.floorsInTest += 1 }
            new.detectorsDown += floor.count.down
            new.detectorsDisabled += floor.count.disabled
            if floor.valve.fault != nil { new.valveFaults += 1 }
            if floor.manualIsFaulty { new.otherFaults += 1 }
        }
        for key in keys where key.isFaulty { new.otherFaults += 1 }
        for bus in busesUp where !bus { new.otherFaults += 1 }
        new.otherFaults += systemFaults.count
        summary = new
        if !new.hasFire && !new.hasFault && new.floorsIsolated == 0 { panel.fallQuiet() }
    }
}
