// What people are told as a message of topic `notifications`: key, one sentence, and fields for the
// gateway, which routes it, words it in each recipient's language and follows the episode. Names and
// forms are part of the interface; a value has at most 8 KB.
//
//   event     the record's word                  text      one English sentence
//   episode   its name, while it has one         phase     begin, during, end or single
//   since     wall clock of its beginning, ms    seconds   how long it lasted, where that is known
//   site, floor, floorName, detector, detectorName, zone, cause, bus, busName, key, keyName, command,
//   feedback, fault, who, forSeconds (asked for), delaySeconds; where they apply
//   detectors, missing      at most 200 of the `count` and `missingCount` that there are

import FireLogic

extension Notice {
    private static let mostListed = 200
    private static let mostNamed = 5

    package func message(_ plan: SitePlan) -> LogMessage {
        LogMessage(topic: .notifications, key: Array(key(plan).utf8), value: value(plan))
    }

    /// Dotted; names are one word of it each.
    private func key(_ plan: SitePlan) -> String {
        if let floor { return "floor.\(floor.rawValue).reset" }
        let word = record.word
        switch record {
        case .alarm(let id, let floor), .detectorBack(let id, let floor),
            .tested(let id, let floor):
            return "floor.\(floor.rawValue).detector.\(id.rawValue).\(word)"
        case .detectorDown(let id, let floor, _):
            return "floor.\(floor.rawValue).detector.\(id.rawValue).fault"
        case .valve(let floor, _, _), .valveConfirmed(let floor, _), .valveFault(let floor, _),
            .valveRepaired(let floor):
            return "floor.\(floor.rawValue).valve.\(word)"
        case .releasePending(let floor, _, _), .releaseWithdrawn(let floor),
            .releaseWithheld(let floor, _):
            return "floor.\(floor.rawValue).release.\(word)"
        case .isolated(let floor), .inService(let floor):
            return "floor.\(floor.rawValue).key.\(word)"
        case .manualRelease(let floor, _), .manualReleaseFault(let floor, _):
            return "floor.\(floor.rawValue).manual.\(word)"
        case .bus(let bus, _):
            let name = reason == .gone ? "former-\(bus)" : Self.oneWord(plan.busName(bus))
            return "bus.\(name).\(word)"
        case .keyFault(let key), .keyRepaired(let key):
            let name = reason == .gone ? "former-\(key)" : Self.oneWord(plan.keyName(key))
            return "key.\(name).\(word)"
        case .systemFault(let fault, _): return "system.\(fault).\(word)"
        case .disabled, .enabled, .walkTestStarted, .walkTestEnded, .silenced, .reset:
            return "operator.\(word)"
        case .started, .armed, .signalsDropped, .signal, .refused, .button, .told, .asked,
            .timePassed, .rested:
            return "system.\(word)"
        }
    }

    /// A name as one word of a dotted key: what is neither letter nor digit becomes a hyphen.
    private static func oneWord(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    private func value(_ plan: SitePlan) -> [UInt8] {
        let onBus = detectorsOnBus(plan)
        var json = JsonText()
        json.add("event", record.word)
        json.add("text", text(plan, onBus: onBus.count))
        if let episode { json.add("episode", episode.name) }
        json.add("phase", phase.rawValue)
        if let episode { json.add("since", episode.sinceWall) }
        if let seconds { json.add("seconds", seconds) }
        json.add("site", plan.name)
        if reason == .gone {
            addFormer(to: &json, plan)
        } else {
            if let floor { json.add(floor, plan) }
            record.addFields(to: &json, plan, duration: "forSeconds")
        }
        switch record {
        case .bus(_, up: false):
            json.add("detectors", onBus.prefix(Self.mostListed).map(\.id.rawValue))
            json.add("count", onBus.count)
        case .walkTestEnded where reason == .seen:
            json.add("detectors", answered.prefix(Self.mostListed).map(\.rawValue))
            json.add("count", answered.count)
            json.add("missing", missing.prefix(Self.mostListed).map(\.rawValue))
            json.add("missingCount", missing.count)
        default: break
        }
        return json.bytes
    }

    /// Positions of a former plan are nobody's in this one.
    private func addFormer(to json: inout JsonText, _ plan: SitePlan) {
        switch record {
        case .bus(let bus, _): json.add("bus", bus)
        case .keyRepaired: break
        default:
            if case .fire(let floor)? = episode?.subject { json.add(floor, plan) }
            record.addFields(to: &json, plan, duration: "forSeconds")
        }
    }

    private func detectorsOnBus(_ plan: SitePlan) -> [DetectorPlan] {
        guard case .bus(let bus, up: false) = record else { return [] }
        return plan.detectors.filter { detector in
            if case .modbus(bus, _, _) = detector.source { true } else { false }
        }
    }

    private func text(_ plan: SitePlan, onBus count: Int) -> String {
        let lasted = seconds.map { " after \(Self.words(seconds: $0))" } ?? ""
        switch reason {
        case .gone: return (episode?.subject.words(plan) ?? "") + " is no longer in the site plan"
        case .overtaken:
            guard case .valveRepaired(let floor) = record else { break }
            return "valve of \(plan.name(floor)): its fault is over with a new command" + lasted
        case .seen: break
        }
        switch record {
        case .bus(_, up: false):
            return record.sentence(plan) + ": \(Self.detectors(count)) on it cannot be heard"
        case .reset(let who):
            return floor.map { "fire on \(plan.name($0)) reset by \(who.text)" + lasted }
                ?? record.sentence(plan)
        case .enabled(let id, .timer):
            return "\(plan.name(id)) is enabled again: its time is over" + lasted
        case .walkTestEnded: return record.sentence(plan) + lasted + ": " + report(plan)
        default: return record.sentence(plan) + lasted
        }
    }

    private func report(_ plan: SitePlan) -> String {
        let all = answered.count + missing.count
        if missing.isEmpty { return "all of \(Self.detectors(all)) answered" }
        let named = missing.prefix(Self.mostNamed).map { plan.name($0) }.joined(separator: ", ")
        let more = missing.count - Self.mostNamed
        return "\(answered.count) of \(Self.detectors(all)) answered, NOT: \(named)"
            + (more > 0 ? " and \(more) more" : "")
    }

    private static func detectors(_ count: Int) -> String {
        count == 1 ? "1 detector" : "\(count) detectors"
    }

    /// A time as people say it.
    static func words(seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}

extension Episode.Subject {
    fileprivate func words(_ plan: SitePlan) -> String {
        switch self {
        case .fire(let floor), .valve(let floor), .isolation(let floor),
            .manualRelease(let floor), .walkTest(let floor):
            plan.name(floor)
        case .detector(let id), .disablement(let id): plan.name(id)
        case .bus(let bus): "bus \(bus) of the plan before"
        case .key(let key): "key \(key) of the plan before"
        case .system(let fault): "\(fault)"
        }
    }
}
