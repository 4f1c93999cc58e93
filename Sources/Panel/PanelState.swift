// The state of the site as the panel shows it, and what has changed since another one. A change is
// made once for all who look: it holds the top-level fields that differ, and of floors and detectors
// those alone that do. What only says how old a state is (age, clocks) is no change.

package import ControlLoop
package import FireLogic
package import StatusFeed

/// The clocks of the board at one moment.
package struct PanelClock: Hashable, Sendable {
    /// CLOCK_BOOTTIME.
    package var boot: Instant
    /// Milliseconds since 1970.
    package var wall: Int64

    package init(boot: Instant, wall: Int64) {
        self.boot = boot
        self.wall = wall
    }
}

/// What is not on the status page: of the log and of the gateway itself.
package struct PanelExtras: Hashable, Sendable {
    /// The number that the next event gets.
    package var nextEvent: Int64 = 0
    /// Newest first.
    package var unacknowledged: [Int64] = []
    /// JSON, as it stands behind `"log":`.
    package var log: [UInt8] = Array("null".utf8)
    package var notifications: [UInt8] = Array("null".utf8)

    package init() {}
}

/// One state.
package struct PanelState: Sendable {
    /// A page that has not been written for so long is not live.
    private static let liveFor = StatusLayout.liveFor

    /// Whether the controller writes.
    package private(set) var isLive: Bool
    /// When it wrote last; nil: never.
    package private(set) var written: Stamp?
    /// Fields of the site as a whole, in their order.
    private var fields: [(name: String, json: [UInt8])] = []
    private var floors: [StatusSnapshot.Floor]
    private var marks: [UInt8]

    /// `page` nil: there is no controller, or none yet.
    package init(_ page: StatusSnapshot?, _ extras: PanelExtras, at clock: PanelClock) {
        written = page?.stamp
        isLive = page.map { clock.boot - $0.stamp.boot <= Self.liveFor } ?? false
        floors = page?.floors ?? []
        marks = page?.detectors.map { DetectorMark($0).rawValue } ?? []
        let isLive = isLive
        add("live") { $0.value(isLive) }
        add("checksum") { json in
            if let page { json.value(PanelSite.tag(page.planChecksum)) } else { json.null() }
        }
        add("state") { $0.value(Self.word(page)) }
        add("lamps") { json in
            json.open("[")
            for lamp in Self.lit(page?.lamps) { json.value(lamp) }
            json.close("]")
        }
        add("sounder") { $0.value(page.map { "\($0.sounder)" } ?? "quiet") }
        add("armed") { $0.value(page?.isArmed ?? false) }
        add("started") { json in
            if let page { json.value(Self.milliseconds(page.started)) } else { json.null() }
        }
        add("faults") { json in
            json.open("[")
            for fault in page?.systemFaults ?? [] { json.value("\(fault)") }
            json.close("]")
        }
        add("summary") { $0.raw(Self.json(page?.summary ?? Summary())) }
        add("buses") { json in
            json.value(String((page?.busesUp ?? []).map { $0 ? "1" : "0" }))
        }
        add("nextEvent") { $0.value(extras.nextEvent) }
        add("unacknowledged") { json in
            json.open("[")
            for number in extras.unacknowledged { json.value(number) }
            json.close("]")
        }
        add("log") { $0.raw(extras.log) }
        add("notifications") { $0.raw(extras.notifications) }
    }

    private mutating func add(_ name: String, _ body: (inout JsonBytes) -> Void) {
        var json = JsonBytes()
        body(&json)
        fields.append((name, json.bytes))
    }

    /// The whole of it: `/api/v1/state`, and `event: state`.
    package func json(at clock: PanelClock) -> [UInt8] {
        JsonBytes.object { json in
            for field in fields {
                json.name(field.name)
                json.raw(field.json)
            }
            addClocks(to: &json, clock)
            json.list("floors", floors) { $0.raw(Self.json($1, at: clock)) }
            json.field("detectors", String(decoding: marks, as: UTF8.self))
        }
    }

    /// `event: tick`.
    package func tick(at clock: PanelClock) -> [UInt8] {
        JsonBytes.object { addClocks(to: &$0, clock) }
    }

    private func addClocks(to json: inout JsonBytes, _ clock: PanelClock) {
        json.field("age", written.map { max(0, (clock.boot - $0.boot).milliseconds) })
        json.field("wall", clock.wall)
        json.field("boot", Self.milliseconds(clock.boot))
    }

    /// Whether `other` is of the same floors and detectors, so that a change can say the difference.
    package func fits(_ other: PanelState) -> Bool {
        floors.map(\.id) == other.floors.map(\.id) && marks.count == other.marks.count
            && fields[1].json == other.fields[1].json
    }

    /// What differs from `before`, with `events` (JSON each); nil: nothing does.
    package func change(
        since before: PanelState, events: [[UInt8]], at clock: PanelClock
    ) -> [UInt8]? {
        var hasChanged = false
        let json = JsonBytes.object { json in
            for (new, old) in zip(fields, before.fields) where new.json != old.json {
                hasChanged = true
                json.name(new.name)
                json.raw(new.json)
            }
            let moved = floors.indices.filter { floors[$0] != before.floors[$0] }
            if !moved.isEmpty {
                hasChanged = true
                json.list("floors", moved) { json, place in
                    json.open("[")
                    json.value(place)
                    json.raw(Self.json(floors[place], at: clock))
                    json.close("]")
                }
            }
            if marks != before.marks {
                hasChanged = true
                json.list("detectors", marks.indices.filter { marks[$0] != before.marks[$0] }) {
                    json, place in
                    json.open("[")
                    json.value(place)
                    json.value(String(Unicode.Scalar(marks[place])))
                    json.close("]")
                }
            }
            if !events.isEmpty {
                hasChanged = true
                json.list("events", events) { $0.raw($1) }
            }
        }
        return hasChanged ? json : nil
    }

    // Parts

    private static func milliseconds(_ instant: Instant) -> Int64 {
        instant.nanoseconds / 1_000_000
    }

    /// The state of the site in one word.
    private static func word(_ page: StatusSnapshot?) -> String {
        guard let page else { return "starting" }
        switch page.condition {
        case .fire: return "fire"
        case .normal: return page.isArmed ? "normal" : "starting"
        case .fault: return "fault"
        case .supervisory where page.summary.floorsIsolated == 0: return "fault"
        case .supervisory, .disablement: return "isolated"
        case .test: return "test"
        }
    }

    private static func lit(_ lamps: PanelLamps?) -> [String] {
        guard let lamps else { return [] }
        let all = [
            (lamps.power, "power"), (lamps.fire, "fire"), (lamps.fault, "fault"),
            (lamps.isolated, "isolated"), (lamps.test, "test"), (lamps.sounder, "sounder"),
        ]
        return all.filter(\.0).map(\.1)
    }

    private static func json(_ summary: Summary) -> [UInt8] {
        JsonBytes.object { json in
            json.field("fire", summary.floorsInFire)
            json.field("open", summary.floorsOpen)
            json.field("isolated", summary.floorsIsolated)
            json.field("test", summary.floorsInTest)
            json.field("down", summary.detectorsDown)
            json.field("disabled", summary.detectorsDisabled)
            json.field("valveFaults", summary.valveFaults)
            json.field("otherFaults", summary.otherFaults)
        }
    }

    /// One floor; times are what is left when this is written.
    package static func json(_ floor: StatusSnapshot.Floor, at clock: PanelClock) -> [UInt8] {
        JsonBytes.object { json in
            json.field("floor", floor.id.rawValue)
            json.field("command", "\(floor.command)")
            json.field("feedback", word(floor.feedback))
            json.field("valve", "\(floor.valve)")
            json.field("key", "\(floor.key)")
            let flags = [
                (floor.keyIsFaulty, "keyFault"), (floor.manualIsFaulty, "manualFault"),
                (floor.isEstablished, "established"),
            ]
            json.list("flags", flags.filter(\.0).map(\.1))
            json.field("pendingMs", floor.pendingUntil.map { left($0, clock) })
            json.field("walkTestMs", floor.walkTestUntil.map { left($0, clock) })
            json.field("latched", floor.latched)
            json.field("voting", floor.voting)
            json.field("down", floor.down)
            json.field("disabled", floor.disabled)
        }
    }

    private static func left(_ until: Instant, _ clock: PanelClock) -> Int64 {
        max(0, (until - clock.boot).milliseconds)
    }

    private static func word(_ feedback: Valve.Feedback) -> String {
        switch feedback {
        case .notWired: "notWired"
        case .unknown: "unknown"
        case .seenClosed: "closed"
        case .seenOpen: "open"
        }
    }
}
