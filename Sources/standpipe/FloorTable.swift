// The floors of a site as a table: what is told to each valve and seen of it, the key, and how many
// detectors are in alarm, down or disabled. For `standpipe status --floors` and `standpipe watch`.

import FireLogic
import StatusFeed

struct FloorTable {
    let page: StatusSnapshot
    /// The plan that the controller runs; nil: not to be had, and then there are no names.
    let plan: SitePlan?
    /// Boot clock.
    let now: Instant

    private static let columns = [
        "floor", "valve told", "seen", "key", "alarm", "down", "disabled",
    ]
    private static let widths = [26, 16, 16, 10, 8, 8, 9]

    /// Of the whole table.
    static let width = widths.reduce(0, +)

    static var heading: StyledText {
        var text = StyledText()
        for (column, width) in zip(columns, widths) {
            let start = text.width
            text.add(column, .dim)
            text.tab(to: start + width)
        }
        return text
    }

    /// A line a floor, from the top of the building down.
    var lines: [StyledText] {
        page.floors.indices.sorted { page.floors[$0].id > page.floors[$1].id }.map(line)
    }

    private func line(_ position: Int) -> StyledText {
        let floor = page.floors[position]
        let name = plan?.floors[position].name ?? ""
        let cells: [(String, TextStyle)] = [
            ("\(floor.id.rawValue) \(name)", floor.latched > 0 ? .alarm : .plain),
            told(floor), seen(floor), key(floor), number(floor.latched, .alarm),
            number(floor.down, .yellow), number(floor.disabled, .blue),
        ]
        var text = StyledText()
        for ((words, style), width) in zip(cells, Self.widths) {
            let start = text.width
            text.add(StyledText(words, style).cut(to: width - 1))
            text.tab(to: start + width)
        }
        if let until = floor.walkTestUntil {
            text.add("walk test, \(max(0, (until - now).milliseconds / 60_000)) min left", .blue)
        }
        return text
    }

    private func told(_ floor: StatusSnapshot.Floor) -> (String, TextStyle) {
        if let until = floor.pendingUntil {
            let left = max(0, ((until - now).milliseconds + 999) / 1_000)
            return ("opens in \(left) s", .yellow)
        }
        return floor.command == .open ? ("OPEN", .alarm) : ("closed", .plain)
    }

    private func seen(_ floor: StatusSnapshot.Floor) -> (String, TextStyle) {
        let isFaulty = floor.valve == .notConfirmed || floor.valve == .notDriven
        let words =
            switch floor.feedback {
            case .notWired: "no switch"
            case .unknown: "not known"
            case .seenOpen: "open"
            case .seenClosed: "closed"
            }
        return isFaulty ? ("FAULT: \(words)", .yellow) : (words, .plain)
    }

    private func key(_ floor: StatusSnapshot.Floor) -> (String, TextStyle) {
        if floor.keyIsFaulty { return ("FAULT", .yellow) }
        switch floor.key {
        case .on: return ("on", .plain)
        case .off: return ("OFF", .yellow)
        case .unsettled: return ("not read", .yellow)
        }
    }

    private func number(_ count: Int, _ style: TextStyle) -> (String, TextStyle) {
        count == 0 ? ("-", .dim) : ("\(count)", style)
    }
}
