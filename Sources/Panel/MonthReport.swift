// The report of a month, which an owner signs and files: fires and how fast water was on its way,
// faults and disablements with how long they lasted, keys, tests, and what people did. Made of the
// month's events in one pass; lists have a length, and what is left out is counted.

/// A month of UTC.
package struct Month: Hashable, Sendable {
    package let text: String
    /// Milliseconds since 1970: its first, and the first of the next one.
    package let from: Int64
    package let to: Int64

    /// `2026-11`; nil: it is none between 1970 and 2200.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 7, parts.count == 2, parts[0].utf8.count == 4,
            let year = Int64(parts[0]), let month = Int64(parts[1]), (1970...2200).contains(year),
            (1...12).contains(month)
        else { return nil }
        self.text = text
        from = Self.days(year, month) * 86_400_000
        to = Self.days(month == 12 ? year + 1 : year, month % 12 + 1) * 86_400_000
    }

    /// Days from 1970 to the first of a month of the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}

/// What happened in a month.
package struct MonthReport: Sendable {
    /// Entries of one list.
    package static let mostEntries = 500
    /// A valve that opens later than this after a fire was not opened by it.
    private static let longestResponse: Int64 = 90_000

    private struct List {
        var entries: [(event: PanelEvent, episode: String?, seconds: Int64?)] = []
        var places: [String: Int] = [:]
        var more = 0

        mutating func add(_ event: PanelEvent, _ fields: PanelEvent.Fields) {
            guard entries.count < MonthReport.mostEntries else {
                more += 1
                return
            }
            if let episode = fields.episode { places[episode] = entries.count }
            entries.append((event, fields.episode, fields.seconds))
        }

        /// The episode is over.
        mutating func end(_ episode: String?, after seconds: Int64?) {
            guard let episode, let place = places[episode] else { return }
            entries[place].seconds = seconds ?? entries[place].seconds ?? 0
        }
    }

    private struct Test {
        var from: Int64
        var floor: Int
        var floorName: String
        var who = ""
        var answered = 0
        var missing = 0
    }

    private let month: Month
    private var fires = List()
    private var faults = List()
    private var disablements = List()
    private var keys = List()
    private var operators = List()
    private var tests: [String: Test] = [:]
    private var lastFire: [Int: Int64] = [:]
    private var responses: [Int64] = []

    package init(_ month: Month) { self.month = month }

    /// Takes one event in; they come in their order.
    package mutating func take(_ event: PanelEvent) {
        guard event.wall >= month.from, event.wall < month.to, let fields = event.fields else {
            return
        }
        let begins = fields.phase == "begin" || fields.phase == "single"
        switch event.kind {
        case .fire: takeFire(event, fields)
        case .fault:
            if fields.phase == "end" {
                faults.end(fields.episode, after: seconds(event, fields))
            } else if begins {
                faults.add(event, fields)
            }
        case .isolation:
            if fields.event == "in-service" {
                keys.end(fields.episode, after: seconds(event, fields))
            } else if begins {
                keys.add(event, fields)
            }
        case .test: takeTest(event, fields)
        case .operator: takeOperator(event, fields)
        case .system: break
        }
    }

    private func seconds(_ event: PanelEvent, _ fields: PanelEvent.Fields) -> Int64? {
        fields.seconds ?? fields.since.map { max(0, (event.wall - $0) / 1_000) }
    }

    private mutating func takeFire(_ event: PanelEvent, _ fields: PanelEvent.Fields) {
        if fields.event == "fire", let floor = fields.floor {
            if lastFire[floor] == nil { lastFire[floor] = event.wall }
            if fields.phase == "begin" || fields.phase == "single" { fires.add(event, fields) }
        } else if fields.event == "open", let floor = fields.floor, event.key.contains(".valve.") {
            if let fire = lastFire.removeValue(forKey: floor),
                (0...Self.longestResponse).contains(event.wall - fire), responses.count < 10_000
            {
                responses.append(event.wall - fire)
            }
        }
    }

    private mutating func takeTest(_ event: PanelEvent, _ fields: PanelEvent.Fields) {
        guard let episode = fields.episode, let floor = fields.floor else { return }
        guard tests[episode] != nil || tests.count < Self.mostEntries else { return }
        var test =
            tests[episode]
            ?? Test(
                from: fields.since ?? event.wall, floor: floor, floorName: fields.floorName ?? "")
        switch fields.event {
        case "walk-test-started": test.who = fields.who ?? ""
        case "walk-test-ended":
            test.answered = fields.count ?? 0
            test.missing = fields.missingCount ?? 0
        default: break
        }
        tests[episode] = test
    }

    private mutating func takeOperator(_ event: PanelEvent, _ fields: PanelEvent.Fields) {
        switch fields.event {
        case "disabled":
            disablements.add(event, fields)
            operators.add(event, fields)
        case "enabled":
            disablements.end(fields.episode, after: seconds(event, fields))
            if fields.who != "timer" { operators.add(event, fields) }
        case "reset":
            if event.key.hasPrefix("floor.") {
                fires.end(fields.episode, after: seconds(event, fields))
                fields.floor.map { lastFire[$0] = nil }
            } else {
                operators.add(event, fields)
            }
        default: operators.add(event, fields)
        }
    }

    package func json(site: String) -> [UInt8] {
        let lists = [
            ("fires", fires), ("faults", faults), ("disablements", disablements), ("keys", keys),
            ("operators", operators),
        ]
        return JsonBytes.object { json in
            json.field("kind", "month")
            json.field("site", site)
            json.field("month", month.text)
            json.field("from", month.from)
            json.field("to", month.to)
            json.list("tests", tests.values.sorted { $0.from < $1.from }) { json, test in
                json.open("{")
                json.field("from", test.from)
                json.field("floor", test.floor)
                json.field("floorName", test.floorName)
                json.field("who", test.who)
                json.field("answered", test.answered)
                json.field("missing", test.missing)
                json.close("}")
            }
            for (name, list) in lists {
                json.list(name, list.entries) { json, entry in
                    json.raw(entry.event.json(seconds: entry.seconds))
                }
            }
            json.name("response")
            if responses.isEmpty {
                json.null()
            } else {
                let sorted = responses.sorted()
                json.open("{")
                json.field("count", sorted.count)
                json.field("medianMs", sorted[sorted.count / 2])
                json.field("worstMs", sorted[sorted.count - 1])
                json.close("}")
            }
            json.name("more")
            json.open("{")
            for (name, list) in lists where list.more > 0 { json.field("paper.\(name)", list.more) }
            json.close("}")
        }
    }
}
