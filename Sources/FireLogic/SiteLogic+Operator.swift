// What people ask for: silence, reset, disablement, walk test; and how what was remembered comes
// back after a restart. Nothing here opens or closes a valve by itself: a reset or the end of a
// disablement only looks at the detectors again.

extension SiteLogic {
    /// Carries out a person's wish, or says why not. Either way it is recorded.
    package mutating func request(
        _ request: OperatorRequest, at now: Instant, into decisions: inout Decisions
    ) -> RequestOutcome {
        decisions.record(.asked(request))
        let outcome = carryOut(request, at: now, into: &decisions)
        decisions.touchAll()
        if outcome != .done { decisions.record(.refused(request, outcome)) }
        if isDirty { summarise(into: &decisions) }
        return outcome
    }

    mutating func press(
        _ button: PanelButton, at now: Instant, into decisions: inout Decisions
    ) {
        switch button {
        case .silence: silence(by: .panel, into: &decisions)
        case .reset: reset(by: .panel, at: now, into: &decisions)
        case .lampTest: panel.startLampTest(at: now, timing: timing)
        }
    }

    private mutating func carryOut(
        _ request: OperatorRequest, at now: Instant, into decisions: inout Decisions
    ) -> RequestOutcome {
        if request.origin == .remote {
            guard plan.remote.contains(Self.right(for: request.operation)),
                request.who != .panel, request.who != .timer
            else { return .notAllowed }
        }
        switch request.operation {
        case .silence:
            silence(by: request.who, into: &decisions)
        case .reset:
            reset(by: request.who, at: now, into: &decisions)
        case .disable(let target, let time):
            guard Limits.disablement.contains(time) else { return .outOfRange }
            guard let targets = positions(of: target) else { return .unknownTarget }
            for index in targets {
                disable(index, by: request.who, for: time, at: now, into: &decisions)
            }
            evaluateChanged(at: now, into: &decisions)
        case .enable(let target):
            guard let targets = positions(of: target) else { return .unknownTarget }
            for index in targets where !detectors[index].isEnabled {
                enable(index, by: request.who, at: now, into: &decisions)
            }
            evaluateChanged(at: now, into: &decisions)
        case .startWalkTest(let id, let time):
            guard Limits.walkTest.contains(time) else { return .outOfRange }
            guard let floor = plan.floors.firstIndex(where: { $0.id == id }) else {
                return .unknownTarget
            }
            startWalkTest(floor, by: request.who, for: time, at: now, into: &decisions)
        case .stopWalkTest(let id):
            guard let floor = plan.floors.firstIndex(where: { $0.id == id }),
                floors[floor].inWalkTest
            else { return .unknownTarget }
            let reporting = detectorsOfFloor[floor].contains {
                detectors[$0].reportsFire && detectors[$0].isEnabled
            }
            if reporting { return .detectorInAlarm }
            endWalkTest(floor, by: request.who, at: now, into: &decisions)
        }
        return .done
    }

    private static func right(for operation: OperatorRequest.Operation) -> RemoteRights {
        switch operation {
        case .silence: .silence
        case .reset: .reset
        case .disable, .enable: .disable
        case .startWalkTest, .stopWalkTest: .walkTest
        }
    }

    private func positions(of target: OperatorRequest.Target) -> [Int]? {
        switch target {
        case .detector(let id):
            return plan.detectors.firstIndex { $0.id == id }.map { [$0] }
        case .zone(let zone):
            guard plan.zones.indices.contains(zone) else { return nil }
            return plan.detectors.indices.filter { plan.detectors[$0].zone == zone }
        case .floor(let id):
            return plan.floors.firstIndex { $0.id == id }.map { Array(detectorsOfFloor[$0]) }
        }
    }

    private mutating func silence(by who: OperatorName, into decisions: inout Decisions) {
        panel.silence()
        decisions.record(.silenced(who))
    }

    /// Forgets alarms, then looks at every detector again: fire that persists alarms at once.
    /// Open valves stay open.
    private mutating func reset(
        by who: OperatorName, at now: Instant, into decisions: inout Decisions
    ) {
        decisions.record(.reset(who))
        decisions.touchAll()
        for floor in floors.indices { floors[floor].forget() }
        for index in detectors.indices {
            detectors[index].clearAlarm()
            if detectors[index].reportsFire { raiseAlarm(index, at: now, into: &decisions) }
        }
        for floor in floors.indices { evaluate(floor, at: now, into: &decisions) }
    }

    private mutating func disable(
        _ index: Int, by who: OperatorName, for time: Interval, at now: Instant,
        into decisions: inout Decisions
    ) {
        detectors[index].disable(until: now + time)
        deadlines.bringForward(index, to: detectors[index].deadline)
        decisions.record(.disabled(plan.detectors[index].id, who, time))
        changed(plan.detectors[index].floor)
    }

    /// Ends a disablement. Fire that the detector reports at this moment counts at once.
    mutating func enable(
        _ index: Int, by who: OperatorName, at now: Instant, into decisions: inout Decisions
    ) {
        detectors[index].enable()
        decisions.record(.enabled(plan.detectors[index].id, who))
        if detectors[index].reportsFire { raiseAlarm(index, at: now, into: &decisions) }
        if detectors[index].down != nil { panel.soundAgain() }
        changed(plan.detectors[index].floor)
    }

    private mutating func startWalkTest(
        _ floor: Int, by who: OperatorName, for time: Interval, at now: Instant,
        into decisions: inout Decisions
    ) {
        floors[floor].walkTestUntil = now + time
        for index in detectorsOfFloor[floor] { detectors[index].beginTest() }
        decisions.record(.walkTestStarted(plan.floors[floor].id, who, time))
        isDirty = true
    }

    /// Ends a walk test. Fire that a detector still reports is a fire.
    mutating func endWalkTest(
        _ floor: Int, by who: OperatorName, at now: Instant, into decisions: inout Decisions
    ) {
        floors[floor].walkTestUntil = nil
        decisions.touchAll()
        decisions.record(.walkTestEnded(plan.floors[floor].id, who))
        for index in detectorsOfFloor[floor] where detectors[index].reportsFire {
            raiseAlarm(index, at: now, into: &decisions)
        }
        evaluate(floor, at: now, into: &decisions)
    }

    mutating func restore(
        _ memory: Memory, at now: Instant, into decisions: inout Decisions
    ) {
        for floor in floors.indices {
            let id = plan.floors[floor].id
            if memory.open.contains(id) {
                floors[floor].opened(at: now, timing: timing)
                decisions.record(.valve(id, .open, .remembered))
                panel.soundAgain()
            } else if memory.closedUnrecorded.contains(id) {
                decisions.record(.valve(id, .closed, .key))
            }
            if let test = memory.walkTests[id], test.left > .zero {
                startWalkTest(floor, by: test.who, for: test.left, at: now, into: &decisions)
            }
            if memory.endedWalkTests.contains(id) { decisions.record(.walkTestEnded(id, .timer)) }
        }
        for index in detectors.indices {
            let id = plan.detectors[index].id
            if let votes = memory.alarms[id] {
                detectors[index].latchAlarm()
                if !votes { detectors[index].recount() }
                panel.soundAgain()
            }
            if let disablement = memory.disabled[id], disablement.left > .zero {
                detectors[index].disable(until: now + disablement.left)
                decisions.record(.disabled(id, disablement.who, disablement.left))
            }
            if memory.endedDisablements.contains(id) { decisions.record(.enabled(id, .timer)) }
            deadlines.bringForward(index, to: detectors[index].deadline)
        }
    }
}
