// Records in plain English, for the event lines of the controller, the demo and `standpipe tail`.
// `word` is the short form used in notification keys: part of the interface.

import FireLogic

extension Record {
    package var word: String {
        switch self {
        case .signal: "signal"
        case .alarm: "fire"
        case .tested: "tested"
        case .detectorDown: "down"
        case .detectorBack: "back"
        case .bus(_, let up): up ? "back" : "fault"
        case .releasePending: "pending"
        case .releaseWithdrawn: "withdrawn"
        case .releaseWithheld: "withheld"
        case .valve(_, .open, _): "open"
        case .valve(_, .closed, _): "closed"
        case .valveConfirmed: "confirmed"
        case .valveFault: "fault"
        case .valveRepaired: "repaired"
        case .isolated: "isolated"
        case .inService: "in-service"
        case .keyFault: "fault"
        case .keyRepaired: "back"
        case .manualRelease(_, let pressed): pressed ? "pressed" : "released"
        case .manualReleaseFault(_, let present): present ? "fault" : "back"
        case .disabled: "disabled"
        case .enabled: "enabled"
        case .walkTestStarted: "walk-test-started"
        case .walkTestEnded: "walk-test-ended"
        case .silenced: "silenced"
        case .reset: "reset"
        case .refused: "refused"
        case .button: "button"
        case .systemFault(_, let present): present ? "fault" : "back"
        case .started: "started"
        case .armed: "armed"
        case .signalsDropped: "signals-dropped"
        case .told: "told"
        case .asked: "asked"
        case .timePassed: "time"
        case .rested: "rested"
        }
    }

    /// One sentence for a person who knows the building and not the program.
    package func sentence(_ plan: SitePlan) -> String {
        switch self {
        case .signal(let id, let reading): "\(plan.name(id)): signal \(reading.word)"
        case .alarm(let id, let floor): "FIRE: \(plan.name(id)) on \(plan.name(floor))"
        case .tested(let id, let floor):
            "walk test: \(plan.name(id)) on \(plan.name(floor)) answered"
        case .detectorDown(let id, let floor, let cause):
            "FAULT: \(plan.name(id)) on \(plan.name(floor)) \(cause.words)"
        case .detectorBack(let id, let floor):
            "\(plan.name(id)) on \(plan.name(floor)) speaks again"
        case .bus(let bus, let up):
            up ? "bus \(plan.busName(bus)) is back" : "FAULT: bus \(plan.busName(bus)) is down"
        case .releasePending(let floor, let cause, let delay):
            "\(plan.name(floor)): valve opens in \(delay.milliseconds / 1000) s because of "
                + cause.words(plan)
        case .releaseWithdrawn(let floor): "\(plan.name(floor)): release withdrawn"
        case .releaseWithheld(let floor, let cause):
            "NO WATER on \(plan.name(floor)): the key is off, although \(cause.words(plan)) asks for it"
        case .valve(let floor, .open, .release(let cause)):
            "VALVE OPEN on \(plan.name(floor)) because of \(cause.words(plan))"
        case .valve(let floor, .closed, .release):
            "valve of \(plan.name(floor)) closed"
        case .valve(let floor, .closed, .key):
            "valve of \(plan.name(floor)) closed with the key"
        case .valve(let floor, .open, .key):
            "valve of \(plan.name(floor)) open"
        case .valve(let floor, let command, .again(let count)):
            "valve of \(plan.name(floor)) driven \(command) again (try \(count))"
        case .valve(let floor, let command, .remembered):
            "valve of \(plan.name(floor)) was \(command) before the start and stays so"
        case .valveConfirmed(let floor, let command):
            "valve of \(plan.name(floor)) is seen \(command)"
        case .valveFault(let floor, let fault):
            "FAULT: valve of \(plan.name(floor)) \(fault.words)"
        case .valveRepaired(let floor): "valve of \(plan.name(floor)) obeys again"
        case .isolated(let floor): "\(plan.name(floor)) ISOLATED: key off, no water there"
        case .inService(let floor): "\(plan.name(floor)) in service: key on"
        case .keyFault(let key): "FAULT: contacts of key \(plan.keyName(key)) disagree"
        case .keyRepaired(let key): "contacts of key \(plan.keyName(key)) agree again"
        case .manualRelease(let floor, let pressed):
            "manual release of \(plan.name(floor)) \(pressed ? "PRESSED" : "let go")"
        case .manualReleaseFault(let floor, let present):
            present
                ? "FAULT: manual release of \(plan.name(floor)) cannot be read"
                : "manual release of \(plan.name(floor)) can be read again"
        case .disabled(let id, let who, let time):
            "\(plan.name(id)) disabled by \(who.text) for \(time.milliseconds / 60_000) min"
        case .enabled(let id, let who): "\(plan.name(id)) enabled by \(who.text)"
        case .walkTestStarted(let floor, let who, let time):
            "walk test on \(plan.name(floor)) started by \(who.text) for "
                + "\(time.milliseconds / 60_000) min"
        case .walkTestEnded(let floor, let who):
            "walk test on \(plan.name(floor)) ended by \(who.text)"
        case .silenced(let who): "sounder silenced by \(who.text)"
        case .reset(let who): "alarms reset by \(who.text)"
        case .refused(let request, let outcome):
            "refused to \(request.who.text): \(outcome.words)"
        case .button(let button): "panel button \(button) pressed"
        case .systemFault(let fault, let present):
            present ? "FAULT: \(fault.words)" : "no longer: \(fault.words)"
        case .started(let checksum):
            "started with plan \(String(checksum, radix: 16)) of \(plan.name)"
        case .armed: "ARMED: every key has been read, detectors release"
        case .signalsDropped(let count): "\(count) signals could not be recorded"
        case .told(let event): event.words(plan)
        case .asked(let request):
            "\(request.who.text) asks \(request.origin == .panel ? "here" : "from afar") for "
                + request.operation.words(plan)
        case .timePassed: "time has passed"
        case .rested(let rest): rest.words(plan)
        }
    }
}

