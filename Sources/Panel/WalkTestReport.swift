// The report of one walk test, which an owner signs and files: who tested which floor when, and which
// detectors answered. Made of the events of its episode.

import FireLogic

/// One walk test.
package struct WalkTestReport: Sendable {
    private let episode: String
    private var floor: Int?
    private var who: String?
    private var from: Int64?
    private var to: Int64?
    private var answered: [UInt32: Int64] = [:]
    private var listed: Set<UInt32> = []

    package init(episode: String) { self.episode = episode }

    /// Takes one event in; they come in their order.
    package mutating func take(_ event: PanelEvent) {
        guard event.kind == .test, let fields = event.fields, fields.episode == episode else {
            return
        }
        floor = fields.floor ?? floor
        from = from ?? fields.since ?? event.wall
        switch fields.event {
        case "walk-test-started": who = fields.who
        case "tested":
            if let detector = fields.detector, answered[detector] == nil {
                answered[detector] = event.wall
            }
        case "walk-test-ended":
            to = event.wall
            for detector in fields.detectors ?? [] {
                listed.insert(detector)
                answered[detector] = answered[detector] ?? event.wall
            }
            listed.formUnion(fields.missing ?? [])
        default: break
        }
    }

    /// nil: there is no such walk test. Detectors are those of the floor now, and those of then.
    package func json(_ site: PanelSite) -> [UInt8]? {
        guard let floor, let from else { return nil }
        let place = site.floors.firstIndex { Int($0.id.rawValue) == floor }
        var ids = Set(site.detectors.filter { $0.floor == place }.map(\.id.rawValue))
        ids.formUnion(listed)
        ids.formUnion(answered.keys)
        return JsonBytes.object { json in
            json.field("kind", "walk-test")
            json.field("episode", episode)
            json.field("site", site.name)
            json.field("floor", floor)
            json.field("floorName", place.map { site.floors[$0].name } ?? "")
            json.field("who", who)
            json.field("from", from)
            json.field("to", to)
            json.list("detectors", ids.sorted()) { json, id in
                let known = site.position(DetectorID(rawValue: id)).map { site.detectors[$0] }
                json.open("{")
                json.field("id", id)
                json.field("name", known?.name ?? "")
                json.field("zone", known?.zone.map { site.zones[$0].name })
                json.field("answered", answered[id])
                json.close("}")
            }
        }
    }
}
