// From a site file's text to a checked plan. `standpipe check`, `compile` and `demo` call it.
// What a site file may say stands in SITE.md beside this file. Whatever the text is, the answer is
// a list of findings and never a trap.

import FireLogic
import Notifications
import PlanFile
import Streams

/// A site file after its check.
package struct SiteCheck: Sendable {
    /// Sorted by place; never empty when there is no plan.
    package var findings: [Finding]
    /// Only when there are no errors.
    package var plan: SitePlan?
    /// The gateway's streams; only where there is a plan.
    package var streams: [StreamRule] = []
    /// Who is told what; only where there is a plan, and recipients.
    package var notifications: NotifyPlan?
    /// One for each bus of the plan.
    package var loads: [BusLoad]

    package var errors: Int { findings.count { $0.severity == .error } }
    package var warnings: Int { findings.count - errors }
}

package enum SiteFile {
    /// Checks the bytes of a site file.
    package static func check(_ bytes: [UInt8]) -> SiteCheck {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let finding = Finding(
                at: firstBadLine(bytes),
                "this is not UTF-8; save the file as UTF-8")
            return SiteCheck(findings: [finding], plan: nil, loads: [])
        }
        return check(text)
    }

    /// Checks the text of a site file.
    package static func check(_ text: String) -> SiteCheck {
        var yaml = YamlText(text)
        let root = yaml.read()
        var reader = SiteReader()
        reader.findings = yaml.findings
        reader.isPartial = yaml.isPartial
        if let root { reader.read(root) }
        var plan: SitePlan?
        if root != nil, !reader.hasErrors {
            plan = reader.plan
            // The file format checks everything again. What it refuses and this module let pass
            // is our bug, and still no plan.
            do throws(PlanError) {
                _ = try PlanCodec.encode(reader.plan)
            } catch {
                plan = nil
                reader.error(
                    .start, "no plan can be made of this file (\(error)); please report this")
            }
        }
        let findings = reader.findings.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        return SiteCheck(
            findings: findings.map(\.element), plan: plan,
            streams: plan == nil ? [] : reader.streams,
            notifications: plan == nil ? nil : reader.notifications,
            loads: plan.map { plan in
                plan.buses.indices.map { BusLoad(plan: plan, bus: $0) }
            } ?? [])
    }

    private static func firstBadLine(_ bytes: [UInt8]) -> Place {
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            if String(validating: line, as: UTF8.self) == nil { break }
        }
        return Place(line: number, column: 1)
    }
}