extension Event {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .reading(let detector, let reading):
            "heard: \(plan.detectorName(detector)) says \(reading.word)"
        case .bus(let bus, let up): "seen: bus \(plan.busName(bus)) is \(up ? "up" : "down")"
        case .keyContact(let key, let contact, let level):
            "seen: contact \(contact) of key \(plan.keyName(key)) is \(level)"
        case .feedback(let floor, let level):
            "seen: valve switch of \(plan.floorName(floor)) is \(level)"
        case .manualRelease(let floor, let level):
            "seen: manual release of \(plan.floorName(floor)) is \(level)"
        case .button(let button, let level): "seen: panel button \(button) is \(level)"
        case .driven(let floor, let succeeded):
            "driven: the line of \(plan.floorName(floor)) "
                + (succeeded ? "took the command" : "DID NOT TAKE the command")
        case .systemFault(let fault, let present):
            present ? "found: \(fault.words)" : "found no longer: \(fault.words)"
        }
    }
}

extension Rest {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .reading(let detector, let reading):
            "\(plan.detectorName(detector)) has come to rest at \(reading.word)"
        case .key(let key, let off, let on, let isStill, let isLate):
            "contacts of key \(plan.keyName(key)) \(isStill ? "rest" : "do not rest") at off "
                + "\(off), on \(on)\(isLate ? ", and time is up" : "")"
        case .manualRelease(let floor, let level):
            "manual release of \(plan.floorName(floor)) rests at \(level)"
        case .button(let button, let level): "panel button \(button) rests at \(level)"
        }
    }
}

