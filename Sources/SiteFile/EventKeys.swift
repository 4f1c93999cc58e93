// All keys of events that a site can emit, grouped by what people call them: for finding patterns that
// match nothing and events that reach nobody. The controller makes the keys (Notice+Message.swift in
// ControlLoop); a test holds both together.

import FireLogic

/// Events of one kind.
struct EventClass {
    /// For people: `a fire`.
    var name: String
    var keys: [String]
    /// Somebody has to be told.
    var matters: Bool
}

extension SitePlan {
    /// What this site can emit.
    var eventClasses: [EventClass] {
        func floors(_ rest: String) -> [String] {
            self.floors.map { "floor.\($0.id.rawValue).\(rest)" }
        }
        func detectors(_ word: String) -> [String] {
            self.detectors.map {
                "floor.\(self.floors[$0.floor].id.rawValue).detector.\($0.id.rawValue).\(word)"
            }
        }
        let manual = self.floors.filter { $0.manualRelease != nil }.map { $0.id.rawValue }
        let buses = buses.map { "bus.\(Self.oneWord($0.name))." }
        let keys = self.keys.map { "key.\(Self.oneWord($0.name))." }
        func system(_ word: String) -> [String] {
            SystemFault.allCases.map { "system.\($0).\(word)" }
        }
        func kind(_ name: String, _ keys: [String], matters: Bool = true) -> EventClass {
            EventClass(name: name, keys: keys, matters: matters)
        }
        return [
            kind("a fire", detectors("fire")),
            kind("a manual release", manual.map { "floor.\($0).manual.pressed" }),
            kind("an open valve", floors("valve.open")),
            kind("a valve's fault", floors("valve.fault")),
            kind("a closed valve", floors("valve.closed")),
            kind("water held back by the key", floors("release.withheld")),
            kind("an isolated floor", floors("key.isolated")),
            kind("a detector's fault", detectors("fault")),
            kind("a bus's fault", buses.map { $0 + "fault" }),
            kind("a key's fault", keys.map { $0 + "fault" }),
            kind("a manual release's fault", manual.map { "floor.\($0).manual.fault" }),
            kind("a system fault", system("fault")),
            kind("a disabled detector", ["operator.disabled"]),
            kind("", detectors("back") + detectors("tested"), matters: false),
            kind(
                "",
                floors("valve.confirmed") + floors("valve.repaired") + floors("release.pending")
                    + floors("release.withdrawn") + floors("key.in-service") + floors("reset")
                    + manual.flatMap { ["floor.\($0).manual.released", "floor.\($0).manual.back"] },
                matters: false),
            kind("", buses.map { $0 + "back" } + keys.map { $0 + "back" }, matters: false),
            kind(
                "",
                system("back") + ["started", "armed", "signals-dropped"].map { "system.\($0)" }
                    + ["system.notifications.lost"]
                    + [
                        "enabled", "walk-test-started", "walk-test-ended", "silenced", "reset",
                    ].map { "operator.\($0)" }, matters: false),
        ]
    }

    private static func oneWord(_ name: String) -> String {
        String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }
}
