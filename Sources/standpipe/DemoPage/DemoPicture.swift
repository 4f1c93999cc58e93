// What the demo's page is told of the building: once what stands where, and again and again what is
// going on. It is the building as a visitor sees it; what the controller makes of it is the panel's.

import FireLogic
import SimulatedBuilding

/// What does not change.
struct DemoSite: Encodable {
    struct Floor: Encodable {
        var number: Int16
        var name: String
        var key: Int
        var hasManualRelease: Bool
    }

    struct Room: Encodable {
        var name: String
        var floor: Int
        /// Positions.
        var detectors: [Int]
    }

    struct Detector: Encodable {
        var id: UInt32
        var name: String
        var kind: String
        /// nil: on none.
        var bus: Int?
    }

    var name: String
    var floors: [Floor]
    var rooms: [Room]
    var detectors: [Detector]
    var keys: [String]
    var buses: [String]
    /// The panel's address.
    var panel: String

    init(_ building: Building, panel: String) {
        let plan = building.plan
        name = plan.name
        floors = plan.floors.map {
            Floor(
                number: $0.id.rawValue, name: $0.name, key: $0.key,
                hasManualRelease: $0.manualRelease != nil)
        }
        rooms = building.rooms.rooms.map {
            Room(name: $0.name, floor: $0.floor, detectors: $0.detectors)
        }
        detectors = plan.detectors.map { detector in
            let (kind, bus): (String, Int?) =
                switch detector.source {
                case .contact: ("contact", nil)
                case .pulse: ("pulse", nil)
                case .modbus(let bus, _, _): ("modbus", bus)
                case .network: ("network", nil)
                }
            return Detector(id: detector.id.rawValue, name: detector.name, kind: kind, bus: bus)
        }
        keys = plan.keys.map(\.name)
        buses = plan.buses.map(\.name)
        self.panel = panel
    }
}

/// What is so now.
struct DemoPicture: Encodable {
    struct Room: Encodable {
        var room: Int
        var fire: Double
        var smoke: Double
    }

    struct Detector: Encodable {
        var detector: Int
        var smells: Bool
        var trouble: String
    }

    struct Valve: Encodable {
        /// 0 shut, 1 open.
        var position: Double
        var isDriven: Bool
        var isStuck: Bool
    }

    struct Event: Encodable {
        var time: String
        var teller: String
        var sentence: String
    }

    private static let mostEvents = 12

    /// Rooms with fire or smoke; the others are at rest.
    var rooms: [Room]
    /// Detectors that smell smoke or are in trouble; the others are at rest.
    var detectors: [Detector]
    var valves: [Valve]
    var keys: [Bool]
    var buses: [String]
    var lamps: [String]
    var sounds: Bool
    var isControllerRunning: Bool
    var controllerStarts: Int
    var events: [Event]
    var mails: [DemoMail]
    var texts: [DemoPeople.Text]

    init(_ session: DemoSession, _ people: DemoPeople?) {
        let building = session.building
        let now = SimLoop.now()
        rooms = building.rooms.rooms.enumerated()
            .filter { $1.fire > 0 || $1.smoke > 0 }
            .map { Room(room: $0, fire: $1.fire, smoke: $1.smoke) }
        detectors = building.detectors.enumerated()
            .filter { $1.alarms || $1.trouble != .none }
            .map { Detector(detector: $0, smells: $1.alarms, trouble: "\($1.trouble)") }
        valves = building.valves.map {
            Valve(position: $0.position, isDriven: $0.commandedOpen, isStuck: $0.isStuck)
        }
        keys = building.keys.map(\.isOn)
        buses = building.buses.map { "\($0.fault)" }
        lamps = PanelLamp.allCases.filter { building.panel.isLit($0, at: now) }.map(\.rawValue)
        sounds = building.panel.sounds
        isControllerRunning = session.controllerIsRunning
        controllerStarts = session.controller.starts
        events = session.events.suffix(Self.mostEvents).reversed().map {
            Event(
                time: $0.time, teller: $0.teller == .building ? "building" : "controller",
                sentence: $0.sentence)
        }
        mails = people?.mails ?? []
        texts = people?.texts ?? []
    }
}
