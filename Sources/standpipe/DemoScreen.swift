// Draws the demo: floors from the top of the building to its bottom, the panel, what stands behind
// the chosen detector, what happened, and what to press. Turns a session into lines of text and
// changes nothing.

import FireLogic
import SimulatedBuilding
import StatusFeed

struct DemoScreen {
    let session: DemoSession
    /// Position of the chosen detector in the plan.
    var chosen: Int
    /// First row of floors that is shown.
    var firstRow: Int
    /// Unicode shapes; letters on terminals that cannot.
    var fancy: Bool

    private var building: Building { session.building }
    private var plan: SitePlan { building.plan }
    private var now: Instant { SimLoop.now() }

    /// Positions of the floors, from the top of the building down.
    static func floorsFromTop(_ plan: SitePlan) -> [Int] {
        plan.floors.indices.sorted { plan.floors[$0].id > plan.floors[$1].id }
    }

    /// Rows that floors may take on a screen of `rows` rows.
    static func floorRows(_ plan: SitePlan, rows: Int) -> Int {
        let free = max(4, rows - 14)
        return max(1, min(plan.floors.count, free * 3 / 5))
    }

    func lines(columns: Int, rows: Int) -> [String] {
        let floorRows = Self.floorRows(plan, rows: rows)
        var lines: [StyledText] = [title(columns), panelLine(), rule(columns), heading(columns)]
        let floors = Self.floorsFromTop(plan)
        let last = min(floors.count, firstRow + floorRows)
        for row in firstRow..<last { lines.append(floorLine(floors[row], columns)) }
        lines.append(legend(hidden: floors.count - (last - firstRow)))
        lines.append(rule(columns))
        lines += detectorLines(columns)
        lines.append(hintLine())
        lines.append(rule(columns))
        let help = helpLines(columns)
        let room = max(0, rows - lines.count - help.count)
        let news = session.events.suffix(room).map(eventLine)
        lines += news + Array(repeating: StyledText(), count: room - news.count) + help
        return lines.prefix(rows).map { $0.line(columns) }
    }

    // MARK: Top

    private func rule(_ columns: Int) -> StyledText {
        StyledText(String(repeating: fancy ? "─" : "-", count: columns), .dim)
    }

    private func title(_ columns: Int) -> StyledText {
        var text = StyledText(" STANDPIPE ", .inverse)
        text.add("  \(plan.name), a simulated building", .bold)
        let state: (String, TextStyle)
        if !session.controllerIsRunning {
            state = ("controller DEAD, restarts by itself ", .alarm)
        } else if session.controllerIsArmed {
            state = ("controller armed ", .green)
        } else {
            state = ("controller starting ", .yellow)
        }
        text.tab(to: columns - state.0.count)
        text.add(state.0, state.1)
        return text
    }

    private func panelLine() -> StyledText {
        var text = StyledText(" Panel  ")
        let styles: [PanelLamp: TextStyle] = [
            .power: .green, .fire: .alarm, .fault: .yellow, .isolated: .yellow, .test: .blue,
        ]
        for lamp in PanelLamp.allCases where plan.panel.line(of: lamp) != nil {
            let lit = building.panel.isLit(lamp, at: now)
            let style = styles[lamp] ?? .plain
            text.add(lit ? (fancy ? "●" : "#") : (fancy ? "○" : "."), lit ? style : .dim)
            text.add(" \(lamp.rawValue)  ", lit ? style : .dim)
        }
        if plan.panel.sounder != nil {
            let sounds = building.panel.sounds
            let silenced = session.snapshot?.sounder == .silenced
            let word = sounds ? "SOUNDER ON" : silenced ? "sounder silenced" : "sounder quiet"
            text.add(sounds ? (fancy ? "♪ " : "! ") : "  ", .alarm)
            text.add(word, sounds ? .alarm : .dim)
        }
        return text
    }

    // MARK: Floors

    private static let floorWidth = 20
    private static let valveWidth = 25
    private static let keyWidth = 6

    private func detectorWidth(_ columns: Int) -> Int {
        max(10, columns - Self.floorWidth - Self.valveWidth - Self.keyWidth)
    }

    private func heading(_ columns: Int) -> StyledText {
        var text = StyledText("   floor", .dim)
        text.tab(to: Self.floorWidth)
        text.add("detectors", .dim)
        text.tab(to: Self.floorWidth + detectorWidth(columns))
        text.add("valve: told, seen", .dim)
        text.tab(to: columns - Self.keyWidth)
        text.add("key", .dim)
        return text
    }

