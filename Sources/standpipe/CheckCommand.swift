// `standpipe check site.yaml`: says everything that is wrong with a site file, with line and
// column. Writes nothing.

import ArgumentParser
import FireLogic
import Glibc
import Notifications
import PlanFile
import SiteFile

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a site file and report all mistakes at once.",
        discussion: "Exits with 1 when there are errors; warnings alone pass.")

    @Argument(help: "The site file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var site: String

    func run() throws {
        let check = try SiteInput.check(site)
        for finding in check.findings { print(finding.text(path: site)) }
        print("\(site): \(SiteInput.summary(check))")
        if check.plan == nil { throw ExitCode(1) }
    }
}

/// A file that cannot be read or written; the description is for people.
struct InputOutputError: Error, CustomStringConvertible {
    var description: String
}

/// What `check` and `compile` share: reading the site file and summing it up.
enum SiteInput {
    /// Throws `InputOutputError` when the file cannot be read at all.
    static func check(_ path: String) throws -> SiteCheck {
        let bytes: [UInt8]
        do throws(PlanError) {
            bytes = try PlanBytes.read(path)
        } catch {
            throw InputOutputError(description: "cannot read \(path): \(reason(error))")
        }
        return SiteFile.check(bytes)
    }

    /// What the plan holds, or how much is wrong.
    static func summary(_ check: SiteCheck) -> String {
        let warnings = count(check.warnings, "warning")
        guard let plan = check.plan else {
            return count(check.errors, "error") + (check.warnings > 0 ? ", \(warnings)" : "")
        }
        var parts = [count(plan.floors.count, "floor"), count(plan.detectors.count, "detector")]
        if !check.streams.isEmpty { parts.append(count(check.streams.count, "stream")) }
        if let notifications = check.notifications {
            parts.append(count(notifications.recipients.count, "recipient"))
        }
        for load in check.loads {
            parts.append("bus \(load.name) \(load.isSerial ? BusLoad.percent(load.share) : "TCP")")
        }
        return parts.joined(separator: ", ")
            + (check.warnings > 0 ? "; \(warnings)" : "; no findings")
    }

    static func count(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    /// A line to standard error.
    static func complain(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The reason in the words of the system.
    static func reason(_ error: PlanError) -> String {
        switch error {
        case .file(let errno): return String(cString: strerror(errno))
        case .size(let bytes):
            return "not a regular file of at most \(Limits.planBytes) bytes (\(bytes))"
        case .notAPlan, .version, .damaged, .wrong: return "\(error)"
        }
    }
}