extension OperatorRequest.Operation {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .silence: "silence"
        case .reset: "a reset"
        case .disable(let target, let time):
            "\(target.words(plan)) to be disabled for \(time.milliseconds / 60_000) min"
        case .enable(let target): "\(target.words(plan)) to be enabled"
        case .startWalkTest(let floor, let time):
            "a walk test on \(plan.name(floor)) for \(time.milliseconds / 60_000) min"
        case .stopWalkTest(let floor): "the end of the walk test on \(plan.name(floor))"
        }
    }
}

extension OperatorRequest.Target {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .detector(let id): plan.name(id)
        case .zone(let zone):
            plan.zones.indices.contains(zone) ? "zone \(plan.zones[zone].name)" : "zone \(zone)"
        case .floor(let id): plan.name(id)
        }
    }
}

extension Reading {
    package var word: String {
        switch self {
        case .normal: "0"
        case .alarm: "1"
        case .fault(let reason): "fault (\(reason))"
        case .silent: "none"
        }
    }
}

extension DownCause {
    fileprivate var words: String {
        switch self {
        case .silent(.silent): "has gone quiet"
        case .silent(.bus): "is silent because its bus is down"
        case .silent(.neverHeard): "has not spoken since the start"
        case .fault(.device): "says that it is broken"
        case .fault(.invalid): "answers with what it cannot mean"
        case .fault(.line): "has a line that cannot be read or does not hold still"
        }
    }
}

extension ReleaseCause {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .manual: "the manual release"
        case .detector(let id): plan.name(id)
        }
    }
}

extension ValveFault {
    fileprivate var words: String {
        switch self {
        case .notConfirmedOpen: "was driven open but is not seen open"
        case .notConfirmedClosed: "is seen open although it should be closed"
        case .notDriven: "cannot be driven: its line failed"
        }
    }
}

extension RequestOutcome {
    package var words: String {
        switch self {
        case .done: "done"
        case .notAllowed: "the site does not allow this through the gateway"
        case .unknownTarget: "no such detector, zone or floor"
        case .outOfRange: "the time is out of range"
        case .detectorInAlarm: "a detector of the floor still reports fire"
        }
    }
}

extension SystemFault {
    package var words: String {
        switch self {
        case .planFallback: "the site plan is damaged or missing, the last good one protects"
        case .memoryUnreadable: "the log could not be read, valves were kept as found"
        case .journal: "the log does not take records"
        case .recordsLost: "records were lost because the log did not keep up"
        case .memoryLock: "memory could not be locked (mlockall)"
        case .realTime: "no real-time priority (SCHED_FIFO)"
        case .panelOutput: "a panel output could not be driven"
        case .gpio: "a GPIO line could not be had or read"
        case .statusPage: "the status page could not be published"
        case .inputSocket: "the input socket failed or was flooded"
        case .stuckButton: "a panel button is stuck"
        case .mail: "no e-mail can be sent"
        case .sms: "no SMS can be sent"
        case .undelivered: "a message reached nobody"
        case .gatewayLog: "the gateway's log does not take records"
        case .gateway: "the gateway does not report, so nobody is told by e-mail or SMS"
        case .power: "the power supply reports a fault of mains or battery"
        case .memory: "the site plan in memory has changed by itself"
        case .keptLines: "a line kept over the restart fits no valve of the plan and was let go of"
        }
    }
}

extension SitePlan {
    package func name(_ id: DetectorID) -> String {
        let name = detectors.first { $0.id == id }?.name ?? ""
        return name.isEmpty ? "detector \(id.rawValue)" : "detector \(id.rawValue) (\(name))"
    }

    func detectorName(_ detector: Int) -> String {
        detectors.indices.contains(detector) ? name(detectors[detector].id) : "detector \(detector)"
    }

    func floorName(_ floor: Int) -> String {
        floors.indices.contains(floor) ? name(floors[floor].id) : "floor \(floor)"
    }

    package func name(_ id: FloorID) -> String {
        let name = floors.first { $0.id == id }?.name ?? ""
        return name.isEmpty ? "floor \(id.rawValue)" : "floor \(id.rawValue) (\(name))"
    }
}
