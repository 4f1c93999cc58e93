// The oracle: stands beside the controller, is told what the controller is told, watches the valve
// lines and the lamps, and says which promise is broken. It shares no code with the rules; it only
// reads the site plan. One tick is: `begin`, what was told in order, `pass`, then `judge`.
//
// Each promise is put into words at the top of its own file: ReleaseOracle, QuietOracle (with
// LATCH), KeyOracle, LiveOracle. They speak of one common account, kept here and in `*Facts`.

import FireLogic

package struct Witness: Sendable {
    /// The account without the site: what the exploration tells states apart by.
    package struct Account: Hashable, Sendable {
        package internal(set) var detectors: [DetectorFacts]
        package internal(set) var keys: [KeyFacts]
        package internal(set) var floors: [FloorFacts]
        var busesUp: [Bool]
        var buttons: [ContactFacts?]
        var lampTestUntil = Instant.never
        /// Faults of the program and its board that were told.
        var systemFaults: UInt32 = 0

        /// The same account with all its times moved.
        package func moved(by span: Interval) -> Account {
            var copy = self
            copy.detectors = detectors.map { $0.moved(by: span) }
            copy.keys = keys.map { $0.moved(by: span) }
            copy.floors = floors.map { $0.moved(by: span) }
            copy.buttons = buttons.map { $0?.moved(by: span) }
            copy.lampTestUntil = lampTestUntil.moved(by: span)
            return copy
        }
    }

    let plan: SitePlan
    let timing: Timing
    let detectorsOfFloor: [[Int]]
    /// How many power cuts there have been.
    var run = 0
    package internal(set) var account: Account
    var violations: [Violation] = []

    package init(plan: SitePlan, timing: Timing, at now: Instant) {
        self.plan = plan
        self.timing = timing
        detectorsOfFloor = plan.floors.indices.map { floor in
            plan.detectors.indices.filter { plan.detectors[$0].floor == floor }
        }
        account = Account(
            detectors: plan.detectors.map { DetectorFacts(limit: $0.limit, at: now) },
            keys: plan.keys.map { _ in KeyFacts(at: now) },
            floors: plan.floors.map { _ in FloorFacts() },
            busesUp: plan.buses.map { _ in true },
            buttons: PanelButton.allCases.map { _ in nil })
    }

    // MARK: One tick

    package mutating func begin() {
        violations.removeAll(keepingCapacity: true)
        for floor in account.floors.indices {
            account.floors[floor].mayOpen = false
            account.floors[floor].wasReleased = false
            account.floors[floor].wasClosedByKey = false
        }
    }

    package mutating func tell(_ event: Event, at now: Instant) {
        switch event {
        case .reading(let index, let reading):
            let detector = plan.detectors[index]
            let isNew = account.detectors[index].tell(
                reading, at: now, limit: detector.limit, debounce: detector.debounce,
                restless: timing.contactRestless)
            if isNew { look(at: index) }
            consider(detector.floor, at: now)
        case .bus(let bus, let up):
            account.busesUp[bus] = up
        case .keyContact(let key, let contact, let level):
            account.keys[key].tell(contact, level, at: now)
        case .feedback(let floor, let level):
            account.floors[floor].seen = level
            observeFeedback(floor, at: now)
        case .manualRelease(let floor, let level):
            account.floors[floor].manual.tell(level, at: now)
        case .button(let button, let level):
            // A button that is found pressed at the start does nothing until it was let go.
            let index = Int(button.rawValue)
            if account.buttons[index] == nil {
                account.buttons[index] = ContactFacts(level)
            } else {
                account.buttons[index]?.tell(level, at: now)
            }
        case .driven:
            break
        case .systemFault(let fault, let present):
            let bit = UInt32(1) << UInt32(fault.rawValue)
            if present { account.systemFaults |= bit } else { account.systemFaults &= ~bit }
        }
    }

    /// Time has come to `now` and everything told until then has been taken in. What time does to
    /// several detectors at once counts together: no order among them releases a floor.
    package mutating func pass(to now: Instant) {
        for index in account.detectors.indices {
            if let until = account.detectors[index].disabledUntil, now >= until {
                account.detectors[index].disabledUntil = nil
                look(at: index)
            }
        }
        for index in account.detectors.indices {
            let detector = plan.detectors[index]
            let isNew = account.detectors[index].pass(
                to: now, limit: detector.limit, debounce: detector.debounce)
            if isNew { look(at: index) }
            account.detectors[index].passLimit(at: now)
        }
        for floor in account.floors.indices { consider(floor, at: now) }
        for key in account.keys.indices { passKey(key, to: now) }
        for floor in account.floors.indices {
            passManual(floor, to: now)
            if let until = account.floors[floor].walkUntil, now >= until {
                endWalkTest(floor, at: now)
            }
            consider(floor, at: now)
        }
        passButtons(to: now)
    }

    private mutating func passButtons(to now: Instant) {
        for button in PanelButton.allCases {
            let index = Int(button.rawValue)
            guard
                let change = account.buttons[index]?.pass(to: now, debounce: timing.buttonDebounce),
                change.1 == .active
            else { continue }
            switch button {
            case .silence: break
            case .reset: reset(at: now)
            case .lampTest: account.lampTestUntil = now + timing.lampTest
            }
        }
        if now >= account.lampTestUntil { account.lampTestUntil = .never }
    }

    // MARK: What detectors say together

    /// A report of fire is looked at: newly made, or again after a reset, a disablement or a
    /// walk test.
    mutating func look(at index: Int) {
        guard account.detectors[index].reported == .alarm, account.detectors[index].isEnabled
        else { return }
        if account.floors[plan.detectors[index].floor].walkUntil != nil {
            account.detectors[index].isTest = true
            return
        }
        account.detectors[index].isTest = false
        account.detectors[index].latched = true
        account.detectors[index].speaks = .yes
        account.detectors[index].isOnRecord = true
    }

    /// Whether the release rule is fulfilled when everyone counts who speaks at least `sure`.
    func isFulfilled(_ floor: Int, _ sure: Answer) -> Bool {
        let members = detectorsOfFloor[floor]
        switch plan.floors[floor].rule {
        case .first:
            return members.contains { account.detectors[$0].speaks >= sure }
        case .coincidence(let needed, .floor):
            return agree(members, needed: needed, sure)
        case .coincidence(let needed, .zone):
            for index in members {
                guard account.detectors[index].speaks >= sure else { continue }
                guard let zone = plan.detectors[index].zone else { return true }
                let group = members.filter { plan.detectors[$0].zone == zone }
                if agree(group, needed: needed, sure) { return true }
            }
            return false
        }
    }

    /// At least one speaks, and those who speak or cannot be counted on make up what is needed.
    private func agree(_ members: [Int], needed: Int, _ sure: Answer) -> Bool {
        var speaking = 0
        var lost = 0
        for index in members {
            let detector = account.detectors[index]
            if detector.speaks >= sure { speaking += 1 } else if detector.isLost { lost += 1 }
        }
        return speaking >= 1 && speaking + lost >= needed
    }
}
