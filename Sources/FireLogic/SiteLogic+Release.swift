// Alarm, release and key: the part of the rules that moves water.

extension SiteLogic {
    /// The single place where a valve is opened: a release rule is fulfilled or the manual release
    /// is pressed, and the key is on (promises RELEASE and QUIET).
    private mutating func open(
        _ floor: Int, _ cause: ReleaseCause, at now: Instant, into decisions: inout Decisions
    ) {
        floors[floor].opened(at: now, timing: timing)
        decisions.drive(floor: floor, .open)
        decisions.record(.valve(plan.floors[floor].id, .open, .release(cause)))
        panel.soundAgain()
        isDirty = true
    }

    /// The single place where a valve is closed: the human's key (promises LATCH and KEY).
    private mutating func close(
        _ floor: Int, at now: Instant, into decisions: inout Decisions
    ) {
        guard floors[floor].isOpen else {
            withdraw(floor, into: &decisions)
            return
        }
        floors[floor].closedByKey(at: now, timing: timing)
        decisions.drive(floor: floor, .closed)
        decisions.record(.valve(plan.floors[floor].id, .closed, .key))
    }

    /// A detector reports fire, newly or still.
    mutating func raiseAlarm(
        _ index: Int, at now: Instant, into decisions: inout Decisions
    ) {
        let detector = plan.detectors[index]
        let floorID = plan.floors[detector.floor].id
        guard detectors[index].isEnabled else { return }
        guard !floors[detector.floor].inWalkTest else {
            detectors[index].markTested()
            decisions.record(.tested(detector.id, floorID))
            return
        }
        if !detectors[index].alarmLatched { panel.soundAgain() }
        detectors[index].latchAlarm()
        decisions.record(.alarm(detector.id, floorID))
    }

    /// A detector of `floor` has changed; `evaluateChanged` must follow.
    mutating func changed(_ floor: Int) {
        isDirty = true
        guard !isChanged[floor] else { return }
        isChanged[floor] = true
        changedFloors.append(floor)
    }

    /// Evaluates floors once all changes that belong together are made: a floor that is disabled
    /// or enabled as a whole must not pass for one with lost members on the way.
    mutating func evaluateChanged(at now: Instant, into decisions: inout Decisions) {
        for place in changedFloors.indices {
            let floor = changedFloors[place]
            isChanged[floor] = false
            evaluate(floor, at: now, into: &decisions)
        }
        changedFloors.removeAll(keepingCapacity: true)
    }

    /// Counts a floor's detectors and acts on what they say.
    mutating func evaluate(_ floor: Int, at now: Instant, into decisions: inout Decisions) {
        recount(floor)
        isDirty = true
        guard let detector = floors[floor].count.releasedBy else {
            withdraw(floor, into: &decisions)
            return
        }
        demand(floor, .detector(detector), at: now, into: &decisions)
    }

    private mutating func withdraw(_ floor: Int, into decisions: inout Decisions) {
        guard floors[floor].withdraw() else { return }
        decisions.record(.releaseWithdrawn(plan.floors[floor].id))
    }

    private mutating func demand(
        _ floor: Int, _ cause: ReleaseCause, skipDelay: Bool = false, at now: Instant,
        into decisions: inout Decisions
    ) {
        let key = keys[plan.floors[floor].key].position
        let delay = skipDelay ? .zero : plan.floors[floor].delay
        switch floors[floor].demand(cause, key: key, delay: delay, at: now) {
        case .none:
            break
        case .open(let cause):
            open(floor, cause, at: now, into: &decisions)
        case .startDelay(let cause):
            decisions.record(.releasePending(plan.floors[floor].id, cause, delay: delay))
        case .withhold(let cause):
            decisions.record(.releaseWithheld(plan.floors[floor].id, cause))
            panel.soundAgain()
        }
    }

    /// The delay of a release has passed.
    mutating func delayPassed(_ floor: Int, at now: Instant, into decisions: inout Decisions) {
        guard let cause = floors[floor].overdue(at: now) else { return }
        decisions.tellTime()
        open(floor, cause, at: now, into: &decisions)
    }

    mutating func manualReleaseChanged(
        _ floor: Int, _ level: ContactLevel, was: ContactLevel, at now: Instant,
        into decisions: inout Decisions
    ) {
        let id = plan.floors[floor].id
        isDirty = true
        if (level == .unreadable) != (was == .unreadable) {
            decisions.record(.manualReleaseFault(id, present: level == .unreadable))
            if level == .unreadable { panel.soundAgain() }
        }
        guard level != .unreadable else { return }
        decisions.record(.manualRelease(id, pressed: level == .active))
        if level == .active { demand(floor, .manual, at: now, into: &decisions) }
    }

