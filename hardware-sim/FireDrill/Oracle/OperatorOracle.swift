// APART and what people may ask for, in the oracle's words:
//
//  - A request through the gateway is carried out only if the site allows its kind; the panel's
//    own always. A time outside 1 minute to 8 hours is refused, an unknown target too.
//  - A walk test is not ended by hand while an enabled detector of the floor reports fire.
//  - A reset forgets who spoke and what was released, then looks at every report again. It closes
//    nothing.
//  - Targets of one request count together: disabling a whole floor releases nothing on the way.

import FireLogic

extension Witness {
    /// Takes in a request as the promises want it carried out, and says what the answer must be.
    package mutating func tell(_ request: OperatorRequest, at now: Instant) -> RequestOutcome {
        if request.origin == .remote && !plan.remote.contains(Self.right(request.operation)) {
            return .notAllowed
        }
        switch request.operation {
        case .silence:
            break
        case .reset:
            reset(at: now)
        case .disable(let target, let time):
            guard (60...28_800).contains(Double(time.milliseconds) / 1000) else {
                return .outOfRange
            }
            guard let targets = indices(of: target) else { return .unknownTarget }
            for index in targets {
                account.detectors[index].disabledUntil = now + time
                account.detectors[index].disabledFor = time
                account.detectors[index].speaks = .no
            }
            for floor in account.floors.indices { consider(floor, at: now) }
        case .enable(let target):
            guard let targets = indices(of: target) else { return .unknownTarget }
            for index in targets where !account.detectors[index].isEnabled {
                account.detectors[index].disabledUntil = nil
                look(at: index)
            }
            for floor in account.floors.indices { consider(floor, at: now) }
        case .startWalkTest(let id, let time):
            guard (60...28_800).contains(Double(time.milliseconds) / 1000) else {
                return .outOfRange
            }
            guard let floor = plan.floors.firstIndex(where: { $0.id == id }) else {
                return .unknownTarget
            }
            account.floors[floor].walkUntil = now + time
            account.floors[floor].walkFor = time
        case .stopWalkTest(let id):
            guard let floor = plan.floors.firstIndex(where: { $0.id == id }),
                account.floors[floor].walkUntil != nil
            else { return .unknownTarget }
            let isReporting = detectorsOfFloor[floor].contains {
                account.detectors[$0].isEnabled && account.detectors[$0].reported == .alarm
            }
            if isReporting { return .detectorInAlarm }
            endWalkTest(floor, at: now)
            consider(floor, at: now)
        }
        return .done
    }

    mutating func reset(at now: Instant) {
        for floor in account.floors.indices { account.floors[floor].released = .no }
        for index in account.detectors.indices {
            account.detectors[index].latched = false
            account.detectors[index].speaks = .no
            look(at: index)
        }
        for floor in account.floors.indices { consider(floor, at: now) }
    }

    mutating func endWalkTest(_ floor: Int, at now: Instant) {
        account.floors[floor].walkUntil = nil
        for index in detectorsOfFloor[floor] {
            account.detectors[index].isTest = false
            look(at: index)
        }
    }

    private static func right(_ operation: OperatorRequest.Operation) -> RemoteRights {
        switch operation {
        case .silence: .silence
        case .reset: .reset
        case .disable, .enable: .disable
        case .startWalkTest, .stopWalkTest: .walkTest
        }
    }

    private func indices(of target: OperatorRequest.Target) -> [Int]? {
        switch target {
        case .detector(let id):
            plan.detectors.firstIndex { $0.id == id }.map { [$0] }
        case .zone(let zone):
            plan.zones.indices.contains(zone)
                ? plan.detectors.indices.filter { plan.detectors[$0].zone == zone } : nil
        case .floor(let id):
            plan.floors.firstIndex { $0.id == id }.map { detectorsOfFloor[$0] }
        }
    }
}
