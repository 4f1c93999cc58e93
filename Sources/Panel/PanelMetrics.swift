// `/metrics`: what a monitoring program asks every few seconds, in the text format of Prometheus 0.0.4.

import ControlLoop
import FireLogic
package import StatusFeed

/// The figures of one look.
package struct PanelMetrics: Sendable {
    private var text = ""

    /// `page` nil: there is no controller, or none yet.
    package init(_ page: StatusSnapshot?, _ extras: PanelExtras, at clock: PanelClock) {
        let state = PanelState(page, extras, at: clock)
        add(
            "standpipe_live", "gauge", "Whether the controller writes.",
            [("", state.isLive ? 1 : 0)])
        if let page {
            let summary = page.summary
            add(
                "standpipe_age_seconds", "gauge", "Since the controller wrote last.",
                [("", max(0, Double((clock.boot - page.stamp.boot).nanoseconds) / 1e9))])
            add(
                "standpipe_armed", "gauge", "Whether detectors release.",
                [("", page.isArmed ? 1 : 0)])
            add(
                "standpipe_floors", "gauge", "Floors by what they are in.",
                [
                    (#"{in="fire"}"#, Double(summary.floorsInFire)),
                    (#"{in="open"}"#, Double(summary.floorsOpen)),
                    (#"{in="isolated"}"#, Double(summary.floorsIsolated)),
                    (#"{in="test"}"#, Double(summary.floorsInTest)),
                ])
            var counts: [DetectorMark: Int] = [:]
            for detector in page.detectors { counts[DetectorMark(detector), default: 0] += 1 }
            add(
                "standpipe_detectors", "gauge", "Detectors by their state.",
                DetectorMark.allCases.map { (#"{state="\#($0.word)"}"#, Double(counts[$0] ?? 0)) })
            add(
                "standpipe_valve_faults", "gauge", "Valves at fault.",
                [("", Double(summary.valveFaults))])
            add(
                "standpipe_buses_down", "gauge", "Buses that are down.",
                [("", Double(page.busesUp.count { !$0 }))])
            add(
                "standpipe_system_fault", "gauge", "Faults of the program and of what it runs on.",
                page.systemFaults.map { (#"{fault="\#($0)"}"#, 1) })
            add(
                "standpipe_ticks_total", "counter", "Turns of the control loop.",
                [("", Double(page.ticks))])
        }
        add(
            "standpipe_events_total", "counter", "Events that people are told of.",
            [("", Double(extras.nextEvent))])
        add(
            "standpipe_events_unacknowledged", "gauge",
            "Of the newest, those that nobody has seen.",
            [("", Double(extras.unacknowledged.count))])
    }

    /// One family. `name` and labels are ours and hold nothing to escape.
    package mutating func add(
        _ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
        for (labels, value) in values {
            let whole = Int64(exactly: value).map { "\($0)" } ?? "\(value)"
            text += "\(name)\(labels) \(whole)\n"
        }
    }

    package var bytes: [UInt8] { Array(text.utf8) }
}
