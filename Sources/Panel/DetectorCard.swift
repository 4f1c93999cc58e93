// One detector with all that is known of it: `/api/v1/detectors/ID`.

import FireLogic
package import StatusFeed

/// The card of one detector.
package struct DetectorCard: Sendable {
    private let site: PanelSite
    private let page: StatusSnapshot
    private let clock: PanelClock

    /// `page` is of `site`.
    package init(_ site: PanelSite, _ page: StatusSnapshot, at clock: PanelClock) {
        self.site = site
        self.page = page
        self.clock = clock
    }

    /// `position`: of the detector in the plan.
    package func json(_ position: Int) -> [UInt8] {
        let known = site.detectors[position]
        let detector = page.detectors[position]
        let heard: Int64? =
            detector.heardAt == .never
            ? nil : max(0, (clock.boot - detector.heardAt).milliseconds)
        return JsonBytes.object { json in
            json.field("id", known.id.rawValue)
            json.field("name", known.name)
            json.field("floor", site.floors[known.floor].id.rawValue)
            json.field("floorName", site.floors[known.floor].name)
            json.field("zone", known.zone.map { site.zones[$0].name })
            json.field("source", known.source)
            json.field("state", DetectorMark(detector).word)
            json.field("heardMs", heard)
            json.field("limitMs", known.limit?.milliseconds)
            let margin = heard.flatMap { heard in known.limit.map { $0.milliseconds - heard } }
            json.field("marginMs", margin)
            json.field("signal", Self.signal(detector.state))
            json.field("votes", detector.votes)
            json.field(
                "disabledUntilMs",
                detector.isDisabled
                    ? max(0, (detector.disabledUntil - clock.boot).milliseconds) : nil)
            json.name("bus")
            if let bus = known.bus {
                json.open("{")
                json.field("name", site.buses[bus])
                json.field("up", page.busesUp[bus])
                json.close("}")
            } else {
                json.null()
            }
        }
    }

    private static func signal(_ state: StatusSnapshot.Detector.State) -> Int? {
        switch state {
        case .heard(.normal): 0
        case .heard(.alarm): 1
        case .heard(.fault), .heard(.silent), .unknown: nil
        }
    }
}
