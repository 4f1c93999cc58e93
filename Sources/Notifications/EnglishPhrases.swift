// Messages in English.

struct EnglishPhrases: Phrases {
    let floorWord = "floor"
    let detectorWord = "detector"

    func headline(_ kind: EventKind, _ names: EventNames) -> String? {
        let floor = names.floor
        return switch kind {
        case .fire: "FIRE: \(names.detector), \(floor)"
        case .fireOver: "Fire alarm of \(floor) reset by \(names.who)"
        case .manualPressed: "FIRE: manual release PRESSED, \(floor)"
        case .manualReleased: "Manual release let go, \(floor)"
        case .manualFault: "FAULT: manual release of \(floor) cannot be read"
        case .manualBack: "Manual release of \(floor) can be read again"
        case .valveOpen: "VALVE OPEN: \(floor)"
        case .valveClosed: "Valve closed: \(floor)"
        case .valveConfirmed: "Valve of \(floor) is seen \(names.fields.feedback ?? "moved")"
        case .valveFault: "VALVE FAULT: \(floor), \(fault(names.fault))"
        case .valveRepaired: "Valve of \(floor) obeys again"
        case .releasePending:
            "FIRE: valve of \(floor) opens in \(names.fields.delaySeconds.map { "\($0)" } ?? "some") s"
        case .releaseWithdrawn: "Release of \(floor) withdrawn"
        case .releaseWithheld: "NO WATER: \(floor) calls for water, but its key is off"
        case .isolated: "ISOLATED: \(floor), key off, no water there"
        case .inService: "In service: \(floor), key on"
        case .detectorFault:
            "FAULT: \(names.detector), \(floor), \(cause(names.fields.cause ?? ""))"
        case .detectorBack: "\(names.detector), \(floor), speaks again"
        case .tested: "Walk test: \(names.detector), \(floor), answered"
        case .busFault: "FAULT: bus \(names.bus) is down\(count(names.fields.count))"
        case .busBack: "Bus \(names.bus) is back"
        case .keyFault: "FAULT: contacts of key \(names.key) disagree"
        case .keyBack: "Contacts of key \(names.key) agree again"
        case .systemFault: "FAULT: \(system(names.fault))"
        case .systemBack: "No longer: \(system(names.fault))"
        case .disabled: "DISABLED: \(names.detector), by \(names.who), for \(names.span)"
        case .enabled: "Enabled again: \(names.detector), by \(names.who)"
        case .walkTestStarted: "Walk test of \(floor) started by \(names.who), for \(names.span)"
        case .walkTestEnded: "Walk test of \(floor) ended by \(names.who)"
        case .silenced: "Sounder silenced by \(names.who)"
        case .reset: "Alarms reset by \(names.who)"
        case .started: "The controller has started"
        case .armed: "Armed: detectors open valves"
        case .other: nil
        }
    }

    func done(_ kind: EventKind, _ names: EventNames) -> String? {
        switch kind {
        case .fire: "Alarm latched and sounder on. The valve opens by the floor's release rule."
        case .manualPressed: "The valve is opened without delay."
        case .valveOpen: "Water is on. Only the key at the panel closes it."
        case .valveFault: "The valve was driven again, up to three times."
        case .releasePending: "The delay runs; the manual release skips it."
        case .releaseWithheld, .isolated: "Alarms still sound and show; the valve stays shut."
        case .detectorFault: "The detector counts as a fault, not as normal. Others still protect."
        case .busFault: "Its detectors count as faults. Detectors elsewhere still protect."
        case .disabled: "Its signals are ignored until the time is over."
        case .systemFault: "The fault lamp is lit. Fire protection goes on as far as it can."
        default: nil
        }
    }

    func advice(_ kind: EventKind, _ names: EventNames) -> String {
        switch kind {
        case .fire, .manualPressed, .valveOpen, .releasePending:
            "Clear \(names.floor), call the fire service, and do not close the valve before the"
                + " fire is out."
        case .releaseWithheld:
            "Turn the key of \(names.floor) on now, unless somebody is at risk from the water."
        case .valveFault:
            "Send somebody to the valve of \(names.floor) now; open it by hand if it burns."
        case .isolated: "Keep a fire watch there and turn the key on as soon as possible."
        case .detectorFault: "Check the detector, its wiring and its power."
        case .busFault: "Check the bus: adapter, cable, termination, power."
        case .keyFault: "Check the wiring of the key switch. It counts as on."
        case .manualFault: "Check the wiring of the manual release."
        case .systemFault: advice(system: names.fault)
        case .disabled, .walkTestStarted: "Watch the place in the meantime."
        case .walkTestEnded: "Look after the detectors that did not answer."
        case .valveClosed, .fireOver: "See to it that the floor is in service again."
        case .other: "Look at the panel."
        default: "Nothing."
        }
    }

    private func cause(_ word: String) -> String {
        switch word {
        case "silent": "has gone quiet"
        case "never-heard": "has not spoken since the start"
        case "device": "says that it is broken"
        case "invalid": "answers with what it cannot mean"
        case "line": "has a line that cannot be read"
        case "bus": "is silent with its bus"
        default: "is down"
        }
    }

    private func fault(_ word: String) -> String {
        switch word {
        case "notConfirmedOpen": "driven open but not seen open"
        case "notConfirmedClosed": "seen open although it should be closed"
        case "notDriven": "cannot be driven"
        default: "does not obey"
        }
    }

    private func count(_ count: Int64?) -> String {
        count.map { ", \($0) detectors cannot be heard" } ?? ""
    }

    private func system(_ word: String) -> String {
        switch word {
        case "planFallback": "the site plan is damaged, the last good one protects"
        case "memoryUnreadable": "the log could not be read, valves were kept as found"
        case "journal": "the log takes no records"
        case "recordsLost": "records were lost"
        case "memoryLock": "memory could not be locked"
        case "realTime": "no real-time priority"
        case "panelOutput": "a panel output could not be driven"
        case "gpio": "a GPIO line could not be had or read"
        case "statusPage": "the status page could not be published"
        case "inputSocket": "the input socket failed or was flooded"
        case "stuckButton": "a panel button is stuck"
        case "gateway": "the gateway is silent: nobody outside is told"
        case "mail": "e-mail cannot be sent"
        case "sms": "SMS cannot be sent"
        case "undelivered": "a message could not be delivered"
        case "gatewayLog": "the gateway's log fails"
        case "power": "the power supply"
        case "memory": "program or data memory is damaged"
        case "keptLines": "a valve line of before the restart fits no valve and was let go of"
        default: word
        }
    }

    private func advice(system word: String) -> String {
        switch word {
        case "mail", "sms", "undelivered", "gateway", "gatewayLog":
            "Run 'standpipe status' on the board: it says what fails and what to do."
        case "stuckButton", "panelOutput", "gpio": "Check the panel's wiring."
        case "power": "Check mains, fuse and battery."
        case "keptLines": "See that every valve stands as the panel shows it."
        default: "Call service."
        }
    }

    let labels = Labels(
        site: "Site", when: "When", since: "Since", lasted: "Lasted", did: "The system",
        todo: "Now", detectors: "Detectors", missing: "Did not answer", event: "Event",
        events: "% events", more: "and % more", times: "% times",
        late: "This message was sent late.", acknowledge: "Acknowledge: nobody else is called then",
        link: "Acknowledge", reply: "Reply OK %", test: "Daily test",
        testText: "This message proves that the fire protection can reach you. If it stays out one"
            + " day, tell whoever looks after the site.",
        footer: "Sent by Standpipe. The panel and the log have the whole story.")
}
