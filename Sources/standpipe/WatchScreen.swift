// Draws what `standpipe watch` shows: how the site is, what fails, its floors, the messages to people,
// and what happened last. Turns values into lines of text and changes nothing.

import ControlLoop
import FireLogic
import Notifications
import StatusFeed

struct WatchScreen {
    var page: StatusSnapshot?
    var plan: SitePlan?
    var told: NotifyStatus?
    /// Boot clock, and milliseconds of the wall clock.
    var now: Instant
    var wall: Int64
    /// The controller's status page, for the case that there is none.
    var path: String

    /// At most so many lines, each at most so wide. `first`: the first floor that is shown.
    func lines(columns: Int, rows: Int, first: Int) -> [String] {
        let head = header + [rule(columns)]
        let messages = told.map { StatusText.lines($0, age: max(0, wall - $0.written)) } ?? []
        let tail =
            (messages.isEmpty ? [] : [rule(columns)] + messages.map { StyledText(" \($0)") })
            + [rule(columns)]
        let floors = page.map { FloorTable(page: $0, plan: plan, now: now).lines } ?? []
        // Of what is left over, at least a third is for what happened.
        let room = max(0, rows - head.count - tail.count - 3)
        let shown = Array(floors.dropFirst(first).prefix(max(1, room * 2 / 3)))
        var lines = head
        if !shown.isEmpty {
            lines.append(FloorTable.heading)
            lines += shown
            let hidden = floors.count - shown.count
            if hidden > 0 { lines.append(StyledText("\(hidden) more floors: arrow keys", .dim)) }
        }
        lines += tail
        let news = events.suffix(max(0, rows - lines.count - 1))
        lines += news + [StyledText("q quits", .dim)]
        return lines.prefix(rows).map { $0.line(columns) }
    }

    /// How the site is, and each fault of the system.
    private var header: [StyledText] {
        guard let page else {
            return [StyledText("controller: there is none; \(path) is no status page", .alarm)]
        }
        let site = SiteStatus(page, bootNanoseconds: now.nanoseconds)
        var text = StyledText(" \(plan?.name ?? "STANDPIPE") ", .inverse)
        text.add("  ")
        guard site.isAlive else {
            text.add(
                "SILENT for \(site.silentSeconds) s: what is shown is old; see 'systemctl status"
                    + " standpipe-controller'", .alarm)
            return [text]
        }
        text.add(site.condition.uppercased(), Self.style(page.condition))
        if !site.isArmed { text.add("  NOT ARMED", .alarm) }
        for (count, words) in site.counts where count > 0 { text.add("  \(count) \(words)") }
        return [text] + site.systemFaults.map { StyledText(" FAULT: \($0.text)", .yellow) }
    }

    private static func style(_ condition: Panel.Condition) -> TextStyle {
        switch condition {
        case .normal: .green
        case .fire: .alarm
        default: .yellow
        }
    }

    private var events: [StyledText] {
        guard let page else { return [] }
        return page.events.suffix(200).map { event in
            let sentence = plan.map { event.record.sentence($0) } ?? "event \(event.number)"
            var text = StyledText(
                " \(WallTime.text(event.stamp.wallMilliseconds).dropFirst(11).prefix(8)) ", .dim)
            text.add(sentence, DemoScreen.style(of: sentence))
            return text
        }
    }

    private func rule(_ columns: Int) -> StyledText {
        StyledText(String(repeating: "-", count: columns), .dim)
    }
}
