// `standpipe replay`: decides again what a controller has decided, from its log, and says for each
// valve that opened why it did. Reads only.

import ArgumentParser
import ControlLoop
import EventLog
import FireLogic
import Glibc
import Replay

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Decide again what was recorded, and say why each valve opened.",
        discussion: """
            Feeds the recorded inputs to the fire logic again and compares what it decides, record \
            by record. Exits with 1 at the first difference, 2 when the log cannot be read.
            """)

    @Argument(
        help: "The log's directory, or the state directory that holds it.",
        completion: .directory)
    var dir = "/var/lib/standpipe/log"

    @Option(help: "Only valves of this floor, by its number.")
    var valve: Int16?

    @Option(
        help: "Begin at an offset or a time; what is shown begins with the program's next start.")
    var from: String?

    @Flag(help: "Print every record that was decided again.")
    var records = false

    func run() throws {
        var log: RecordedLog
        let start: Int64
        do {
            let inside = dir + "/log"
            log = try RecordedLog(directory: access(inside, F_OK) == 0 ? inside : dir)
            start = try begin(log)
        } catch let error as ValidationError {
            throw error
        } catch {
            SiteInput.complain("\(dir): \(error)")
            throw ExitCode(2)
        }

        let plans = log.plans
        var rerun = Rerun { plans[$0] }
        var progress = ProgressLine()
        let end = log.offsets.upperBound
        do {
            defer { progress.end() }
            try log.forEach(from: start) { entry, offset in
                if !records, offset % 1_000 == 0 {
                    progress.show(
                        Int(offset - start), of: Int(end - start), "\(end - start) records")
                }
                try rerun.take(entry)
                if records { show(entry, offset, rerun) }
            }
            try rerun.end()
        } catch let difference as Rerun.Difference {
            report(difference, rerun)
            throw ExitCode(1)
        } catch {
            SiteInput.complain("\(dir): \(error)")
            throw ExitCode(2)
        }
        for opening in rerun.openings where valve == nil || opening.floor.rawValue == valve {
            print(Self.text(opening) + "\n")
        }
        sum(rerun, log)
    }

    private func begin(_ log: RecordedLog) throws -> Int64 {
        guard let from else { return log.offsets.lowerBound }
        if let offset = Int64(from) { return offset }
        guard let time = WallTime.milliseconds(from, now: WallTime.nowMilliseconds) else {
            throw ValidationError("--from \(from): is no offset and no time")
        }
        return try log.offset(atOrAfter: time)
    }

    private func show(_ entry: LogEntry, _ offset: Int64, _ rerun: Rerun) {
        guard entry.kind == .record, let record = entry.record, let plan = rerun.plan else {
            return
        }
        let mark = record.isInput ? ">" : " "
        let time = WallTime.text(entry.stamp.wallMilliseconds)
        print("\(offset)  \(time)  \(mark) \(record.sentence(plan))")
    }

    // What is said

    private func report(_ difference: Rerun.Difference, _ rerun: Rerun) {
        func words(_ record: Record?) -> String {
            guard let record else { return "nothing" }
            guard let plan = rerun.plan else { return "\(record)" }
            return record.sentence(plan)
        }
        print("DIFFERENT at \(WallTime.text(difference.stamp.wallMilliseconds))")
        print("  after     \(words(difference.input))")
        if difference.isImpossible {
            print("  which cannot be an input of the plan that ran")
        } else {
            print("  recorded  \(words(difference.recorded))")
            print("  decided   \(words(difference.decided))")
        }
        print("\(rerun.compared) records before it were decided again and are the same")
    }

    private func sum(_ rerun: Rerun, _ log: RecordedLog) {
        print(
            "\(rerun.compared) records in \(SiteInput.count(rerun.runs, "run")) of the program were "
                + "decided again from \(rerun.inputs) inputs: all the same")
        print(
            "assumed: detectors were heard until the record that says they were not; contacts came "
                + "to rest as recorded (repeated readings and chatter are not kept)")
        if rerun.passedOver > 0 {
            print(
                "\(rerun.passedOver) records could not be decided again: before the first whole "
                    + "start, behind a loss, or without their plan")
        }
        if rerun.lost > 0 { print("\(rerun.lost) records were lost before they were written") }
        for checksum in rerun.missingPlans.sorted() {
            print("plan \(String(checksum, radix: 16)) is not in the log")
        }
        for gap in log.gaps { print("offsets \(gap) of records cannot be read any more") }
        if log.strange > 0 { print("\(log.strange) records are of a later version") }
    }

    private static func text(_ opening: Opening) -> String {
        let floor =
            "floor \(opening.floor.rawValue)"
            + (opening.floorName.isEmpty ? "" : " (\(opening.floorName))")
        var lines = [
            "VALVE of \(floor) opened \(WallTime.text(opening.decided.wallMilliseconds))",
            "  asked by    \(cause(opening))", "  rule        \(rule(opening))",
        ]
        for vote in opening.votes {
            let name = vote.name.isEmpty ? "" : " (\(vote.name))"
            let heard =
                vote.heard.map { WallTime.text($0.wallMilliseconds) }
                ?? "before the program's start"
            lines.append("  fire at     detector \(vote.detector.rawValue)\(name), heard \(heard)")
        }
        let checksum = String(opening.planChecksum, radix: 16)
        lines.append("  plan        \(checksum) of \(opening.planName)")
        lines.append("  decided and driven in the same tick, at \(boot(opening.decided))")
        for fault in opening.faults { lines.append("  fault       \(fault)") }
        lines.append(
            "  seen open   "
                + (opening.confirmed.map { "after \(span(from: opening.decided, to: $0))" }
                    ?? "never: no feedback told so"))
        if let closed = opening.closed {
            lines.append("  closed      with the key, \(WallTime.text(closed.wallMilliseconds))")
        }
        return lines.joined(separator: "\n")
    }

    private static func cause(_ opening: Opening) -> String {
        switch opening.cause {
        case .manual: "the manual release"
        case .detector(let id): "detector \(id.rawValue)"
        }
    }

    private static func rule(_ opening: Opening) -> String {
        var text =
            switch opening.rule {
            case .first: "the first detector that reports fire"
            case .coincidence(let count, .floor): "\(count) detectors of the floor"
            case .coincidence(let count, .zone): "\(count) detectors of one zone"
            }
        if opening.lost > 0 { text += ", less \(opening.lost) that cannot be counted on" }
        if opening.delay > .zero { text += ", after \(opening.delay.milliseconds / 1_000) s" }
        return text
    }

    /// The boot clock in seconds, which no setting of the wall clock moves.
    private static func boot(_ stamp: Stamp) -> String {
        let milliseconds = stamp.boot.nanoseconds / 1_000_000
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "\(milliseconds / 1_000).\(fraction) s of the boot clock"
    }

    private static func span(from first: Stamp, to last: Stamp) -> String {
        "\((last.boot - first.boot).milliseconds) ms"
    }
}