    private func floorLine(_ floor: Int, _ columns: Int) -> StyledText {
        let isChosen =
            plan.detectors.indices.contains(chosen) && plan.detectors[chosen].floor == floor
        let burns = building.rooms.isBurning(floor: floor)
        var text = StyledText(isChosen ? (fancy ? " ▸ " : " > ") : "   ", .bold)
        text.add(
            "\(plan.floors[floor].id.rawValue) \(plan.floors[floor].name)",
            isChosen ? .bold : .plain)
        text = text.cut(to: Self.floorWidth - (burns ? 4 : 1))
        if burns { text.add(fancy ? " 🔥" : " *", .red) }
        // The flame is two columns wide and counts as one.
        text.tab(to: Self.floorWidth - (burns && fancy ? 1 : 0))
        text.add(detectorCells(floor, width: detectorWidth(columns) - 2))
        text.tab(to: Self.floorWidth + detectorWidth(columns) - (burns && fancy ? 1 : 0))
        text.add(valveCell(floor))
        text.tab(to: columns - Self.keyWidth - (burns && fancy ? 1 : 0))
        text.add(keyCell(plan.floors[floor].key))
        return text
    }

    private func detectorCells(_ floor: Int, width: Int) -> StyledText {
        let positions = Array(building.detectorsOfFloor[floor])
        let labels = positions.map { "\(plan.detectors[$0].id.rawValue)" }
        let labelled = labels.reduce(0) { $0 + $1.count + 3 } <= width
        // Too many for their numbers: symbols only, around the chosen one.
        let room = labelled ? positions.count : max(1, width - 2)
        let middle = positions.firstIndex(of: chosen) ?? 0
        let start = max(0, min(middle - room / 2, positions.count - room))
        var text = StyledText()
        if start > 0 { text.add(fancy ? "‹" : "<", .dim) }
        for index in start..<min(positions.count, start + room) {
            let (symbol, style) = symbol(positions[index])
            let isChosen = positions[index] == chosen
            if labelled {
                text.add(isChosen ? "[" : " ", .bold)
                text.add(labels[index], isChosen ? .bold : .dim)
                text.add(symbol, style)
                text.add(isChosen ? "]" : " ", .bold)
            } else {
                text.add(symbol, isChosen ? .inverse : style)
            }
        }
        if start + room < positions.count { text.add(fancy ? "›" : ">", .dim) }
        return text
    }

    /// What the controller makes of the detector.
    private func symbol(_ detector: Int) -> (String, TextStyle) {
        guard let shown = session.snapshot?.detectors[detector] else {
            return (fancy ? "·" : ".", .dim)
        }
        if shown.isDisabled { return (fancy ? "–" : "-", .blue) }
        switch shown.state {
        case .unknown: return (fancy ? "·" : ".", .dim)
        case .heard(.alarm): return (fancy ? "▲" : "A", .alarm)
        case .heard(.normal) where shown.alarmLatched: return (fancy ? "△" : "a", .red)
        case .heard(.normal): return (fancy ? "●" : "o", .green)
        case .heard(.fault): return ("!", .yellow)
        case .heard(.silent): return ("?", .yellow)
        }
    }

    private func valveCell(_ floor: Int) -> StyledText {
        guard let shown = session.snapshot?.floors[floor] else {
            return StyledText(
                building.valves[floor].commandedOpen ? "OPEN, not shown" : "closed, not shown", .dim
            )
        }
        if let until = shown.pendingUntil {
            let left = max(0, ((until - now).milliseconds + 999) / 1000)
            return StyledText("opens in \(left) s", .yellow)
        }
        let isOpen = shown.command == .open
        let told = isOpen ? "OPEN" : "closed"
        if shown.valve == .notConfirmed || shown.valve == .notDriven {
            return StyledText("\(told), FAULT: \(seen(shown.feedback))", .yellow)
        }
        let style: TextStyle = isOpen ? .alarm : .dim
        return StyledText("\(told), \(seen(shown.feedback))", style)
    }

    private func seen(_ feedback: Valve.Feedback) -> String {
        switch feedback {
        case .notWired: "no switch"
        case .unknown: "not known"
        case .seenOpen: "seen open"
        case .seenClosed: "seen closed"
        }
    }

    private func keyCell(_ key: Int) -> StyledText {
        let isOn = building.keys[key].isOn
        let broken = building.keys[key].offWireIsBroken || building.keys[key].onWireIsBroken
        return StyledText(
            (isOn ? "on" : "OFF") + (broken ? " !" : ""), isOn ? .green : .yellow)
    }

