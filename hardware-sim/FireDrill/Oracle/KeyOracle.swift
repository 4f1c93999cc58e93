// KEY, in the oracle's words:
//
//  - When the key goes off (KeyFacts), its floors' open valves are commanded closed in that tick,
//    the isolated lamp is lit, and until it is on again no command to open is given, whatever is
//    reported. Alarms still light the fire lamp.
//  - When the key comes on, a floor that is released (FloorFacts) opens in that tick if one of its
//    detectors is credible then, or its manual release is held; delay and coincidence do not
//    count again. From then on only those who report at that moment, or newly, speak.
//  - The first rest after a start is not "coming on": what was remembered goes on.
//  - No state of the wires other than the clear off closes a valve.

import FireLogic

extension Witness {
    mutating func passKey(_ key: Int, to now: Instant) {
        let wasOff = account.keys[key].wasOff
        let turn = account.keys[key].pass(
            to: now, twoContacts: plan.keys[key].onContact != nil, timing: timing)
        guard let turn else { return }
        for floor in account.floors.indices where plan.floors[floor].key == key {
            switch turn {
            case .settledOn:
                // The log still had the key off when they spoke.
                for index in detectorsOfFloor[floor] where wasOff {
                    account.detectors[index].isOnRecord = false
                }
                if account.floors[floor].manual.level == .active {
                    account.floors[floor].released = .yes
                    mustOpen(floor)
                }
            case .settledOff, .wentOff:
                closeByKey(floor)
            case .cameOn:
                comeOn(floor)
            }
            consider(floor, at: now)
        }
    }

    private mutating func closeByKey(_ floor: Int) {
        if account.floors[floor].isOpen { account.floors[floor].released = .yes }
        account.floors[floor].isOpen = false
        // What may have opened just before, in the same tick, was released.
        if account.floors[floor].mayOpen { account.floors[floor].wasReleased = true }
        account.floors[floor].mayOpen = false
        account.floors[floor].wasClosedByKey = true
    }

    private mutating func comeOn(_ floor: Int) {
        var someoneReports = false
        for index in detectorsOfFloor[floor] {
            let isCredible = account.detectors[index].isCredible
            let before = account.detectors[index].speaks
            account.detectors[index].speaks = isCredible ? .yes : .no
            if before == .no && isCredible { account.detectors[index].isOnRecord = false }
            if isCredible { account.detectors[index].latched = true }
            someoneReports = someoneReports || isCredible
        }
        if account.floors[floor].manual.level == .active {
            account.floors[floor].released = .yes
            mustOpen(floor)
        } else if someoneReports {
            if account.floors[floor].released == .yes { mustOpen(floor) }
            if account.floors[floor].released == .maybe { account.floors[floor].mayOpen = true }
        }
    }
}
