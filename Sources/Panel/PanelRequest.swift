// What a person at the panel asks the controller for, as it comes in the body of a POST, and how it is
// said in the audit. There is no request that opens or closes a valve, and none can be made: the
// controller's input knows silence, reset, disablement and walk test (StatusFeed/InputMessage.swift).

package import FireLogic
import FoundationEssentials
package import StatusFeed

/// A request to the controller.
package struct PanelRequest: Sendable {
    /// Why a body is none: one sentence for people.
    package struct Flaw: Error, Hashable, Sendable {
        /// The site has no such thing.
        package var isUnknown: Bool
        package var text: String
    }

    /// The body of every kind.
    private struct Body: Decodable {
        var detector: UInt32?
        var zone: String?
        var floor: Int16?
        var minutes: Int?
        var n: Int64?
    }

    package let operation: OperatorRequest.Operation
    /// For people and for the audit: what was asked for.
    package let text: String

    /// - Throws: `Flaw`.
    package init(
        _ route: PanelRoute, _ body: [UInt8], _ site: PanelSite
    ) throws(Flaw) {
        let body = try Self.body(body)
        switch route {
        case .silence:
            operation = .silence
            text = "silence"
        case .reset:
            operation = .reset
            text = "reset"
        case .disable:
            let (target, words) = try Self.target(body, site)
            let minutes = try Self.minutes(body, 1...480)
            operation = .disable(target, .minutes(minutes))
            text = "disable \(words) for \(minutes) min"
        case .enable:
            let (target, words) = try Self.target(body, site)
            operation = .enable(target)
            text = "enable \(words)"
        case .walkTest:
            guard let floor = body.floor else {
                throw Flaw(isUnknown: false, text: "\"floor\" is missing: the number of a floor")
            }
            let id = FloorID(rawValue: floor)
            guard site.position(id) != nil else {
                throw Flaw(isUnknown: true, text: "the site has no floor \(floor)")
            }
            let minutes = try Self.minutes(body, 0...480)
            if minutes == 0 {
                operation = .stopWalkTest(id)
                text = "end the walk test on floor \(floor)"
            } else {
                operation = .startWalkTest(id, .minutes(minutes))
                text = "walk test on floor \(floor) for \(minutes) min"
            }
        default: throw Flaw(isUnknown: true, text: "the controller is not asked for that")
        }
    }

    /// The number of an event in the body of an acknowledgement.
    /// - Throws: `Flaw`.
    package static func event(_ body: [UInt8]) throws(Flaw) -> Int64 {
        guard let number = try Self.body(body).n, number >= 0 else {
            throw Flaw(isUnknown: false, text: "\"n\" is missing: the number of an event")
        }
        return number
    }

    private static func body(_ bytes: [UInt8]) throws(Flaw) -> Body {
        do {
            return try JSONDecoder().decode(Body.self, from: Data(bytes))
        } catch {
            throw Flaw(
                isUnknown: false,
                text: "the body is no JSON object with detector, zone, floor, minutes or n")
        }
    }

    private static func minutes(
        _ body: Body, _ range: ClosedRange<Int>
    ) throws(Flaw) -> Int {
        guard let minutes = body.minutes, range.contains(minutes) else {
            throw Flaw(
                isUnknown: false,
                text: "\"minutes\" is from \(range.lowerBound) to \(range.upperBound)")
        }
        return minutes
    }

    private static func target(
        _ body: Body, _ site: PanelSite
    ) throws(Flaw) -> (OperatorRequest.Target, String) {
        switch (body.detector, body.zone, body.floor) {
        case (let id?, nil, nil):
            let detector = DetectorID(rawValue: id)
            guard site.position(detector) != nil else {
                throw Flaw(isUnknown: true, text: "the site has no detector \(id)")
            }
            return (.detector(detector), "detector \(id)")
        case (nil, let name?, nil):
            guard let zone = site.position(zone: name) else {
                throw Flaw(isUnknown: true, text: "the site has no zone of this name")
            }
            return (.zone(zone), "zone \(name)")
        case (nil, nil, let floor?):
            let id = FloorID(rawValue: floor)
            guard site.position(id) != nil else {
                throw Flaw(isUnknown: true, text: "the site has no floor \(floor)")
            }
            return (.floor(id), "floor \(floor)")
        default:
            throw Flaw(
                isUnknown: false, text: "one of \"detector\", \"zone\" and \"floor\" says what")
        }
    }

    /// How what it is about stands, for the audit.
    package func standing(_ page: StatusSnapshot, _ site: PanelSite) -> String {
        switch operation {
        case .silence: return "sounder \(page.sounder)"
        case .reset:
            let latched = page.detectors.count { $0.alarmLatched }
            return "\(latched) alarms latched, \(page.summary.floorsOpen) valves open"
        case .disable(.detector(let id), _), .enable(.detector(let id)):
            return Self.standing([id], page, site)
        case .disable(.zone(let zone), _), .enable(.zone(let zone)):
            return Self.standing(
                site.detectors.filter { $0.zone == zone }.map(\.id), page, site)
        case .disable(.floor(let id), _), .enable(.floor(let id)):
            let place = site.position(id)
            return Self.standing(
                site.detectors.filter { $0.floor == place }.map(\.id), page, site)
        case .startWalkTest(let id, _), .stopWalkTest(let id):
            guard let place = site.position(id), page.floors.indices.contains(place) else {
                return "unknown"
            }
            return page.floors[place].walkTestUntil == nil ? "in service" : "in walk test"
        }
    }

    private static func standing(
        _ ids: [DetectorID], _ page: StatusSnapshot, _ site: PanelSite
    ) -> String {
        let places = ids.compactMap { site.position($0) }
            .filter { page.detectors.indices.contains($0) }
        let disabled = places.count { page.detectors[$0].isDisabled }
        if places.count == 1 { return disabled == 1 ? "disabled" : "enabled" }
        return "\(disabled) of \(places.count) detectors disabled"
    }
}