    private func legend(hidden: Int) -> StyledText {
        var text = StyledText("   ")
        let entries: [(String, String, String, TextStyle)] = [
            ("●", "o", "normal", .green), ("▲", "A", "fire", .alarm),
            ("△", "a", "was fire", .red), ("?", "?", "silent", .yellow),
            ("!", "!", "broken", .yellow), ("–", "-", "disabled", .blue),
            ("·", ".", "not heard", .dim),
        ]
        for (shape, letter, word, style) in entries {
            text.add(fancy ? shape : letter, style)
            text.add(" \(word)  ", .dim)
        }
        if hidden > 0 { text.add("\(hidden) more floors", .dim) }
        return text
    }

    // MARK: The chosen detector

    private func detectorLines(_ columns: Int) -> [StyledText] {
        guard plan.detectors.indices.contains(chosen) else {
            return [StyledText(" this site has no detector"), StyledText()]
        }
        let detector = plan.detectors[chosen]
        let room = building.rooms.rooms[building.rooms.roomOfDetector[chosen]]
        var first = StyledText(" Chosen  ", .dim)
        first.add("detector \(detector.id.rawValue) \(detector.name)", .bold)
        first.add(
            "  smoke there \(bar(room.smoke)) \(Int(room.smoke * 100)) %",
            room.smoke > 0 ? .red : .dim)
        switch building.detectors[chosen].trouble {
        case .none: break
        case .silent: first.add("  made silent", .yellow)
        case .faulty: first.add("  broken", .yellow)
        case .chattering: first.add("  chattering", .yellow)
        }
        first.add("  \(sourceWords(detector.source)), in \(room.name)", .dim)
        let valve = building.valves[detector.floor]
        var second = StyledText(" Really  ", .dim)
        second.add("valve of \(plan.floors[detector.floor].name) is ")
        let position = valve.isOpen ? "open, water flows" : valve.isShut ? "shut" : "moving"
        second.add(position, valve.isOpen ? .cyan : .plain)
        if valve.isStuck { second.add(" and sticks", .yellow) }
        if building.rooms.isBurning(floor: detector.floor) {
            second.add(fancy ? "; it burns 🔥" : "; it burns", .red)
        }
        if case .modbus(let bus, _, _) = detector.source, building.buses[bus].fault != .none {
            second.add("; bus \(plan.buses[bus].name) is cut", .yellow)
        }
        return [first, second]
    }

    private func bar(_ share: Double) -> String {
        let full = Int((share * 8).rounded())
        return String(repeating: fancy ? "█" : "#", count: full)
            + String(repeating: fancy ? "░" : ".", count: 8 - full)
    }

    private func sourceWords(_ source: DetectorSource) -> String {
        switch source {
        case .contact: return "a contact"
        case .pulse: return "pulses on two lines"
        case .modbus(let bus, let alarm, _):
            return "unit \(alarm.unit) on bus \(plan.buses[bus].name)"
        case .network: return "over the network"
        }
    }

    // MARK: News and help

    private func eventLine(_ event: DemoEvent) -> StyledText {
        var text = StyledText(" \(event.time) ", .dim)
        switch event.teller {
        case .building:
            text.add("building    ", .cyan)
            text.add(event.sentence, .dim)
        case .controller:
            text.add("controller  ", .bold)
            text.add(event.sentence, Self.style(of: event.sentence))
        }
        return text
    }

    static func style(of sentence: String) -> TextStyle {
        for word in ["FIRE", "VALVE OPEN", "NO WATER"] where sentence.hasPrefix(word) {
            return .red
        }
        return sentence.hasPrefix("FAULT") ? .yellow : .plain
    }

    private func hintLine() -> StyledText {
        var text = StyledText(" Try     ", .dim)
        text.add(DemoHint.hint(for: session, chosen: chosen), .cyan)
        return text
    }

    private func helpLines(_ columns: Int) -> [StyledText] {
        let entries: [(String, String)] = [
            (fancy ? "←↑↓→" : "arrows", "choose"), ("f", "fire there"), ("e", "put it out"),
            ("s", "silence detector"), ("b", "cut its bus"), ("k", "turn floor's key"),
            ("v", "stick valve"), ("m", "manual release"), ("x", "silence sounder"),
            ("r", "reset"), ("t", "lamp test"), ("K", "kill controller"), ("q", "quit"),
        ]
        var lines = [StyledText(" ")]
        for (key, words) in entries {
            if lines[lines.count - 1].width + key.count + words.count + 3 > columns {
                lines.append(StyledText(" "))
            }
            lines[lines.count - 1].add(key, .inverse)
            lines[lines.count - 1].add(" \(words)  ")
        }
        return lines
    }
}
