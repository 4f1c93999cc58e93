// Which messages a record becomes in the log: topic, key and value, as Kafka clients see them.
// Names and forms are part of the interface.
//
//   topic           key                                     value
//   signals         detector id, 4 bytes big-endian         1 byte, 0 or 1; a fault has no value
//   alarms          detector id, 4 bytes big-endian         1 byte, 1
//   valves          floor number as text                    JSON
//   notifications   dotted: floor.2.detector.17.fire        JSON (Notice+Message.swift)
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
    /// The record's messages but those that people are told (Notice+Message.swift), in the order in
    /// which they are appended. Runs on the journal's thread, never on the signal path.
    package func messages(_ plan: SitePlan) -> [LogMessage] {
        switch self {
        case .signal(let id, let reading):
            return [LogMessage(topic: .signals, key: Self.key(id), value: Self.value(of: reading))]
        case .alarm(let id, _):
            return [LogMessage(topic: .alarms, key: Self.key(id), value: [1])]
        case .valve(let floor, _, _), .valveConfirmed(let floor, _), .valveFault(let floor, _),
            .valveRepaired(let floor), .isolated(let floor), .inService(let floor):
            return [
                LogMessage(
                    topic: .valves, key: Array("\(floor.rawValue)".utf8), value: json(plan))
            ]
        case .disabled(_, let who, _), .enabled(_, let who), .walkTestStarted(_, let who, _),
            .walkTestEnded(_, let who), .silenced(let who), .reset(let who):
            return [audit(who, plan)]
        case .refused(let request, _):
            return [audit(request.who, plan)]
        case .button:
            return [audit(.panel, plan)]
        case .releasePending, .releaseWithdrawn, .releaseWithheld, .detectorDown, .detectorBack,
            .bus, .keyFault, .keyRepaired, .manualRelease, .manualReleaseFault, .systemFault,
            .tested, .started, .armed, .signalsDropped, .told, .asked, .timePassed, .rested:
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

    private func audit(_ who: OperatorName, _ plan: SitePlan) -> LogMessage {
        LogMessage(topic: .audit, key: Array(who.text.utf8), value: json(plan))
    }

    private func json(_ plan: SitePlan) -> [UInt8] {
        var json = JsonText()
        json.add("event", word)
        json.add("text", sentence(plan))
        addFields(to: &json, plan, duration: "seconds")
        return json.bytes
    }

    /// The machine-readable parts. `duration` names the time for which something is asked.
    func addFields(to json: inout JsonText, _ plan: SitePlan, duration: String) {
        switch self {
        case .valve(let floor, let command, let cause):
            json.add(floor, plan)
            json.add("command", "\(command)")
            json.add("cause", cause.word)
            if case .release(.detector(let id)) = cause { json.add(id, on: floor, plan) }
        case .valveConfirmed(let floor, let command):
            json.add(floor, plan)
            json.add("feedback", "\(command)")
        case .valveFault(let floor, let fault):
            json.add(floor, plan)
            json.add("fault", "\(fault)")
        case .valveRepaired(let floor), .releaseWithdrawn(let floor),
            .manualRelease(let floor, _), .manualReleaseFault(let floor, _):
            json.add(floor, plan)
        case .releasePending(let floor, let cause, let delay):
            json.add(floor, plan)
            json.add(cause, on: floor, plan)
            json.add("delaySeconds", delay.milliseconds / 1_000)
        case .releaseWithheld(let floor, let cause):
            json.add(floor, plan)
            json.add(cause, on: floor, plan)
        case .isolated(let floor), .inService(let floor):
            json.add(floor, plan)
            json.add("key", self == .isolated(floor) ? "off" : "on")
            if let place = plan.floors.first(where: { $0.id == floor }) {
                json.add("keyName", plan.keyName(place.key))
            }
        case .alarm(let id, let floor), .tested(let id, let floor),
            .detectorBack(let id, let floor):
            json.add(floor, plan)
            json.add(id, on: floor, plan)
        case .detectorDown(let id, let floor, let cause):
            json.add(floor, plan)
            json.add(id, on: floor, plan)
            json.add("cause", cause.word)
        case .bus(let bus, _):
            json.add("bus", bus)
            json.add("busName", plan.busName(bus))
        case .keyFault(let key), .keyRepaired(let key):
            json.add("key", plan.keyName(key))
        case .disabled(let id, let who, let time):
            json.add(id, plan)
            json.add("who", who.text)
            json.add(duration, time.milliseconds / 1_000)
        case .enabled(let id, let who):
            json.add(id, plan)
            json.add("who", who.text)
        case .walkTestStarted(let floor, let who, let time):
            json.add(floor, plan)
            json.add("who", who.text)
            json.add(duration, time.milliseconds / 1_000)
        case .walkTestEnded(let floor, let who):
            json.add(floor, plan)
            json.add("who", who.text)
        case .silenced(let who), .reset(let who):
            json.add("who", who.text)
        case .systemFault(let fault, _):
            json.add("fault", "\(fault)")
        case .signalsDropped(let count):
            json.add("count", count)
        case .signal, .refused, .button, .started, .armed, .told, .asked, .timePassed, .rested:
            break
        }
    }
}

extension JsonText {
    mutating func add(_ floor: FloorID, _ plan: SitePlan) {
        add("floor", floor.rawValue)
        guard let place = plan.floors.first(where: { $0.id == floor }) else { return }
        add("floorName", place.name)
    }

    mutating func add(_ id: DetectorID, on floor: FloorID, _ plan: SitePlan) {
        add("detector", id.rawValue)
        guard let place = plan.floors.firstIndex(where: { $0.id == floor }),
            let index = plan.position(of: id, floor: place)
        else { return }
        add(plan.detectors[index], plan)
    }

    /// With the floor that the plan says.
    mutating func add(_ id: DetectorID, _ plan: SitePlan) {
        guard let detector = plan.detectors.first(where: { $0.id == id }),
            plan.floors.indices.contains(detector.floor)
        else { return add("detector", id.rawValue) }
        add(plan.floors[detector.floor].id, plan)
        add("detector", id.rawValue)
        add(detector, plan)
    }

    private mutating func add(_ detector: DetectorPlan, _ plan: SitePlan) {
        add("detectorName", detector.name)
        guard let zone = detector.zone, plan.zones.indices.contains(zone) else { return }
        add("zone", plan.zones[zone].name)
    }

    mutating func add(_ cause: ReleaseCause, on floor: FloorID, _ plan: SitePlan) {
        switch cause {
        case .manual: add("cause", "manual")
        case .detector(let id):
            add("cause", "detector")
            add(id, on: floor, plan)
        }
    }
}

extension DownCause {
    /// Part of the interface.
    fileprivate var word: String {
        switch self {
        case .silent(.silent): "silent"
        case .silent(.bus): "bus"
        case .silent(.neverHeard): "never-heard"
        case .fault(.device): "device"
        case .fault(.invalid): "invalid"
        case .fault(.line): "line"
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