    mutating func keyChanged(
        _ key: Int, _ change: KeySwitch.Change, wasUnsettled: Bool, at now: Instant,
        into decisions: inout Decisions
    ) {
        switch change {
        case .none:
            return
        case .turnedOff:
            for floor in floorsOfKey[key] {
                close(floor, at: now, into: &decisions)
                decisions.record(.isolated(plan.floors[floor].id))
                // Fire that was heard before the key was first read is withheld from here on.
                evaluate(floor, at: now, into: &decisions)
            }
            panel.soundAgain()
        case .turnedOn:
            for floor in floorsOfKey[key] {
                decisions.record(.inService(plan.floors[floor].id))
                backInService(floor, fromStart: wasUnsettled, at: now, into: &decisions)
            }
        case .fault:
            decisions.record(.keyFault(key: key))
            panel.soundAgain()
        case .repaired:
            decisions.record(.keyRepaired(key: key))
        }
        isDirty = true
    }

    /// The key came on. What a detector reports at this moment opens at once; what it reported
    /// before does not.
    private mutating func backInService(
        _ floor: Int, fromStart: Bool, at now: Instant, into decisions: inout Decisions
    ) {
        if !fromStart {
            for index in detectorsOfFloor[floor] { detectors[index].recount() }
        }
        // Written down again behind the key: a memory that reads the log must count as we do.
        for index in detectorsOfFloor[floor] where detectors[index].votes {
            decisions.record(.alarm(plan.detectors[index].id, plan.floors[floor].id))
        }
        if floors[floor].manual.level == .active {
            demand(floor, .manual, at: now, into: &decisions)
        }
        recount(floor)
        if floors[floor].established && !fromStart,
            let index = detectorsOfFloor[floor].first(where: { detectors[$0].votes })
        {
            let cause = ReleaseCause.detector(plan.detectors[index].id)
            demand(floor, cause, skipDelay: true, at: now, into: &decisions)
        } else {
            evaluate(floor, at: now, into: &decisions)
        }
    }

    /// Follows up what a valve's own state machine found.
    mutating func valveActed(
        _ floor: Int, _ action: Valve.Action, into decisions: inout Decisions
    ) {
        let id = plan.floors[floor].id
        let command = floors[floor].valve.command
        switch action {
        case .none:
            return
        case .drive(let again):
            decisions.drive(floor: floor, command)
            if action.isRecorded(timing) { decisions.record(.valve(id, command, .again(again))) }
        case .confirmed:
            decisions.record(.valveConfirmed(id, command))
        case .fault(let fault):
            decisions.record(.valveFault(id, fault))
            panel.soundAgain()
        case .repaired:
            decisions.record(.valveRepaired(id))
        }
        isDirty = true
    }

    /// Counts a floor's detectors from scratch.
    mutating func recount(_ floor: Int) {
        var count = ReleaseCount()
        let range = detectorsOfFloor[floor]
        var lost = 0
        for zone in zoneScratch.indices { zoneScratch[zone] = ZoneCount() }
        for index in range {
            let detector = detectors[index]
            if detector.alarmLatched { count.latched += 1 }
            if !detector.isEnabled {
                count.disabled += 1
            } else if detector.down != nil {
                count.down += 1
            }
            let zone = plan.detectors[index].zone
            if detector.votes {
                count.voting += 1
                if let zone { zoneScratch[zone].voting += 1 }
            } else if detector.isLost {
                lost += 1
                if let zone { zoneScratch[zone].lost += 1 }
            }
        }
        if count.voting > 0 {
            let releasing = range.first {
                detectors[$0].votes && isFulfilled($0, voting: count.voting, lost: lost)
            }
            count.releasedBy = releasing.map { plan.detectors[$0].id }
        }
        floors[floor].count = count
    }

    /// Whether the rule is fulfilled by the votes among which is that of `index`.
    private func isFulfilled(_ index: Int, voting: Int, lost: Int) -> Bool {
        switch plan.floors[plan.detectors[index].floor].rule {
        case .first:
            return true
        case .coincidence(let needed, .floor):
            return ReleaseCount.fulfils(voting: voting, lost: lost, needed: needed)
        case .coincidence(let needed, .zone):
            // A detector without a zone has nobody to agree with: it must not be ignored.
            guard let zone = plan.detectors[index].zone else { return true }
            let count = zoneScratch[zone]
            return ReleaseCount.fulfils(voting: count.voting, lost: count.lost, needed: needed)
        }
    }
}
