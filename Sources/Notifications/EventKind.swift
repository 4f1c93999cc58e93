// What an event is, as far as texts differ. The key tells, and the word in the value where the key leaves
// it open. What is not known keeps the controller's own sentence.

/// A kind of event.
enum EventKind: Hashable, CaseIterable {
    case fire, fireOver, manualPressed, manualReleased, manualFault, manualBack
    case valveOpen, valveClosed, valveConfirmed, valveFault, valveRepaired
    case releasePending, releaseWithdrawn, releaseWithheld, isolated, inService
    case detectorFault, detectorBack, tested, busFault, busBack, keyFault, keyBack
    case systemFault, systemBack, disabled, enabled, walkTestStarted, walkTestEnded
    case silenced, reset, started, armed
    case other

    init(_ item: Item) {
        let words = item.key.split(separator: ".", omittingEmptySubsequences: false)
        let last = words.last.map { String($0) } ?? ""
        switch words.first {
        case "floor" where words.count == 3 && last == "reset": self = .fireOver
        case "floor" where words.count >= 4:
            self = Self.ofFloor(String(words[2]), last)
        case "bus": self = last == "fault" ? .busFault : last == "back" ? .busBack : .other
        case "key": self = last == "fault" ? .keyFault : last == "back" ? .keyBack : .other
        case "system":
            switch last {
            case "fault": self = .systemFault
            case "back": self = .systemBack
            case "started": self = .started
            case "armed": self = .armed
            default: self = .other
            }
        case "operator": self = Self.ofOperator(last)
        default: self = .other
        }
    }

    private static func ofFloor(_ part: String, _ word: String) -> EventKind {
        switch (part, word) {
        case ("detector", "fire"): .fire
        case ("detector", "fault"): .detectorFault
        case ("detector", "back"): .detectorBack
        case ("detector", "tested"): .tested
        case ("valve", "open"): .valveOpen
        case ("valve", "closed"): .valveClosed
        case ("valve", "confirmed"): .valveConfirmed
        case ("valve", "fault"): .valveFault
        case ("valve", "repaired"): .valveRepaired
        case ("release", "pending"): .releasePending
        case ("release", "withdrawn"): .releaseWithdrawn
        case ("release", "withheld"): .releaseWithheld
        case ("key", "isolated"): .isolated
        case ("key", "in-service"): .inService
        case ("manual", "pressed"): .manualPressed
        case ("manual", "released"): .manualReleased
        case ("manual", "fault"): .manualFault
        case ("manual", "back"): .manualBack
        default: .other
        }
    }

    private static func ofOperator(_ word: String) -> EventKind {
        switch word {
        case "disabled": .disabled
        case "enabled": .enabled
        case "walk-test-started": .walkTestStarted
        case "walk-test-ended": .walkTestEnded
        case "silenced": .silenced
        case "reset": .reset
        default: .other
        }
    }

    /// Somebody has to go there.
    var isUrgent: Bool {
        switch self {
        case .fire, .manualPressed, .valveOpen, .valveFault, .releaseWithheld, .releasePending: true
        default: false
        }
    }
}

/// The names in an event, ready for a sentence.
struct EventNames {
    var floor: String
    var detector: String
    var bus: String
    var key: String
    var who: String
    var fault: String
    /// For how long, where it is asked for.
    var span: String
    var fields: EventFields

    init(_ item: Item, floorWord: String, detectorWord: String) {
        let fields = item.fields ?? EventFields()
        let words = item.key.split(separator: ".")
        func name(_ word: String, _ number: Int64?, _ name: String?, _ place: Int) -> String {
            let inKey = words.indices.contains(place) ? String(words[place]) : ""
            let numbered = number.map { "\($0)" } ?? inKey
            let label = numbered.isEmpty ? word : "\(word) \(numbered)"
            return name.map { $0.isEmpty ? label : "\(label) (\($0))" } ?? label
        }
        floor = name(floorWord, fields.floor, fields.floorName, 1)
        detector = name(detectorWord, fields.detector, fields.detectorName, 3)
        let second = words.count > 1 ? String(words[1]) : ""
        bus = fields.busName ?? second
        key = fields.keyName ?? (words.first == "key" ? fields.key ?? second : "")
        fault = fields.fault ?? second
        who = fields.who ?? "?"
        span = fields.forSeconds.map { TextTimes.span($0) } ?? ""
        self.fields = fields
    }
}
