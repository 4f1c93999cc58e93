// `standpipe verify DIR`: reads every byte of a log and says whether it is as it was written. For
// audits: what was checked, and the hash that stands for all of it. Changes nothing and may run
// beside the controller.

import ArgumentParser
import EventLog

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every byte of a log.",
        discussion: """
            Checks headers, frames, entries, record batches, the bytes between them, the chain of \
            SHA-256 hashes through all segments and the row of offsets of every partition.
            Exits with 0 when all is as it was written, 1 when something is damaged or missing, \
            2 when there is no log to check.
            """)

    @Argument(help: "The log's directory.", completion: .directory)
    var directory: String

    func run() throws {
        let report: VerifyReport
        do throws(FileError) {
            var verifier = try LogVerifier(directory: directory)
            var progress = ProgressLine()
            defer { progress.end() }
            report = try verifier.run { done, total in
                progress.show(Int(done), of: Int(total), ByteText.text(total))
            }
        } catch {
            SiteInput.complain(
                "\(directory): \(error); name the directory that holds the log's segments")
            throw ExitCode(2)
        }
        guard report.segments > 0 || report.damages > 1 else {
            SiteInput.complain(
                "\(directory): there is no log here; name the directory that holds its segments")
            throw ExitCode(2)
        }
        show(report)
        if !report.isClean { throw ExitCode(1) }
    }

    private func show(_ report: VerifyReport) {
        for finding in report.findings {
            var place = directory
            if let segment = finding.segment {
                place += "/\(SegmentName.segment(segment).text)"
                if let position = finding.position { place += " at \(position)" }
            }
            print("\(place): \(finding.isDamage ? "" : "note: ")\(finding.text)")
        }
        for gap in report.gaps {
            print(
                "\(directory): partition \(gap.partition.rawValue): offsets "
                    + "\(gap.offsets.lowerBound) to \(gap.offsets.upperBound - 1) are lost")
        }
        print(
            "checked \(report.bytes) bytes in \(SiteInput.count(report.segments, "segment")): "
                + "\(report.frames) frames, \(report.batches) batches, \(report.records) records")
        if let first = report.firstMilliseconds, let last = report.lastMilliseconds {
            print("from \(WallTime.text(first)) to \(WallTime.text(last))")
        }
        if let log = report.log {
            print("log \(ByteText.hex(log.head))\(ByteText.hex(log.tail))")
        }
        if let first = report.firstSequence, let last = report.lastSequence {
            print("frames \(first) to \(last), hash \(ByteText.hex(report.finalHash))")
        }
        if report.isLive {
            print("a writer is at work; what it added meanwhile was left out")
        } else if !report.isClosed {
            print("the writer did not close the log")
        }
        if report.isClean {
            print("\(directory): clean")
        } else {
            var text = "\(directory): damaged: \(SiteInput.count(report.damages, "finding"))"
            if report.lostOffsets > 0 { text += ", \(report.lostOffsets) records lost" }
            print(text + "; keep a copy of the directory before anything else writes there")
        }
    }
}
