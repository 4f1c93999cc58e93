// The site as the panel draws it: floors, detectors, buses and zones in the plan's order, detectors as
// columns. Made of the plan that the controller runs; without it, of the ids on the status page, so that
// a board whose plan cannot be found still shows what burns.

package import FireLogic
package import StatusFeed

/// Names and places of what the status page counts.
package struct PanelSite: Sendable {
    package struct Floor: Hashable, Sendable {
        package var id: FloorID
        package var name: String
    }

    package struct Detector: Hashable, Sendable {
        package var id: DetectorID
        package var name: String
        /// Position in `floors`.
        package var floor: Int
        /// Position in `zones`.
        package var zone: Int?
        /// Position in `buses`.
        package var bus: Int?
        /// `gpio`, `modbus` or `network`; nil: not known.
        package var source: String?
        package var limit: Interval?
    }

    /// Empty: the plan is not known.
    package private(set) var name = ""
    package private(set) var checksum: UInt32
    package private(set) var floors: [Floor] = []
    package private(set) var detectors: [Detector] = []
    package private(set) var buses: [String] = []
    package private(set) var zones: [(name: String, floor: Int)] = []
    /// What the site lets people do from afar.
    package private(set) var remote: RemoteRights = []
    /// The object of `/api/v1/site`.
    package private(set) var json: [UInt8] = []
    private var places: [DetectorID: Int] = [:]
    /// Positions of the detectors in the order of their ids, which stays when the plan's does not.
    private var byID: [Int] = []

    /// `checksum`: of the plan's file, as the status page names it.
    package init(_ plan: SitePlan, checksum: UInt32) {
        self.checksum = checksum
        name = plan.name
        floors = plan.floors.map { Floor(id: $0.id, name: $0.name) }
        buses = plan.buses.map(\.name)
        zones = plan.zones.map { ($0.name, $0.floor) }
        remote = plan.remote
        detectors = plan.detectors.map { detector in
            let (source, bus): (String, Int?) =
                switch detector.source {
                case .contact, .pulse: ("gpio", nil)
                case .modbus(let bus, _, _): ("modbus", bus)
                case .network: ("network", nil)
                }
            return Detector(
                id: detector.id, name: detector.name, floor: detector.floor, zone: detector.zone,
                bus: bus, source: source, limit: detector.limit)
        }
        finish()
    }

    /// Without the plan: numbers alone.
    package init(_ page: StatusSnapshot) {
        checksum = page.planChecksum
        floors = page.floors.map { Floor(id: $0.id, name: "") }
        detectors = page.detectors.map { Detector(id: $0.id, name: "", floor: $0.floor) }
        buses = page.busesUp.indices.map { "\($0)" }
        finish()
    }

    private mutating func finish() {
        for (place, detector) in detectors.enumerated() { places[detector.id] = place }
        byID = detectors.indices.sorted {
            detectors[$0].id.rawValue < detectors[$1].id.rawValue
        }
        json = encoded
    }

    /// Whether the page has the floors and detectors of this site.
    package func fits(_ page: StatusSnapshot) -> Bool {
        page.planChecksum == checksum && page.floors.count == floors.count
            && page.detectors.count == detectors.count && page.busesUp.count == buses.count
    }

    package func position(_ detector: DetectorID) -> Int? { places[detector] }

    /// Positions of the detectors whose ids are larger, in the order of the ids.
    package func positions(after id: Int) -> ArraySlice<Int> {
        var (low, high) = (0, byID.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(detectors[byID[middle]].id.rawValue) <= id {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return byID[low...]
    }

    package func position(_ floor: FloorID) -> Int? { floors.firstIndex { $0.id == floor } }

    package func position(zone: String) -> Int? { zones.firstIndex { $0.name == zone } }

    /// The plan's checksum as text: the ETag, and `checksum` of the state.
    package var tag: String { Self.tag(checksum) }

    package static func tag(_ checksum: UInt32) -> String {
        let digits = String(checksum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private var encoded: [UInt8] {
        JsonBytes.object { json in
            json.field("name", name)
            json.field("checksum", tag)
            json.list("floors", floors) { json, floor in
                json.open("{")
                json.field("floor", floor.id.rawValue)
                json.field("name", floor.name)
                json.close("}")
            }
            json.name("detectors")
            json.open("{")
            json.list("id", detectors.map(\.id.rawValue))
            json.list("name", detectors.map(\.name))
            json.list("floor", detectors.map(\.floor))
            json.list("zone", detectors) { json, detector in
                if let zone = detector.zone, zones.indices.contains(zone) {
                    json.value(zones[zone].name)
                } else {
                    json.null()
                }
            }
            json.list("source", detectors) { json, detector in
                if let source = detector.source { json.value(source) } else { json.null() }
            }
            json.list("bus", detectors.map { $0.bus ?? -1 })
            json.list("limitMs", detectors) { json, detector in
                if let limit = detector.limit {
                    json.value(limit.milliseconds)
                } else {
                    json.null()
                }
            }
            json.close("}")
            json.list("buses", buses)
            json.list("zones", zones.map(\.name))
            json.list("remote", Self.words(remote))
        }
    }

    package static func words(_ rights: RemoteRights) -> [String] {
        let all: [(RemoteRights, String)] = [
            (.silence, "silence"), (.reset, "reset"), (.disable, "disable"),
            (.walkTest, "walk-test"),
        ]
        return all.filter { rights.contains($0.0) }.map(\.1)
    }
}
