// The fire of a floor as an episode: what is a part of it, and what ends it. See Episodes.swift.

import FireLogic

extension Episodes {
    mutating func takeFire(_ record: Record, _ place: Place) -> [Notice] {
        switch record {
        case .alarm(_, let floor):
            return [goOn(.fire(floor), record, place) { $0.hasAlarm = true }]
        case .manualRelease(let floor, pressed: true):
            return [goOn(.fire(floor), record, place) { $0.isPressed = true }]
        case .manualRelease(let floor, pressed: false):
            return [inFire(floor, record, place) { $0.isPressed = false }]
        case .releasePending(let floor, let cause, _), .releaseWithheld(let floor, let cause):
            // By a hand that pressed before the last reset, perhaps: nothing else said so then.
            return [goOn(.fire(floor), record, place) { $0.asked(by: cause) }]
        case .valve(let floor, .open, let cause):
            openValves.insert(floor)
            guard case .release(let cause) = cause else {
                return [inFire(floor, record, place) { $0.isOpen = true }]
            }
            let notice = goOn(.fire(floor), record, place) {
                $0.asked(by: cause)
                $0.isOpen = true
            }
            return [notice] + overtaken(floor, place)
        case .valve(let floor, .closed, let cause):
            openValves.remove(floor)
            let over = cause == .key ? overtaken(floor, place) : []
            return over + [inFire(floor, record, place) { $0.isOpen = false }]
        case .valveConfirmed(let floor, _):
            // After a restart the valve is awaited again; a fault from before it is over.
            guard open[.valve(floor)] != nil else { return [inFire(floor, record, place)] }
            return [end(.valve(floor), within: floor, record, place)]
        case .releaseWithdrawn(let floor): return [inFire(floor, record, place)]
        case .reset: return reset(record, place)
        default: return []
        }
    }

    /// A fault of the command before is none of the new one.
    private mutating func overtaken(_ floor: FloorID, _ place: Place) -> [Notice] {
        guard open[.valve(floor)] != nil else { return [] }
        var notice = end(.valve(floor), within: floor, .valveRepaired(floor), place)
        notice.reason = .overtaken
        return [notice]
    }

    /// A part of a floor's fire if there is one, and its end if it is spent with this.
    private mutating func inFire(
        _ floor: FloorID, _ record: Record, _ place: Place,
        _ change: (inout Episode) -> Void = { _ in }
    ) -> Notice {
        guard var fire = open[.fire(floor)] else { return Notice(record, place.stamp) }
        change(&fire)
        open[.fire(floor)] = fire
        return fire.isSpent
            ? end(.fire(floor), record, place) : part(of: fire, record, place)
    }

    /// One message of the reset, and one for each floor whose fire it ends.
    private mutating func reset(_ record: Record, _ place: Place) -> [Notice] {
        var notices = [Notice(record, place.stamp)]
        for case .fire(let floor) in open.keys.sorted(by: { $0.order < $1.order }) {
            var notice = end(.fire(floor), record, place)
            notice.floor = floor
            notices.append(notice)
        }
        return notices
    }
}

extension Episode {
    fileprivate mutating func asked(by cause: ReleaseCause) {
        switch cause {
        case .detector: hasAlarm = true
        case .manual: isPressed = true
        }
    }
}
