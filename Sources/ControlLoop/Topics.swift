// Which messages a record becomes in the log: topic, key and value, as Kafka clients see them.
// Names and forms are part of the interface.
//
//   topic           key                                     value
//   signals         detector id, 4 bytes big-endian         1 byte, 0 or 1; a fault has no value
//   alarms          detector id, 4 bytes big-endian         1 byte, 1
//   valves          floor number as text                    JSON
//   notifications   dotted: floor.2.detector.17.fire        JSON
//   audit           who                                     JSON

import FireLogic

package enum Topic: UInt8, Hashable, Sendable, CaseIterable {
    case signals = 1
    case alarms, valves, notifications, audit

    package var name: String {
        switch self {
        case .signals: "signals"
        case .alarms: "alarms"
        case .valves: "valves"
        case .notifications: "notifications"
        case .audit: "audit"
        }
    }
}

/// One message of a topic, as a Kafka client sees it.
package struct LogMessage: Hashable, Sendable {
    package var topic: Topic
    package var key: [UInt8]
    /// nil: a null value.
    package var value: [UInt8]?
}

extension Record {
    /// The record's messages, in the order in which they are appended. Runs on the journal's
    /// thread, never on the signal path.
    package func messages(_ plan: SitePlan) -> [LogMessage] {
        switch self {
        case .signal(let id, let reading):
            return [LogMessage(topic: .signals, key: Self.key(id), value: Self.value(of: reading))]
        case .alarm(let id, let floor):
            return [
                LogMessage(topic: .alarms, key: Self.key(id), value: [1]),
                notify("floor.\(floor.rawValue).detector.\(id.rawValue).fire", plan),
            ]
        case .valve(let floor, _, _), .valveConfirmed(let floor, _), .valveFault(let floor, _),
            .valveRepaired(let floor):
            return [
                LogMessage(
                    topic: .valves, key: Array("\(floor.rawValue)".utf8), value: json(plan)),
                notify("floor.\(floor.rawValue).valve.\(word)", plan),
            ]
        case .releasePending(let floor, _, _), .releaseWithdrawn(let floor),
            .releaseWithheld(let floor, _):
            return [notify("floor.\(floor.rawValue).release.\(word)", plan)]
        case .isolated(let floor), .inService(let floor):
            return [
                LogMessage(
                    topic: .valves, key: Array("\(floor.rawValue)".utf8), value: json(plan)),
                notify("floor.\(floor.rawValue).key.\(word)", plan),
            ]
        case .detectorDown(let id, let floor, _):
            return [notify("floor.\(floor.rawValue).detector.\(id.rawValue).fault", plan)]
        case .detectorBack(let id, let floor):
            return [notify("floor.\(floor.rawValue).detector.\(id.rawValue).back", plan)]
        case .bus(let bus, let up):
            return [notify("bus.\(Self.oneWord(plan.busName(bus))).\(up ? "back" : "fault")", plan)]
        case .keyFault(let key):
            return [notify("key.\(Self.oneWord(plan.keyName(key))).fault", plan)]
        case .keyRepaired(let key):
            return [notify("key.\(Self.oneWord(plan.keyName(key))).back", plan)]
        case .manualRelease(let floor, _), .manualReleaseFault(let floor, _):
            return [notify("floor.\(floor.rawValue).manual.\(word)", plan)]
        case .systemFault(let fault, let present):
            return [notify("system.\(fault).\(present ? "fault" : "back")", plan)]
        case .disabled(_, let who, _), .enabled(_, let who), .walkTestStarted(_, let who, _),
            .walkTestEnded(_, let who), .silenced(let who), .reset(let who):
            return [audit(who, plan), notify("operator.\(word)", plan)]
        case .refused(let request, _):
            return [audit(request.who, plan)]
        case .button:
            return [audit(.panel, plan)]
        case .tested(let id, let floor):
            return [notify("floor.\(floor.rawValue).detector.\(id.rawValue).tested", plan)]
        case .started, .armed, .signalsDropped:
            return [notify("system.\(word)", plan)]
        case .told, .asked, .timePassed, .rested:
            return []
        }
    }

