// A small site file that is right, and what the checker says when lines of it are changed.

import FireLogic
import PlanFile
import Testing

@testable import SiteFile

enum Site {
    static let lines = [
        "site: Test",
        "chips: {io: /dev/gpiochip0}",
        "buses:",
        "  east: {rtu: /dev/ttyE, baud: 19200}",
        "keys: {main: {off-contact: io/0}}",
        "floors:",
        "  - {number: 1, valve: io/1}",
        "  - {number: 2, valve: io/2}",
        "zones: {hall: {floor: 1}}",
        "detectors:",
        "  - {id: 1, floor: 1, zone: hall, source: io/10}",
        "  - {id: 2, floor: 2, source: {bus: east, unit: 3, input: 4}}",
    ]

    /// The site with some lines changed; line 1 is the first, line 13 comes behind the last.
    static func text(_ changes: [Int: String] = [:]) -> String {
        var lines = lines
        for (number, line) in changes {
            while lines.count < number { lines.append("") }
            lines[number - 1] = line
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What `standpipe check site.yaml` prints of the changed site.
    static func findings(_ changes: [Int: String]) -> [String] {
        findings(text(changes))
    }

    static func findings(_ text: String) -> [String] {
        SiteFile.check(text).findings.map { $0.text(path: "site.yaml") }
    }

    /// The plan of the changed site; a test that needs one fails without.
    static func plan(_ changes: [Int: String] = [:]) throws -> SitePlan {
        let check = SiteFile.check(text(changes))
        return try #require(check.plan, "\(check.findings)")
    }
}
