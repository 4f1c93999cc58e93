// What a replay of the log must be told because it was not recorded: readings that only repeat the
// last one, contacts before they came to rest, tries of a line that fails. Called by `Replay` and by
// nothing that drives a valve. From `holdStill` on, no detector falls silent, no contact comes to
// rest and no try of a failed line is due until one of the others says so.

extension SiteLogic {
    package mutating func holdStill() {
        for index in detectors.indices { holdStill(detector: index) }
        for key in keys.indices {
            keys[key].assumeRest(
                off: .unreadable, on: .unreadable, isStill: false, isLate: false, at: .never)
        }
        for floor in floors.indices { holdStill(floor: floor) }
    }

    /// The detector is heard for as long as nothing else is recorded.
    package mutating func holdStill(detector index: Int) {
        detectors[index].assumeHeard(until: .never)
    }

    package mutating func holdStill(floor: Int) {
        floors[floor].valve.assumeTries(0, next: .never)
    }

    /// The detector was last heard so long ago that it falls silent at `time`.
    package mutating func assumeSilence(detector index: Int, at time: Instant) {
        detectors[index].assumeHeard(until: time)
        deadlines.bringForward(index, to: time)
    }

    /// A contact came to rest before `time`, as `rest` says. `fallsSilent`: so long before that its
    /// detector falls silent at `time` as well.
    package mutating func assume(_ rest: Rest, at time: Instant, fallsSilent: Bool = false) {
        switch rest {
        case .reading(let detector, let reading):
            let limit = fallsSilent ? plan.detectors[detector].limit.nanoseconds : 0
            let since = Instant(nanoseconds: time.nanoseconds - limit)
            detectors[detector].assumeRest(reading, since: since)
            deadlines.bringForward(detector, to: time)
        case .key(let key, let off, let on, let isStill, let isLate):
            keys[key].assumeRest(off: off, on: on, isStill: isStill, isLate: isLate, at: time)
        case .manualRelease(let floor, let level):
            floors[floor].manual.assumeRest(level, at: time)
        case .button(let button, let level):
            panel.assumeRest(button, level, at: time)
        }
    }

    /// The failed line of `floor` was driven again at `time`, for the `count`th time.
    package mutating func assumeTry(_ count: Int, floor: Int, at time: Instant) {
        floors[floor].valve.assumeTries(count - 1, next: time)
    }
}
