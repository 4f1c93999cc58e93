// What can only be said of recipients when the whole site is known: patterns that no event of this site
// ever matches, events that reach nobody, or nobody at some hours.

import FireLogic
import Notifications
import Streams

extension SiteReader {
    mutating func checkRecipients() {
        guard !recipients.isEmpty else { return }
        let classes = plan.eventClasses
        checkPatterns(classes)
        checkReach(classes)
    }

    private mutating func checkPatterns(_ classes: [EventClass]) {
        for draft in recipients {
            for (pattern, place) in zip(draft.recipient.patterns, draft.patternPlaces)
            where !classes.contains(where: { $0.keys.contains { pattern.matches($0) } }) {
                error(
                    place,
                    "no event of this site ever matches \(pattern.text.quoted) of "
                        + "\(draft.recipient.name.quoted); keys are as \(example(classes).quoted)")
            }
        }
    }

    private func example(_ classes: [EventClass]) -> String {
        classes.lazy.compactMap(\.keys.first).first ?? "system.journal.fault"
    }

    /// One warning for each kind of event.
    private mutating func checkReach(_ classes: [EventClass]) {
        for one in classes where one.matters {
            var never: [String] = []
            var sometimes: (key: String, gap: String)?
            // Most keys of a site are told to the same people, at the same hours.
            var known: [[Int]: String?] = [:]
            for key in one.keys {
                let told = recipients.indices.filter { recipients[$0].recipient.wants(key) }
                if told.isEmpty {
                    never.append(key)
                } else if sometimes == nil {
                    let gap = known[told] ?? gap(told.map { recipients[$0].recipient.hours })
                    known[told] = .some(gap)
                    if let gap { sometimes = (key, gap) }
                }
            }
            let place = recipients.first?.place ?? .start
            if let first = never.first {
                let more = never.count > 1 ? " and \(never.count - 1) more" : ""
                warn(
                    place,
                    "nobody is told of \(one.name) (\(first)\(more)); add it to the events of a "
                        + "recipient")
            } else if let (key, gap) = sometimes {
                warn(
                    place,
                    "nobody is told of \(one.name) (\(key)) at \(gap); add hours, or a recipient "
                        + "who is told then")
            }
        }
    }

    /// The first time of the week at which none of these hours is; nil: there is none.
    private func gap(_ hours: [Hours?]) -> String? {
        if hours.contains(where: { $0 == nil }) { return nil }
        func isCovered(_ minute: Int) -> Bool {
            hours.contains {
                $0?.contains(weekday: minute / 1_440 % 7, minute: minute % 1_440) ?? true
            }
        }
        let week = 7 * 1_440
        guard let start = (0..<week).first(where: { !isCovered($0) }) else { return nil }
        // It may have begun the week before.
        var from = start
        if start == 0 {
            while from > -week, !isCovered(from - 1 + week) { from -= 1 }
        }
        var to = start
        while to < from + week, !isCovered(to % week) { to += 1 }
        if to - from >= week { return "any time" }
        return "\(Self.time(from + week)) to \(Self.time(to))"
    }

    private static func time(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let ofDay = minute % 1_440
        return "\(dayNames[minute / 1_440 % 7]) \(two(ofDay / 60)):\(two(ofDay % 60))"
    }
}