    private static func key(_ id: DetectorID) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: id.rawValue >> (24 - 8 * $0)) }
    }

    private static func value(of reading: Reading) -> [UInt8]? {
        switch reading {
        case .normal: [0]
        case .alarm: [1]
        case .fault, .silent: nil
        }
    }

    private func notify(_ key: String, _ plan: SitePlan) -> LogMessage {
        LogMessage(topic: .notifications, key: Array(key.utf8), value: json(plan))
    }

    private func audit(_ who: OperatorName, _ plan: SitePlan) -> LogMessage {
        LogMessage(topic: .audit, key: Array(who.text.utf8), value: json(plan))
    }

    private func json(_ plan: SitePlan) -> [UInt8] {
        var text = "{\"event\":\"\(word)\",\"text\":" + Self.quoted(sentence(plan))
        for (name, value) in fields { text += ",\"\(name)\":\(value)" }
        text += "}"
        return Array(text.utf8)
    }

    /// `text` as a JSON string. Names come from people and from afar.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A name as one word of a dotted key: what is neither letter nor digit becomes a hyphen.
    private static func oneWord(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    /// The machine-readable parts, as JSON values.
    private var fields: [(String, String)] {
        switch self {
        case .valve(let floor, let command, let cause):
            var fields = [
                ("floor", "\(floor.rawValue)"), ("command", "\"\(command)\""),
                ("cause", "\"\(cause.word)\""),
            ]
            if case .release(.detector(let id)) = cause {
                fields.append(("detector", "\(id.rawValue)"))
            }
            return fields
        case .valveConfirmed(let floor, let command):
            return [("floor", "\(floor.rawValue)"), ("feedback", "\"\(command)\"")]
        case .valveFault(let floor, let fault):
            return [("floor", "\(floor.rawValue)"), ("fault", "\"\(fault)\"")]
        case .valveRepaired(let floor), .releaseWithdrawn(let floor):
            return [("floor", "\(floor.rawValue)")]
        case .isolated(let floor): return [("floor", "\(floor.rawValue)"), ("key", "\"off\"")]
        case .inService(let floor): return [("floor", "\(floor.rawValue)"), ("key", "\"on\"")]
        case .alarm(let id, let floor), .tested(let id, let floor),
            .detectorBack(let id, let floor), .detectorDown(let id, let floor, _):
            return [("floor", "\(floor.rawValue)"), ("detector", "\(id.rawValue)")]
        case .disabled(let id, let who, let time):
            return [
                ("detector", "\(id.rawValue)"), ("who", Self.quoted(who.text)),
                ("seconds", "\(time.milliseconds / 1000)"),
            ]
        case .enabled(let id, let who):
            return [("detector", "\(id.rawValue)"), ("who", Self.quoted(who.text))]
        case .walkTestStarted(let floor, let who, let time):
            return [
                ("floor", "\(floor.rawValue)"), ("who", Self.quoted(who.text)),
                ("seconds", "\(time.milliseconds / 1000)"),
            ]
        case .walkTestEnded(let floor, let who):
            return [("floor", "\(floor.rawValue)"), ("who", Self.quoted(who.text))]
        case .signal, .bus, .releasePending, .releaseWithheld, .keyFault, .keyRepaired,
            .manualRelease, .manualReleaseFault, .silenced, .reset, .refused, .button,
            .systemFault, .started, .armed, .signalsDropped, .told, .asked, .timePassed, .rested:
            return []
        }
    }
}

extension ValveCause {
    fileprivate var word: String {
        switch self {
        case .release(.detector): "detector"
        case .release(.manual): "manual"
        case .key: "key"
        case .again: "again"
        case .remembered: "remembered"
        }
    }
}

extension SitePlan {
    func busName(_ bus: Int) -> String {
        buses.indices.contains(bus) ? buses[bus].name : "\(bus)"
    }

    func keyName(_ key: Int) -> String {
        keys.indices.contains(key) ? keys[key].name : "\(key)"
    }
}
